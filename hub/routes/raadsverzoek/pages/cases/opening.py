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

from hub.journal.contents import open_content
from hub.journal.reading import MessageView
from hub.routes.raadsverzoek import CONTENT
from hub.routes.raadsverzoek.pages.cases import case, deciding, paths
from hub.routes.raadsverzoek.pages.cases.facts import dossier
from hub.routes.raadsverzoek.pages.cases.letter import attachment, letter
from hub.routes.raadsverzoek.pages.cases.purposes import NO_PURPOSE, PURPOSES
from hub.web.console.looking import allowed, looked
from hub.web.site import Form, Site


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.post(f"{paths.LIST}/{{id_text:uuid}}/inhoud")
    async def open_(request: Request, id_text: uuid.UUID) -> Response:
        await run_in_threadpool(allowed, site, request, CONTENT, f"message:{id_text}")
        form = await site.form(request, CONTENT)
        return await run_in_threadpool(_open, site, form, request, id_text)

    @router.post(f"{paths.LIST}/{{id_text:uuid}}/bijlage/{{number:int}}")
    async def download(request: Request, id_text: uuid.UUID, number: int) -> Response:
        await run_in_threadpool(allowed, site, request, CONTENT, f"message:{id_text}/bijlage:{number}")
        form = await site.form(request, CONTENT)
        return await run_in_threadpool(_download, site, form, request, id_text, number)

    return router


def document(site: Site, view: MessageView) -> dict[str, Any] | None:
    """The document of a request, opened; None when it has been destroyed."""
    opened = open_content(site.hub.journal, site.hub.keyring, view.id, "document")
    return None if opened is None else {**json.loads(opened), "kenmerk": view.kenmerk}


def _open(site: Site, form: Form, request: Request, id_text: uuid.UUID) -> Response:
    view = deciding.found(site, id_text)
    values = case.values_of(site, view)
    purpose = looked(site, form, request, f"message:{view.id}", PURPOSES)
    masked = {"children": (), "unclear": (), "request_said": (), "letter": None, "done": "", "warning": ""}
    if not purpose:
        file = dossier(site, view.id, view.size) if values["heard_of"] else None
        more = {"children": case.children_of(file, names=False), "unclear": case.unclear_of(file, names=False)}
        values |= masked | more | {"error": NO_PURPOSE, "gone": not view.has_content}
        return site.page("raadsverzoek/cases/case.html", form.visitor, 400, **values)
    with site.hub.budget.take(2 * view.size):
        content = document(site, view)
        shown = None if content is None else letter(content)
    opened = case.sections(dossier(site, view.id, view.size))
    values |= masked | opened | {"letter": shown, "gone": content is None, "error": "", "chosen": purpose, "live": False}
    return site.page("raadsverzoek/cases/case.html", form.visitor, **values)


def _download(site: Site, form: Form, request: Request, id_text: uuid.UUID, number: int) -> Response:
    view = deciding.found(site, id_text)
    if not looked(site, form, request, f"message:{view.id}/bijlage:{number}", PURPOSES):
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
