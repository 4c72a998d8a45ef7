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
from hub.routes.raadsverzoek.pages.form.filling import OUTDATED, refuse
from hub.routes.raadsverzoek.pages.form.landing import Spot
from hub.routes.raadsverzoek.pages.form.service import FormService, PageNotes
from hub.routes.raadsverzoek.pages.form.sheets import Danger
from hub.routes.raadsverzoek.pages.form.state import State
from hub.routes.raadsverzoek.pages.form.store import Draft
from hub.web.auth import Visitor
from hub.web.console import posts, times, words
from hub.web.console.forms import Errors
from hub.web.console.posts import Post

_NO_ANSWER = "Kies of een kind nu in acuut gevaar is."


def ask_new(service: FormService, request: Request) -> Response:
    """The first question, before there is a draft."""
    return _first(service, service.visitor(request))


def begin(service: FormService, request: Request, post: Post) -> Response:
    """Make a draft from the answer to the first question."""
    refused = refuse(service, request, post)
    if refused is not None:
        return refused
    caller = post.visitor.caller
    assert caller is not None
    state = service.new_state(post.visitor)
    sheet = Danger()
    sheet.take(state, post.fields)
    if not post.ours:
        return _first(service, post.visitor, state, PageNotes(notice=OUTDATED), 409)
    if state.request.get(f.GEVAAR.key) not in ("ja", "nee"):
        problem = Problem("RV90", _NO_ANSWER, Spot("nieuw", f.GEVAAR.first), "error", "")
        return _first(service, post.visitor, state, PageNotes((problem,)), 400)
    draft_id = service.drafts.create(caller, state)
    return RedirectResponse(f"/raadsverzoeken/concepten/{draft_id}/{sheet.act(state, '') or sheet.next}", 303)


def _first(
    service: FormService, visitor: Visitor, state: State | None = None, notes: PageNotes | None = None, status: int = 200
) -> Response:
    notes = notes or PageNotes()
    values = {
        "base": "", "page": "nieuw", "step": "gevaar", "steps": {}, "number": 1, "notes": notes, "stop_text": service.stop_text,
        "saved": "", "correcting": False, "rejection": "", "errors": Errors(notes.problems), "summary": list(notes.problems),
        "seen": "", "counts": {},
    }  # fmt: skip
    values |= Danger().view(state or State())
    return service.site.page("raadsverzoek/form/gevaar.html", visitor, status, **values)


def listed(service: FormService, request: Request, *, deleted: bool) -> Response:
    """Every draft. Those that nobody has touched for the configured time are destroyed first."""
    visitor = service.visitor(request)
    keep: dt.timedelta = service.settings.keep_drafts
    service.drafts.destroy_untouched(keep)
    rows = [(one, words.actor(one.owner, "")) for one in service.drafts.listed()]
    mine = str(visitor.caller)
    return service.site.page(
        "raadsverzoek/form/concepten.html", visitor, rows=rows, mine=mine, deleted=deleted, days=keep.days, moment=times.element
    )


def ask_away(service: FormService, request: Request, id_text: str) -> Response:
    """Ask before a draft is destroyed."""
    visitor = service.visitor(request)
    draft = service.opened(request, visitor, id_text)
    return service.site.page("raadsverzoek/form/weg.html", visitor, draft=draft, owner=words.actor(draft.owner, ""))


def away(service: FormService, post: Post, id_text: str) -> Response:
    """Destroy a draft."""
    posts.sender(service.site, post, REQUESTS)
    draft_id = reading.parse_id(id_text)
    if draft_id is None or not service.drafts.destroy(draft_id):
        raise HTTPException(404)
    return RedirectResponse("/raadsverzoeken/concepten?weg=ja", 303)


def stop(service: FormService, request: Request, id_text: str) -> Response:
    """The page that stops the form at acute danger; the draft stays."""
    visitor = service.visitor(request)
    draft: Draft = service.opened(request, visitor, id_text)
    settings = service.settings
    return service.site.page(
        "raadsverzoek/form/stop.html", visitor, draft=draft, stop_text=service.stop_text, raad=settings.telefoon_raad,
        veilig_thuis=settings.telefoon_veilig_thuis,
    )  # fmt: skip
