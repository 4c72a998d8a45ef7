"""Sentences about messages for people at a keyboard: the console's Dutch words, with an English caption for engineers.

The Dutch is that of ``hub.web.console.words``, so that a screen and a page say the same. Nothing here ever holds content.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hub.contracts.demonstration import Line
from hub.journal.stamp import AMSTERDAM
from hub.web.console import words
from hub.web.console.times import clock, near

if TYPE_CHECKING:
    from hub.journal.reading import MessageView, TimelineEntry

__all__ = ["Line", "clock", "code_words", "day", "entry_line", "state_line"]


class _Facts(dict[str, Any]):
    """What is filled in. A placeholder that is not known here stays empty: a story is better than none."""

    def __missing__(self, key: str) -> str:
        return ""


#: The console's tones, as signs on a terminal.
_TONES = {"wait": "wait", "busy": "wait", "good": "good", "bad": "bad", "done": "plain"}

_STATES: Mapping[str, str] = {
    "waiting/due": "waiting: due",
    "waiting/turn": "waiting: an earlier message of this case goes first",
    "waiting/retry": "waiting: the next attempt is planned",
    "waiting/partner": "waiting: the partner is away, the hub keeps trying",
    "sending": "sending",
    "sent": "sent: the business answer is not here yet",
    "parked": "parked: a person has to decide",
    "unmatched": "unmatched: a person has to look",
}

#: Entry -> (caption, tone).
_EVENTS: Mapping[str, tuple[str, str]] = {
    "accepted": ("accepted and committed: the hub answers for it", "good"),
    "attempt_failed": ("attempt failed: {code}{reached}", "wait"),
    "lease_ended": ("lease ended without an outcome", "wait"),
    "taken_over": ("the partner's side took over: {code}", "good"),
    "delivered": ("delivered: {code}", "good"),
    "confirmed": ("business answer {type}, found by its reference", "good"),
    "rejected": ("business answer {type}, code {code}", "bad"),
    "parked": ("parked: {code}", "bad"),
    "late_outcome": ("late outcome: {code}", "plain"),
    "answer_overdue": ("overdue: a task is open", "wait"),
    "answered_again": ("the same answer again: {type}", "plain"),
    "answer_not_counted": ("an answer {type} of somebody else: it does not count", "bad"),
    "effect_failed": ("what an exchange keeps about it was not stored: a task is open", "bad"),
    "contradicted": ("a contradicting answer {type}: a task is open", "bad"),
    "resent": ("sent again by {actor}, same identity", "plain"),
    "hurried": ("attempt asked for by {actor}", "plain"),
    "cancelled": ("cancelled by {actor}", "plain"),
    "replaced": ("replaced by {successor}", "plain"),
    "superseded": ("superseded", "plain"),
    "received": ("received and confirmed: {type}", "good"),
    "received_again": ("received again, answered again", "plain"),
    "handled": ("belongs to {message}, which it ended", "plain"),
    "correlated": ("belongs to {message}", "plain"),
    "unmatched": ("unmatched: a task is open", "wait"),
    "set_aside": ("set aside by {actor}", "plain"),
    "notified": ("told by {message}: {type}", "plain"),
    "notification_moved": ("{message} was taken away again by {actor}", "plain"),
    "refused": ("refused: {code}", "bad"),
    "content_destroyed": ("content destroyed: {why}", "plain"),
    "destroyed_on_request": ("content destroyed by {actor}: {reason}", "plain"),
}


def code_words(code: str) -> str:
    """What a code means, in plain Dutch without the stop; the code itself when it is the partner's own."""
    found = words.help_for(code)
    return found.what.rstrip(".") if found else code


def day(moment: dt.datetime) -> str:
    """The date in Amsterdam."""
    return f"{moment.astimezone(AMSTERDAM):%Y-%m-%d}"


def state_line(view: MessageView, partner: str, reason: str = "") -> Line:
    """Where a message stands, in one sentence.

    Args:
        partner: How users know the partner.
        reason: The partner's own reason of a rejection, where it may be shown.
    """
    now = dt.datetime.now(dt.UTC)
    state = words.state_of(view.status, view.reason)
    since = view.final_at or (view.timeline[-1].at if view.timeline else view.accepted_at)
    told = (reason or _last_reason(view)) if view.status == "rejected" else ""
    facts = _Facts(
        partner=partner,
        attempts=max(view.attempts, 1),
        moment=near(view.next_at, now) if view.next_at else "later",
        since=near(since, now),
        from_=clock(since) if since.date() == now.date() else near(since, now),
        what=words.lower_first(code_words(view.code)) + "." if view.code else "de reden staat in het verloop.",
        reason=f": {told}" if told else "",
    )
    dutch = state.sentence.format_map(facts)
    if view.status == "waiting" and view.reason == "due" and view.next_at and view.next_at - now > dt.timedelta(seconds=5):
        dutch = f"Wordt {near(view.next_at, now)} verstuurd; kan nog worden ingetrokken."
    caption = _STATES.get(f"{view.status}/{view.reason}") or _STATES.get(view.status) or view.status
    return Line(_capital(dutch), caption, _TONES.get(state.tone, "plain"))


def entry_line(entry: TimelineEntry, partner: str) -> Line:
    """One entry of a timeline in words; an entry that is not known here is told by its own name."""
    detail = _Facts({"attempt": 1, **entry.detail, "partner": partner, "actor": words.actor(entry.actor, partner)})
    detail["reached"] = {"no": ", surely not sent", "maybe": ", may have arrived"}.get(str(detail.get("reached")), "")
    dutch = words.events().get(entry.event, entry.event).format_map(detail)
    if entry.times > 1:
        dutch = f"{entry.times} pogingen zijn niet gelukt"
    if entry.event in ("attempt_failed", "parked", "refused") and detail["code"]:
        dutch = f"{dutch}: {words.lower_first(code_words(str(detail.get('cause') or detail['code']))).partition(';')[0]}"
    elif entry.event in ("taken_over", "delivered") and detail["code"]:
        dutch = f"{dutch} ({detail['code']})"
    elif entry.event in ("confirmed", "rejected", "received") and detail["type"]:
        dutch = f"{dutch} ({str(detail['type']).removesuffix('Bericht')})"
    caption, tone = _EVENTS.get(entry.event) or words.captions().get(entry.event, ("", "plain"))
    return Line(_capital(dutch), caption.format_map(detail), tone)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _last_reason(view: MessageView) -> str:
    reasons = [str(entry.detail["reason"]).rstrip(".") for entry in view.timeline if entry.detail.get("reason")]
    return reasons[-1] if reasons else ""
