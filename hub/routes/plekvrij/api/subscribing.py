"""Subscriptions over the API: who is told of changes, by a signed POST of each event."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends, HTTPException
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse, Response

from hub.assembly import Hub
from hub.message import Caller
from hub.routes.plekvrij import SUBSCRIBE
from hub.routes.plekvrij.pages import subscribers
from hub.routes.plekvrij.pages.subscribers import SubscriberView, Unfit
from hub.web.api.callers import needs
from hub.web.api.problems import InvalidParam, problem, responses

_PATH = "/plekabonnementen"
_ABSENT = "Er is geen abonnement met dit nummer."


class NieuwPlekabonnement(BaseModel):
    """Wie het hoort als er iets verandert."""

    naam: str = Field(max_length=100)
    adres: str = Field(max_length=500, description="Waar de hub elke gebeurtenis heen stuurt (POST); https.")
    gemeente: str = Field(default="", max_length=80, description="Alleen van deze gemeente; leeg is alle.")
    plaatstype: str = Field(default="", max_length=40, description="Alleen van deze soort; leeg is alle.")


class Plekabonnement(BaseModel):
    """Een abonnement zoals het er staat."""

    id: str
    naam: str
    adres: str
    gemeente: str
    plaatstype: str
    mislukt: int = Field(description="Hoe vaak achter elkaar het niet lukte.")
    gepauzeerdOp: dt.datetime | None = Field(description="Sinds wanneer er niets meer heen gaat; leeg: het loopt.")
    geheim: str | None = Field(default=None, description="Alleen in het antwoord waarmee het is gemaakt of vernieuwd.")

    @classmethod
    def of(cls, view: SubscriberView, secret: str | None = None) -> Plekabonnement:
        """A subscription, with its secret only when it is new."""
        return cls(
            id=view.id,
            naam=view.name,
            adres=view.url,
            gemeente=view.municipality,
            plaatstype=view.kind,
            mislukt=view.failures,
            gepauzeerdOp=view.paused_at,
            geheim=secret,
        )


class Plekabonnementen(BaseModel):
    """Alle abonnementen."""

    resultaten: list[Plekabonnement]


class Hervatting(BaseModel):
    """Vanaf wanneer wordt nagestuurd wat gemist is."""

    sinds: AwareDatetime | None = Field(default=None, description="Leeg: sinds het begin van de pauze.")


class Hervat(BaseModel):
    """Wat er wordt nagestuurd."""

    aantal: int
    volgende: dt.datetime | None = Field(description="Vanaf wanneer er nog meer is; leeg: dit was alles.")


def router(hub: Hub) -> APIRouter:
    """The operations."""
    router = APIRouter(prefix=_PATH, tags=["plekvrij"])
    operator = Depends(needs(hub, SUBSCRIBE))

    def known(id_: str) -> SubscriberView:
        found = subscribers.find(hub, id_)
        if found is None:
            raise HTTPException(404, _ABSENT)
        return found

    @router.post(
        "",
        summary="Maakt een abonnement",
        description="Het antwoord bevat het geheim waarmee elke gebeurtenis wordt ondertekend; daarna is het niet te zien.",
        operation_id="maakPlekabonnement",
        status_code=201,
        response_model=Plekabonnement,
        responses=responses(400, 401, 403, 500, 503),
    )
    def add(wanted: NieuwPlekabonnement, caller: Caller = operator) -> Response:
        try:
            view = subscribers.add(hub, wanted.naam, wanted.adres, wanted.gemeente, wanted.plaatstype, caller)
            made = Plekabonnement.of(view, subscribers.secret(hub, view))
        except Unfit as error:
            found = [InvalidParam(name=error.field, code="abonnement", reason=error.sentence)]
            return problem(400, error.sentence, invalid=found)
        return JSONResponse(made.model_dump(mode="json"), 201, {"Location": f"/v1{_PATH}/{view.id}"})

    @router.get(
        "",
        summary="Geeft de abonnementen",
        operation_id="geefPlekabonnementen",
        response_model=Plekabonnementen,
        responses=responses(401, 403, 500, 503),
    )
    def many(caller: Caller = operator) -> Plekabonnementen:
        """Zonder geheimen."""
        return Plekabonnementen(resultaten=[Plekabonnement.of(view) for view in subscribers.every(hub)])

    @router.post(
        "/{id}/geheimen",
        summary="Geeft een abonnement een nieuw geheim",
        description="Tot de volgende vernieuwing is elke gebeurtenis ook met het vorige geheim ondertekend.",
        operation_id="vernieuwPlekgeheim",
        status_code=201,
        response_model=Plekabonnement,
        responses=responses(400, 401, 403, 404, 500, 503),
    )
    def renew(id: str, caller: Caller = operator) -> Plekabonnement:
        known(id)
        view = subscribers.renew(hub, id)
        if view is None:
            raise HTTPException(404, _ABSENT)
        return Plekabonnement.of(view, subscribers.secret(hub, view))

    @router.post(
        "/{id}/hervattingen",
        summary="Hervat een abonnement en stuurt na",
        description="Van elk aanbod dat sindsdien veranderde gaat de nieuwste gebeurtenis opnieuw weg. Is het te veel voor "
        "één keer, dan staat in `volgende` vanaf wanneer u verder gaat.",
        operation_id="hervatPlekabonnement",
        response_model=Hervat,
        responses=responses(400, 401, 403, 404, 500, 503),
    )
    def resume(id: str, wanted: Hervatting, caller: Caller = operator) -> Hervat:
        replay = subscribers.resume(hub, known(id), wanted.sinds, caller)
        return Hervat(aantal=replay.sent, volgende=replay.following)

    @router.delete(
        "/{id}",
        summary="Beëindigt een abonnement",
        description="Wat al klaarstond om te versturen, gaat nog weg.",
        operation_id="beeindigPlekabonnement",
        status_code=204,
        responses=responses(400, 401, 403, 404, 500, 503),
    )
    def remove(id: str, caller: Caller = operator) -> Response:
        known(id)
        subscribers.remove(hub, id)
        return Response(status_code=204)

    return router
