"""Rules about one person, institution or relation of a raadsverzoek, and about persons who look like each other.

RV04 to RV13, RV16 to RV18, RV24, RV25 and RV27; what goes across the whole family is in ``rules``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.errors import Finding
from hub.routes.raadsverzoek.dates import months_later
from hub.routes.raadsverzoek.document import (
    FAMILY_ROLES,
    GEZAG_ROLES,
    Adres,
    Betrokkene,
    Kind,
    Persoonsgegevens,
    Relatie,
    Verzoek,
)
from hub.routes.raadsverzoek.numbers import count_digits, is_bsn, is_phone, is_rni
from hub.routes.raadsverzoek.wording import finding, warning

_POSTCODE = re.compile(r"[1-9][0-9]{3}[A-Z]{2}", re.ASCII)
_LETTER = re.compile(r"[A-Za-z]", re.ASCII)
_ADDITION = re.compile(r"[A-Za-z0-9]{1,4}", re.ASCII)
_LANDCODE = re.compile(r"[0-9]{1,4}", re.ASCII)
_VESTIGING = re.compile(r"[0-9]{12}", re.ASCII)
#: Fields of a person that an institution does not have, by attribute and key.
_PERSON_ONLY: Mapping[str, str] = {
    "bsn": "bsn", "rni_nummer": "rniNummer", "geslachtsnaam": "geslachtsnaam", "voorvoegsel": "voorvoegsel",
    "voorletters": "voorletters", "voornamen": "voornamen", "geslacht": "geslacht", "geboortedatum": "geboortedatum",
    "geboortedatum_onbekend": "geboortedatumOnbekend", "adres": "adres", "adres_buitenland": "adresBuitenland",
    "geheim_adres": "geheimAdres",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A person with the place it stands in, for comparing persons with each other."""

    pointer: str
    label: str
    fields: Persoonsgegevens


def years_on(day: dt.date, years: int) -> dt.date:
    """The birthday so many years on; somebody of 29 February has it on 28 February in other years."""
    return months_later(day, 12 * years)


def check_child(child: Kind, index: int, document: Verzoek, today: dt.date) -> Iterator[Finding]:
    """Rules about one child."""
    pointer = f"/kinderen/{index}"
    yield from _person(child, pointer, today, unborn=child.ongeboren)
    if child.adres_buitenland is not None:
        yield finding("RV24", f"{pointer}/adresBuitenland")
    yield from _unborn(child, pointer, document, today) if child.ongeboren else _born(child, pointer, today)


def _born(child: Kind, pointer: str, today: dt.date) -> Iterator[Finding]:
    numbered = child.bsn is not None or child.rni_nummer is not None
    if not numbered and not child.geen_nummer_bekend:
        yield finding("RV06", f"{pointer}/bsn")
    if numbered and child.geen_nummer_bekend:
        yield finding("RV06.known", f"{pointer}/geenNummerBekend")
    if child.geslachtsnaam is None:
        yield finding("RV90", f"{pointer}/geslachtsnaam")
    if child.voornamen is None and child.voorletters is None:
        yield finding("RV90", f"{pointer}/voornamen")
    # Without a number the birth year is what the Raad can find the child by, so "unknown" will not do.
    if child.geboortedatum is None and (child.geen_nummer_bekend or not child.geboortedatum_onbekend):
        yield finding("RV90", f"{pointer}/geboortedatum")
    if child.geboortedatum is not None and years_on(child.geboortedatum.last(), 18) <= today:
        yield warning("RV12", f"{pointer}/geboortedatum")


def _unborn(child: Kind, pointer: str, document: Verzoek, today: dt.date) -> Iterator[Finding]:
    for key, value in (("bsn", child.bsn), ("rniNummer", child.rni_nummer), ("voornamen", child.voornamen)):
        if value is not None:
            yield finding("RV06.unborn", f"{pointer}/{key}")
    expected = child.geboortedatum
    if expected is None:
        yield finding("RV90", f"{pointer}/geboortedatum", veld="De verwachte geboortedatum")
    elif expected.last() < today or expected.first() > months_later(today, 9):
        yield warning("RV11", f"{pointer}/geboortedatum")
    if child.moeder is None:
        yield finding("RV13", f"{pointer}/moeder")
        return
    for index, party in enumerate(document.betrokkenen):
        if party.id == child.moeder and not party.is_institution:
            if party.telefoon is None:
                yield finding("RV13", f"/betrokkenen/{index}/telefoon")
            return
    yield finding("RV94", f"{pointer}/moeder")


def check_party(party: Betrokkene, index: int, numbers: frozenset[int], today: dt.date) -> Iterator[Finding]:
    """Rules about one interested party and its relations."""
    pointer = f"/betrokkenen/{index}"
    if party.is_institution:
        yield from _institution(party, pointer)
    else:
        yield from _person(party, pointer, today, unborn=False)
        if party.geslachtsnaam is None:
            yield finding("RV90", f"{pointer}/geslachtsnaam")
        for key, value in (("naam", party.naam), ("vestigingsnummer", party.vestigingsnummer)):
            if value is not None:
                yield finding("RV91", f"{pointer}/{key}", uitleg="een persoon heeft dit veld niet")
    if not party.relaties:
        yield finding("RV03.relatie", f"{pointer}/relaties")
    seen: set[tuple[int | None, str | None]] = set()
    for place, relation in enumerate(party.relaties):
        here = f"{pointer}/relaties/{place}"
        yield from _relation(relation, here, numbers)
        if (relation.kind, relation.rol) in seen:
            yield finding("RV95", f"{here}/rol", veld=f"De rol bij hetzelfde kind van betrokkene {index + 1}")
        seen.add((relation.kind, relation.rol))
    minor = party.geboortedatum is not None and years_on(party.geboortedatum.first(), 18) > today
    if minor and any(relation.rol in GEZAG_ROLES for relation in party.relaties):
        yield warning("RV15.minor", f"{pointer}/geboortedatum")


def _institution(party: Betrokkene, pointer: str) -> Iterator[Finding]:
    if party.naam is None:
        yield finding("RV90", f"{pointer}/naam")
    if party.telefoon is None:
        yield finding("RV18", f"{pointer}/telefoon")
    yield from check_phone(party.telefoon, pointer)
    if party.vestigingsnummer is not None and not _VESTIGING.fullmatch(party.vestigingsnummer):
        yield finding("RV91", f"{pointer}/vestigingsnummer", uitleg="het heeft precies 12 cijfers")
    for attribute, key in _PERSON_ONLY.items():
        if getattr(party, attribute) not in (None, False):
            yield finding("RV91", f"{pointer}/{key}", uitleg="een instelling heeft dit veld niet")


def _relation(relation: Relatie, pointer: str, numbers: frozenset[int]) -> Iterator[Finding]:
    if relation.rol is None:
        yield finding("RV90", f"{pointer}/rol")
    if relation.kind is None and (relation.rol in GEZAG_ROLES or relation.rol in FAMILY_ROLES):
        yield finding("RV90", f"{pointer}/kind")
    if relation.kind is not None and relation.kind not in numbers:
        yield finding("RV94", f"{pointer}/kind")
    reason = relation.reden_niet_geinformeerd
    if relation.rol in GEZAG_ROLES and relation.geinformeerd is None:
        yield finding("RV16", f"{pointer}/geinformeerd")
    if relation.rol in GEZAG_ROLES and relation.geinformeerd is False and reason is None:
        yield finding("RV17", f"{pointer}/redenNietGeinformeerd")
    if reason is not None and relation.geinformeerd:
        yield finding("RV17.informed", f"{pointer}/redenNietGeinformeerd")
    elif reason is not None and len(reason) < 10:
        yield finding("RV17.short", f"{pointer}/redenNietGeinformeerd")


def wrong_number(key: str, number: str, pointer: str) -> Finding:
    """RV04 of a BSN or RSIN: too few digits, too many, or a wrong one among them."""
    return finding(key, pointer) if count_digits(number) == 9 else finding(f"{key}.digits", pointer, n=count_digits(number))


def _person(person: Persoonsgegevens, pointer: str, today: dt.date, *, unborn: bool) -> Iterator[Finding]:
    if person.bsn is not None and not is_bsn(person.bsn):
        yield wrong_number("RV04", person.bsn, f"{pointer}/bsn")
    if person.rni_nummer is not None and not is_rni(person.rni_nummer):
        yield finding("RV05", f"{pointer}/rniNummer", n=count_digits(person.rni_nummer))
    if person.bsn is not None and person.rni_nummer is not None and not unborn:
        yield finding("RV06.both", f"{pointer}/rniNummer")
    birth = person.geboortedatum
    if birth is not None and person.geboortedatum_onbekend:
        yield finding("RV96", f"{pointer}/geboortedatumOnbekend", ander="de geboortedatum")
    if birth is not None and not unborn and birth.first() > today:
        yield finding("RV10.kind" if isinstance(person, Kind) else "RV10", f"{pointer}/geboortedatum")
    yield from check_phone(person.telefoon, pointer)
    if person.geheim_adres:
        for key, value in (("adres", person.adres), ("adresBuitenland", person.adres_buitenland)):
            if value is not None:
                yield finding("RV25", f"{pointer}/{key}")
        yield warning("RV25.warning", f"{pointer}/geheimAdres")
    if person.adres is not None:
        yield from _address(person.adres, f"{pointer}/adres")
    if (abroad := person.adres_buitenland) is not None:
        for key, text in (("landnaam", abroad.landnaam), ("regel1", abroad.regel1)):
            if text is None:
                yield finding("RV90", f"{pointer}/adresBuitenland/{key}")
        if abroad.landcode is not None and not _LANDCODE.fullmatch(abroad.landcode):
            yield finding("RV91", f"{pointer}/adresBuitenland/landcode", uitleg="zij heeft 1 tot 4 cijfers")


def check_phone(phone: str | None, pointer: str) -> Iterator[Finding]:
    """Rule RV27."""
    if phone is not None and not is_phone(phone):
        yield finding("RV27", f"{pointer}/telefoon")


def _address(address: Adres, pointer: str) -> Iterator[Finding]:
    if address.postcode is not None:
        if not _POSTCODE.fullmatch(address.postcode):
            yield finding("RV91", f"{pointer}/postcode", uitleg="zij heeft vier cijfers en twee letters")
        if address.huisnummer is None:
            yield finding("RV90", f"{pointer}/huisnummer")
    if address.huisletter is not None and not _LETTER.fullmatch(address.huisletter):
        yield finding("RV91", f"{pointer}/huisletter", uitleg="zij is één letter")
    if address.toevoeging is not None and not _ADDITION.fullmatch(address.toevoeging):
        yield finding("RV91", f"{pointer}/toevoeging", uitleg="zij heeft hooguit 4 letters of cijfers")


def check_resemblance(children: Sequence[Person], parties: Sequence[Person]) -> Iterator[Finding]:
    """Rules RV07 to RV09: the same BSN twice, a child who is also a party, the same name and birth date."""
    everybody = [*children, *parties]
    by_bsn: dict[tuple[bool, str], Person] = {}
    by_name: dict[tuple[object, ...], Person] = {}
    for place, person in enumerate(everybody):
        is_child, bsn = place < len(children), person.fields.bsn
        if bsn is not None:
            if (is_child, bsn) in by_bsn:
                yield finding("RV07", f"{person.pointer}/bsn", ander=by_bsn[is_child, bsn].label)
            elif not is_child and (child := by_bsn.get((True, bsn))):
                yield warning("RV08", f"{person.pointer}/bsn", naam=child.label)
            by_bsn.setdefault((is_child, bsn), person)
        name = _name_and_birth(person.fields)
        if name is None:
            continue
        other = by_name.setdefault(name, person)
        # Two numbers tell two people apart, one number the same person; only without them the name is all there is.
        if other is not person and (bsn is None or other.fields.bsn is None):
            yield warning("RV09", f"{person.pointer}/geslachtsnaam", naam=other.label, ander=person.label)


def _name_and_birth(person: Persoonsgegevens) -> tuple[object, ...] | None:
    first = person.voornamen or person.voorletters
    if person.geslachtsnaam is None or first is None or person.geboortedatum is None:
        return None
    return (person.geslachtsnaam.casefold(), first.casefold(), person.geboortedatum)
