"""Reports over the API: a system proposes one, the reporter that it names decides. Nothing that comes in here sends itself."""

from __future__ import annotations

from fastapi import APIRouter

from hub.assembly import Hub
from hub.contracts.resource import DocumentResource, Operation
from hub.routes.verwijsindex import PROPOSES
from hub.web.api.documents import document_router
from hub.web.auth import Right
from hub.web.bodies import Patience

RESOURCE = DocumentResource(
    path="/meldingen",
    tag="verwijsindex",
    routes=("melding",),
    offering=PROPOSES,
    reading=(PROPOSES, Right.SEE_ALL),
    noun="de melding",
    absent="Er is geen melding of voorstel met dit nummer.",
    number="meldingsnummer",
    offer=Operation(
        "stelMeldingVoor",
        "Stelt een melding in de verwijsindex voor",
        "Het voorstel wacht op het besluit van de melder die erin genoemd is; zonder dat besluit wordt er niets gemeld "
        "(Jeugdwet, artikel 7.1).",
    ),
    show=Operation(
        "geefMelding",
        "Geeft de stand van een voorgestelde melding",
        "Of zij nog op een besluit wacht, en daarna hoe het met het bericht staat, zonder de inhoud.",
    ),
)


def router(hub: Hub, patience: Patience) -> APIRouter:
    """The operations of this resource."""
    return document_router(hub, patience, RESOURCE)
