"""The addresses of the form. Ids only in them, never what somebody typed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hub.errors import DecodeFailure
from hub.routes.raadsverzoek.pages.form import drafts, filling, sending, sent
from hub.routes.raadsverzoek.pages.form.service import FormService
from hub.web.bodies import drain
from hub.web.console.posts import read_post
from hub.web.site import Site

_DRAFT = "/raadsverzoeken/concepten/{id_text}"


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()
    service = FormService(site)
    _drafts(router, service)
    _sent(router, service)
    _steps(router, service)
    return router


def _drafts(router: APIRouter, service: FormService) -> None:
    @router.get("/raadsverzoeken/nieuw")
    def new(request: Request) -> Response:
        return drafts.ask_new(service, request)

    @router.post("/raadsverzoeken/nieuw")
    async def begin(request: Request) -> Response:
        post = await read_post(service.site, request)
        return await run_in_threadpool(drafts.begin, service, request, post)

    @router.get("/raadsverzoeken/concepten")
    def listed(request: Request, weg: str = "") -> Response:
        return drafts.listed(service, request, deleted=bool(weg))

    @router.get(_DRAFT)
    def enter(request: Request, id_text: str) -> Response:
        service.visitor(request)
        return RedirectResponse(f"/raadsverzoeken/concepten/{id_text}/verzoek", 303)

    @router.get(_DRAFT + "/weg")
    def ask_away(request: Request, id_text: str) -> Response:
        return drafts.ask_away(service, request, id_text)

    @router.post(_DRAFT + "/weg")
    async def away(request: Request, id_text: str) -> Response:
        post = await read_post(service.site, request)
        return await run_in_threadpool(drafts.away, service, post, id_text)

    @router.get(_DRAFT + "/stop")
    def stop(request: Request, id_text: str) -> Response:
        return drafts.stop(service, request, id_text)


def _sent(router: APIRouter, service: FormService) -> None:
    @router.get(_DRAFT + "/controle")
    def look(request: Request, id_text: str) -> Response:
        return sending.look(service, request, id_text)

    @router.post(_DRAFT + "/controle")
    async def send(request: Request, id_text: str) -> Response:
        post = await read_post(service.site, request)
        return await run_in_threadpool(sending.send, service, request, post, id_text)

    @router.get("/raadsverzoeken/{id_text}/verstuurd")
    def confirmed(request: Request, id_text: str) -> Response:
        return sent.confirmed(service, request, id_text)

    @router.post("/raadsverzoeken/{id_text}/stoppen")
    async def halt(request: Request, id_text: str) -> Response:
        post = await read_post(service.site, request)
        return await run_in_threadpool(sent.halt, service, request, post, id_text)

    @router.post("/raadsverzoeken/{id_text}/verbeteren")
    async def correct(request: Request, id_text: str) -> Response:
        post = await read_post(service.site, request)
        return await run_in_threadpool(sent.correct, service, request, post, id_text)


def _steps(router: APIRouter, service: FormService) -> None:
    @router.get(_DRAFT + "/{step}")
    def show(request: Request, id_text: str, step: str, toon: str = "") -> Response:
        return filling.show(service, request, (id_text, step, ""), errors=bool(toon))

    @router.get(_DRAFT + "/{step}/{item}")
    def show_one(request: Request, id_text: str, step: str, item: str, toon: str = "") -> Response:
        return filling.show(service, request, (id_text, step, item), errors=bool(toon))

    @router.post(_DRAFT + "/{step}")
    async def fill(request: Request, id_text: str, step: str) -> Response:
        limit = service.settings.max_content_bytes if step == "documenten" else 0
        try:
            post = await read_post(service.site, request, limit)
        except DecodeFailure:
            await drain(request)
            return await run_in_threadpool(filling.too_large, service, request, (id_text, step, ""))
        return await run_in_threadpool(filling.fill, service, request, post, (id_text, step, ""))

    @router.post(_DRAFT + "/{step}/{item}")
    async def fill_one(request: Request, id_text: str, step: str, item: str) -> Response:
        post = await read_post(service.site, request)
        return await run_in_threadpool(filling.fill, service, request, post, (id_text, step, item))
