"""The list of cases: first what needs her, then what runs, then what is done; finding by kenmerk; her tasks."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hub.journal import reading
from hub.journal.reading import Filter, MessageView
from hub.message import MessageId
from hub.routes.raadsverzoek import REQUESTS
from hub.routes.raadsverzoek.pages.cases import paths, tasks
from hub.routes.raadsverzoek.pages.cases.facts import Ends, Facts, facts_of, view_of
from hub.routes.raadsverzoek.pages.cases.stand import Clerk
from hub.telemetry import looks_like_bsn
from hub.web.console import words
from hub.web.site import Form, Site

#: Cases of each kind on the first page, and on a page of one kind.
FIRST, PAGE = 20, 50
#: Cases that are looked at for one page; beyond it there is a link to go on.
SCANNED = 1_000
_BATCH = 100


class CaseRow(NamedTuple):
    """A case in a list: one sentence, one state, one moment."""

    path: str
    kenmerk: str
    state: words.State
    sentence: Markup
    moment: dt.datetime


class Part(NamedTuple):
    """A part of the list and the case that the next part comes after."""

    rows: list[CaseRow]
    older: MessageId | None


def router(site: Site, ends: Ends) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(paths.LIST)
    def overview(request: Request, deel: str = "", voor: str = "") -> Response:
        visitor = site.require(request, REQUESTS)
        before = reading.parse_id(voor) if voor else None
        if deel in ("lopend", "afgerond"):
            part = _part(site, ends, ended=deel == "afgerond", before=before, most=PAGE)
            return site.page("raadsverzoek/cases/part.html", visitor, part=part, which=deel, first=not voor)
        todo, total = tasks.mine(site)
        running = _part(site, ends, ended=False, before=None, most=FIRST)
        done = _part(site, ends, ended=True, before=None, most=FIRST)
        return site.page("raadsverzoek/cases/list.html", visitor, todo=todo[:FIRST], total=total, running=running, done=done)

    @router.post(f"{paths.LIST}/zoeken")
    async def find(request: Request) -> Response:
        form = await site.form(request, REQUESTS)
        return await run_in_threadpool(_find, site, ends, form)

    @router.get(paths.TASKS)
    def todo(request: Request) -> Response:
        visitor = site.require(request, REQUESTS)
        rows, total = tasks.mine(site)
        return site.page("raadsverzoek/cases/tasks.html", visitor, todo=rows, total=total)

    return router


def _part(site: Site, ends: Ends, *, ended: bool, before: MessageId | None, most: int) -> Part:
    """Cases that have (not) ended, newest first."""
    clerk = Clerk(site)
    rows: list[CaseRow] = []
    last: MessageId | None = before
    for _ in range(SCANNED // _BATCH):
        wanted = Filter(route=paths.ROUTE, direction="out", before=last, most=_BATCH)
        views = reading.list_messages(site.hub.journal, wanted)
        known = facts_of(site, views, ends)
        for view in views:
            if known[view.id].ended == ended:
                if len(rows) == most:
                    return Part(rows, last)
                rows.append(_row(clerk, view, known[view.id]))
            last = view.id
        if len(views) < _BATCH:
            return Part(rows, None)
    return Part(rows, last)


def _row(clerk: Clerk, view: MessageView, known: Facts) -> CaseRow:
    stand = clerk.stand(view, known)
    return CaseRow(paths.case(view.id), view.kenmerk, stand.state, stand.sentence, stand.moment)


def _find(site: Site, ends: Ends, form: Form) -> Response:
    wanted = form.text("zoek")
    if looks_like_bsn(wanted):
        sentence = "Zoeken op burgerservicenummer kan hier niet. Zoek op een zaaknummer."
        return site.page("raadsverzoek/cases/found.html", form.visitor, 400, rows=[], wanted="", sentence=sentence)
    found = reading.find(site.hub.journal, wanted) if wanted else []
    views = [view for message_id in found[:PAGE] if (view := view_of(site, str(message_id)))]
    if len(views) == 1:
        return RedirectResponse(paths.case(views[0].id), 303)
    clerk, known = Clerk(site), facts_of(site, views, ends)
    sentence = "" if wanted else "Vul een zaaknummer in."
    rows = [_row(clerk, view, known[view.id]) for view in reversed(views)]
    return site.page("raadsverzoek/cases/found.html", form.visitor, rows=rows, wanted=wanted, sentence=sentence)
