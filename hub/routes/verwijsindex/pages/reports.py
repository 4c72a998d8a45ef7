"""My reports: what asks for me, what runs out first, and what ended; a report's own page, and ending it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.contracts.route import AMSTERDAM
from hub.errors import EffectFailed
from hub.intake.proposals import ProposalView
from hub.journal.contents import open_content
from hub.privacy import access
from hub.routes.verwijsindex import REPORTS, cases
from hub.routes.verwijsindex.cases import Report
from hub.routes.verwijsindex.pages import paths
from hub.routes.verwijsindex.wording import ENDED, REASONS, informed
from hub.web.auth import Visitor
from hub.web.console import confirming
from hub.web.console.looking import remote
from hub.web.site import Form, Site

_DONE: Mapping[str, str] = {
    "gemeld": "Uw melding is gedaan. Zij gaat nu naar de verwijsindex; u hoeft niets meer te doen.",
    "weg": "Het voorstel is weggegooid. Er is niets gemeld.",
    "beeindigd": "De melding wordt nu verwijderd uit de verwijsindex.",
}
#: state -> what it is called, and a tone.
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": ("Onderweg naar de verwijsindex", "wait"),
    "active": ("Staat in de verwijsindex", "good"),
    "ending": ("Wordt verwijderd", "wait"),
    "ended": ("Verwijderd", "plain"),
    "void": ("Niet gedaan", "bad"),
}


class _Ending(NamedTuple):
    """Ending a report, as the page that asks shows it."""

    name: str = "beeindig"
    button: str = "Beëindig de melding"
    question: str = "Wilt u deze melding beëindigen?"
    consequence: str = "De melding wordt verwijderd uit de verwijsindex. Dit kan niet ongedaan worden gemaakt."
    reasons: Mapping[str, str] = REASONS


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(paths.LIST)
    def overview(request: Request, gedaan: str = "") -> Response:
        visitor = site.require(request, REPORTS)
        return _list(site, visitor, _DONE.get(gedaan, ""))

    @router.get(f"{paths.LIST}/meldingen/{{id_text:uuid}}")
    def show(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, REPORTS)
        return _show(site, visitor, mine(site, visitor, id_text), remote(request))

    @router.get(f"{paths.LIST}/meldingen/{{id_text:uuid}}/beeindig")
    def ask(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, REPORTS)
        return _ask(site, visitor, mine(site, visitor, id_text))

    @router.post(f"{paths.LIST}/meldingen/{{id_text:uuid}}/beeindig")
    async def end(request: Request, id_text: uuid.UUID) -> Response:
        form = await site.form(request, REPORTS)
        return await run_in_threadpool(_end, site, form, id_text)

    return router


def _list(site: Site, visitor: Visitor, done: str) -> Response:
    account = str(visitor.caller)
    reports = cases.reports_of(site.hub.journal, account)
    values = {
        "done": done,
        "proposals": proposals_of(site, visitor),
        "signals": cases.signals_of(site.hub.journal, account),
        "standing": [one for one in reports if one.state in (*cases.STANDING, "ending")],
        "ended": [one for one in reports if one.state in ("ended", "void")],
        "states": STATES,
        "reasons": ENDED,
        "soon": dt.datetime.now(AMSTERDAM).date() + dt.timedelta(days=30),
    }
    return site.page("verwijsindex/lijst.html", visitor, **values)


def proposals_of(site: Site, visitor: Visitor) -> list[ProposalView]:
    """What waits for this visitor's decision."""
    if visitor.caller is None:
        return []
    found = site.hub.intake.proposals.listed(assignee=visitor.caller.id)
    return [one for one in found if one.route in (paths.ROUTE, paths.CHANGE)]


def mine(site: Site, visitor: Visitor, melding_id: uuid.UUID) -> Report:
    """A report of this visitor. Raises: HTTPException, 404, also when it is somebody else's."""
    found = cases.report(site.hub.journal, str(melding_id))
    if found is None or str(visitor.caller) not in (found.reporter, found.coordinator):
        raise HTTPException(404)
    return found


def _show(site: Site, visitor: Visitor, report: Report, address: str) -> Response:
    assert visitor.caller is not None
    access.record(site.hub.journal, visitor.caller, "read", f"message:{report.message_id}", paths.OWN_REPORT, address)
    opened = open_content(site.hub.journal, site.hub.keyring, report.message_id, "document")
    values: dict[str, Any] = {
        "report": report,
        "document": json.loads(opened) if opened else None,
        "signals": cases.signals_at(site.hub.journal, report.melding_id),
        "states": STATES,
        "reasons": ENDED,
        "sex": paths.SEX,
        "stands": report.state in cases.STANDING,
        "informed": informed(report.informed),
    }
    return site.page("verwijsindex/melding.html", visitor, **values)


def _ask(site: Site, visitor: Visitor, report: Report, error: str = "", status: int = 200) -> Response:
    if report.state not in cases.STANDING:
        return RedirectResponse(paths.report(report.melding_id), 303)
    sentence = f"Zij staat in de verwijsindex tot uiterlijk {report.removal:%d-%m-%Y}."
    name = f"Melding van {report.decided_at.astimezone(AMSTERDAM):%d-%m-%Y}"
    about = confirming.About(paths.report(report.melding_id), "de melding", name, sentence)
    return confirming.page(site, visitor, _Ending(), about, seen=report.state, error=error, status=status)


def _end(site: Site, form: Form, melding_id: uuid.UUID) -> Response:
    report = mine(site, form.visitor, melding_id)
    reason = confirming.reason_of(form, _Ending())
    if not reason:
        return _ask(site, form.visitor, report, confirming.NO_REASON, 400)
    assert form.visitor.caller is not None
    document = {"meldingId": report.melding_id, "gemeente": report.gemeente, "reden": reason}
    try:
        site.hub.intake.accept(paths.END, json.dumps(document).encode(), form.visitor.caller)
    except EffectFailed:  # it ends already
        return RedirectResponse(paths.report(report.melding_id), 303)
    return RedirectResponse(f"{paths.LIST}?gedaan=beeindigd", 303)
