"""Signing in and out with a local account."""

from __future__ import annotations

import math
import re

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hub.errors import TransientError
from hub.telemetry import LogEvent, get_logger
from hub.web.accounts import account_of_session, sign_in, sign_out
from hub.web.console.places import home
from hub.web.passwords import LONGEST
from hub.web.site import Form, Site

log = get_logger("hub.web")

#: Where somebody may be sent after signing in: a path of ours, nothing else. Possessive, so linear on hostile input too.
_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9_-]++/?+)*+")
_LONGEST_PATH = 300
_WRONG = "Deze naam en dit wachtwoord horen niet bij elkaar. Controleer ze en probeer het nog eens."


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get("/aanmelden")
    def ask(request: Request, naar: str = "/") -> Response:
        return _page(site, request, naar)

    @router.post("/aanmelden")
    async def begin(request: Request) -> Response:
        form = await site.form(request)
        return await run_in_threadpool(_begin, site, request, form)

    @router.post("/afmelden")
    async def end(request: Request) -> Response:
        form = await site.form(request)
        await run_in_threadpool(sign_out, site.hub.journal, form.visitor.token)
        response = RedirectResponse("/aanmelden", 303)
        site.cookies.end(response)
        return response

    return router


def _begin(site: Site, request: Request, form: Form) -> Response:
    name, password = form.text("naam", 80).lower(), form.fields.get("wachtwoord", "")
    keys = (f"name:{name}", f"address:{request.client.host if request.client else ''}")
    wait = site.limit.take(*keys)
    if wait > 0:
        minutes = math.ceil(wait / 60)
        when = f"over {minutes} {'minuut' if minutes == 1 else 'minuten'}"
        sentence = f"Er is te vaak een verkeerd wachtwoord gebruikt. Probeer het {when} nog eens."
        response = _page(site, request, form.text("naar"), sentence, name, 429)
        response.headers["Retry-After"] = str(math.ceil(wait))
        return response
    try:
        token = sign_in(site.hub.journal, name, password) if name and 0 < len(password) <= LONGEST else None
    except TransientError:
        site.limit.undone(*keys)
        raise
    if token is None:
        log.warning(LogEvent.SIGN_IN_FAILED)
        return _page(site, request, form.text("naar"), _WRONG, name, 401)
    site.limit.succeeded(*keys)
    account, back = account_of_session(site.hub.journal, token), _own(form.text("naar"))
    response = RedirectResponse(home(account.caller) if account and back == "/" else back, 303)
    site.cookies.begin(response, token)
    return response


def _page(site: Site, request: Request, back: str, error: str = "", name: str = "", status: int = 200) -> Response:
    return site.page("sign_in.html", site.visitor(request), status, error=error, name=name, back=_own(back))


def _own(path: str) -> str:
    return path if len(path) <= _LONGEST_PATH and _OWN_PATH.fullmatch(path) else "/"
