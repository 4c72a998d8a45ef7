"""The overview: what needs somebody, how the connections are, what happened last. It renews itself where scripts run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from markupsafe import Markup
from sqlalchemy import select
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub import certificates
from hub.journal import reading
from hub.journal.reading import Filter
from hub.journal.tables import messages
from hub.web.auth import Right, Visitor
from hub.web.console import times, words
from hub.web.console.places import home
from hub.web.console.story import Teller
from hub.web.site import Site

#: Messages on the overview.
LAST = 20


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


class TaskView(NamedTuple):
    """An open task in words."""

    text: str
    about: str
    path: str
    opened: dt.datetime
    reference: str  # a kenmerk, or the partner


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


def connection_view(site: Site, row: Mapping[Any, Any], teller: Teller) -> ConnectionView:
    """A connection in words, from its row in ``reading.connection_states``."""
    name = row["name"]
    configured = site.hub.config.connections.get(name)
    key = "off" if configured is None or not configured.enabled else row["state"]
    state = words.CONNECTION_STATES.get(key, words.State(str(key), "", "done"))
    probe = row["probe_at"]
    moment = Markup("binnenkort") if probe is None else times.element(times.from_micros(probe), teller.now)
    counts = (
        ("wachten", row["waiting"] + row["prepared"]),
        ("onderweg", row["sending"]),
        ("verstuurd, wachten op antwoord", row["sent"]),
        ("vragen aandacht", row["parked"]),
    )
    paused = row["state"] != "open"
    return ConnectionView(
        name,
        teller.partner(name),
        state,
        Markup(state.sentence).format(moment=moment),
        words.help_for(row["code"]) if paused else None,
        words.actor(row["changed_by"], teller.partner(name)) if paused else "",
        times.from_micros(row["since"]) if paused else None,
        counts,
        None if row["last_success"] is None else times.from_micros(row["last_success"]),
        row["state"] != "paused",
    )


def task_views(site: Site, teller: Teller) -> list[TaskView]:
    """The open tasks in words, oldest first."""
    rows = reading.open_tasks(site.hub.journal, most=50)
    ids = [message_id for row in rows if (message_id := reading.parse_id(row["subject"])) is not None]
    query = select(messages.c.id, messages.c.kenmerk).where(messages.c.id.in_(ids))
    with site.hub.journal.reading() as connection:
        kenmerken = {str(row[0]): row[1] for row in connection.execute(query)} if ids else {}
    return [_task_view(row, kenmerken.get(row["subject"], ""), teller) for row in rows]


def _task_view(row: Mapping[Any, Any], kenmerk: str, teller: Teller) -> TaskView:
    kind, subject = row["kind"], row["subject"]
    opened = times.from_micros(row["opened_at"])
    text = words.tasks().get(kind, kind)
    help_ = words.help_for(row["code"])
    about = help_.what if help_ else words.types().get(row["code"], "")
    about = about if not about or about.endswith(".") else f"{about}."
    if kind in ("connection", "polling"):
        return TaskView(text, about, "/partners", opened, teller.partner(subject))
    if kind == "certificate":
        partner = "RabbitMQ" if subject == certificates.BROKER else teller.partner(subject.rpartition(".")[2])
        return TaskView(text, about, "", opened, partner)
    return TaskView(text, about, f"/berichten/{subject}" if reading.parse_id(subject) else "", opened, kenmerk)


def _facts(site: Site, visitor: Visitor) -> dict[str, Any]:
    journal = site.hub.journal
    teller = site.teller()
    return {
        "connections": [connection_view(site, row, teller) for row in reading.connection_states(journal)],
        "tasks": task_views(site, teller),
        "rows": [teller.row(view) for view in reading.list_messages(journal, Filter(most=LAST))],
    }
