"""The FastAPI application: endpoints for partners, health, API and console. It only puts them together."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from hub import registry
from hub.assembly import Hub
from hub.errors import DecodeFailure, Throttled, TransientError
from hub.telemetry import LogEvent, get_logger
from hub.web.api.app import make_api
from hub.web.bodies import Patience, drain
from hub.web.console import looks, messages, overview, parked, partners, session, tasks
from hub.web.headers import SecurityHeaders
from hub.web.health import Health, health_router
from hub.web.inbound import inbound_routes, misspelt_routes
from hub.web.proxies import OwnProxies
from hub.web.site import Site, sign_in_path

log = get_logger("hub.web")

#: What a page says when there is nothing else to say.
_SENTENCES = {
    400: "Deze vraag is niet te begrijpen.",
    403: "Uw account heeft geen toegang tot deze pagina. Vraag de beheerder om de rol die u nodig heeft.",
    404: "Deze pagina bestaat niet (meer). Zoek bovenaan op een nummer of kenmerk, of ga naar het overzicht.",
    405: "Dit kan niet op deze plek.",
    408: "Wat u stuurde kwam niet op tijd helemaal binnen. Probeer het nog eens.",
    413: "Dit is groter dan toegestaan.",
    500: "Er zit een fout in het programma zelf. De beheerder vindt hem in het logboek; uw gegevens zijn veilig bewaard.",
    503: "De gegevens zijn nu niet te bereiken. Probeer het over een minuut nog eens; er is niets verloren gegaan.",
}


def make_app(hub: Hub, *, patience: Patience | None = None) -> FastAPI:
    """The application of one hub.

    Args:
        patience: How long a sender may take over a body.
    """
    patience = patience or Patience()
    site = Site(hub, patience)
    # A redirect for a slash names the caller's own Host, and http behind a proxy: a partner's message would follow in clear.
    app = FastAPI(title="ketenhub", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(SecurityHeaders, https=hub.config.web.public_url.startswith("https://"))
    app.add_middleware(OwnProxies, networks=hub.config.web.proxy_addresses)
    app.include_router(health_router(hub, Health(hub)))
    app.router.routes.extend(inbound_routes(hub.receptions, hub.budget, patience, hub.config.web))
    api = make_api(hub, patience)
    app.router.routes.append(Route("/v1", api))  # a mount takes what is below it only
    app.mount("/v1", api)
    for area in (overview, tasks, messages, parked, partners, looks, session):
        app.include_router(area.router(site), include_in_schema=False)
    for exchange in registry.exchanges().values():
        if exchange.pages:
            app.include_router(registry.load(exchange.pages)(site), include_in_schema=False)
    app.add_api_route("/static/{name:path}", _static(site), include_in_schema=False)
    app.router.routes.extend(misspelt_routes(hub.receptions, hub.config.web))
    _handle_errors(app, site)
    return app


def _static(site: Site):  # type: ignore[no-untyped-def]
    def static(name: str) -> Response:
        if name not in site.assets:
            return PlainTextResponse("", 404)
        data, kind = site.assets.files[name]
        return Response(data, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})

    return static


def _handle_errors(app: FastAPI, site: Site) -> None:
    """Errors of the console as pages in plain words."""

    def page(request: Request, status: int, text: str = "") -> Response:
        try:
            visitor = site.visitor(request)
            return site.page("error.html", visitor, status, status=status, sentence=text or _SENTENCES.get(status, ""))
        except TransientError:  # the journal is away, so who is visiting is not known
            return PlainTextResponse(_SENTENCES[503], 503, {"Retry-After": "30"})

    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 401:
            return RedirectResponse(sign_in_path(request), 303)
        text = str(error.detail) if error.status_code == 400 else ""
        response = await run_in_threadpool(page, request, error.status_code, text)
        response.headers.update(error.headers or {})
        return response

    async def too_large(request: Request, error: Exception) -> Response:
        await drain(request)
        return await run_in_threadpool(page, request, 413)

    async def not_now(request: Request, error: Exception) -> Response:
        assert isinstance(error, TransientError)
        response = await run_in_threadpool(page, request, 408 if error.code == "timed_out" else 503)
        response.headers["Retry-After"] = str(max(1, round(error.after))) if isinstance(error, Throttled) else "30"
        return response

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=400)

    async def fault(request: Request, error: Exception) -> Response:
        log.error(LogEvent.FAULT_MET, exc_info=error)
        return PlainTextResponse(_SENTENCES[500], 500)

    app.add_exception_handler(HTTPException, told)
    app.add_exception_handler(DecodeFailure, too_large)
    app.add_exception_handler(TransientError, not_now)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Exception, fault)
