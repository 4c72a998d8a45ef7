"""Parked: the messages that need a person."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.journal import reading
from hub.journal.reading import Filter, MessageView
from hub.web.auth import Right
from hub.web.console import words
from hub.web.console.presenting import MessagePresenter, MessageRow
from hub.web.site import Site

#: Messages on the page; with more, the oldest of them come when these are done.
MOST = 100


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get("/geparkeerd")
    def parked(request: Request) -> Response:
        visitor = site.require(request, Right.SEE_ALL)
        found = reading.list_messages(site.hub.journal, Filter(status="parked", most=MOST + 1, scopes=visitor.scope))
        presenter = site.presenter()
        rows = [_advice(view, presenter) for view in found[:MOST]]
        return site.page("parked.html", visitor, rows=rows, more=len(found) > MOST)

    return router


def _advice(view: MessageView, presenter: MessagePresenter) -> tuple[MessageRow, str]:
    help_ = words.help_for(view.code)
    return presenter.row(view), help_.do if help_ else ""
