"""Who looked at what, and why: the privacy officer's page over the access log. Looking at the log is itself recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.journal import facts, reading
from hub.journal.looks import LookFilter, list_looks
from hub.journal.stamp import AMSTERDAM
from hub.privacy import access
from hub.web.auth import Right
from hub.web.console import tables, words
from hub.web.console.looking import caller_of, remote
from hub.web.console.tables import Column
from hub.web.site import Form, Site

#: Lines on a page.
PAGE = 100

_ACTIONS = {"read": "Bekeken", "search": "Gezocht", "export": "Meegenomen", "denied": "Geweigerd"}
_KINDS = {"person": "Berichten over een persoon, op BSN", "message": "Bericht", "draft": "Concept", "access_log": "Inzagelijst"}


class Look(NamedTuple):
    """A line of the access log in words."""

    at: dt.datetime
    who: str
    action: str
    denied: bool
    what: str
    kenmerk: str
    purpose: str
    remote: str


class Wanted(NamedTuple):
    """What somebody wants to see, as typed."""

    object: str = ""
    caller: str = ""
    since: str = ""
    until: str = ""
    before: str = ""


COLUMNS: tuple[Column[Look], ...] = (
    Column("at", "Wanneer"),
    Column("who", "Wie"),
    Column("what", "Wat"),
    Column("purpose", "Waarvoor"),
)


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get("/inzage")
    def overview(request: Request) -> Response:
        visitor = site.require(request, Right.LOOKS)
        return _page(site, Form(visitor, {}), request)

    @router.post("/inzage")
    async def filtered(request: Request) -> Response:
        """By POST, because names of people do not belong in an address."""
        form = await site.form(request, Right.LOOKS)
        return await run_in_threadpool(_page, site, form, request)

    return router


def _page(site: Site, form: Form, request: Request) -> Response:
    wanted = Wanted(
        form.text("zaak", 80), form.text("wie", 80), form.text("van", 10), form.text("tot", 10), form.text("voor", 36)
    )
    access.record(site.hub.journal, caller_of(form.visitor), "search", "access_log", "Toezicht op inzage", remote(request))
    error = _wrong_date(wanted)
    rows = [] if error else _rows(site, wanted)
    older = str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else ""
    table = tables.table(COLUMNS, _looks(site, rows[:PAGE]), caption="Inzage")
    return site.page("looks.html", form.visitor, 400 if error else 200, table=table, wanted=wanted, older=older, error=error)


def _rows(site: Site, wanted: Wanted) -> Sequence[Mapping[Any, Any]]:
    journal, since, until = site.hub.journal, _day(wanted.since), _day(wanted.until)
    objects = [wanted.object, *map(str, reading.find(journal, wanted.object))] if wanted.object else []
    asked = LookFilter(
        objects,
        wanted.caller.lower(),
        since=None if since is None else _micros(since),
        until=None if until is None else _micros(_next(until)),
        before=reading.parse_id(wanted.before),
    )
    return list_looks(journal, asked, limit=PAGE + 1)


def _looks(site: Site, rows: Sequence[Mapping[Any, Any]]) -> list[Look]:
    ids = {found for row in rows if (found := reading.parse_id(_parts(row["object"])[1])) is not None}
    kenmerken = {str(one): kenmerk for one, kenmerk in facts.case_numbers(site.hub.journal, ids).items()}
    return [_look(row, kenmerken) for row in rows]


def _look(row: Any, kenmerken: dict[str, str]) -> Look:
    kind, id_, rest = _parts(row["object"])
    what = _KINDS.get(kind, "Iets anders") + (f", {rest.replace(':', ' ')}" if rest else "")
    action = row["action"]
    return Look(
        reading.moment(row["at"]),
        words.actor(row["caller"], ""),
        _ACTIONS.get(action, "Anders"),
        action == "denied",
        what,
        kenmerken.get(id_, "") or id_,
        row["purpose"],
        row["remote"],
    )


def _parts(object_: str) -> tuple[str, str, str]:
    kind, _, id_ = object_.partition(":")
    id_, _, rest = id_.partition("/")
    return kind, id_, rest


def _wrong_date(wanted: Wanted) -> str:
    wrong = any(text and _day(text) is None for text in (wanted.since, wanted.until))
    return "Een datum schrijft u als jaar-maand-dag, bijvoorbeeld 2026-11-22." if wrong else ""


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _next(day: dt.date) -> dt.date:
    """The day after, as far as the calendar goes: somebody may type the year 9999."""
    return day + dt.timedelta(days=1) if day < dt.date.max else day


def _micros(day: dt.date) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).timestamp() * 1_000_000)
