"""The decision: what will be sent, and one button. Without it nothing leaves, whoever proposed it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.contracts.route import AMSTERDAM
from hub.errors import EffectFailed, SchemaViolation
from hub.intake.intake import AlreadyUsed
from hub.intake.proposals import OpenedProposal, ProposalGone
from hub.message import Caller
from hub.privacy import access
from hub.routes.verwijsindex import REPORTS, cases
from hub.routes.verwijsindex.dates import latest_removal
from hub.routes.verwijsindex.document import Melding
from hub.routes.verwijsindex.pages import paths
from hub.routes.verwijsindex.wording import INFORMED, sentence
from hub.web.auth import Visitor
from hub.web.console.looking import remote
from hub.web.site import Form, Site

_OTHER_REPORTER = "U kunt alleen op uw eigen naam melden. Vraag de genoemde melder om te besluiten, of gooi dit weg."
_OTHER_REPORT = "Dit is een melding van iemand anders. Alleen de melder en de coördinator kunnen haar wijzigen."
GONE = "Dit voorstel is er niet meer: het is intussen gemeld, weggegooid of veranderd."


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(f"{paths.LIST}/voorstellen/{{id_text:uuid}}")
    def show(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, REPORTS)
        opened = _mine(site, visitor, id_text)
        assert visitor.caller is not None
        access.record(site.hub.journal, visitor.caller, "read", f"proposal:{id_text}", paths.DECIDING, remote(request))
        return _page(site, visitor, opened, [])

    for name, act in (("meld", _decide), ("weg", _withdraw)):
        path = f"{paths.LIST}/voorstellen/{{id_text:uuid}}/{name}"
        router.add_api_route(path, _acting(site, act), methods=["POST"])
    return router


def _acting(site: Site, act: Any) -> Any:
    async def run(request: Request, id_text: uuid.UUID) -> Response:
        form = await site.form(request, REPORTS)
        response: Response = await run_in_threadpool(act, site, form, id_text)
        return response

    return run


def _mine(site: Site, visitor: Visitor, proposal_id: uuid.UUID) -> OpenedProposal:
    """A proposal that this visitor is to decide about, or made. Raises: HTTPException, 404."""
    opened = site.hub.intake.proposals.open(proposal_id)
    caller = visitor.caller
    if opened is None or opened.view.route not in (paths.ROUTE, paths.CHANGE) or caller is None:
        raise HTTPException(404, GONE)
    if caller.id != opened.view.assignee and str(caller) != opened.view.owner:
        raise HTTPException(404, GONE)
    return opened


def _decide(site: Site, form: Form, proposal_id: uuid.UUID) -> Response:
    caller = form.visitor.caller
    assert caller is not None
    try:
        opened = _mine(site, form.visitor, proposal_id)
        if str(opened.view.version) != form.text("stand"):
            raise HTTPException(409, GONE)
        if not_theirs := _not_theirs(site, opened, caller):
            return _page(site, form.visitor, opened, [not_theirs], status=409)
        site.hub.intake.decide(proposal_id, caller)
    except SchemaViolation as error:
        return _page(site, form.visitor, opened, [sentence(one, {}) for one in error.findings], status=409)
    except (AlreadyUsed, EffectFailed):
        problem = "Deze melding of wijziging kan niet (meer): zij is er al, of de melding is er niet meer."
        return _page(site, form.visitor, opened, [problem], status=409)
    except ProposalGone:
        raise HTTPException(409, GONE) from None
    return RedirectResponse(f"{paths.LIST}?gedaan=gemeld", 303)


def _not_theirs(site: Site, opened: OpenedProposal, caller: Caller) -> str:
    """Why this person may not decide about it, in words; empty: they may. The transaction decides; this says it kindly."""
    document = json.loads(opened.document)
    if opened.view.route == paths.ROUTE:
        return "" if document["melder"]["id"] == caller.id else _OTHER_REPORTER
    found = cases.report(site.hub.journal, document["meldingId"])
    if found is None or str(caller) not in (found.reporter, found.coordinator):
        return _OTHER_REPORT
    return ""


def _withdraw(site: Site, form: Form, proposal_id: uuid.UUID) -> Response:
    _mine(site, form.visitor, proposal_id)
    site.hub.intake.proposals.withdraw(proposal_id)
    return RedirectResponse(f"{paths.LIST}?gedaan=weg", 303)


def _page(site: Site, visitor: Visitor, opened: OpenedProposal, problems: list[str], status: int = 200) -> Response:
    document = json.loads(opened.document)
    removal = None
    if opened.view.route == paths.ROUTE:
        melding = Melding.model_validate(document)
        today = opened.view.made_at.astimezone(AMSTERDAM).date()
        removal = melding.verwijderdatum or latest_removal(melding.jongere.geboortedatum, today)
    values = {"document": document, "view": opened.view, "removal": removal, "informed": INFORMED, "sex": paths.SEX}
    return site.page("verwijsindex/voorstel.html", visitor, status, problems=problems, **values)
