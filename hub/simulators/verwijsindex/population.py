"""A small register of synthetic people: who lives where, and whose child they are. Nobody in it exists."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the register. ``home`` is an address; in an institution people live together without being a family."""

    bsn: str
    name: str
    birth: dt.date
    sex: str
    home: str
    institution: bool = False
    parents: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What a report without a BSN knows them by."""
        return self.name.casefold(), self.birth.isoformat(), self.sex


PEOPLE: tuple[Person, ...] = (
    Person("999990019", "Testgeval", dt.date(2014, 5, 3), "man", "Dorpsstraat 1", parents=("999990913",)),
    Person("999990020", "Testgeval", dt.date(2016, 9, 21), "vrouw", "Dorpsstraat 1", parents=("999990913",)),
    # A half-brother who lives elsewhere: a shared parent and no shared address.
    Person("999990032", "Proefpersoon", dt.date(2009, 2, 11), "man", "Molenweg 8", parents=("999990913", "999990925")),
    # Two who live in one institution and have nothing else in common.
    Person("999990044", "Voorbeeld", dt.date(2010, 1, 30), "vrouw", "Leefgroep De Linde", institution=True),
    Person("999990056", "Fictief", dt.date(2011, 7, 8), "man", "Leefgroep De Linde", institution=True),
    # A leap day, and nearly 23.
    Person("999990068", "Schrikkel", dt.date(2012, 2, 29), "vrouw", "Kade 4"),
)

BY_BSN = {person.bsn: person for person in PEOPLE}
BY_KEY = {person.key: person for person in PEOPLE}
