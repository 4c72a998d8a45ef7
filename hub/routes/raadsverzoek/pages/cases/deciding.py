"""Does what the secretary decides about a case: asked once more, and only when it still stands as she saw it."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.journal.reading import MessageView
from hub.privacy import access
from hub.routes.raadsverzoek import REQUESTS
from hub.routes.raadsverzoek.pages.cases import paths
from hub.routes.raadsverzoek.pages.cases.actions import ACTIONS, Action
from hub.routes.raadsverzoek.pages.cases.facts import case_facts, view_of
from hub.routes.raadsverzoek.pages.cases.presenting import CasePresenter
from hub.routes.raadsverzoek.pages.cases.purposes import PURPOSES
from hub.routes.raadsverzoek.pages.form.sent import draft_from
from hub.web.auth import Visitor
from hub.web.console import confirming
from hub.web.site import Form, Site

#: The page of a case: visitor and view, and what was done, a warning, a status.
Show = Callable[..., Response]

TOO_LATE = "Dit is niet gedaan: de zaak staat er intussen anders voor. Kijk hieronder hoe het er nu voor staat."


def router(site: Site, show: Show) -> APIRouter:
    """The routes of this area.

    Args:
        show: The page of the case: visitor, view, what was done, warning, status.
    """
    router = APIRouter()

    for action in ACTIONS:  # each by its own address, because other areas have addresses below a case too
        path = f"{paths.LIST}/{{id_text:uuid}}/{action.name}"
        router.add_api_route(path, _asking(site, show, action), methods=["GET"])
        router.add_api_route(path, _acting(site, show, action), methods=["POST"])
    return router


def found(site: Site, id_text: uuid.UUID) -> MessageView:
    """The case of this id.

    Raises:
        HTTPException: 404, there is none.
    """
    view = view_of(site, str(id_text))
    if view is None:
        raise HTTPException(404)
    return view


def _asking(site: Site, show: Show, action: Action) -> Callable[..., Response]:
    def ask(request: Request, id_text: uuid.UUID) -> Response:
        visitor = site.require(request, REQUESTS)
        return _ask(site, show, visitor, found(site, id_text), action)

    return ask


def _acting(site: Site, show: Show, action: Action) -> Callable[..., Awaitable[Response]]:
    async def act(request: Request, id_text: uuid.UUID) -> Response:
        form = await site.form(request, REQUESTS)
        remote = request.client.host if request.client else ""
        return await run_in_threadpool(_act, site, show, form, id_text, action, remote)

    return act


def _act(site: Site, show: Show, form: Form, id_text: uuid.UUID, action: Action, remote: str) -> Response:
    view = found(site, id_text)
    reason = confirming.reason_of(form, action)
    if reason is None:
        return _ask(site, show, form.visitor, view, action, confirming.NO_REASON, 400)
    fits = action.fits(view, case_facts(site, [view])[view.id]) and confirming.still_so(form, view)
    if fits and site.hub.journal.run(action.run, view.id, str(form.visitor.caller), action.reasons.get(reason, "")):
        if action.draft:
            return _draft(site, form, view, remote)
        return RedirectResponse(f"{paths.case(view.id)}?gedaan={action.name}", 303)
    return show(form.visitor, found(site, id_text), warning=TOO_LATE, status=409)


def _draft(site: Site, form: Form, view: MessageView, remote: str) -> Response:
    """A draft of what was sent; making it opens the content, so it is recorded."""
    caller = form.visitor.caller
    assert caller is not None
    access.record(site.hub.journal, caller, "read", f"message:{view.id}", PURPOSES["controleren"], remote)
    return RedirectResponse(f"{paths.DRAFTS}/{draft_from(site.hub, view.id, caller)}/controle", 303)


def _ask(
    site: Site,
    show: Show,
    visitor: Visitor,
    view: MessageView,
    action: Action,
    error: str = "",
    status: int = 200,
) -> Response:
    known = case_facts(site, [view])[view.id]
    if not action.fits(view, known):
        return show(visitor, view, warning=TOO_LATE, status=409)
    about = confirming.About(
        paths.case(view.id), "de zaak", f"Raadsverzoek {view.kenmerk}", CasePresenter(site).status(view, known).sentence
    )
    return confirming.page(site, visitor, action, about, seen=confirming.seen_mark(view), error=error, status=status)
