"""Opening content: only for who may, only with a purpose, and never without a line in the access log.

The line is written before anything is opened: what cannot be recorded is not shown. Whoever is refused is recorded too.
"""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub.crypto.content import ContentGone
from hub.journal import reading
from hub.journal.reading import MessageView
from hub.message import Caller
from hub.privacy import access
from hub.web.auth import Right, Visitor
from hub.web.console.cases import case, deciding, paths
from hub.web.console.cases.facts import Ends, dossier
from hub.web.console.cases.letter import attachment, letter
from hub.web.console.cases.purposes import NO_PURPOSE, PURPOSES
from hub.web.site import Form, Site


def router(site: Site, ends: Ends) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.post(f"{paths.LIST}/{{id_text:uuid}}/inhoud")
    async def open_(request: Request, id_text: uuid.UUID) -> Response:
        await run_in_threadpool(allowed, site, request, f"message:{id_text}")
        form = await site.form(request, Right.CONTENT)
        return await run_in_threadpool(_open, site, ends, form, request, id_text)

    @router.post(f"{paths.LIST}/{{id_text:uuid}}/bijlage/{{number:int}}")
    async def download(request: Request, id_text: uuid.UUID, number: int) -> Response:
        await run_in_threadpool(allowed, site, request, f"message:{id_text}/bijlage:{number}")
        form = await site.form(request, Right.CONTENT)
        return await run_in_threadpool(_download, site, form, request, id_text, number)

    return router


def allowed(site: Site, request: Request, object_: str) -> Visitor:
    """The visitor, who may see content; a denied attempt is recorded.

    Raises:
        HTTPException: 401 or 403.
    """
    visitor = site.visitor(request)
    if visitor.caller is not None and not site.may(visitor, Right.CONTENT):
        access.record(site.hub.journal, visitor.caller, "denied", object_, "", remote(request))
    return site.require(request, Right.CONTENT)


def looked(site: Site, form: Form, request: Request, object_: str) -> str:
    """Record a look for the purpose that was chosen; the purpose, or an empty string when none was and nothing is recorded."""
    purpose = form.text("doel")
    if purpose not in PURPOSES:
        return ""
    access.record(site.hub.journal, caller_of(form.visitor), "read", object_, PURPOSES[purpose], remote(request))
    return purpose


def caller_of(visitor: Visitor) -> Caller:
    """Who looks; a form with a right always has one."""
    assert visitor.caller is not None
    return visitor.caller


def remote(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def document(site: Site, view: MessageView) -> dict[str, Any] | None:
    """The document of a request, opened; None when it has been destroyed."""
    sealed = reading.content(site.hub.journal, view.id, "document")
    if sealed is None:
        return None
    keyring = site.hub.keyring
    try:
        key = keyring.unwrap(sealed.data_key, sealed.key_id, view.id)
    except ContentGone:
        return None
    opened: dict[str, Any] = json.loads(keyring.open(sealed.body, key, message_id=view.id, kind="document"))
    return {**opened, "kenmerk": view.kenmerk}


def _open(site: Site, ends: Ends, form: Form, request: Request, id_text: uuid.UUID) -> Response:
    view = deciding.found(site, id_text)
    story = case.values_of(site, ends, view)
    purpose = looked(site, form, request, f"message:{view.id}")
    masked = {"children": (), "unclear": (), "request_said": (), "letter": None, "done": "", "warning": ""}
    if not purpose:
        file = dossier(site, view.id, view.size) if story["hearing"] else None
        more = {"children": case.children_of(file, names=False), "unclear": case.unclear_of(file, names=False)}
        values = story | masked | more | {"error": NO_PURPOSE, "gone": not view.has_content}
        return site.page("cases/case.html", form.visitor, 400, **values)
    with site.hub.budget.take(2 * view.size):
        content = document(site, view)
        shown = None if content is None else letter(content)
    opened = case.sections(dossier(site, view.id, view.size))
    values = story | masked | opened | {"letter": shown, "gone": content is None, "error": "", "chosen": purpose, "live": False}
    return site.page("cases/case.html", form.visitor, **values)


def _download(site: Site, form: Form, request: Request, id_text: uuid.UUID, number: int) -> Response:
    view = deciding.found(site, id_text)
    if not looked(site, form, request, f"message:{view.id}/bijlage:{number}"):
        raise HTTPException(400, NO_PURPOSE)
    with site.hub.budget.take(3 * view.size):
        content = document(site, view)
        file = None if content is None else attachment(content, number)
    if file is None:
        raise HTTPException(404)
    name, data = file
    # Always as a file to keep: nothing that came from outside is shown inside our own pages.
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(data, media_type="application/octet-stream", headers=headers)
