"""The match rules of the law (Jeugdwet 7.1): which reports belong together, and what their reporters are told. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from hub.simulators.verwijsindex.population import Person

#: Reasons after which a removed report goes to the archive, and for how many years.
ARCHIVED_FOR, ARCHIVE_YEARS = frozenset({"risico-voorbij", "termijn"}), 5


@dataclass(slots=True)
class Report:
    """A report in the index.

    Attributes:
        subject: The young person as the report names them: a BSN, or name, birth date and sex.
        person: The same in the register; None when it does not know them.
        reporters: Reporter, and coordinator where there is one.
        ours: It came over this connection, so that its signals are fetched here.
        archived: The day on which it went to the archive; None while it stands.
        spent: As archived report it has led to its one signal.
    """

    id: str
    subject: tuple[str, ...]
    person: Person | None
    reporters: list[dict[str, str]]
    removal: dt.date
    ours: bool
    archived: dt.date | None = None
    spent: bool = False


def same_person(one: Report, other: Report) -> bool:
    """Whether two reports are about the same young person, however each names them."""
    if one.person is not None and other.person is not None:
        return one.person.bsn == other.person.bsn
    return one.subject == other.subject


def same_family(one: Report, other: Report) -> bool:
    """The same home address, not of an institution, or a shared parent; by the register only."""
    if one.person is None or other.person is None:
        return False
    mine, theirs = one.person, other.person
    home = mine.home == theirs.home and not (mine.institution or theirs.institution)
    return home or bool(set(mine.parents) & set(theirs.parents))


def in_archive(report: Report, today: dt.date) -> bool:
    """Whether an archived report is still kept and has not led to its signal yet."""
    if report.archived is None or report.spent:
        return False
    return (today - report.archived).days < ARCHIVE_YEARS * 365


def matches(new: Report, known: list[Report], today: dt.date) -> list[tuple[Report, bool]]:
    """The reports that a new one matches, and whether each is about the same young person."""
    found = []
    for other in known:
        same = same_person(new, other)
        standing = other.archived is None and (same or same_family(new, other))
        if standing or (same and in_archive(other, today)):
            found.append((other, same))
    return found
