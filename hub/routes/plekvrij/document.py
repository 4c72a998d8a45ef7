"""An offer as a provider publishes it: one kind of place at one location, and how many are free. No person is in it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from hub.routes.plekvrij.kinds import KINDS

#: Characters that XML cannot hold and nobody types; with them one offer would spoil the feed of all.
_NO_CONTROLS = "^[^\u0000-\u001f\u007f\ufffe\uffff]+$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_NO_CONTROLS)]
Count = Annotated[int, Field(ge=0, le=10_000, strict=True)]
#: Codes that stand in keys and addresses.
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]

Geslacht = Literal["m", "v", "beide"]
Beveiliging = Literal["open", "besloten", "gesloten"]
#: ``beeindigd``: this place is there no more; the offer leaves the board and is not asked for again.
Opname = Literal["open", "wachtlijst", "eerst-overleg", "opnamestop", "beeindigd"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Aanbieder(_Part):
    """De organisatie die de plek biedt."""

    agb: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] = Field(description="AGB-code, 8 cijfers.")
    naam: Text


class Locatie(_Part):
    """Waar de plek is."""

    id: Code = Field(description="Eigen code van de aanbieder voor deze locatie.")
    naam: Text
    plaats: Text
    gemeente: Text


class Verwacht(_Part):
    """Hoeveel plekken er op een dag waarschijnlijk vrij zijn."""

    datum: dt.date
    aantal: Count


class Status(_Part):
    """Of er wordt opgenomen."""

    soort: Opname = "open"
    weken: Annotated[int, Field(ge=0, le=520, strict=True)] | None = Field(default=None, description="Van de wachtlijst.")
    reden: Text | None = Field(default=None, description="Van de opnamestop.")
    tot: dt.date | None = Field(default=None, description="Verwacht einde van de opnamestop.")


class Contact(_Part):
    """Wie u belt over deze plek: een afdeling of functie, geen persoon."""

    naam: Text | None = None
    telefoon: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{5,24}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[!-?A-~]{1,64}@[!-?A-~]{1,180}$")] | None = None
    bereikbaar: Text | None = Field(default=None, description="Uren waarop iemand opneemt.")


class Plekopgave(_Part):
    """Hoeveel plekken van één soort er op één locatie vrij zijn, op het peilmoment."""

    aanbieder: Aanbieder
    locatie: Locatie
    plaatstype: Literal[tuple(KINDS)]  # type: ignore[valid-type]  # the code list is data
    leeftijdVan: Annotated[int, Field(ge=0, le=23, strict=True)]
    leeftijdTot: Annotated[int, Field(ge=0, le=23, strict=True)]
    geslacht: Geslacht = "beide"
    beveiliging: Beveiliging = "open"
    capaciteitTotaal: Count = Field(description="Vergund en ingericht.")
    vrij: Count = Field(description="Bemenst en nu te gebruiken.")
    gereserveerd: Count = Field(default=0, description="Vrij, maar toegezegd.")
    bezet: Count | None = None
    verwachtVrij: tuple[Verwacht, ...] = Field(default=(), max_length=60)
    status: Status = Status()
    contact: Contact = Contact()
    peilmoment: AwareDatetime = Field(description="Wanneer dit zo was, bij de bron.")
    geldigTot: AwareDatetime | None = Field(default=None, description="Tot wanneer dit te vertrouwen is.")
    bron: Literal["handmatig", "systeem"] = "systeem"
    bevestigdDoor: Text | None = Field(default=None, description="Afdeling of functie die dit bevestigde.")

    @property
    def valid_until(self) -> dt.datetime:
        """Until when it may be trusted: as the provider says, else by its kind."""
        return self.geldigTot or self.peilmoment + KINDS[self.plaatstype].valid

    @property
    def key(self) -> tuple[str, str, str]:
        """What an offer is about: provider, location and kind."""
        return self.aanbieder.agb, self.locatie.id, str(self.plaatstype)


def to_json(offer: Plekopgave) -> dict[str, Any]:
    """An offer as it is published: complete, with until when it may be trusted."""
    return {**offer.model_dump(mode="json", exclude_none=True), "geldigTot": offer.valid_until.isoformat()}
