"""Random raadsverzoeken: valid ones of every shape that the rules allow, and ways to break them."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any, get_args

from hypothesis import strategies as st

from hub.routes.raadsverzoek.document import FAMILY_ROLES, GEZAG_ROLES, Vertrouwelijkheid
from tests.support import raadsverzoeken as rv

AROUND_ROLES = (
    "jeugdige", "hulpverlener", "onderwijsgevende", "verpleegkundige, arts of medisch specialist", "overige professional",
    "melder", "informant", "contactpersoon",
)  # fmt: skip
_SECRECY = [value for part in get_args(get_args(Vertrouwelijkheid)[0]) for value in get_args(part)]
_LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn"))
_PHONES = st.sampled_from(["06-12345678", "+31 23 555 0100", "(023) 555 01 00", "0031235550100"])
_MEDIATYPES = sorted(rv.BEGINNINGS)


def text(longest: int) -> st.SearchStrategy[str]:
    """Text with something visible in it: any script, and what XML reserves."""
    return st.text(st.one_of(_LETTERS, st.sampled_from("<>&\"'é \t\r\n")), max_size=longest - 1).map(lambda rest: f"x{rest}")


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, nothing, or an empty text, which counts as nothing."""
    return st.one_of(st.none(), st.sampled_from(["", "  "]), strategy)


def _without_none(made: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if value is not None}


def _bsn(digits: list[int]) -> str | None:
    last = sum(digit * (9 - place) for place, digit in enumerate(digits)) % 11
    return None if last > 9 else "".join(map(str, [*digits, last]))


bsns = st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(any).map(_bsn).filter(bool)
births = st.one_of(
    st.dates(dt.date(1950, 1, 1), rv.TODAY).map(str),
    st.dates(dt.date(1950, 1, 1), rv.TODAY).map(lambda day: str(day)[:7]),
    st.integers(1950, 2026).map(str),
)
addresses = st.fixed_dictionaries(
    {},
    optional={
        "plaats": maybe(text(80)),
        "straat": maybe(text(80)),
        "huisnummer": st.integers(1, 99999),
        "huisletter": st.sampled_from(["a", "Z", ""]),
        "toevoeging": st.sampled_from(["bis", "2", "A1", " "]),
        "locatie": maybe(text(35)),
    },
) | st.fixed_dictionaries({"postcode": st.sampled_from(["2011AB", "2011 ab", "9999ZZ"]), "huisnummer": st.integers(1, 99999)})
abroad = st.fixed_dictionaries(
    {"landnaam": text(40), "regel1": text(35)}, optional={"landcode": st.sampled_from(["5010", "1"]), "regel3": maybe(text(35))}
)
_CONTACT = {"telefoon": maybe(_PHONES), "email": maybe(text(150)), "geslacht": st.sampled_from(["M", "V", "O", "", None])}


def _names(born: bool) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "geslachtsnaam": text(200) if born else maybe(text(200)),
        "voorvoegsel": maybe(text(10)),
        "voorletters": text(20) if born else maybe(text(20)),
    }


@st.composite
def children(draw: st.DrawFn, number: int, mother: str | None) -> dict[str, Any]:
    """A child; unborn only when there is a mother."""
    made = draw(st.fixed_dictionaries(_CONTACT | {"vreemdelingennummer": maybe(text(20)), "adres": st.none() | addresses}))
    made |= {"volgnummer": number, "gezagOnbekend": True}
    if mother is not None and draw(st.booleans()):
        made |= draw(st.fixed_dictionaries(_names(born=False)))
        made |= {"ongeboren": True, "moeder": mother, "geboortedatum": draw(st.sampled_from(["2027-01-31", "2027-03", "2027"]))}
        return _without_none(made)
    made |= draw(st.fixed_dictionaries(_names(born=True) | {"voornamen": maybe(text(200))}))
    numbers: list[dict[str, Any]] = [{"bsn": draw(bsns)}, {"rniNummer": "12345678901234567"}, {"geenNummerBekend": True}]
    made |= draw(st.sampled_from(numbers))
    if "geenNummerBekend" not in made and draw(st.booleans()):
        made["geboortedatumOnbekend"] = True
    else:
        made["geboortedatum"] = draw(births)
    return _without_none(made)


@st.composite
def relations(draw: st.DrawFn, numbers: list[int]) -> list[dict[str, Any]]:
    """Relations with different child and role."""
    roles = st.sampled_from([*sorted(GEZAG_ROLES), *sorted(FAMILY_ROLES), *AROUND_ROLES])
    pairs = draw(st.lists(st.tuples(st.sampled_from(numbers), roles), min_size=1, max_size=4, unique=True))
    made = []
    for number, role in pairs:
        relation: dict[str, Any] = {"rol": role}
        if role not in AROUND_ROLES or draw(st.booleans()):
            relation["kind"] = number
        if role in GEZAG_ROLES:
            relation["geinformeerd"] = draw(st.booleans())
            if not relation["geinformeerd"]:
                relation["redenNietGeinformeerd"] = draw(text(480)) + " en verder niets"
        made.append(relation)
    # Two relations around the family without a child and with one role would be the same relation.
    return list({(relation.get("kind"), relation["rol"]): relation for relation in made}.values())


@st.composite
def parties(draw: st.DrawFn, identifier: str, numbers: list[int], bsn: str | None) -> dict[str, Any]:
    """A person or an institution."""
    made: dict[str, Any] = {"id": identifier, "relaties": draw(relations(numbers))}
    if draw(st.booleans()) and identifier != "b0":
        made |= {"soort": "instelling", "naam": draw(text(45)), "telefoon": draw(_PHONES), "email": draw(maybe(text(150)))}
        made["vestigingsnummer"] = draw(st.sampled_from([None, "000012345678"]))
        return _without_none(made)
    made |= draw(st.fixed_dictionaries(_CONTACT | _names(born=True) | {"voornamen": maybe(text(200))}))
    made |= {"bsn": bsn, "geboortedatum": draw(st.none() | births), "adres": draw(st.none() | addresses)}
    made |= {"adresBuitenland": draw(st.none() | abroad), "telefoon": draw(_PHONES)}
    return _without_none(made)


@st.composite
def documents(draw: st.DrawFn, place: int) -> dict[str, Any]:
    """An attachment; the first is the request itself."""
    mediatype = draw(st.sampled_from(_MEDIATYPES))
    content = rv.BEGINNINGS[mediatype] + bytes([place]) + draw(st.binary(max_size=200))
    sorts = ["Diagnostisch onderzoek", "Hulpverleningsrapportage"]
    made = {
        "soort": draw(st.sampled_from(sorts)) if place else "Verzoek tot onderzoek RvdK",
        "bestandsnaam": f"{draw(st.sampled_from(['stuk', 'een stuk', 'x.y-z_']))}{place}.{rv.ENDINGS[mediatype]}",
        "mediatype": draw(st.sampled_from([mediatype, None])),
        "datum": str(draw(st.dates(dt.date(2000, 1, 1), rv.TODAY))),
        "inhoud": base64.b64encode(content).decode("ascii"),
        "titel": draw(maybe(text(200))),
        "auteur": draw(maybe(text(200))),
        "taal": draw(maybe(text(20))),
        "vertrouwelijkheid": draw(st.sampled_from([None, *_SECRECY])),
        "documentkenmerk": draw(st.sampled_from([None, f"kenmerk {place}"])),
    }
    return _without_none(made)


@st.composite
def raadsverzoeken(draw: st.DrawFn) -> dict[str, Any]:
    """A document without errors; it may have warnings."""
    numbers = draw(st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True))
    numbers_of_parties = draw(st.lists(bsns, max_size=3, unique=True))
    people = [draw(parties(f"b{place}", numbers, bsn)) for place, bsn in enumerate([*numbers_of_parties, None])]
    kinderen = [draw(children(number, "b0")) for number in numbers]
    seen: set[str] = set()
    for child in kinderen:
        if child.get("bsn") in seen:
            child.pop("bsn")
            child |= {"geenNummerBekend": True, "geboortedatum": "2015"}
            child.pop("geboortedatumOnbekend", None)
        seen.add(child.get("bsn", ""))
    return rv.raadsverzoek(
        onderwerp=draw(maybe(text(80))),
        urgentie=draw(st.sampled_from(["Hoog", "Laag"])),
        kinderen=kinderen,
        betrokkenen=people,
        documenten=[draw(documents(place)) for place in range(draw(st.integers(1, 3)))],
    )


_ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=30)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, item in inner for place in places(item, (*way, key)))]


@st.composite
def damaged(draw: st.DrawFn, made: dict[str, Any]) -> dict[str, Any]:
    """A document of which one to three places are replaced by anything, removed, or get a key that does not belong there."""
    made = json.loads(json.dumps(made))
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(made)[1:] or [("kinderen",)]))
        holder = made
        for step in way[:-1]:
            holder = holder[step]  # type: ignore[index]
        act = draw(st.sampled_from(["replace", "remove", "add"]))
        if act == "replace":
            holder[way[-1]] = draw(_ANYTHING)  # type: ignore[index]
        elif act == "remove":
            del holder[way[-1]]  # type: ignore[arg-type]
        elif isinstance(holder, dict):
            holder[draw(st.text(max_size=12))] = draw(_ANYTHING)
    return made
