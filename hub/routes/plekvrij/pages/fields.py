"""The questions of the form with which a provider publishes an offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hub.errors import Finding
from hub.routes.plekvrij.kinds import ENDED, KINDS
from hub.routes.plekvrij.pages.presenting import INTAKES, SECURITIES, SEXES
from hub.web.console.forms import Field, Group, every

#: That a place is there no more has a button of its own.
_INTAKES = tuple((code, text) for code, text in INTAKES.items() if code != ENDED)
GROUPS: tuple[Group, ...] = (
    Group(
        "Waar is het?",
        (
            Field("locatie-naam", "Naam van de locatie", required=True),
            Field("locatie-id", "Eigen code van de locatie", "Letters, cijfers en streepjes, zoals linde-1.", required=True),
            Field("locatie-plaats", "Plaats", required=True, width="half"),
            Field("locatie-gemeente", "Gemeente", required=True, width="half"),
        ),
    ),
    Group(
        "Wat voor plek is het?",
        (
            Field(
                "plaatstype",
                "Soort plek",
                kind="select",
                options=tuple((code, kind.name) for code, kind in KINDS.items()),
                required=True,
            ),
            Field("leeftijdVan", "Leeftijd van", kind="number", width="short", mode="numeric", required=True),
            Field("leeftijdTot", "Leeftijd tot en met", kind="number", width="short", mode="numeric", required=True),
            Field("geslacht", "Voor wie", kind="select", options=tuple(SEXES.items()), required=True),
            Field("beveiliging", "Beveiliging", kind="select", options=tuple(SECURITIES.items()), required=True),
        ),
    ),
    Group(
        "Hoeveel is er vrij?",
        (
            Field(
                "capaciteitTotaal", "Plekken in totaal", "Vergund en ingericht.", "number", width="short", mode="numeric",
                required=True,
            ),
            Field("vrij", "Nu vrij", "Bemenst en nu te gebruiken.", "number", width="short", mode="numeric", required=True),
            Field("gereserveerd", "Vrij maar toegezegd", kind="number", width="short", mode="numeric"),
            Field("status-soort", "Opname", kind="select", options=_INTAKES, required=True),
            Field("status-weken", "Wachttijd in weken", "Alleen bij een wachtlijst.", "number", width="short", mode="numeric"),
            Field("status-reden", "Reden van de opnamestop", "Alleen bij een opnamestop."),
        ),
    ),
    Group(
        "Wie belt de verwijzer?",
        (
            Field("contact-naam", "Afdeling of functie", "Geen naam van een persoon."),
            Field("contact-telefoon", "Telefoon", mode="tel", required=True),
            Field("contact-email", "E-mail", mode="email"),
            Field("contact-bereikbaar", "Bereikbaar", "Zoals: dag en nacht."),
        ),
    ),
)  # fmt: skip
FIELDS: tuple[Field, ...] = tuple(every(GROUPS))


class Place(NamedTuple):
    """Where a problem is mended."""

    field: str


class FormProblem(NamedTuple):
    """Something to mend."""

    sentence: str
    spot: Place


def problems(findings: Iterable[Finding]) -> Iterator[FormProblem]:
    """What is wrong with a document, at the inputs of the form."""
    labels = {field.key: field.label for field in FIELDS}
    for found in findings:
        if found.severity == "error":
            key = found.field.lstrip("/").replace("/", "-")
            place = key if key in labels else "locatie-naam"
            yield FormProblem(f"{labels.get(key, 'Opgave')}: {found.message}", Place(place))
