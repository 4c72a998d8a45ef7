"""All pages of this exchange, put together."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from hub.journal.reading import MessageView
from hub.routes.raadsverzoek.pages.cases import case, deciding, listing, opening, unmatched
from hub.routes.raadsverzoek.pages.form import router as form
from hub.web.auth import Visitor
from hub.web.site import Site


def router(site: Site) -> APIRouter:
    """The routes of this exchange."""

    def show(visitor: Visitor, view: MessageView, **values: Any) -> Response:
        return case.show(site, visitor, view, **values)

    whole = APIRouter()
    for part in (
        form.router(site),
        listing.router(site),
        case.router(site),
        opening.router(site),
        deciding.router(site, show),
        unmatched.router(site, show),
    ):
        whole.include_router(part)
    return whole
