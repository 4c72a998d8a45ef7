"""Who is told of changes, for the operator: who takes nothing any more, and how it goes on with what was missed."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from hub.routes.plekvrij import SUBSCRIBE
from hub.routes.plekvrij.kinds import KINDS
from hub.routes.plekvrij.pages import subscribers
from hub.routes.plekvrij.pages.subscribers import SubscriberView
from hub.web.site import Form, Site

PATH = "/abonnees"
#: Since when is sent what was missed, by what a form says; None is the beginning of the pause.
_SINCE = {
    "pauze": None,
    "uur": dt.timedelta(hours=1),
    "dag": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
}
CHOICES = {
    "pauze": "Sinds het begin van de pauze",
    "uur": "Van het laatste uur",
    "dag": "Van de laatste dag",
    "week": "Van de laatste week",
}


class SubscriberCard(NamedTuple):
    """A subscriber as the page shows it. Of its address only the host: the rest may hold a token of the receiver."""

    id: str
    name: str
    host: str
    wants: str
    tone: str
    state: str
    paused_at: dt.datetime | None


def router(site: Site) -> APIRouter:
    """The routes of this area."""
    router = APIRouter()

    @router.get(PATH)
    def overview(request: Request, nagestuurd: str = "", verder: str = "") -> Response:
        visitor = site.require(request, SUBSCRIBE)
        cards = [_card(view) for view in subscribers.every(site.hub)]
        choices = {**CHOICES, verder: "Verder waar het ophield"} if _moment(verder) else CHOICES
        done = _done(nagestuurd, more=bool(_moment(verder)))
        return site.page("plekvrij/abonnees.html", visitor, cards=cards, choices=choices, going_on=verder, done=done)

    @router.post(PATH)
    async def resume(request: Request) -> Response:
        form = await site.form(request, SUBSCRIBE)
        return await run_in_threadpool(_resume, site, form)

    return router


def _resume(site: Site, form: Form) -> Response:
    view, since = subscribers.find(site.hub, form.text("abonnee")), form.text("sinds")
    if view is None or not (since in _SINCE or _moment(since)):
        raise HTTPException(404)
    assert form.visitor.caller is not None
    back = _SINCE.get(since)
    moment = _moment(since) if back is None else dt.datetime.now(dt.UTC) - back
    replay = subscribers.resume(site.hub, view, moment, form.visitor.caller)
    told = {"nagestuurd": str(replay.sent)}
    if replay.following is not None:
        told["verder"] = replay.following.isoformat()
    return RedirectResponse(f"{PATH}?{urlencode(told)}", 303)


def _moment(text: str) -> dt.datetime | None:
    """The aware moment that a page of ours wrote into its address; None when it is none."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _card(view: SubscriberView) -> SubscriberCard:
    what = KINDS[view.kind].name if view.kind in KINDS else "alle soorten"
    where = f"gemeente {view.municipality.capitalize()}" if view.municipality else "alle gemeenten"
    if view.paused_at is not None:
        tone, state = "bad", "Op pauze: nam te vaak niets aan"
    elif view.failures:
        tone, state = "wait", "1 keer niet gelukt" if view.failures == 1 else f"{view.failures} keer achter elkaar niet gelukt"
    else:
        tone, state = "good", "Loopt"
    host = urlsplit(view.url).hostname or ""
    return SubscriberCard(view.id, view.name, host, f"{what}, {where}", tone, state, view.paused_at)


def _done(sent: str, *, more: bool) -> str:
    if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        return ""
    count = int(sent)
    what = (
        f"{count} berichten gaan nu weg." if count > 1 else "1 bericht gaat nu weg." if count else "Er was niets na te sturen."
    )
    left = ' Er is nog meer: kies "Verder waar het ophield" en druk nog eens.' if more else ""
    return f"Het abonnement loopt weer. {what}{left}"
