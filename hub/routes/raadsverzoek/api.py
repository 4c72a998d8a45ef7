"""Raadsverzoeken over the API: offering one, and seeing where it stands."""

from __future__ import annotations

from fastapi import APIRouter

from hub.assembly import Hub
from hub.contracts.resource import DocumentResource, FileParts, Operation
from hub.routes.raadsverzoek import REQUESTS
from hub.web.api.documents import document_router
from hub.web.auth import Right
from hub.web.bodies import Patience

RESOURCE = DocumentResource(
    path="/raadsverzoeken",
    tag="raadsverzoek",
    routes=("raadsverzoek",),
    offering=REQUESTS,
    reading=(REQUESTS, Right.SEE_ALL),
    noun="het verzoek",
    absent="Er is geen raadsverzoek met dit nummer.",
    offer=Operation(
        "biedRaadsverzoekAan",
        "Biedt een verzoek tot onderzoek aan",
        "Is het antwoord 201, dan is het verzoek veilig bewaard en zorgt de hub voor de bezorging.",
    ),
    show=Operation(
        "geefRaadsverzoek",
        "Geeft de stand van een verzoek",
        "Hoe het ervoor staat en hoe het zo gekomen is, zonder de inhoud.",
    ),
    files=FileParts(
        part="verzoek",
        items="documenten",
        reference="bestand",
        content="inhoud",
        file_name="bestandsnaam",
        schema="VerzoekMetBestanden",
        summary="Een verzoek met zijn bestanden als delen van één aanvraag; elk ander deel is een bestand.",
        document="Het verzoek zoals in `application/json`, maar elk van de `documenten` heeft in plaats van `inhoud` een "
        "`bestand`: de naam van het deel met het bestand. Zonder `bestandsnaam` telt de filename van dat deel.",
    ),
)


def router(hub: Hub, patience: Patience) -> APIRouter:
    """The operations of this resource."""
    return document_router(hub, patience, RESOURCE)
