"""The list of cases: first what needs her, then what runs, then what is done; finding by kenmerk."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hub.journal import reading
from hub.journal.reading import MessageView
from hub.message import MessageId
from hub.routes.raadsverzoek import REQUESTS, cases
from hub.routes.raadsverzoek.pages.cases import paths
from hub.routes.raadsverzoek.pages.cases.facts import CaseFacts, case_facts, view_of
from hub.routes.raadsverzoek.pages.cases.presenting import CasePresenter
from hub.telemetry import looks_like_bsn
from hub.web.console import tables, words
from hub.web.console.tables import Column
from hub.web.site import Form, Site

#: Cases of each kind on the first page, and on a page of one kind.
FIRST, PAGE = 20, 50


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


COLUMNS: tuple[Column[CaseRow], ...] = (
    Column("kenmerk", "Zaaknummer"),
    Column("sentence", "Hoe het ervoor staat"),
    Column("moment", "Sinds"),
)
_TITLES = {"lopend": "Lopende verzoeken", "afgerond": "Afgeronde verzoeken"}


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(paths.LIST)
    def overview(request: Request, deel: str = "", voor: str = "") -> Response:
        visitor = site.require(request, REQUESTS)
        before = reading.parse_id(voor) if voor else None
        if deel in _TITLES:
            part = _part(site, ended=deel == "afgerond", before=before, limit=PAGE)
            older = f"{paths.LIST}?deel={deel}&voor={part.older}" if part.older else ""
            table = tables.table(COLUMNS, part.rows, caption=_TITLES[deel], older=older)
            return site.page("raadsverzoek/cases/part.html", visitor, table=table, first=not voor)
        tasks = site.tasks(visitor).rows(paths.ROUTE)
        running = _part(site, ended=False, before=None, limit=FIRST)
        done = _part(site, ended=True, before=None, limit=FIRST)
        return site.page(
            "raadsverzoek/cases/list.html", visitor, tasks=tasks[:FIRST], total=len(tasks), running=running, done=done
        )

    @router.post(f"{paths.LIST}/zoeken")
    async def find(request: Request) -> Response:
        form = await site.form(request, REQUESTS)
        return await run_in_threadpool(_find, site, form)

    return router


def _part(site: Site, *, ended: bool, before: MessageId | None, limit: int) -> Part:
    """Cases that have (not) ended, newest first."""
    presenter = CasePresenter(site)
    ids = cases.page(site.hub.journal, ended=ended, before=before, limit=limit + 1)
    found = reading.views_of(site.hub.journal, ids[:limit])
    views = [found[message_id] for message_id in ids[:limit] if message_id in found]
    known = case_facts(site, views)
    rows = [_row(presenter, view, known[view.id]) for view in views]
    return Part(rows, ids[limit - 1] if len(ids) > limit else None)


def _row(presenter: CasePresenter, view: MessageView, known: CaseFacts) -> CaseRow:
    status = presenter.status(view, known)
    return CaseRow(paths.case(view.id), view.kenmerk, status.state, status.sentence, status.moment)


def _find(site: Site, form: Form) -> Response:
    wanted = form.text("zoek")
    if looks_like_bsn(wanted):
        sentence = "Zoeken op burgerservicenummer kan hier niet. Zoek op een zaaknummer."
        return site.page("raadsverzoek/cases/found.html", form.visitor, 400, rows=[], wanted="", sentence=sentence)
    found = reading.find(site.hub.journal, wanted) if wanted else []
    views = [view for message_id in found[:PAGE] if (view := view_of(site, str(message_id)))]
    if len(views) == 1:
        return RedirectResponse(paths.case(views[0].id), 303)
    presenter, known = CasePresenter(site), case_facts(site, views)
    sentence = "" if wanted else "Vul een zaaknummer in."
    rows = [_row(presenter, view, known[view.id]) for view in reversed(views)]
    return site.page("raadsverzoek/cases/found.html", form.visitor, rows=rows, wanted=wanted, sentence=sentence)
