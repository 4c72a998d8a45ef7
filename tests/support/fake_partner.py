"""A chain partner inside the test: records what it got and behaves as told, call by call."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from hub.contracts.adapter import PartnerHealth
from hub.errors import Reached, Unavailable
from hub.message import MessageId, Outgoing, Receipt, Repeat

#: What a call does: returns a receipt, or raises. It runs in the call's thread.
Behaviour = Callable[[Outgoing], Receipt]


@dataclass(frozen=True, slots=True)
class Got:
    """One call as the partner saw it."""

    message_id: MessageId
    reference: str
    body: bytes
    attempt: int
    at: float


def accepts(_: Outgoing) -> Receipt:
    """The partner takes over."""
    return Receipt("Bv04", evidence=b"<Bv04/>")


def raises(error: Exception) -> Behaviour:
    """The call ends in this error."""

    def fail(_: Outgoing) -> Receipt:
        raise error

    return fail


class FakePartner:
    """Thread-safe. ``adapter`` makes an adapter that calls it.

    Attributes:
        behaviour: What calls do that have no script of their own.
        next_calls: What the next calls do, whichever message they are for.
        got: The calls, in the order in which they began.
        most_at_once: The largest number of calls that ran at the same time.
    """

    def __init__(self, behaviour: Behaviour = accepts) -> None:
        self.behaviour = behaviour
        self.next_calls: deque[Behaviour] = deque()
        self.got: list[Got] = []
        self.running = 0
        self.most_at_once = 0
        self.accepted: list[str] = []
        self.changed = threading.Condition()

    def adapter(self) -> FakeAdapter:
        """A new adapter, for one thread."""
        return FakeAdapter(self)

    def call(self, outgoing: Outgoing) -> Receipt:
        with self.changed:
            self.got.append(Got(outgoing.message_id, outgoing.reference, outgoing.body, outgoing.attempt, time.monotonic()))
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
            behaviour = self.next_calls.popleft() if self.next_calls else self.behaviour
            self.changed.notify_all()
        try:
            receipt = behaviour(outgoing)
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify_all()
        with self.changed:
            self.accepted.append(outgoing.reference)
            self.changed.notify_all()
        return receipt

    def wait_for(self, condition: Callable[[FakePartner], bool], timeout: float = 120.0) -> None:
        """Wait until something holds of this partner. Raises: TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self), timeout):
                raise TimeoutError(f"the partner did not see it within {timeout:g} s; {len(self.got)} calls so far")

    def calls_of(self, message_id: MessageId) -> list[Got]:
        """The calls for one message."""
        return [one for one in self.got if one.message_id == message_id]

    def assert_same_bytes(self) -> None:
        """Every repeat carried the same reference and the same bytes."""
        seen: dict[MessageId, set[tuple[str, bytes]]] = defaultdict(set)
        for one in list(self.got):
            seen[one.message_id].add((one.reference, one.body))
        assert all(len(forms) == 1 for forms in seen.values())


class FakeAdapter:
    """See ``hub.contracts.adapter.Adapter``. ``close`` breaks a running call off, as closing a socket does."""

    partner: ClassVar[str] = "fake"
    repeat: ClassVar[Repeat] = Repeat.HARMLESS
    can_ping: ClassVar[bool] = False

    def __init__(self, partner: FakePartner) -> None:
        self._partner = partner
        self.broken_off = threading.Event()

    def open(self) -> None:
        self.broken_off.clear()

    def close(self) -> None:
        self.broken_off.set()

    def send(self, outgoing: Outgoing) -> Receipt:
        _current.adapter = self
        return self._partner.call(outgoing)

    def ping(self) -> PartnerHealth:
        return PartnerHealth(True)


class _Current(threading.local):
    adapter: FakeAdapter | None = None


_current = _Current()


def hangs(_: Outgoing) -> Receipt:
    """Never answers; ends as a broken connection when the adapter is closed."""
    adapter = _current.adapter
    assert adapter is not None
    if not adapter.broken_off.wait(60):
        raise AssertionError("nobody broke the hanging call off")
    raise Unavailable("the connection was closed", code="connection_lost", reached=Reached.MAYBE)


def blocks_until(event: threading.Event, then: Behaviour = accepts) -> Behaviour:
    """Hangs until ``event`` is set, whatever is closed."""

    def wait(outgoing: Outgoing) -> Receipt:
        if not event.wait(60):
            raise AssertionError("the event was not set within 60 s")
        return then(outgoing)

    return wait
