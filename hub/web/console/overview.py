"""The overview: what needs somebody, how the connections are, what happened last. It renews itself where scripts run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.journal import reading
from hub.journal.reading import Filter
from hub.web.auth import Right, Visitor
from hub.web.console import times, words
from hub.web.console.places import home
from hub.web.console.presenting import MessagePresenter
from hub.web.site import Site

#: Messages and tasks on the overview.
LIMIT = 20


class ConnectionView(NamedTuple):
    """A connection in words."""

    name: str
    partner: str
    state: words.State
    sentence: Markup
    why: words.Help | None
    by: str
    since: dt.datetime | None
    counts: tuple[tuple[str, int], ...]
    last_success: dt.datetime | None
    pausable: bool


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get("/")
    def overview(request: Request) -> Response:
        visitor = site.visitor(request)
        if visitor.caller is not None and not site.may(visitor, Right.SEE_ALL):
            if (own := home(visitor.caller)) != "/":
                return RedirectResponse(own, 303)
            return site.page("welcome.html", visitor, roles=words.role_names(visitor.caller.roles))
        visitor = site.require(request, Right.SEE_ALL)
        return site.page("overview.html", visitor, **_facts(site, visitor))

    @router.get("/deel/overzicht")
    def part(request: Request) -> Response:
        visitor = site.require(request, Right.SEE_ALL)
        return HTMLResponse(site.part("overview_part.html", visitor, **_facts(site, visitor)))

    @router.get("/favicon.ico")
    def icon() -> Response:
        return RedirectResponse(site.assets.url("icon.svg"), 301)

    return router


def connection_view(site: Site, row: Mapping[Any, Any], presenter: MessagePresenter) -> ConnectionView:
    """A connection in words, from its row in ``reading.connection_states``."""
    name = row["name"]
    configured = site.hub.config.connections.get(name)
    key = "off" if configured is None or not configured.enabled else row["state"]
    state = words.connection_state_of(key)
    probe = row["probe_at"]
    moment = Markup("binnenkort") if probe is None else times.element(times.from_micros(probe), presenter.now)
    counts = (
        ("wachten", row["waiting"]),
        ("onderweg", row["sending"]),
        ("verstuurd, wachten op antwoord", row["sent"]),
        ("vragen aandacht", row["parked"]),
    )
    paused = row["state"] != "open"
    return ConnectionView(
        name,
        presenter.partner(name),
        state,
        Markup(state.sentence).format(moment=moment),
        words.help_for(row["code"]) if paused else None,
        words.actor(row["changed_by"], presenter.partner(name)) if paused else "",
        times.from_micros(row["since"]) if paused else None,
        counts,
        None if row["last_success"] is None else times.from_micros(row["last_success"]),
        row["state"] != "paused",
    )


def _facts(site: Site, visitor: Visitor) -> dict[str, Any]:
    journal = site.hub.journal
    presenter = site.presenter()
    tasks = site.tasks(visitor).rows()
    return {
        "connections": [connection_view(site, row, presenter) for row in reading.connection_states(journal)],
        "tasks": tasks[:LIMIT],
        "total": len(tasks),
        "rows": [presenter.row(view) for view in reading.list_messages(journal, Filter(most=LIMIT, scopes=visitor.scope))],
    }
