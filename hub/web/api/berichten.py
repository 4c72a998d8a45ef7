"""Berichten: every message, for operators. Metadata only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query

from hub.assembly import Hub
from hub.journal.reading import Filter
from hub.message import Caller
from hub.web.api import listing
from hub.web.api.callers import needs
from hub.web.api.models import Berichten, BerichtMetVerloop
from hub.web.api.problems import responses
from hub.web.auth import Right


def router(hub: Hub) -> APIRouter:
    """The routes of this resource."""
    router = APIRouter(prefix="/berichten", tags=["berichten"])
    operator = Depends(needs(hub, Right.SEE_ALL))

    @router.get(
        "",
        summary="Geeft berichten, nieuwste eerst",
        operation_id="geefBerichten",
        response_model=Berichten,
        responses=responses(400, 401, 403, 500, 503),
    )
    def many(
        caller: Caller = operator,
        status: listing.Word = None,
        uitwisseling: listing.Word = None,
        verbinding: listing.Word = None,
        richting: Annotated[str | None, Query(pattern="^(in|out)$")] = None,
        voor: listing.Before = None,
        aantal: listing.Count = 50,
    ) -> Any:
        """Met `voor` bladert u verder."""
        return listing.page(hub, Filter(status, uitwisseling, verbinding, richting), voor, aantal, caller)

    @router.get(
        "/{id}",
        summary="Geeft een bericht met zijn verloop",
        operation_id="geefBericht",
        response_model=BerichtMetVerloop,
        responses=responses(400, 401, 403, 404, 500, 503),
    )
    def one(id: str, caller: Caller = operator) -> Any:
        """Zonder de inhoud."""
        view = listing.find(hub, id, caller)
        if view is None:
            raise HTTPException(404, "Er is geen bericht met dit nummer.")
        return listing.with_timeline(hub, view)

    return router
