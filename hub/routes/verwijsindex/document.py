"""The documents that come in for the three outgoing routes: the closed list of the law, and what the hub itself has to know.

What the hub has to know and the index may not (``gemeente``, ``geinformeerd``, the birth date beside a BSN) is here and not in
the messages (``message``). There is no free text anywhere.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from hub.telemetry import holds_bsn

#: Reasons for which a report ends.
Reden = Literal["onterecht", "risico-voorbij", "termijn", "leeftijd", "overlijden", "avg"]
#: Whether somebody was informed, or why not yet.
Geinformeerd = Literal["ja", "nog-niet-veiligheid", "nog-niet-bereikt"]
Geslacht = Literal["man", "vrouw", "onbekend"]


def _without_bsn(value: object) -> object:
    if isinstance(value, str) and holds_bsn(value):
        raise ValueError("a burgerservicenummer in a field that is not for it")
    return value


def _day(value: object) -> object:
    """A date as ISO 8601 writes it, and no number of seconds, which pydantic would take too."""
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    raise ValueError("no date")


#: Latin letters, by their ranges: tables of what a letter is differ between versions of Unicode, and the schema has its own.
_LETTERS = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_MARKS = "\u0300-\u036f"
Day = Annotated[dt.date, BeforeValidator(_day)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
MeldingId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Naam = Annotated[
    str,
    StringConstraints(max_length=120, pattern=rf"^[{_LETTERS}][{_LETTERS}{_MARKS} .'’-]*$"),
    BeforeValidator(_without_bsn),
]
Organisatie = Annotated[
    str,
    StringConstraints(max_length=120, pattern=rf"^[{_LETTERS}0-9][{_LETTERS}{_MARKS}0-9 .,&'’()/-]*$"),
    BeforeValidator(_without_bsn),
]
Telefoon = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{7,18}$")]
Email = Annotated[str, StringConstraints(max_length=120, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$")]
Gemeente = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
Bsn = Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Jongere(_Part):
    """The young person: a BSN, or family name and sex; the birth date always, because terms depend on it."""

    geboortedatum: Day
    bsn: Bsn | None = None
    geslachtsnaam: Naam | None = None
    geslacht: Geslacht | None = None


class Professional(_Part):
    """Who reports or coordinates. ``id`` is their account in this hub: their signals and tasks go there."""

    id: Id
    naam: Naam
    organisatie: Organisatie
    telefoon: Telefoon
    email: Email


class Informatie(_Part):
    """Who was told of the report, or why not yet. Kept in the hub; the index may not have it."""

    jongere: Geinformeerd | None = None
    wettelijkVertegenwoordiger: Geinformeerd | None = None  # keys of the document


class Melding(_Part):
    """A report. Without ``verwijderdatum`` it stands as long as the law allows."""

    meldingId: MeldingId
    gemeente: Gemeente
    jongere: Jongere
    melder: Professional
    geinformeerd: Informatie
    coordinator: Professional | None = None
    verwijderdatum: Day | None = None


class Wijziging(_Part):
    """Other contact data, or an earlier or later removal date."""

    meldingId: MeldingId
    gemeente: Gemeente
    melder: Professional | None = None
    coordinator: Professional | None = None
    verwijderdatum: Day | None = None


class Beeindiging(_Part):
    """The end of a report."""

    meldingId: MeldingId
    gemeente: Gemeente
    reden: Reden
