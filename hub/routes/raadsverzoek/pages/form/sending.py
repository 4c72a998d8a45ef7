"""The check page, and sending what it shows: nothing else, and once."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.errors import Finding, SchemaViolation
from hub.intake.intake import AlreadyUsed, Taken
from hub.journal import reading
from hub.message import Caller
from hub.routes.raadsverzoek import wording
from hub.routes.raadsverzoek.attachments import megabytes
from hub.routes.raadsverzoek.pages.form import letter
from hub.routes.raadsverzoek.pages.form.checking import Problem, case_path
from hub.routes.raadsverzoek.pages.form.filling import ELSEWHERE, OUTDATED, refuse
from hub.routes.raadsverzoek.pages.form.landing import STEPS, Spot, landing
from hub.routes.raadsverzoek.pages.form.naming import child_name, party_name
from hub.routes.raadsverzoek.pages.form.service import PURPOSE, FormService, PageNotes
from hub.routes.raadsverzoek.pages.form.state import State, to_document
from hub.routes.raadsverzoek.pages.form.store import Draft
from hub.web.auth import Visitor
from hub.web.console.posts import Post

PAGE = "controle"
_UNTICKED = "Vink aan dat u dit hebt gecontroleerd, of verbeter het: {sentence}"
_TICK = "akkoord-"
_SENT_ALREADY = "Dit concept is al verstuurd. Kijk bij het verstuurde verzoek voordat u iets nieuws verstuurt."
#: Bytes that are encoded at a time; a multiple of three.
_PIECE = 3 << 18


def look(service: FormService, request: Request, id_text: str) -> Response:
    """The check page."""
    visitor = service.visitor(request)
    draft = service.opened(request, visitor, id_text)
    return _page(service, visitor, draft, service.problems(draft))


def send(service: FormService, request: Request, post: Post, id_text: str) -> Response:
    """Send a draft as the check page showed it, when nothing is wrong and every warning was ticked."""
    refused = refuse(service, request, post)
    if refused is not None:
        return refused
    draft_id = reading.parse_id(id_text)
    if draft_id is None:
        raise HTTPException(404)
    before = ""

    def agree(draft: Draft) -> None:
        nonlocal before
        before = _seen_mark(draft.state)
        if post.ours:
            ticked = (name for name, value in post.fields.items() if name.startswith(_TICK) and value)
            draft.state.agreed = sorted(name.removeprefix(_TICK) for name in ticked)

    changed = service.drafts.change(draft_id, agree)
    if changed is None:
        raise HTTPException(404)
    draft = changed[0]
    service.record(request, post.visitor, f"draft:{draft.id}", PURPOSE)  # unless it leaves, the whole letter comes back
    found, at_once = service.problems(draft), post.text("wanneer") == "nu"
    if not post.ours:
        return _page(service, post.visitor, draft, found, PageNotes(notice=OUTDATED), 409, at_once=at_once)
    if post.text("actie") == "later":
        return RedirectResponse("/raadsverzoeken/concepten", 303)
    if post.text("stand") != before:
        return _page(service, post.visitor, draft, found, PageNotes(notice=ELSEWHERE), 409, at_once=at_once)
    if _stopped_by(draft.state, found):
        return _page(service, post.visitor, draft, found, status=400, sent=True, at_once=at_once)
    return _accept(service, post, draft)


def _accept(service: FormService, post: Post, draft: Draft) -> Response:
    caller = post.visitor.caller
    assert caller is not None
    hold = service.settings.hold_before_sending.total_seconds() if post.text("wanneer") == "straks" else 0
    at_once = post.text("wanneer") == "nu"
    try:
        taken = _take(service, draft, caller, hold)
    except SchemaViolation as error:
        found = [_problem(one, draft.state) for one in error.findings]
        return _page(service, post.visitor, draft, found, status=400, sent=True, at_once=at_once)
    except AlreadyUsed as error:
        path = case_path(error.message_id)
        if error.kind == "idempotency":
            problem = Problem("RV02", _SENT_ALREADY, Spot(PAGE, "verstuur"), "error", "", path)
        else:
            problem = _problem(wording.kenmerk_used(draft.state.request.get("kenmerk", "")), draft.state)._replace(link=path)
        return _page(service, post.visitor, draft, [problem], status=409, sent=True, at_once=at_once)
    service.drafts.destroy(draft.id)
    return RedirectResponse(f"{case_path(taken.message_id)}/verstuurd", 303)


def _take(service: FormService, draft: Draft, caller: Caller, hold: float) -> Taken:
    """Hand the document to the intake. The draft's id is the key: a second try gets the first answer."""
    return service.hub.intake.accept(
        "raadsverzoek",
        assembled(service, draft),
        caller,
        idempotency_key=f"concept-{draft.id}",
        cause=draft.cause,
        hold_seconds=hold,
    )


def assembled(service: FormService, draft: Draft) -> bytes:
    """The whole document with its files. Each file is in memory once beside the document, and one at a time."""
    marks = {one.file: f"file {uuid.uuid4()}" for one in draft.state.papers}
    frame = json.dumps(to_document(draft.state, marks), ensure_ascii=False).encode()
    out = io.BytesIO()
    for one in draft.state.papers:
        before, _, frame = frame.partition(marks[one.file].encode())
        out.write(before)
        content = memoryview(service.drafts.file(draft, one.file))
        for start in range(0, len(content), _PIECE):
            out.write(base64.b64encode(content[start : start + _PIECE]))
    out.write(frame)
    return out.getvalue()


def _by_page(found: list[Problem], state: State) -> list[tuple[str, list[Problem]]]:
    """Problems under the name of the page where they are mended, in the order of the form: step, and child, person or file."""
    pages = [*STEPS]
    for step, items in _items(state).items():
        pages[pages.index(step) + 1 : pages.index(step) + 1] = items
    grouped = [(_page_name(page, state), [one for one in found if one.spot.page == page]) for page in pages]
    known = [one for _, mine in grouped for one in mine]
    rest = [one for one in found if one not in known]
    return [(name, mine) for name, mine in [*grouped, ("Verder", rest)] if mine]


def _items(state: State) -> dict[str, list[str]]:
    """The pages of children, persons and files, by step."""
    parties = {step: [f"{step}/{one.id}" for one in state.parties if one.stap == step] for step in ("gezag", "betrokkenen")}
    children = [f"kinderen/{one['volgnummer']}" for one in state.children]
    return {"kinderen": children, **parties, "documenten": [f"documenten/{one.file}" for one in state.papers]}


def _page_name(page: str, state: State) -> str:
    step, _, item = page.partition("/")
    if not item:
        return STEPS[step]
    if step == "kinderen":
        return f"{STEPS[step]}: {child_name(state.child(item) or {})}"
    if step == "documenten":
        paper = state.paper(item)
        return f"{STEPS[step]}: {paper.typed.get('bestandsnaam', '') if paper else ''}"
    party = state.party(item)
    return f"{STEPS[step]}: {party_name(party) if party else ''}"


def _problem(one: Finding, state: State) -> Problem:
    spot = landing(one.field, state)
    return Problem(one.rule, wording.sentence(one, to_document(state)), spot, one.severity, "")


def _stopped_by(state: State, found: list[Problem]) -> bool:
    return any(one.severity == "error" or one.mark not in state.agreed for one in found)


def _seen_mark(state: State) -> str:
    """A mark of everything that would be sent."""
    agreed, state.agreed = state.agreed, []
    try:
        return hashlib.sha256(state.to_json()).hexdigest()[:24]
    finally:
        state.agreed = agreed


def _page(
    service: FormService,
    visitor: Visitor,
    draft: Draft,
    found: list[Problem],
    notes: PageNotes | None = None,
    status: int = 200,
    *,
    sent: bool = False,
    at_once: bool = False,
) -> Response:
    """The check page.

    Args:
        sent: Somebody tried to send, so warnings without a tick are told as errors too.
        at_once: They chose that it leaves at once, and what was chosen stays chosen.
    """
    errors = [one for one in found if one.severity == "error"]
    warnings = [one for one in found if one.severity != "error"]
    unticked = [one for one in warnings if one.mark not in draft.state.agreed] if sent and not errors else []
    values: dict[str, Any] = service.frame(visitor, draft, PAGE, notes or PageNotes()) | {
        "draft": draft,
        "errors": errors,
        "grouped": _by_page(errors, draft.state),
        "warnings": warnings,
        "unticked": [(one, _UNTICKED.format(sentence=one.sentence)) for one in unticked],
        "letter": letter.letter(draft.state),
        "grounds": letter.GROUNDS,
        "seen": _seen_mark(draft.state),
        "minutes": round(service.settings.hold_before_sending.total_seconds() / 60),
        "size": megabytes(draft.state.size),
        "at_once": at_once,
    }
    return service.site.page("raadsverzoek/form/controle.html", visitor, status, **values)
