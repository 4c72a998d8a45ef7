"""The rules of the law about a report, on the day that a person decides (Jeugdwet 7.1). Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from hub.errors import Finding
from hub.routes.verwijsindex.dates import age_on, latest_removal
from hub.routes.verwijsindex.document import Jongere, Melding, Wijziging
from hub.routes.verwijsindex.wording import finding
from hub.telemetry import looks_like_bsn

#: Below this age the legal representative is informed and not the young person.
_YOUNG = 12
#: From this age on the young person is informed and not the legal representative.
_OWN = 16

#: Municipality -> the day from which nothing is reported to the index for it any more.
SwitchedOff = Mapping[str, dt.date]


def informed_by_age(age: int) -> tuple[bool, bool]:
    """Whether the young person, and whether the legal representative has to be informed."""
    return age >= _YOUNG, age < _OWN


def check_melding(melding: Melding, today: dt.date, switched_off: SwitchedOff) -> list[Finding]:
    """Everything that is wrong with a report."""
    return [
        *_switched_off(melding.gemeente, today, switched_off),
        *_identity(melding.jongere),
        *_times(melding, today),
    ]


def check_wijziging(wijziging: Wijziging, today: dt.date, switched_off: SwitchedOff) -> list[Finding]:
    """Everything that is wrong with a change, as far as the report itself need not be known."""
    found = list(_switched_off(wijziging.gemeente, today, switched_off))
    if all(one is None for one in (wijziging.melder, wijziging.coordinator, wijziging.verwijderdatum)):
        found.append(finding("VI13", ""))
    if wijziging.verwijderdatum is not None and wijziging.verwijderdatum <= today:
        found.append(finding("VI06", "/verwijderdatum"))
    return found


def _switched_off(gemeente: str, today: dt.date, switched_off: SwitchedOff) -> Iterator[Finding]:
    day = switched_off.get(gemeente)
    if day is not None and today >= day:
        yield finding("VI12", "/gemeente")


def _identity(jongere: Jongere) -> Iterator[Finding]:
    if jongere.bsn is not None:
        if not looks_like_bsn(jongere.bsn):
            yield finding("VI03", "/jongere/bsn")
        if jongere.geslachtsnaam is not None or jongere.geslacht is not None:
            yield finding("VI02", "/jongere/geslachtsnaam" if jongere.geslachtsnaam is not None else "/jongere/geslacht")
        return
    if jongere.geslachtsnaam is None:
        yield finding("VI01", "/jongere/bsn")
    elif jongere.geslacht is None:
        yield finding("VI90", "/jongere/geslacht")


def _times(melding: Melding, today: dt.date) -> Iterator[Finding]:
    birth = melding.jongere.geboortedatum
    if birth > today:
        yield finding("VI04", "/jongere/geboortedatum")
        return
    limit = latest_removal(birth, today)
    if limit <= today:
        yield finding("VI05", "/jongere/geboortedatum")
        return
    if melding.verwijderdatum is not None and melding.verwijderdatum <= today:
        yield finding("VI06", "/verwijderdatum")
    elif melding.verwijderdatum is not None and melding.verwijderdatum > limit:
        yield finding("VI07", "/verwijderdatum")
    yield from _informed(melding, age_on(birth, today))


def _informed(melding: Melding, age: int) -> Iterator[Finding]:
    own, others = informed_by_age(age)
    told = melding.geinformeerd
    if others and told.wettelijkVertegenwoordiger is None:
        yield finding("VI08", "/geinformeerd/wettelijkVertegenwoordiger")
    if own and told.jongere is None:
        yield finding("VI09", "/geinformeerd/jongere")
    if not own and told.jongere is not None:
        yield finding("VI10", "/geinformeerd/jongere")
    if not others and told.wettelijkVertegenwoordiger is not None:
        yield finding("VI11", "/geinformeerd/wettelijkVertegenwoordiger")
