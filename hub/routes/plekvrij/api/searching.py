"""Looking for a place over the API, and the same list as CSV or as a feed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from starlette.responses import Response

from hub.assembly import Hub
from hub.message import Caller
from hub.routes.plekvrij import SEARCH
from hub.routes.plekvrij.answers import Plek, Plekken
from hub.routes.plekvrij.kinds import KINDS, Freshness
from hub.routes.plekvrij.pages.exporting import ATOM_TYPE, CSV_TYPE, write_atom, write_csv
from hub.routes.plekvrij.pages.have import HAVE_TYPE, write_have
from hub.routes.plekvrij.pages.offers import OfferView, Wanted, search
from hub.web.api.callers import needs
from hub.web.api.problems import responses
from hub.web.auth import Right


def router(hub: Hub) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["plekvrij"])
    formats = {media_type: {"schema": {"type": "string"}} for media_type in ("text/csv", ATOM_TYPE, HAVE_TYPE)}

    @router.get(
        "/plekken",
        summary="Zoekt vrije plekken",
        description="Eerst waar plek is, het betrouwbaarste bovenaan; het onbekende achteraan. Is een opgave verlopen, dan is "
        "`vrij` leeg: onbekend, niet nul. Met `formaat` komt dezelfde lijst als CSV, als Atom-feed of als EDXL-HAVE 1.0.",
        operation_id="zoekPlekken",
        response_model=Plekken,
        responses={200: {"content": formats}, **responses(400, 401, 403, 404, 500, 503)},
    )
    def find(
        caller: Caller = Depends(needs(hub, SEARCH, Right.SEE_ALL)),  # noqa: B008
        plaatstype: Annotated[str, Query(description=f"Een van {', '.join(KINDS)}.")] = "",
        leeftijd: Annotated[int | None, Query(ge=0, le=23)] = None,
        geslacht: Literal["", "m", "v"] = "",
        beveiliging: Literal["", "open", "besloten", "gesloten"] = "",
        gemeente: Annotated[str, Query(max_length=80)] = "",
        vrij: Annotated[int, Query(ge=0, le=1000, description="Minstens zoveel vrij.")] = 0,
        stand: Literal["", "actueel", "ouder", "onbekend"] = "",
        bladzijde: Annotated[int, Query(ge=1, le=10_000)] = 1,
        aantal: Annotated[int, Query(ge=1, le=1000)] = 100,
        formaat: Literal["json", "csv", "atom", "have"] = "json",
    ) -> Any:
        if plaatstype and plaatstype not in KINDS:
            raise HTTPException(400, "`plaatstype` is geen soort plek.")
        wanted = Wanted(plaatstype, leeftijd, geslacht, beveiliging, gemeente, vrij, stand)
        now = dt.datetime.now(dt.UTC)
        found = search(hub, wanted, now, limit=aantal, offset=(bladzijde - 1) * aantal)
        if formaat == "csv":
            return Response(write_csv(found.views), media_type=CSV_TYPE)
        if formaat == "atom":
            return Response(write_atom(found.views, hub.config.web.public_url.rstrip("/")), media_type=ATOM_TYPE)
        if formaat == "have":
            if not found.views:
                raise HTTPException(404, "Er is geen aanbod dat past, en EDXL-HAVE kent geen lege lijst.")
            return Response(write_have(found.views, now), media_type=HAVE_TYPE)
        more = bladzijde * aantal < found.total
        rows = [_plek(view) for view in found.views]
        return Plekken(resultaten=rows, totaal=found.total, onbekend=found.unknown, volgende=bladzijde + 1 if more else None)

    return router


def _plek(view: OfferView) -> Plek:
    unknown = view.fresh is Freshness.UNKNOWN
    offer = view.offer.model_dump(exclude_none=True)
    return Plek.model_validate(
        {
            **offer,
            "vrij": view.free,
            "gereserveerd": None if unknown else view.offer.gereserveerd,
            "geldigTot": view.valid_until,
            "stand": view.fresh.value,
            "bijgewerktOp": view.accepted_at,
        }
    )
