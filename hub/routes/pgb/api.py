"""Toekenningen over the API: offering one, and seeing where it stands."""

from __future__ import annotations

from fastapi import APIRouter

from hub.assembly import Hub
from hub.contracts.resource import DocumentResource, Operation
from hub.routes.pgb import GRANTS
from hub.web.api.documents import document_router
from hub.web.auth import Right
from hub.web.bodies import Patience

RESOURCE = DocumentResource(
    path="/toekenningen",
    tag="pgb",
    routes=("toekenning",),
    offering=GRANTS,
    reading=(GRANTS, Right.SEE_ALL),
    noun="de toekenning",
    absent="Er is geen toekenning met dit nummer.",
    number="budgetnummer",
    offer=Operation(
        "biedToekenningAan",
        "Biedt een toekenning van een PGB aan",
        "De volledige huidige stand van één budget. Is het antwoord 201, dan is zij veilig bewaard en zorgt de hub voor de "
        "bezorging.",
    ),
    show=Operation(
        "geefToekenning",
        "Geeft de stand van een toekenning",
        "Hoe het ervoor staat en hoe het zo gekomen is, zonder de inhoud.",
    ),
)


def router(hub: Hub, patience: Patience) -> APIRouter:
    """The operations of this resource."""
    return document_router(hub, patience, RESOURCE)
