"""Who looked at what, and why: the privacy officer's page over the access log. Looking at the log is itself recorded."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from sqlalchemy import ColumnElement, and_, or_, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.journal import reading
from hub.journal.stamp import AMSTERDAM
from hub.journal.tables import access_log, messages
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


def _rows(site: Site, wanted: Wanted) -> list[Any]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.object:
        ids = [wanted.object, *(str(one) for one in reading.find(site.hub.journal, wanted.object))]
        objects = [access_log.c.object.like(f"%{_escaped(one)}%", escape="\\") for one in ids]
        conditions.append(or_(*objects))
    if wanted.caller:
        conditions.append(access_log.c.caller.like(f"%{_escaped(wanted.caller.lower())}%", escape="\\"))
    if (since := _day(wanted.since)) is not None:
        conditions.append(access_log.c.at >= _micros(since))
    if (until := _day(wanted.until)) is not None:
        conditions.append(access_log.c.at < _micros(_next(until)))
    if (before := reading.parse_id(wanted.before)) is not None:
        conditions.append(access_log.c.id < before)
    query = select(access_log).where(and_(True, *conditions)).order_by(access_log.c.id.desc()).limit(PAGE + 1)
    with site.hub.journal.reading() as connection:
        return list(connection.execute(query).mappings())


def _looks(site: Site, rows: list[Any]) -> list[Look]:
    ids = {found for row in rows if (found := reading.parse_id(_parts(row["object"])[1])) is not None}
    query = select(messages.c.id, messages.c.kenmerk).where(messages.c.id.in_(ids))
    with site.hub.journal.reading() as connection:
        kenmerken = {str(row[0]): row[1] for row in connection.execute(query)} if ids else {}
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


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


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
