"""After sending: the confirmation with its proof, stopping what has not left yet, and a new draft from what was sent."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.assembly import Hub
from hub.crypto import ContentGone
from hub.errors import PermanentError
from hub.journal import drafts, reading
from hub.journal.contents import open_content
from hub.journal.database import Tx
from hub.journal.reading import MessageView
from hub.journal.units import finishing, operating
from hub.message import Caller, MessageId, Status, new_id
from hub.routes.raadsverzoek import REQUESTS
from hub.routes.raadsverzoek.pages.cases.facts import case_facts
from hub.routes.raadsverzoek.pages.cases.presenting import CasePresenter
from hub.routes.raadsverzoek.pages.form import letter
from hub.routes.raadsverzoek.pages.form.checking import case_path
from hub.routes.raadsverzoek.pages.form.service import FormService
from hub.routes.raadsverzoek.pages.form.state import HEAD_BYTES, Paper, from_document
from hub.routes.raadsverzoek.pages.form.store import ROUTE, DraftStore
from hub.web.accounts import list_users
from hub.web.console import posts, times, words
from hub.web.console.drafts import NewFile
from hub.web.console.posts import Post

#: What may be corrected and sent again under the same case number: it is not with the Raad.
CORRECTABLE = frozenset({Status.REJECTED, Status.CANCELLED})
#: An opened request takes so many times its size in memory: sealed, in the clear, as values.
_OPENED = 3
#: Where a case stands (``cases.presenting``) -> what the page after sending is about; any other has been sent some time ago.
_CHAPTERS = {
    "held": "held", "due": "fresh", "turn": "fresh", "sending": "fresh", "sent": "fresh", "retry": "away", "partner": "away",
    "paused": "away", "parked": "waits",
}  # fmt: skip
_TOO_LATE = "Het verzoek is al onderweg en kan niet meer worden tegengehouden. Bel de Raad als het niet had moeten gaan."


class NotCorrectable(PermanentError):
    """This message cannot be made into a draft: it is (perhaps) with the Raad, or its content is gone."""

    default_code = "refused"


def draft_from(hub: Hub, message_id: MessageId, caller: Caller) -> MessageId:
    """A new draft from a request that was rejected or stopped: the same content and case number, with it as its cause.

    A draft that was made from it before, and is still there, is returned again.

    Args:
        caller: The secretary who corrects it; the look into the content is for the page to record.

    Returns:
        The id of the draft; its pages are at ``/raadsverzoeken/concepten/<id>``.

    Raises:
        NotCorrectable: It was not rejected or stopped, is no raadsverzoek of ours, or its content has been destroyed.
        Throttled: Too many large requests are open at once.
    """
    view = reading.show(hub.journal, message_id)
    if view is None or view.route != ROUTE or view.direction != "out" or not _correctable(view):
        raise NotCorrectable(f"message {message_id} is not one that can be corrected")
    made = drafts.draft_from(hub.journal, message_id)
    if made is not None:
        return made
    with hub.budget.take(_OPENED * view.size):
        return _made_from(hub, view, caller)


def _made_from(hub: Hub, view: MessageView, caller: Caller) -> MessageId:
    given: dict[str, Any] = json.loads(_content(hub, view.id, "document"))
    files, papers = [], []
    for one in given.get("documenten", ()):
        data = base64.b64decode(one.pop("inhoud", ""))
        files.append(NewFile(new_id(), data))
        head, digest = data[:HEAD_BYTES].hex(), hashlib.sha256(data).hexdigest()
        papers.append(Paper(str(files[-1].id), len(data), digest, head, one.get("mediatype") or ""))
    state = from_document(given, papers)
    state.request["kenmerk"] = view.kenmerk
    return DraftStore(hub).create(caller, state, view.id, files)


def confirmed(service: FormService, request: Request, id_text: str) -> Response:
    """What happens next, and the proof to print. Looking at it is recorded, because it is made from the content."""
    visitor = service.visitor(request)
    view = _view(service, id_text)
    service.record(request, visitor, f"message:{view.id}", "bewijs van verzending")
    now = dt.datetime.now(dt.UTC)
    known = case_facts(service.site, [view])[view.id]
    status = CasePresenter(service.site).status(view, known)
    chapter = "stopped" if view.status == Status.CANCELLED and not _perhaps_there(view) else _CHAPTERS.get(status.key, "later")
    values = {
        "view": view,
        "chapter": chapter,
        "status": status,
        "leaves": times.element(view.next_at, now) if view.next_at else "",
        "printed": times.exact(now),
        "taken_over": times.exact(known.sent_at) if known.sent_at else "",
        "case": case_path(view.id),
        "accepted": times.exact(view.accepted_at),
        "sender": _sender(service, view),
        "partner": service.site.presenter().partner(view.connection),
        "answer_hours": round(service.settings.answer_within.total_seconds() / 3600),
        "correctable": _correctable(view),
    }
    proof = None if chapter == "stopped" else _proof(service, view)
    return service.site.page("raadsverzoek/form/verstuurd.html", visitor, **values, proof=proof)


def halt(service: FormService, request: Request, post: Post, id_text: str) -> Response:
    """Stop a request that has not left, and put its content back in a draft."""
    caller = posts.sender(service.site, post, REQUESTS)
    view = _view(service, id_text)
    stopped = service.hub.journal.run(_stop, view.id, str(caller)) if view.status == Status.WAITING else False
    if not stopped:
        raise HTTPException(400, _TOO_LATE)
    service.record(request, post.visitor, f"message:{view.id}", "gestopt, terug naar concept")
    return RedirectResponse(f"/raadsverzoeken/concepten/{draft_from(service.hub, view.id, caller)}/controle", 303)


def correct(service: FormService, request: Request, post: Post, id_text: str) -> Response:
    """Make a draft from a request that was rejected or stopped, and open it."""
    caller = posts.sender(service.site, post, REQUESTS)
    view = _view(service, id_text)
    service.record(request, post.visitor, f"message:{view.id}", "verbeteren en opnieuw versturen")
    try:
        draft_id = draft_from(service.hub, view.id, caller)
    except (NotCorrectable, ContentGone):
        raise HTTPException(400, "Van dit verzoek kan geen nieuw concept worden gemaakt.") from None
    return RedirectResponse(f"/raadsverzoeken/concepten/{draft_id}/controle", 303)


def _stop(tx: Tx, message_id: MessageId, by: str) -> bool:
    """Cancel a message that nobody has tried to send; looked at under its lock, because it may leave at any moment."""
    row = finishing.lock(tx, [message_id]).get(message_id)
    if row is None or row.status != Status.WAITING or row.attempts:
        return False
    return message_id in operating.cancel(tx, [message_id], by, "Tegengehouden voordat het vertrok")


def _correctable(view: MessageView) -> bool:
    return view.status in CORRECTABLE and view.has_content and not _perhaps_there(view)


def _perhaps_there(view: MessageView) -> bool:
    """Whether the Raad may have it all the same, so that its case number cannot be used for another."""
    if view.status == Status.REJECTED:
        return False
    left = ("taken_over", "delivered", "lease_ended", "confirmed")
    return any(entry.event in left or entry.detail.get("reached") == "maybe" for entry in view.timeline)


def _view(service: FormService, id_text: str) -> MessageView:
    message_id = reading.parse_id(id_text)
    view = reading.show(service.hub.journal, message_id) if message_id else None
    if view is None or view.route != ROUTE or view.direction != "out":
        raise HTTPException(404)
    return view


def _content(hub: Hub, message_id: MessageId, kind: str) -> bytes:
    """A content of a message in the clear.

    Raises:
        ContentGone: It has been destroyed.
    """
    opened = open_content(hub.journal, hub.keyring, message_id, kind)
    if opened is None:
        raise ContentGone(f"the content of message {message_id} has been destroyed")
    return opened


def _sender(service: FormService, view: MessageView) -> str:
    """Who offered a request, as people know them."""
    kind, _, name = view.caller.partition(":")
    shown = next((one.display_name for one in list_users(service.hub.journal) if kind == "user" and one.name == name), "")
    return f"{shown} ({name})" if shown and shown != name else words.actor(view.caller, "")


def _proof(service: FormService, view: MessageView) -> dict[str, Any] | None:
    """What the proof says about the content; None once that has been destroyed. Raises: Throttled."""
    with service.hub.budget.take(_OPENED * view.size):
        return _read_proof(service, view)


def _read_proof(service: FormService, view: MessageView) -> dict[str, Any] | None:
    try:
        digest = hashlib.sha256(_content(service.hub, view.id, "message")).hexdigest()
        given = json.loads(_content(service.hub, view.id, "document"))
    except ContentGone:
        return None
    papers = [
        (one.get("soort", ""), one.get("bestandsnaam", ""), hashlib.sha256(base64.b64decode(one.get("inhoud", ""))).hexdigest())
        for one in given.get("documenten", ())
    ]
    sender = (given.get("verzoeker") or {}).get("organisatie") or service.settings.verzoeker.organisatie
    return {
        "sender": sender,
        "sha256": digest,
        "children": [letter.initials(one) for one in given.get("kinderen", ())],
        "papers": papers,
    }
