"""Berichten: every message, for operators. Metadata only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query

from hub.assembly import Hub
from hub.journal import reading
from hub.journal.reading import Filter
from hub.message import Caller
from hub.web.api.callers import needs
from hub.web.api.models import Bericht, Berichten, BerichtMetVerloop
from hub.web.api.problems import responses
from hub.web.api.sentences import plain_sentence
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
        status: str | None = None,
        uitwisseling: str | None = None,
        verbinding: str | None = None,
        richting: Annotated[str | None, Query(pattern="^(in|out)$")] = None,
        voor: Annotated[str | None, Query(description="Alleen berichten die ouder zijn dan dit nummer.")] = None,
        aantal: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Any:
        """Met `voor` bladert u verder."""
        before = reading.parse_id(voor) if voor else None
        if voor and before is None:
            raise HTTPException(400, "`voor` is geen nummer van een bericht.")
        wanted = Filter(status, uitwisseling, verbinding, richting, before=before, most=aantal + 1)
        found = reading.list_messages(hub.journal, wanted)
        rows = [Bericht.of(view, plain_sentence(hub, view)) for view in found[:aantal]]
        return Berichten(resultaten=rows, volgende=rows[-1].id if len(found) > aantal else None)

    @router.get(
        "/{id}",
        summary="Geeft een bericht met zijn verloop",
        operation_id="geefBericht",
        response_model=BerichtMetVerloop,
        responses=responses(400, 401, 403, 404, 500, 503),
    )
    def one(id: str, caller: Caller = operator) -> Any:
        """Zonder de inhoud."""
        message_id = reading.parse_id(id)
        view = reading.show(hub.journal, message_id) if message_id else None
        if view is None:
            raise HTTPException(404, "Er is geen bericht met dit nummer.")
        return BerichtMetVerloop.of(view, plain_sentence(hub, view))

    return router
