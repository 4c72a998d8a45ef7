"""All pages about cases, put together."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from hub.journal.reading import MessageView
from hub.web.auth import Visitor
from hub.web.console.cases import case, deciding, listing, looks, opening, unmatched
from hub.web.console.cases.facts import Ends
from hub.web.site import Site


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    ends = Ends(site)

    def show(visitor: Visitor, view: MessageView, **values: Any) -> Response:
        return case.show(site, ends, visitor, view, **values)

    whole = APIRouter()
    for part in (
        listing.router(site, ends),
        case.router(site, ends),
        opening.router(site, ends),
        deciding.router(site, ends, show),
        unmatched.router(site, ends, show),
        looks.router(site),
    ):
        whole.include_router(part)
    return whole
