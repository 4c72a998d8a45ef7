"""What the API answers about offers. Property names are camelCase and Dutch (ADR 2.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from pydantic import BaseModel, Field

from hub.errors import Finding
from hub.routes.plekvrij.document import Aanbieder, Contact, Locatie, Status, Verwacht


class Fout(BaseModel):
    """Wat er met een opgave mis is, of opvalt."""

    code: str = Field(description="Nummer van de regel.")
    veld: str = Field(description="JSON Pointer naar het veld; bij een bestand de kolom.")
    tekst: str
    soort: str = Field(description="`error` of `warning`.")

    @classmethod
    def of(cls, found: Finding) -> Self:
        """A finding."""
        return cls(code=found.rule, veld=found.path or found.field, tekst=found.message, soort=found.severity)


class Regel(BaseModel):
    """Wat er van één opgave werd."""

    regel: int = Field(description="De hoeveelste, te beginnen met 1; bij een bestand de regel.")
    uitkomst: str = Field(description="`accepted`, `repeated`, `unchanged` of `refused`.")
    id: str | None = Field(description="Nummer van het bericht in de hub.")
    code: str = Field(description="Waarom zij is geweigerd; anders leeg.")
    fouten: list[Fout]

    @classmethod
    def of(cls, outcome: Any) -> Self:
        """What became of a part, a ``hub.intake.files.PartOutcome``."""
        message_id = str(outcome.message_id) if outcome.message_id else None
        found = [Fout.of(one) for one in outcome.findings]
        return cls(regel=outcome.row, uitkomst=str(outcome.state), id=message_id, code=outcome.code, fouten=found)


class Reeks(BaseModel):
    """Wat er van elke opgave werd."""

    resultaten: list[Regel]


class Plek(BaseModel):
    """Een aanbod, en hoe zeker het is."""

    aanbieder: Aanbieder
    locatie: Locatie
    plaatstype: str
    leeftijdVan: int
    leeftijdTot: int
    geslacht: str
    beveiliging: str
    capaciteitTotaal: int
    vrij: int | None = Field(description="Leeg: niet bekend, de opgave is verlopen.")
    gereserveerd: int | None
    verwachtVrij: list[Verwacht] = []
    status: Status
    contact: Contact
    peilmoment: dt.datetime
    geldigTot: dt.datetime
    stand: str = Field(description="`actueel`, `ouder` of `onbekend`.")
    bron: str
    bevestigdDoor: str | None = None
    bijgewerktOp: dt.datetime = Field(description="Wanneer de hub het aannam.")


class Plekken(BaseModel):
    """Een bladzijde van het aanbod."""

    resultaten: list[Plek]
    totaal: int = Field(description="Hoeveel er passen.")
    onbekend: int = Field(description="Van hoeveel passend aanbod niet bekend is of er plek is.")
    volgende: int | None = Field(description="De volgende bladzijde; leeg als dit de laatste is.")
