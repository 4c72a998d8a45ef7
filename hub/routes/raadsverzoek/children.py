"""Which child of a request a notification is about. Pure.

The hub decides by itself only where there is no doubt: an equal number, or the only child of that name. An unborn child that
comes back as a born one is a suggestion for a person and never more (domain page, section 6).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.adapters.corv.notificatie import CLIENTVOLGNUMMER, GemeldKind
from hub.routes.raadsverzoek.dates import PartialDate
from hub.routes.raadsverzoek.document import Betrokkene, Kind, Verzoek
from hub.routes.raadsverzoek.sentences import child_name

Fits = Callable[[Kind], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """``number`` is the child that the notification is about; else ``perhaps`` may be the unborn child that it is about."""

    number: int | None = None
    perhaps: int | None = None


def names_of(verzoek: Verzoek) -> dict[int, str]:
    """What to call each child of a request, by volgnummer."""
    mothers = {party.id: _name(party) for party in verzoek.betrokkenen if party.id is not None}
    names = {}
    for index, child in enumerate(verzoek.kinderen):
        number = verzoek.number_of(index)
        mother = mothers.get(child.moeder, "") if child.moeder else ""
        known = _name(child) or mother
        unborn = f"het ongeboren kind (kind {number})"
        fallback = unborn if child.ongeboren else f"kind {number}"
        names[number] = child_name(_name(child), unborn=child.ongeboren, mother=mother) if known else fallback
    return names


def which(verzoek: Verzoek, told: GemeldKind, *, mother: str = "", heard: frozenset[int] = frozenset()) -> Found:
    """The child that ``told`` is.

    Args:
        mother: The mother's name in the notification.
        heard: Children that a notification named with certainty: an unborn child among them is suggested no more.
    """
    children = {verzoek.number_of(index): child for index, child in enumerate(verzoek.kinderen)}
    numbered = _by_number(children, told)
    if numbered is not None:
        return Found(numbered)
    if told.unborn:
        unborn = {number: child for number, child in children.items() if child.ongeboren}
        return Found(_only(unborn, lambda child: True) or _unborn(unborn, verzoek, told, mother))
    born = {number: child for number, child in children.items() if not child.ongeboren and not _another(child, told)}
    named = _only(born, lambda child: _same_name(child, told) and _may_be_born(child, told))
    if named is not None:
        return Found(named)
    waiting = [number for number, child in children.items() if child.ongeboren and number not in heard]
    return Found(perhaps=waiting[0] if len(waiting) == 1 else None)


def _by_number(children: Mapping[int, Kind], told: GemeldKind) -> int | None:
    """By BSN, by number of a non-resident, or by the number that we gave the child (verify: whether the Raad repeats it)."""
    if told.bsn:
        found = _only(children, lambda child: child.bsn == told.bsn)
        if found is not None:
            return found
    values = set(told.extras.values())
    found = _only(children, lambda child: child.rni_nummer is not None and child.rni_nummer in values)
    if found is not None:
        return found
    given = told.extras.get(CLIENTVOLGNUMMER, "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 4 else None
    child = None if number is None else children.get(number)
    return number if child is not None and not _another(child, told) and child.ongeboren == told.unborn else None


def _another(child: Kind, told: GemeldKind) -> bool:
    return bool(told.bsn and child.bsn and told.bsn != child.bsn)


def _unborn(children: Mapping[int, Kind], verzoek: Verzoek, told: GemeldKind, mother: str) -> int | None:
    """Of several unborn children: by the mother's name, or by the expected date."""
    mothers = {party.id: _folded(_name(party)) for party in verzoek.betrokkenen if party.id is not None}
    by_mother = _only(children, lambda child: bool(mother) and mothers.get(child.moeder or "") == _folded(mother))
    if by_mother is not None:
        return by_mother
    return _only(children, lambda child: bool(told.geboortedatum) and _digits(child.geboortedatum) == told.geboortedatum)


def _same_name(child: Kind, told: GemeldKind) -> bool:
    """Family names are equal, and so are the first names or initials, as far as both sides tell them."""
    if not child.geslachtsnaam or _folded(child.geslachtsnaam) != _folded(told.geslachtsnaam):
        return False
    pairs = ((child.voornamen, told.voornamen), (child.voorletters, told.voorletters))
    both = [(_folded(ours), _folded(theirs)) for ours, theirs in pairs if ours and theirs]
    if both:
        return all(ours == theirs for ours, theirs in both)
    return bool(told.geboortedatum) and _digits(child.geboortedatum) == told.geboortedatum


def _may_be_born(child: Kind, told: GemeldKind) -> bool:
    """Whether the birth dates do not contradict each other; a partial one is compared as far as it goes."""
    ours = child.geboortedatum
    if ours is None or not told.geboortedatum:
        return True
    known = {"D": 6, "M": 4, "J": 0}.get(told.partial, 8)
    length = min(known, len(_known_digits(ours)))
    return _known_digits(ours)[:length] == told.geboortedatum[:length]


def _known_digits(date: PartialDate) -> str:
    return "".join(f"{part:0{width}d}" for part, width in ((date.year, 4), (date.month, 2), (date.day, 2)) if part is not None)


def _digits(date: PartialDate | None) -> str:
    return "" if date is None else _known_digits(date)


def _only(children: Mapping[int, Kind], fits: Fits) -> int | None:
    found = [number for number, child in children.items() if fits(child)]
    return found[0] if len(found) == 1 else None


def _name(person: Kind | Betrokkene) -> str:
    parts: Sequence[str | None] = (person.voornamen or person.voorletters, person.voorvoegsel, person.geslachtsnaam)
    return " ".join(part for part in parts if part)


def _folded(text: str) -> str:
    """For comparing names: composed characters, no difference of case or spacing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
