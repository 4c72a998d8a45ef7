"""The document ``zorgovereenkomst``: an agreement between a family and who gives the care, as SVB's portal shows it.

It is no message. SVB judges it by labour law, the college by its care and its tariff, both in SVB's portal. The hub only keeps
that a person has to decide, by when, and what they decided. No name is asked: a number is enough.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from hub.errors import Finding
from hub.routes.pgb.document import Amount, Date, Number, Part
from hub.routes.pgb.reading import told_of
from hub.routes.pgb.wording import finding
from hub.telemetry import names_bsn

#: The four model agreements of SVB.
KINDS: Mapping[str, str] = {
    "arbeid": "Arbeidsovereenkomst",
    "opdracht": "Overeenkomst van opdracht",
    "instelling": "Overeenkomst met een zorginstelling",
    "familie": "Overeenkomst met partner of familielid",
}
UNITS: Mapping[str, str] = {"uur": "per uur", "dagdeel": "per dagdeel", "etmaal": "per etmaal", "maand": "per maand"}
DECISIONS: Mapping[str, str] = {"akkoord": "Akkoord", "niet_akkoord": "Niet akkoord"}
#: Why not. Chosen and never typed, so that a reason holds no personal data.
REASONS: Mapping[str, str] = {
    "zorg": "De zorg past niet bij het plan",
    "tarief": "Het tarief is te hoog",
    "onvolledig": "De overeenkomst is niet volledig",
    "dubbel": "Deze zorg is al op een andere manier geregeld",
}


class Zorgovereenkomst(Part):
    """An agreement that waits for the college's word."""

    gemeente: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    budgetnummer: Number
    kenmerk: Number
    soort: Literal["arbeid", "opdracht", "instelling", "familie"]
    ontvangen: Date
    tarief: Amount
    maximum: Amount
    eenheid: Literal["uur", "dagdeel", "etmaal", "maand"]


class Besluit(Part):
    """What a person decided about it, with the two points of the checklist."""

    zorg: bool | None = None
    tarief: bool | None = None
    besluit: Literal["akkoord", "niet_akkoord"] | None = None
    reden: Literal["zorg", "tarief", "onvolledig", "dubbel"] | None = None


def read_agreement(typed: Mapping[str, Any], today: dt.date) -> tuple[Zorgovereenkomst | None, list[Finding]]:
    """The agreement, or what is wrong with it."""
    try:
        document = Zorgovereenkomst.model_validate(typed)
    except ValidationError as error:
        return None, told_of(error)
    found = list(_check(document, today))
    return (None if found else document), found


def check_decision(besluit: Besluit, *, too_high: bool) -> list[Finding]:
    """Whether a decision is whole and does not contradict its own checklist.

    Args:
        too_high: The tariff is above the maximum.
    """
    return list(_check_decision(besluit, too_high))


def _check(document: Zorgovereenkomst, today: dt.date) -> Iterator[Finding]:
    for name, value in (("budgetnummer", document.budgetnummer), ("kenmerk", document.kenmerk)):
        if names_bsn(value):
            yield finding("PG10", f"/{name}")
    if document.ontvangen > today:
        yield finding("PG31", "/ontvangen")
    if document.maximum == 0:
        yield finding("PG36", "/maximum")


def _check_decision(besluit: Besluit, too_high: bool) -> Iterator[Finding]:
    for name, answer in (("zorg", besluit.zorg), ("tarief", besluit.tarief)):
        if answer is None:
            yield finding("PG32", f"/{name}")
    if besluit.besluit is None:
        yield finding("PG33", "/besluit")
    if besluit.tarief and too_high:
        yield finding("PG37", "/tarief")
    if besluit.besluit == "akkoord" and (besluit.zorg is False or besluit.tarief is False):
        yield finding("PG34", "/besluit")
    if besluit.besluit == "niet_akkoord" and besluit.reden is None:
        yield finding("PG35", "/reden")
