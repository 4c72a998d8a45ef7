"""A signal: who else worries, reachable with one tap, and noting that contact was made. For reporter and coordinator only."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.adapters.verwijsindex import signaal
from hub.journal.contents import open_content
from hub.privacy import access
from hub.routes.verwijsindex import REPORTS, cases, deciding
from hub.routes.verwijsindex.cases import Signal
from hub.routes.verwijsindex.pages import paths
from hub.schemas import parsing
from hub.web.auth import Visitor
from hub.web.console.looking import remote
from hub.web.site import Form, Site

#: Who took the lead.
LEADS: Mapping[str, str] = {
    "wij": "Ik neem de regie",
    "ander": "De ander neemt de regie",
    "geen": "Dat is nog niet afgesproken",
}


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(f"{paths.LIST}/signalen/{{id_text:uuid}}")
    def show(request: Request, id_text: uuid.UUID, gedaan: str = "") -> Response:
        visitor = site.require(request, REPORTS)
        found = _mine(site, visitor, id_text, remote(request))
        return _page(site, visitor, found, remote(request), done="Genoteerd." if gedaan else "")

    @router.post(f"{paths.LIST}/signalen/{{id_text:uuid}}/contact")
    async def contact(request: Request, id_text: uuid.UUID) -> Response:
        form = await site.form(request, REPORTS)
        return await run_in_threadpool(_contact, site, form, id_text, remote(request))

    return router


def _mine(site: Site, visitor: Visitor, id_: uuid.UUID, address: str) -> Signal:
    """A signal for this visitor; an attempt at another's is recorded. Raises: HTTPException, 404."""
    found = cases.signal(site.hub.journal, id_)
    if found is not None and found.is_for(str(visitor.caller)):
        return found
    if found is not None and visitor.caller is not None:
        access.record(site.hub.journal, visitor.caller, "denied", f"message:{id_}", "", address)
    raise HTTPException(404)


def _page(
    site: Site, visitor: Visitor, found: Signal, address: str, *, done: str = "", error: str = "", status: int = 200
) -> Response:
    assert visitor.caller is not None
    access.record(site.hub.journal, visitor.caller, "read", f"message:{found.message_id}", paths.OWN_SIGNAL, address)
    body = open_content(site.hub.journal, site.hub.keyring, found.message_id, "message")
    others = signaal.read(parsing.parse(body)).others if body else ()
    values = {"signal": found, "others": others, "gone": body is None, "leads": LEADS, "done": done, "error": error}
    return site.page("verwijsindex/signaal.html", visitor, status, **values)


def _contact(site: Site, form: Form, id_: uuid.UUID, address: str) -> Response:
    found = _mine(site, form.visitor, id_, address)
    lead = form.text("regie")
    if lead not in LEADS:
        return _page(site, form.visitor, found, address, error="Kies wie de regie neemt.", status=400)
    site.hub.journal.run(deciding.record_contact, found.message_id, str(form.visitor.caller), lead)
    return RedirectResponse(f"{paths.signal(found.message_id)}?gedaan=contact", 303)
