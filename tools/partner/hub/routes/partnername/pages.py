"""The page of this exchange: its messages, newest first."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.journal import reading
from hub.routes.partnername import MESSAGES
from hub.web.site import Site


def router(site: Site) -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/partnername")
    def messages(request: Request) -> Response:
        visitor = site.require(request, MESSAGES)
        views = reading.list_messages(site.hub.journal, reading.Filter(route="partnername"))
        presenter = site.presenter()
        # fill in: what its users need to see and do; they may lack the right to open a message in /berichten
        return site.page("partnername/messages.html", visitor, lines=[(view, presenter.sentence(view)) for view in views])

    return router
