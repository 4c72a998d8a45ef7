"""Orders over the API."""

from __future__ import annotations

from fastapi import APIRouter

from hub.assembly import Hub
from hub.contracts.resource import DocumentResource, Operation
from hub.web.api.documents import document_router
from hub.web.bodies import Patience
from ketenhub_probe.exchange import ORDERS

RESOURCE = DocumentResource(
    path="/bestellingen",
    tag="probe",
    routes=("probe_order",),
    offering=ORDERS,
    reading=(ORDERS,),
    noun="de bestelling",
    absent="Er is geen bestelling met dit nummer.",
    offer=Operation("bestel", "Biedt een bestelling aan", "Is het antwoord 201, dan is zij bewaard."),
    show=Operation("geefBestelling", "Geeft de stand van een bestelling", "Zonder inhoud."),
)


def router(hub: Hub, patience: Patience) -> APIRouter:
    """The operations."""
    return document_router(hub, patience, RESOURCE)
