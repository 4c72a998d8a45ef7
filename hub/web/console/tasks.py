"""Tasks: one page for all that asks for a person, whatever exchange it is of; taking one, giving it back, closing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.journal import outstanding, reading
from hub.journal.units import tasks
from hub.message import MessageId
from hub.web.auth import Right, Visitor
from hub.web.console import confirming, tables
from hub.web.console.tables import Column
from hub.web.console.task_presenting import PATH, TaskRow
from hub.web.site import Form, Site

#: Tasks on the page; with more, the rest come when these are done.
LIMIT = 100

COLUMNS: tuple[Column[TaskRow], ...] = (
    Column("reference", "Waarover", lambda row: row.reference.casefold()),
    Column("sentence", "Wat er is en wat u kunt doen"),
    Column("opened", "Sinds", lambda row: row.opened),
    Column("due", "Voor", lambda row: (row.due is None, row.due or row.opened)),
    Column("assignee", "Van wie", lambda row: (not row.mine, row.assignee)),
)
_DONE = {
    "neem": "De taak staat op uw naam.",
    "terug": "De taak is weer van niemand.",
    "sluit": "De taak is gesloten.",
}
_GONE = "Deze taak is intussen gedaan of gesloten."


class _Closing(NamedTuple):
    """Closing a task by hand, as the page that asks shows it."""

    reasons: Mapping[str, str]
    name: str = "sluit"
    button: str = "Sluit de taak"
    question: str = "Wilt u deze taak sluiten?"
    consequence: str = "De taak verdwijnt bij iedereen. Aan wat eronder ligt verandert niets."


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(PATH)
    def overview(request: Request, volgorde: str = "", gedaan: str = "") -> Response:
        visitor = site.require(request, Right.TASKS)
        return _page(site, visitor, volgorde, done=_DONE.get(gedaan, ""))

    @router.get(f"{PATH}/{{id_text}}")
    def detail(request: Request, id_text: str) -> Response:
        visitor = site.require(request, Right.TASKS)
        row = _row(site, visitor, id_text)
        return site.page("task.html", visitor, task=row, may_act=site.tasks(visitor).may_act(row))

    @router.get(f"{PATH}/{{id_text}}/sluit")
    def ask(request: Request, id_text: str) -> Response:
        visitor = site.require(request, Right.TASKS)
        return _ask(site, visitor, _row(site, visitor, id_text, act=True))

    for name, act in (("neem", _take), ("terug", _give_back), ("sluit", _close)):
        router.add_api_route(f"{PATH}/{{id_text}}/{name}", _acting(site, act), methods=["POST"])
    return router


def _acting(site: Site, act):  # type: ignore[no-untyped-def]
    async def run(request: Request, id_text: str) -> Response:
        form = await site.form(request, Right.TASKS)
        return await run_in_threadpool(act, site, form, id_text)

    return run


def _page(site: Site, visitor: Visitor, order: str, *, done: str = "", warning: str = "", status: int = 200) -> Response:
    rows = site.tasks(visitor).rows()
    columns = COLUMNS if any(row.due for row in rows) else [column for column in COLUMNS if column.key != "due"]
    table = tables.table(columns, rows, caption="Taken", path=PATH, order=order, limit=LIMIT)
    urgent = sum(row.urgent for row in rows)
    acts = {row.id for row in rows if site.tasks(visitor).may_act(row)}
    values = {"table": table, "total": len(rows), "urgent": urgent, "acts": acts, "done": done, "warning": warning}
    return site.page("tasks.html", visitor, status, **values)


def _row(site: Site, visitor: Visitor, id_text: str, *, act: bool = False) -> TaskRow:
    """The task of this id.

    Raises:
        HTTPException: 404: there is none (any more), or it is not for this visitor; 403: they may only look.
    """
    task_id = reading.parse_id(id_text)
    task = outstanding.find_open(site.hub.journal, task_id) if task_id else None
    row = site.tasks(visitor).row(task) if task else None
    if row is None:
        raise HTTPException(404)
    if act and not site.tasks(visitor).may_act(row):
        raise HTTPException(403 if visitor.caller else 401)
    return row


def _take(site: Site, form: Form, id_text: str) -> Response:
    row = _row(site, form.visitor, id_text, act=True)
    caller = str(form.visitor.caller)
    site.hub.journal.run(tasks.assign, MessageId(row.id), caller, caller)
    return RedirectResponse(f"{PATH}?gedaan=neem", 303)


def _give_back(site: Site, form: Form, id_text: str) -> Response:
    row = _row(site, form.visitor, id_text, act=True)
    site.hub.journal.run(tasks.assign, MessageId(row.id), "", str(form.visitor.caller))
    return RedirectResponse(f"{PATH}?gedaan=terug", 303)


def _close(site: Site, form: Form, id_text: str) -> Response:
    row = _row(site, form.visitor, id_text, act=True)
    closing = _Closing(row.closing)
    reason = confirming.reason_of(form, closing)
    if not reason:
        return _ask(site, form.visitor, row, confirming.NO_REASON, 400)
    if not site.hub.journal.run(tasks.close_by_hand, MessageId(row.id), str(form.visitor.caller), row.closing[reason]):
        return _page(site, form.visitor, "", warning=_GONE, status=409)
    return RedirectResponse(f"{PATH}?gedaan=sluit", 303)


def _ask(site: Site, visitor: Visitor, row: TaskRow, error: str = "", status: int = 200) -> Response:
    if not row.closing:
        raise HTTPException(404)
    about = confirming.About(row.own_path, "de taak", row.reference, row.sentence)
    return confirming.page(site, visitor, _Closing(row.closing), about, error=error, status=status)
