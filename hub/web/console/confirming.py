"""Asks once more before a decision is carried out, and knows whether it is still about what somebody saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from starlette.responses import Response

from hub.journal.reading import MessageView
from hub.web.auth import Visitor
from hub.web.site import Form, Site

NO_REASON = "Kies een reden."


class Decision(Protocol):
    """What is asked: the last word of its address, the words on the page, the reasons to choose from (or none)."""

    @property
    def name(self) -> str: ...
    @property
    def button(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def consequence(self) -> str: ...
    @property
    def reasons(self) -> Mapping[str, str]: ...


class About(NamedTuple):
    """What a decision is about: its page, its name behind "Terug naar", and how it stands."""

    path: str
    back: str
    name: str
    sentence: str


def page(
    site: Site, visitor: Visitor, decision: Decision, about: About, *, seen: str = "", error: str = "", status: int = 200
) -> Response:
    """The page that asks.

    Args:
        seen: A mark of what somebody sees, such as ``seen_mark``; the answer carries it back, for ``still_so``.
        error: What is wrong with the answer that was given.
    """
    return site.page("confirm.html", visitor, status, action=decision, about=about, seen=seen, error=error)


def reason_of(form: Form, decision: Decision) -> str | None:
    """The reason that was chosen, "" when none is asked, None when one is missing."""
    if not decision.reasons:
        return ""
    reason = form.text("reden")
    return reason if reason in decision.reasons else None


def still_so(form: Form, view: MessageView) -> bool:
    """Whether the message stands as it did when the page asked: a decision about an older stand is not carried out."""
    return form.text("stand") == seen_mark(view)


def seen_mark(view: MessageView) -> str:
    """A mark of how a message stands; another once anything happens to it."""
    last = view.timeline[-1] if view.timeline else None
    return f"{view.status}-{last.seq}-{last.times}" if last else view.status
