"""Changing a report: another day of removal, other contact data, or another reporter. It makes a proposal; then one decides."""

from __future__ import annotations

import json
import uuid
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hub.errors import SchemaViolation
from hub.intake.intake import AlreadyUsed
from hub.message import Caller
from hub.routes.verwijsindex import EXCHANGE, REPORTS, cases
from hub.routes.verwijsindex.cases import Report
from hub.routes.verwijsindex.pages import paths
from hub.routes.verwijsindex.pages.form import CONTACT, FormProblem, Spot, contact, number_of
from hub.routes.verwijsindex.pages.reports import mine
from hub.routes.verwijsindex.wording import sentence
from hub.web.accounts import Account, list_users
from hub.web.auth import Visitor
from hub.web.console import forms
from hub.web.console.forms import Field, Group
from hub.web.console.posts import Post, read_post, refuse, sender
from hub.web.site import Site

_HOW = tuple(CONTACT)


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()
    path = f"{paths.LIST}/meldingen/{{id_text:uuid}}/wijzig"

    @router.get(path)
    def ask(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, REPORTS)
        report = mine(site, visitor, id_text)
        if report.state not in cases.STANDING:
            return RedirectResponse(paths.report(report.melding_id), 303)
        known = cases.profile(site.hub.journal, str(visitor.caller))
        typed = {f"contact-{name}": known.get(name, "") for name in _HOW} | {"nummer": str(uuid.uuid4())}
        return _page(site, visitor, report, typed, [])

    @router.post(path)
    async def change(request: Request, id_text: uuid.UUID) -> Response:
        post = await read_post(site, request)
        return await run_in_threadpool(_propose, site, request, post, id_text)

    return router


def _propose(site: Site, request: Request, post: Post, melding_id: uuid.UUID) -> Response:
    refused = refuse(site, request, post, REPORTS, f"{paths.report(str(melding_id))}/wijzig")
    if refused is not None:
        return refused
    caller = sender(site, post, REPORTS)
    report = mine(site, post.visitor, melding_id)
    typed: forms.Typed = {"nummer": number_of(post.text("nummer"))}
    forms.take_over(typed, post.fields, forms.inputs(_groups(site, caller, report)))
    document, problems = _document(site, caller, report, typed)
    if problems:
        return _page(site, post.visitor, report, typed, problems, 400)
    body = json.dumps(document).encode()
    try:
        proposed = site.hub.intake.propose(paths.CHANGE, body, caller, idempotency_key=typed["nummer"], assignee=caller.id)
    except SchemaViolation as error:
        found = [
            FormProblem(sentence(one, document), Spot(_SPOTS.get(one.field, "verwijderdatum-dag"))) for one in error.findings
        ]
        return _page(site, post.visitor, report, typed, found, 400)
    except AlreadyUsed:  # gone back in the browser after the decision
        return RedirectResponse(paths.report(report.melding_id), 303)
    if proposed.decided:
        return RedirectResponse(f"{paths.LIST}?gedaan=gemeld", 303)
    return RedirectResponse(paths.proposal(proposed.proposal_id), 303)


#: Places of a document -> inputs.
_SPOTS = {f"/{who}/{name}": f"contact-{name}" for who in ("melder", "coordinator") for name in _HOW}


def _document(site: Site, caller: Caller, report: Report, typed: forms.Typed) -> tuple[dict[str, Any], list[FormProblem]]:
    """What changes, as the route's document, and what keeps it from being one."""
    values = forms.values(list(forms.every(_groups(site, caller, report))), typed)
    document: dict[str, Any] = {"meldingId": report.melding_id, "gemeente": report.gemeente}
    if day := values.get("verwijderdatum"):
        document["verwijderdatum"] = day
    own = values.get("contact", {})
    known = cases.profile(site.hub.journal, str(caller))
    role = "melder" if report.reporter == str(caller) else "coordinator"
    if any(own.get(name, "") != known.get(name, "") for name in _HOW):
        document[role] = {"id": caller.id, **own}
    colleague = next((one for one in _colleagues(site, caller) if one.name == values.get("collega")), None)
    if colleague is None:
        return document, []
    theirs = cases.profile(site.hub.journal, str(colleague.caller))
    if not theirs:
        problem = f"{colleague.display_name} heeft nog niet eerder gemeld, dus de hub weet niet hoe die te bereiken is. "
        return document, [FormProblem(problem + "Kies iemand anders, of laat eerst zelf een melding doen.", Spot("collega"))]
    document["melder"] = {"id": colleague.name} | {name: theirs[name] for name in _HOW}
    return document, []


def _colleagues(site: Site, caller: Caller) -> list[Account]:
    """Who may report too."""
    able = EXCHANGE.rights[REPORTS]
    return [one for one in list_users(site.hub.journal) if able & one.roles and not one.disabled and one.name != caller.id]


def _groups(site: Site, caller: Caller, report: Report) -> list[Group]:
    latest = f"{report.latest:%d-%m-%Y}"
    day = Field("verwijderdatum", "Wanneer wordt de melding verwijderd?", f"Niet later dan {latest}: dat zegt de wet.", "date")
    groups = [
        Group("Andere verwijderdatum", (day,), f"Nu is dat {report.removal:%d-%m-%Y}. Laat leeg wat niet verandert."),
        Group("Hoe bent u bereikbaar?", contact("contact")),
    ]
    options = tuple((one.name, one.display_name) for one in _colleagues(site, caller))
    if options:
        help_text = "Uw collega wordt dan de melder en krijgt de signalen. U ziet de melding daarna niet meer."
        groups.append(Group("Draag de melding over", (Field("collega", "Collega", kind="select", options=options),), help_text))
    return groups


def _page(
    site: Site, visitor: Visitor, report: Report, typed: forms.Typed, problems: list[FormProblem], status: int = 200
) -> Response:
    assert visitor.caller is not None
    groups = _groups(site, visitor.caller, report)
    values = {"report": report, "groups": groups, "typed": typed, "summary": problems, "errors": forms.Errors(problems)}
    return site.page("verwijsindex/wijzig.html", visitor, status, **values)
