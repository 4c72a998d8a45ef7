"""What the API answers with. Property names are camelCase and Dutch (ADR 2.1); a description is its documentation."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from hub.errors import Finding
from hub.journal.reading import MessageView


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class Waarschuwing(_Answer):
    """Iets dat opvalt, maar het versturen niet tegenhoudt."""

    name: str = Field(description="JSON Pointer naar het veld.")
    code: str = Field(description="Nummer van de regel.")
    reason: str = Field(description="Wat er opvalt.")

    @classmethod
    def of(cls, finding: Finding, sentence: str) -> Self:
        """A warning with its sentence."""
        return cls(name=finding.field, code=finding.rule, reason=sentence)


class Aangenomen(_Answer):
    """Een bericht dat is aangenomen: de hub staat ervoor in."""

    id: str = Field(description="Nummer van het bericht in de hub.")
    referentienummer: str = Field(description="Nummer waaronder de partner het kent.")
    kenmerk: str = Field(description="Kenmerk van de zaak.")
    status: str = Field(description="Stand op dit moment; zie de stand van het bericht.")
    waarschuwingen: list[Waarschuwing]


class Voorgesteld(_Answer):
    """Een document dat wacht op het besluit van een mens. Er is nog niets verstuurd."""

    id: str = Field(description="Nummer van het voorstel. Is er besloten, dan vindt u er het bericht mee.")
    status: Literal["voorgesteld"] = "voorgesteld"
    besluit: str = Field(description="Account dat besluit; leeg: wie daar het recht toe heeft.")


class Gebeurtenis(_Answer):
    """Iets dat met het bericht gebeurde."""

    moment: dt.datetime
    gebeurtenis: str
    code: str = ""
    aantal: int = Field(default=1, description="Hoe vaak achter elkaar.")


class Bericht(_Answer):
    """Hoe het met een bericht staat. Zonder inhoud."""

    id: str
    richting: str = Field(description="`out`: van ons; `in`: van de partner.")
    uitwisseling: str
    verbinding: str
    soort: str
    referentienummer: str
    kenmerk: str
    titel: str
    status: str
    reden: str = Field(description="Waarom het wacht: `due`, `turn`, `retry` of `partner`; anders leeg.")
    code: str = Field(description="Laatste fout, of waarom het aandacht vraagt; anders leeg.")
    zin: str = Field(description="Hoe het ervoor staat, in één zin voor mensen.")
    aangenomen_op: dt.datetime
    volgende_moment: dt.datetime | None = Field(description="Volgende poging, of wanneer een antwoord over tijd is.")
    klaar_op: dt.datetime | None
    pogingen: int
    oorzaak: str | None = Field(description="Het bericht waar dit een antwoord op of vervolg van is.")

    @classmethod
    def of(cls, view: MessageView, sentence: str) -> Self:
        """A message as it stands."""
        return cls.model_validate(_facts(view, sentence))


class BerichtMetVerloop(Bericht):
    """Hoe het met een bericht staat, en hoe het zo gekomen is."""

    verloop: list[Gebeurtenis]

    @classmethod
    def of(cls, view: MessageView, sentence: str) -> Self:
        """A message with its timeline."""
        course = [
            Gebeurtenis(moment=one.at, gebeurtenis=one.event, code=str(one.detail.get("code", "")), aantal=one.times)
            for one in view.timeline
        ]
        return cls.model_validate({**_facts(view, sentence), "verloop": course})


class Berichten(_Answer):
    """Berichten, nieuwste eerst."""

    resultaten: list[Bericht]
    volgende: str | None = Field(description="Waarde van `voor` voor de volgende bladzijde; leeg als dit de laatste is.")


def _facts(view: MessageView, sentence: str) -> dict[str, object]:
    return {
        "id": str(view.id),
        "richting": view.direction,
        "uitwisseling": view.route,
        "verbinding": view.connection,
        "soort": view.type,
        "referentienummer": view.reference,
        "kenmerk": view.kenmerk,
        "titel": view.title,
        "status": view.status,
        "reden": view.reason,
        "code": view.code,
        "zin": sentence,
        "aangenomen_op": view.accepted_at,
        "volgende_moment": view.next_at,
        "klaar_op": view.final_at,
        "pogingen": view.attempts,
        "oorzaak": str(view.cause) if view.cause else None,
    }
