"""A message as a story: what it is, where it stands in one sentence, what happens next, what happened before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from hub.journal.reading import MessageView, TimelineEntry
from hub.message import FINAL, InStatus, Status
from hub.web.console import times, words

_DONE = frozenset(status.value for status in FINAL) | {InStatus.HANDLED, InStatus.REFUSED, InStatus.CORRELATED}


class TimelineLine(NamedTuple):
    """One entry of the timeline in words."""

    at: dt.datetime
    until: dt.datetime | None
    text: str
    more: str
    by: str
    code: str


class MessageRow(NamedTuple):
    """A message in a list."""

    id: str
    what: str
    kenmerk: str
    state: words.State
    sentence: Markup
    moment: dt.datetime


class MessagePresenter:
    """Puts messages in words. For one page: ``now`` is the moment at which it is made.

    Args:
        partners: What people call the partner of a connection.
    """

    def __init__(self, partners: Mapping[str, str], now: dt.datetime) -> None:
        self._partners = partners
        self.now = now

    def partner(self, connection: str) -> str:
        """What people call the partner of a connection."""
        return self._partners.get(connection, connection)

    def what(self, view: MessageView) -> str:
        """What a message is, in a few words without personal data."""
        return view.title or words.types().get(view.type, "Bericht")

    def sentence(self, view: MessageView) -> Markup:
        """Where it stands, in one sentence."""
        state = words.state_of(view.status, view.reason)
        if view.status == Status.SENT and not view.timeline:  # a list does not know since when
            return Markup("Verstuurd; wacht op bevestiging van {}.").format(self.partner(view.connection))
        code = words.help_for(view.code)
        what = code.what if code else "de reden staat in het verloop."
        return Markup(state.sentence).format(
            partner=self.partner(view.connection),
            attempts=max(view.attempts, 1),
            moment=self._time(view.next_at),
            since=self._time(_since(view)),
            from_=times.element(_since(view), self.now, times.since),
            what=words.lower_first(what),
            reason=_reason(view),
        )

    def next(self, view: MessageView) -> Markup:
        """What happens next and when."""
        partner = self.partner(view.connection)
        if view.status == Status.REJECTED:
            return Markup("Lees de reden, verbeter wat niet klopt en stuur een nieuw bericht. Dit bericht zelf is klaar.")
        if view.status in _DONE:
            return Markup("Er gebeurt niets meer met dit bericht.")
        if view.status == Status.WAITING:
            return self._next_while_waiting(view, partner)
        if view.status == Status.SENDING:
            return Markup("De uitkomst staat hier binnen enkele ogenblikken.")
        if view.status == Status.SENT:
            return Markup("Zodra {} antwoordt, staat dat hier. Is er {} nog geen antwoord, dan komt er een taak.").format(
                partner, self._time(view.next_at)
            )
        help_ = words.help_for(view.code)
        return Markup("{}").format(help_.do if help_ else "Dit bericht wacht op een besluit.")

    def _next_while_waiting(self, view: MessageView, partner: str) -> Markup:
        if view.reason == "turn":
            return Markup("Het vertrekt zodra het vorige bericht van dit dossier klaar is.")
        if view.reason in ("partner", "paused"):
            return Markup("Het vertrekt vanzelf zodra {} weer bereikbaar is.").format(partner)
        if view.reason == "retry":
            return Markup("De volgende poging is {}. U hoeft niets te doen.").format(self._time(view.next_at))
        return Markup("Het vertrekt vanzelf.")

    def row(self, view: MessageView) -> MessageRow:
        """The message in a list."""
        return MessageRow(
            str(view.id),
            self.what(view),
            view.kenmerk,
            words.state_of(view.status, view.reason),
            self.sentence(view),
            _since(view),
        )

    def lines(self, view: MessageView) -> list[TimelineLine]:
        """The timeline, oldest first."""
        return [self._line(view, entry) for entry in view.timeline]

    def _line(self, view: MessageView, entry: TimelineEntry) -> TimelineLine:
        values: dict[str, Any] = {"partner": self.partner(view.connection), "attempt": entry.detail.get("attempt", 1)}
        text = words.events().get(entry.event, "Er is iets vastgelegd").format_map(values)
        if entry.times > 1:
            text = f"{entry.times} pogingen zijn niet gelukt"
        text = text[:1].upper() + text[1:]
        person = entry.actor.partition(":")[0] not in ("system", "partner")
        by = f"door {words.actor(entry.actor, values['partner'])}" if person else ""
        return TimelineLine(entry.at, entry.until, text, _more(entry), by, _code(entry))

    def _time(self, moment: dt.datetime | None) -> Markup:
        return Markup("later") if moment is None else times.element(moment, self.now)


def _more(entry: TimelineEntry) -> str:
    """The sentence behind an entry: what a code means, or the reason somebody gave."""
    detail = entry.detail
    if entry.event in ("attempt_failed", "parked", "refused", "lease_ended"):
        help_ = words.help_for(str(detail.get("cause") or detail.get("code") or ""))
        return help_.what if help_ else ""
    if entry.event == "rejected":
        return f"{str(detail['reason']).rstrip('.')}." if detail.get("reason") else ""
    if entry.event in ("cancelled", "set_aside") and detail.get("reason"):
        return f"Reden: {detail['reason']}"
    return words.detail_of(entry.event, detail)


def _code(entry: TimelineEntry) -> str:
    """Codes for whoever looks things up: ours and the partner's."""
    codes: Sequence[Any] = [entry.detail.get(key) for key in ("code", "cause", "partner_code", "type")]
    return " · ".join(dict.fromkeys(str(code) for code in codes if code))


def _reason(view: MessageView) -> str:
    """Why the partner rejected it, as the second half of a sentence; empty where that is not known."""
    told = next((entry.detail.get("reason") for entry in view.timeline[::-1] if entry.event == "rejected"), None)
    return f": {words.lower_first(str(told)).rstrip('.')}" if told else ""


def _since(view: MessageView) -> dt.datetime:
    if view.final_at is not None:
        return view.final_at
    return view.timeline[-1].at if view.timeline else view.accepted_at
