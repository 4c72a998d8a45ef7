"""Beginning a draft, the list of drafts, destroying one, and the page that stops at acute danger."""

from __future__ import annotations

import datetime as dt

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.journal import reading
from hub.routes.raadsverzoek import REQUESTS
from hub.routes.raadsverzoek.pages.form import fields as f
from hub.routes.raadsverzoek.pages.form.checking import Problem
from hub.routes.raadsverzoek.pages.form.desk import Desk, Errors, Told
from hub.routes.raadsverzoek.pages.form.filling import OUTDATED, refuse
from hub.routes.raadsverzoek.pages.form.landing import Spot
from hub.routes.raadsverzoek.pages.form.posts import Post
from hub.routes.raadsverzoek.pages.form.sheets import Danger
from hub.routes.raadsverzoek.pages.form.state import State
from hub.routes.raadsverzoek.pages.form.store import Draft
from hub.web.auth import Visitor
from hub.web.console import times, words

_NO_ANSWER = "Het antwoord op de vraag of een kind nu in acuut gevaar is ontbreekt. Kies ja of nee."


def ask_new(desk: Desk, request: Request) -> Response:
    """The first question, before there is a draft."""
    return _first(desk, desk.visitor(request))


def begin(desk: Desk, request: Request, post: Post) -> Response:
    """Make a draft from the answer to the first question."""
    refused = refuse(desk, request, post)
    if refused is not None:
        return refused
    caller = post.visitor.caller
    assert caller is not None
    state = desk.new_state(post.visitor)
    sheet = Danger()
    sheet.take(state, post.fields)
    if not post.ours:
        return _first(desk, post.visitor, state, Told(notice=OUTDATED), 409)
    if state.request.get(f.GEVAAR.key) not in ("ja", "nee"):
        problem = Problem("RV90", _NO_ANSWER, Spot("nieuw", f.GEVAAR.first), "error", "")
        return _first(desk, post.visitor, state, Told((problem,)), 400)
    draft_id = desk.drafts.create(caller, state)
    return RedirectResponse(f"/raadsverzoeken/concepten/{draft_id}/{sheet.act(state, '') or sheet.next}", 303)


def _first(desk: Desk, visitor: Visitor, state: State | None = None, told: Told | None = None, status: int = 200) -> Response:
    told = told or Told()
    values = {
        "base": "", "page": "nieuw", "step": "gevaar", "steps": {}, "number": 1, "told": told, "stop_text": desk.stop_text,
        "saved": "", "correcting": False, "rejection": "", "errors": Errors(told.problems), "summary": list(told.problems),
        "stand": "", "counts": {},
    }  # fmt: skip
    values |= Danger().view(state or State())
    return desk.site.page("raadsverzoek/form/gevaar.html", visitor, status, **values)


def listed(desk: Desk, request: Request, *, deleted: bool) -> Response:
    """Every draft. Those that nobody has touched for the configured time are destroyed first."""
    visitor = desk.visitor(request)
    keep: dt.timedelta = desk.settings.keep_drafts
    desk.drafts.destroy_untouched(keep)
    rows = [(one, words.actor(one.owner, "")) for one in desk.drafts.listed()]
    mine = str(visitor.caller)
    return desk.site.page(
        "raadsverzoek/form/concepten.html", visitor, rows=rows, mine=mine, deleted=deleted, days=keep.days, moment=times.element
    )


def ask_away(desk: Desk, request: Request, id_text: str) -> Response:
    """Ask before a draft is destroyed."""
    visitor = desk.visitor(request)
    draft = desk.opened(request, visitor, id_text)
    return desk.site.page("raadsverzoek/form/weg.html", visitor, draft=draft, owner=words.actor(draft.owner, ""))


def away(desk: Desk, post: Post, id_text: str) -> Response:
    """Destroy a draft."""
    draft_id = reading.parse_id(id_text)
    if post.visitor.caller is None:
        raise HTTPException(401)
    if not desk.site.may(post.visitor, REQUESTS):
        raise HTTPException(403)
    if not post.ours:
        raise HTTPException(400, "Deze pagina was verlopen. Ga terug, ververs de pagina en probeer het nog eens.")
    if draft_id is None or not desk.drafts.destroy(draft_id):
        raise HTTPException(404)
    return RedirectResponse("/raadsverzoeken/concepten?weg=ja", 303)


def stop(desk: Desk, request: Request, id_text: str) -> Response:
    """The page that stops the form at acute danger; the draft stays."""
    visitor = desk.visitor(request)
    draft: Draft = desk.opened(request, visitor, id_text)
    settings = desk.settings
    return desk.site.page(
        "raadsverzoek/form/stop.html", visitor, draft=draft, stop_text=desk.stop_text, raad=settings.telefoon_raad,
        veilig_thuis=settings.telefoon_veilig_thuis,
    )  # fmt: skip
