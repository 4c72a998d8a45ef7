"""Showing a page of a draft and saving what comes back: always saved first, judged afterwards."""

from __future__ import annotations

import datetime as dt

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from hub.journal import reading
from hub.routes.raadsverzoek import REQUESTS, wording
from hub.routes.raadsverzoek.attachments import megabytes
from hub.routes.raadsverzoek.pages.form import papers, sheets
from hub.routes.raadsverzoek.pages.form.checking import Problem
from hub.routes.raadsverzoek.pages.form.landing import Spot
from hub.routes.raadsverzoek.pages.form.service import PURPOSE, FormService, PageNotes
from hub.routes.raadsverzoek.pages.form.sheets import Sheet
from hub.routes.raadsverzoek.pages.form.state import Paper
from hub.routes.raadsverzoek.pages.form.store import Draft
from hub.web.console import posts, times
from hub.web.console.drafts import NewFile
from hub.web.console.posts import Post

#: Draft, step and item of an address.
Place = tuple[str, str, str]

OUTDATED = (
    "Deze pagina was verlopen, omdat u zich opnieuw hebt aangemeld. Wat u typte staat er nog, maar is nog niet bewaard. Bewaar "
    "het nu."
)
ELSEWHERE = (
    "Dit onderdeel is intussen in een ander venster gewijzigd. Hieronder staat wat u hier typte; het is nog niet bewaard. Kijk "
    "eerst wat er nu staat. Als u daarna bewaart, komt wat hier staat ervoor in de plaats."
)

_TOO_LARGE = "Dit bestand is te groot: alle documenten samen zijn hooguit {most} MB. Maak het kleiner."


class _Unsaved(Exception):
    """Nothing was saved; the page is shown as it was typed."""

    def __init__(self, draft: Draft, sheet: Sheet, notice: str, problem: Problem | None = None) -> None:
        super().__init__("not saved")
        self.draft = draft
        self.sheet = sheet
        self.notice = notice
        self.problem = problem


def show(service: FormService, request: Request, place: Place, *, errors: bool) -> Response:
    """A page as it stands; with its errors when somebody comes from the check page."""
    visitor = service.visitor(request)
    id_text, step, item = place
    draft = service.opened(request, visitor, id_text)
    if item and step in ("gezag", "betrokkenen"):
        party = draft.state.party(item)
        if party is not None and party.stap != step:
            return RedirectResponse(f"/raadsverzoeken/concepten/{draft.id}/{party.stap}/{item}", 303)
    sheet = service.sheet(draft.state, step, item)
    found = service.problems(draft)
    page = _page(step, item)
    if not errors:  # nothing was sent in yet: counts in the lists, no sentences
        found = [one for one in found if one.spot.page != page]
    return service.page(visitor, draft, page, sheet, PageNotes(tuple(found)))


def too_large(service: FormService, request: Request, place: Place) -> Response:
    """What came was larger than a page of the form with all its documents may be."""
    visitor = service.visitor(request)
    id_text, step, item = place
    draft = service.opened(request, visitor, id_text)
    most = megabytes(service.settings.max_content_bytes)
    problem = Problem("RV20", _TOO_LARGE.format(most=most), Spot("documenten", "bestand"), "error", "")
    return service.page(visitor, draft, _page(step, item), service.sheet(draft.state, step, item), PageNotes((problem,)), 413)


def fill(service: FormService, request: Request, post: Post, place: Place) -> Response:
    """Save a page and go where its button leads; with errors the page comes again, saved all the same."""
    with service.hub.budget.take(len(post.upload.data) if post.upload else 0):
        return _fill(service, request, post, place)


def _fill(service: FormService, request: Request, post: Post, place: Place) -> Response:
    refused = refuse(service, request, post)
    if refused is not None:
        return refused
    id_text, step, item = place
    draft_id = reading.parse_id(id_text)
    if draft_id is None:
        raise HTTPException(404)
    file, paper = _received(service, post, step, item)
    dropped = item if step == "documenten" and post.text("actie") == "verwijder" else ""
    try:
        changed = service.drafts.change(draft_id, lambda draft: _change(service, post, place, draft, paper), file, dropped)
    except _Unsaved as unsaved:
        return _again(service, request, post, unsaved, _page(step, item))
    if changed is None:
        raise HTTPException(404)
    draft, (sheet, where) = changed
    if paper is not None:
        wrong = any(one.spot.page == f"documenten/{paper.file}" and one.severity == "error" for one in service.problems(draft))
        if wrong:
            where = f"documenten/{paper.file}?toon=fouten"
        elif post.text("actie") == "voeg-toe":
            where = "documenten"
    return _onward(service, request, post, draft, sheet, where, _page(step, item))


def _change(service: FormService, post: Post, place: Place, draft: Draft, paper: Paper | None) -> tuple[Sheet, str]:
    """Take over what was typed and do what the button asks; the sheet, and where to go.

    Raises:
        _Unsaved: It must not be saved as it is.
    """
    _, step, item = place
    action = post.text("actie")
    sheet = service.sheet(draft.state, step, item)
    before = sheets.seen_mark(sheet, draft.state)
    sheet.take(draft.state, post.fields)
    if not post.ours:
        raise _Unsaved(draft, sheet, OUTDATED)
    changes = sheets.seen_mark(sheet, draft.state) != before  # what was saved by itself a moment ago may come once more
    if sheet.guarded and changes and action != "verwijder" and post.text("stand") != before:
        raise _Unsaved(draft, sheet, ELSEWHERE)
    if _adds(step, item, post):
        why = papers.refusal(post.upload, draft.state, service.settings.max_content_bytes, service.settings.mediatypes)
        if why is not None:
            problem = Problem(why.rule, wording.sentence(why, {}), Spot("documenten", "bestand"), "error", "")
            raise _Unsaved(draft, sheet, "", problem)
        assert paper is not None
        draft.state.papers.append(paper)
    return sheet, "" if action in ("vanzelf", "later") else sheet.act(draft.state, action)


def _onward(service: FormService, request: Request, post: Post, draft: Draft, sheet: Sheet, where: str, page: str) -> Response:
    """The answer to what was saved."""
    action = post.text("actie")
    if action == "vanzelf":
        now = times.clock(dt.datetime.now(dt.UTC))
        return JSONResponse({"stand": sheets.seen_mark(sheet, draft.state), "om": now})
    if action == "later":
        return RedirectResponse("/raadsverzoeken/concepten", 303)
    if where:
        return RedirectResponse(f"/raadsverzoeken/concepten/{draft.id}/{where}", 303)
    return _judged(service, request, post, draft, sheet, page)


def refuse(service: FormService, request: Request, post: Post) -> Response | None:
    """The answer to somebody who is no secretary (any more). Raises: HTTPException, 403."""
    return posts.refuse(service.site, request, post, REQUESTS, "/raadsverzoeken/concepten")


def _adds(step: str, item: str, post: Post) -> bool:
    """Whether this takes a file in: the button for it, or any other that leaves the page while a file was chosen."""
    if step != "documenten" or item:
        return False
    chosen = post.upload is not None and bool(post.upload.name or post.upload.data)
    return post.text("actie") == "voeg-toe" or (chosen and post.text("actie") in ("verder", "toch-verder", "later"))


def _received(service: FormService, post: Post, step: str, item: str) -> tuple[NewFile | None, Paper | None]:
    if not (_adds(step, item, post) and post.upload and post.upload.data):
        return None, None
    return papers.receive(post.upload, post.fields, service.settings.mediatypes)


def _again(service: FormService, request: Request, post: Post, unsaved: _Unsaved, page: str) -> Response:
    """The page as it was typed, not saved; what else is in it comes from the draft, so it is a look."""
    if post.text("actie") == "vanzelf":
        return JSONResponse({"tekst": unsaved.notice}, 409)
    # The form that comes back carries the mark of what is stored now, so that saving again is a decision.
    stored = service.drafts.open(unsaved.draft.id)
    if stored is None:
        raise HTTPException(404)
    service.record(request, post.visitor, f"draft:{stored.id}", PURPOSE)
    found = (unsaved.problem,) if unsaved.problem else ()
    status = 409 if unsaved.notice else 400
    seen = sheets.seen_mark(unsaved.sheet, stored.state)
    return service.page(post.visitor, unsaved.draft, page, unsaved.sheet, PageNotes(found, unsaved.notice), status, seen)


def _judged(service: FormService, request: Request, post: Post, draft: Draft, sheet: Sheet, page: str) -> Response:
    found = service.problems(draft)
    if any(one.spot.page == page and one.severity == "error" for one in found) and post.text("actie") != "toch-verder":
        service.record(request, post.visitor, f"draft:{draft.id}", PURPOSE)
        return service.page(post.visitor, draft, page, sheet, PageNotes(tuple(found)), 400)
    return RedirectResponse(f"/raadsverzoeken/concepten/{draft.id}/{sheet.next}", 303)


def _page(step: str, item: str) -> str:
    return f"{step}/{item}" if item else step
