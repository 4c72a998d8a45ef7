"""Playing the cases: each is accepted, followed to its end and told step by step, all from what the hub itself has stored."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, Line
from hub.demo.scene import Scene
from hub.errors import Unavailable
from hub.intake.intake import Taken
from hub.journal import reading
from hub.journal.contents import open_content
from hub.journal.reading import MessageView, TimelineEntry
from hub.journal.stamp import AMSTERDAM
from hub.message import FINAL, Caller, MessageId

#: Seconds in which a case has to reach its end.
PATIENCE = 45.0
#: Seconds between two looks at a message.
_PACE = 0.05
#: Failed attempts to be seen before the partner returns.
_FAILURES_TO_SEE = 4

CALLER = Caller("user", "demo")


class Observer(Protocol):
    """Is told what happens, as it happens."""

    def exchange(self, title: str) -> None: ...

    def begin(self, number: int, case: DemoCase) -> None: ...

    def partner_down(self) -> None: ...

    def partner_back(self) -> None: ...

    def accepted(self, about: Iterable[Line], taken: Taken, view: MessageView) -> None: ...

    def entry(self, entry: TimelineEntry) -> None: ...

    def waiting(self, view: MessageView, next_attempt: dt.datetime | None) -> None: ...

    def received_as_stored(self, comparison: DemoComparison, digest: str, message_id: str) -> None: ...

    def sent(self, view: MessageView) -> None: ...

    def answered(self, answer: MessageView, words: str, ours: str) -> None: ...

    def end(self, view: MessageView, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went."""

    case: DemoCase
    id: MessageId
    kenmerk: str
    state: str
    seconds: float
    timeline: list[dict[str, Any]]
    heard_of: bool = False

    @property
    def ok(self) -> bool:
        """Whether it reached the state that was expected, and something came in about it where it should."""
        return self.state == self.case.expected and self.heard_of >= self.case.heard_of

    def to_json(self) -> dict[str, Any]:
        """As in ``hub demo --json``."""
        return {
            "name": self.case.name,
            "route": self.case.route,
            "id": str(self.id),
            "expected": self.case.expected,
            "state": self.state,
            "seconds": round(self.seconds, 2),
            "timeline": self.timeline,
        }


def play(scene: Scene, demonstrations: Mapping[str, Demonstration], observer: Observer) -> Iterator[CaseResult]:
    """Play the cases one after the other.

    Args:
        demonstrations: By title of their exchange.
    """
    number = 0
    for title, demonstration in demonstrations.items():
        if len(demonstrations) > 1:
            observer.exchange(title)
        for case in demonstration.cases:
            number += 1
            observer.begin(number, case)
            yield _CaseRun(scene, demonstration, case, observer).play()


class _CaseRun:
    """One case from beginning to end."""

    def __init__(self, scene: Scene, demonstration: Demonstration, case: DemoCase, observer: Observer) -> None:
        self._scene = scene
        self._hub = scene.hub
        self._demonstration = demonstration
        self._case = case
        self._partner = scene.partners[scene.hub.routes[case.route].connection]
        self._observer = observer
        self._told: dict[int, int] = {}  # number of an entry -> how often it had happened when it was told

    def play(self) -> CaseResult:
        case, began = self._case, time.monotonic()
        if case.partner_down:
            self._partner.stop()
            self._observer.partner_down()
        document = case.document(dt.datetime.now(AMSTERDAM).date())
        taken = self._offer(document)
        self._observer.accepted(self._demonstration.describe(document), taken, self._view(taken.message_id))
        if case.partner_down:
            self._wait_in_vain(taken.message_id)
            self._partner.start(self._scene.pause)
            self._observer.partner_back()
        view = self._follow(taken.message_id, until=self._ended)
        seconds = time.monotonic() - began
        self._observer.end(view, self._tell_answers(view))
        return CaseResult(
            case, view.id, view.kenmerk, view.status, seconds, view.to_json()["timeline"], self._heard_of(view.id)
        )

    def _offer(self, document: bytes) -> Taken:
        """Accept the document; where a person has to decide, the person of the demonstration does."""
        intake, route = self._hub.intake, self._case.route
        if not self._hub.routes[route].policy.needs_decision:
            return intake.accept(route, document, CALLER)
        return intake.decide(intake.propose(route, document, CALLER).proposal_id, CALLER)

    def _view(self, message_id: MessageId) -> MessageView:
        view = reading.show(self._hub.journal, message_id)
        assert view is not None
        return view

    def _ended(self, view: MessageView) -> bool:
        return view.status in FINAL and (not self._case.heard_of or self._heard_of(view.id))

    def _heard_of(self, message_id: MessageId) -> bool:
        return bool(reading.answers_to(self._hub.journal, message_id))

    def _wait_in_vain(self, message_id: MessageId) -> None:
        """Until enough attempts have failed and it can be seen when the next one is."""
        view = self._follow(message_id, until=_failed_enough)
        states = {row["name"]: row for row in reading.connection_states(self._hub.journal)}
        probe = states[view.connection]["probe_at"]
        self._observer.waiting(view, view.next_at if probe is None else reading.moment(probe))

    def _follow(self, message_id: MessageId, *, until: Callable[[MessageView], bool]) -> MessageView:
        """Tell each new entry until the message is where it should be, or patience ends."""
        end = time.monotonic() + PATIENCE
        while True:
            view = self._view(message_id)
            for entry in view.timeline:
                if self._told.get(entry.seq) != entry.times:
                    self._told[entry.seq] = entry.times
                    self._observer.entry(entry)
                    if entry.event in ("taken_over", "delivered"):
                        self._compare(view)
                        if view.status == "sent":
                            self._observer.sent(view)
            if until(view) or time.monotonic() > end:
                return view
            self._scene.pause(_PACE)

    def _compare(self, view: MessageView) -> None:
        """Tell whether the partner received exactly what was stored: equal digests."""
        comparison = self._demonstration.comparison
        stored = comparison.digest(self._open(view.id, "message"))
        try:
            books = self._partner.ask("received")
        except Unavailable:
            return
        for message in books:
            if message["reference"] == view.reference and message["digest"] == stored:
                self._observer.received_as_stored(comparison, stored, message["message_id"])

    def _tell_answers(self, view: MessageView) -> str:
        """What the partner said, in its own words, and what we said back; the last of those words."""
        words = ""
        for answer in reading.answers_to(self._hub.journal, view.id):
            words = self._open(answer.id, "text").decode()
            self._observer.answered(answer, words, self._our_word(answer))
        return words.splitlines()[-1].strip() if words else ""

    def _our_word(self, answer: MessageView) -> str:
        """How the hub confirmed an answer, from the partner's books."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                books = self._partner.ask("deliveries")
            except Unavailable:
                return ""
            words = [one["answers"][-1] for one in books if one["reference"] == answer.reference and one["answers"]]
            if words:
                return str(words[0])
            self._scene.pause(_PACE)
        return ""

    def _open(self, message_id: MessageId, kind: str) -> bytes:
        """A content of a message, decrypted; empty when there is none. These people are synthetic."""
        return open_content(self._hub.journal, self._hub.keyring, message_id, kind) or b""


def _failed_enough(view: MessageView) -> bool:
    failures = sum(entry.times for entry in view.timeline if entry.event == "attempt_failed")
    return failures >= _FAILURES_TO_SEE and view.status == "waiting"
