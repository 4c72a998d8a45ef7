"""The pages of this exchange: the list of budgets, one budget with its story, and the returns."""

from __future__ import annotations

import datetime as dt
import uuid

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.journal import reading
from hub.message import MessageId
from hub.routes.pgb import GRANTS, cases
from hub.routes.pgb.deciding import of_budget
from hub.routes.pgb.pages import agreements, figures, files, telling
from hub.routes.pgb.route import ToekenningRoute
from hub.telemetry import holds_bsn
from hub.web.console import tables
from hub.web.console.tables import Column
from hub.web.site import Form, Site

#: Budgets of each part on the first page, and rows on a page of one kind.
FIRST, PAGE = 20, 50

BUDGETS: tuple[Column[telling.BudgetRow], ...] = (
    Column("nummer", "Budget"),
    Column("kind", "Wat er nieuw is"),
    Column("amount", "Bedrag"),
    Column("state", "Hoe het ervoor staat"),
    Column("moment", "Sinds"),
)
RETURNS: tuple[Column[telling.ReturnRow], ...] = (
    Column("nummer", "Budget"),
    Column("sentence", "Wat SVB zegt"),
    Column("moment", "Wanneer"),
)
MISSING: tuple[Column[telling.MissingRow], ...] = (
    Column("nummer", "Budget"),
    Column("moment", "Verstuurd"),
    Column("due", "Antwoord moest er zijn op"),
)
TITLES = {
    "aandacht": "Budgetten die aandacht vragen",
    "lopend": "Budgetten die op SVB wachten",
    "klaar": "Bevestigde budgetten",
}


def router(site: Site) -> APIRouter:
    """The routes of this exchange."""
    router = APIRouter()
    for part in (files, agreements, figures):
        router.include_router(part.router(site))

    @router.get("/pgb")
    def overview(request: Request, deel: str = "", na: str = "") -> Response:
        visitor = site.require(request, GRANTS)
        if deel in TITLES:
            return site.page("pgb/part.html", visitor, table=_part(site, deel, na), first=not na)
        parts = {name: _part(site, name, "", FIRST) for name in TITLES}
        tasks = site.tasks(visitor).rows("pgb")
        numbers = cases.numbers(site.hub.journal)
        values = {"parts": parts, "numbers": numbers, "tasks": tasks[:FIRST], "total": len(tasks)}
        return site.page("pgb/list.html", visitor, stand_ins=_stand_ins(site), **values)

    @router.post("/pgb/zoeken")
    async def find(request: Request) -> Response:
        form = await site.form(request, GRANTS)
        return await run_in_threadpool(_find, site, form)

    @router.get("/pgb/retouren")
    def returned(request: Request, voor: str = "") -> Response:
        visitor = site.require(request, GRANTS)
        before = reading.parse_id(voor) if voor else None
        missing = [] if voor else cases.missing_returns(site.hub.journal, dt.datetime.now(dt.UTC), limit=PAGE)
        rows = [telling.missing_row(one) for one in missing]
        late = tables.table(MISSING, rows, caption="Toekenningen zonder retour")
        return site.page("pgb/returns.html", visitor, table=_returns(site, before), first=not voor, late=late)

    @router.get("/pgb/{id_text:uuid}")
    def detail(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, GRANTS)
        budget = cases.budget_of(site.hub.journal, id_text)
        if budget is None:
            raise HTTPException(404)
        return site.page("pgb/budget.html", visitor, **_story(site, budget))

    return router


def _stand_ins(site: Site) -> list[str]:
    """The message types in use whose schema is ours and not the official one."""
    route = site.hub.routes.get("toekenning")
    if not isinstance(route, ToekenningRoute):
        return []
    used = {way.familie for ways in route.settings.gemeenten.values() for way in ways}
    return sorted(one.type.name for name, one in route.families.items() if name in used and one.stand_in)


def _part(site: Site, name: str, after: str, limit: int = PAGE) -> tables.Table:
    at, _, key = after.partition("-")
    before = (int(at), key) if at.isdigit() and key else None
    found = cases.page(site.hub.journal, name, limit=limit + 1, before=before)
    older = ""
    if len(found) > limit:
        last = found[limit - 1]
        older = f"/pgb?deel={name}&na={round(last.at.timestamp() * 1_000_000)}-{last.budget}"
    return tables.table(BUDGETS, [telling.budget_row(one) for one in found[:limit]], caption=TITLES[name], older=older)


def _returns(site: Site, before: MessageId | None) -> tables.Table:
    found = cases.latest_returns(site.hub.journal, limit=PAGE + 1, before=before)
    known = cases.sent_by_id(site.hub.journal, {one.ours for one in found if one.ours})
    rows = [telling.return_row(one, known.get(one.ours) if one.ours else None) for one in found[:PAGE]]
    older = f"/pgb/retouren?voor={found[PAGE - 1].message_id}" if len(found) > PAGE else ""
    return tables.table(RETURNS, rows, caption="Retouren van SVB", older=older)


def _story(site: Site, budget: cases.Budget) -> dict[str, object]:
    """What the page of a budget tells: where it stands, what differs, and every message about it."""
    journal, now = site.hub.journal, dt.datetime.now(dt.UTC)
    sent = cases.sent_about(journal, budget.budget)
    returned = cases.returns_to(journal, [one.message_id for one in sent])
    by_id = {one.message_id: one for one in sent}
    confirmed = by_id.get(budget.confirmed_id) if budget.confirmed_id else None
    closings = [
        (
            one.at,
            telling.period(one.begin, one.einde),
            telling.euros(one.granted_cents),
            telling.euros(one.spent_cents),
            telling.rest(one.granted_cents - one.spent_cents),
        )
        for one in cases.closings_of(journal, budget.budget)
    ]
    return {
        "budget": budget,
        "state": telling.state_of(budget.outcome),
        "amount": telling.euros(budget.cents),
        "period": telling.period(budget.begin, budget.einde),
        "rows": [telling.sent_row(one, returned.get(one.message_id, [])) for one in sent],
        "difference": telling.difference(by_id[budget.message_id], confirmed) if confirmed else [],
        "confirmed_at": budget.confirmed_at,
        "closings": closings,
        "agreements": [
            (agreements.path_of(one.id), one.kenmerk, agreements.state_of(one, now))
            for one in of_budget(journal, budget.budget)
        ],
    }


def _find(site: Site, form: Form) -> Response:
    wanted = form.text("zoek").strip()
    if holds_bsn(wanted):
        sentence = "Zoeken op burgerservicenummer kan hier niet. Zoek op een budgetnummer."
        return site.page("pgb/found.html", form.visitor, 400, table=_found([]), wanted="", sentence=sentence)
    found = cases.find(site.hub.journal, wanted) if wanted else []
    if len(found) == 1:
        return RedirectResponse(telling.path_of(found[0].message_id), 303)
    sentence = "" if wanted else "Vul een budgetnummer in."
    return site.page("pgb/found.html", form.visitor, table=_found(found), wanted=wanted, sentence=sentence)


def _found(found: list[cases.Budget]) -> tables.Table:
    return tables.table(BUDGETS, [telling.budget_row(one) for one in found], caption="Gevonden budgetten")
