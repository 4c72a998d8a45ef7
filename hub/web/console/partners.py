"""Partners: every connection, what waits for it, and pausing and resuming it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.journal import reading
from hub.journal.units import connections
from hub.web.auth import Right
from hub.web.console.overview import connection_view
from hub.web.site import Form, Site

_DONE = {
    "pauze": "De verbinding staat op pauze. Berichten worden aangenomen en wachten veilig.",
    "hervat": "De verbinding is hervat. Eerst gaat er één bericht; lukt dat, dan volgt de rest.",
}


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get("/partners")
    def partners(request: Request, gedaan: str = "") -> Response:
        visitor = site.require(request, Right.SEE_ALL)
        presenter = site.presenter()
        rows = [connection_view(site, row, presenter) for row in reading.connection_states(site.hub.journal)]
        return site.page("partners.html", visitor, connections=rows, done=_DONE.get(gedaan, ""))

    for what in _DONE:  # each by its own address, because partners deliver to addresses that begin alike
        router.add_api_route(f"/partners/{{name}}/{what}", _changing(site, what), methods=["POST"])

    return router


def _changing(site: Site, what: str) -> Callable[..., Awaitable[Response]]:
    async def change(request: Request, name: str) -> Response:
        form = await site.form(request, Right.OPERATE)
        return await run_in_threadpool(_change, site, form, name, what)

    return change


def _change(site: Site, form: Form, name: str, what: str) -> Response:
    if what not in _DONE or name not in site.partners:
        raise HTTPException(404)
    by = str(form.visitor.caller)
    if what == "pauze":
        site.hub.journal.run(connections.pause, name, "by_person", by)
    else:
        site.hub.journal.run(connections.resume, name, by)
    return RedirectResponse(f"/partners?gedaan={what}", 303)
