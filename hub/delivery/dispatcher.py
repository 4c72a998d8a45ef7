"""The dispatcher: turns due messages into tickets.

Per partner connection: claim (a transaction that gives tickets; embedded, the one that made the messages due), and only after
its commit publish. A ticket that the broker refused is taken back at once; one without word is left to lapse. While the broker
is away nothing is claimed, so nothing is hidden behind tickets that no one can get.

Wake-ups are hints: they are cleared before the query, and polling finds what a hint missed.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Mapping, Sequence

from hub import telemetry
from hub.contracts.broker import Broker, Confirmation, Publisher
from hub.crashpoints import crashpoint
from hub.delivery.heartbeat import Heartbeat
from hub.errors import NotConnected, TransientError
from hub.journal.database import ROOM, Database
from hub.journal.units import claiming
from hub.journal.units.claiming import Claim
from hub.message import Ticket
from hub.telemetry import LogEvent

log = telemetry.get_logger()

_MICROS = 1_000_000
#: After a claim that gave tickets the next one waits as long as that took, at most so many seconds: on a quiet hub next to
#: nothing, on a busy one long enough for a claim to be worth its commit.
LONGEST_BREATH = 0.005


class Dispatcher:
    """Serves some connections until it is stopped. Any number of dispatchers may serve the same ones.

    Args:
        connections: Routes per connection.
        ticket_life: Seconds until a ticket lapses.
        poll: Seconds between looks when no hint comes.
        confirm_timeout: Seconds to wait for the broker's word about a batch.
        most: Tickets per claim.
        process: Of this process, which holds the tickets until they are used.
    """

    def __init__(
        self,
        journal: Database,
        broker: Broker,
        connections: Mapping[str, Sequence[str]],
        *,
        ticket_life: float = 60.0,
        poll: float = 1.0,
        confirm_timeout: float = 5.0,
        most: int = 100,
        process: str = "",
        heartbeat: Heartbeat | None = None,
    ) -> None:
        self._journal = journal
        self._broker = broker
        self._connections = {name: tuple(routes) for name, routes in connections.items()}
        self._life = int(ticket_life * _MICROS)
        self._poll = poll
        self._confirm_timeout = confirm_timeout
        self._most = most
        self._process = process
        self._heartbeat = heartbeat
        self._stopping = threading.Event()
        self._publisher: Publisher | None = None
        self._trouble = ""
        #: The broker had no word about the last tickets; by then they are given again, if they are still needed.
        self._silent_until = 0.0
        self._not_before: dict[str, float] = {}
        self._held_back: set[str] = set()
        self._waker = journal.waker()

    def stop(self) -> None:
        """Ask ``run`` to return; from any thread."""
        self._stopping.set()

    def run(self) -> None:
        """Dispatch until stopped. Never raises for a journal or broker that is away."""
        self._publisher = self._broker.publisher()
        due = dict.fromkeys(self._connections, 0.0)
        try:
            while not self._stopping.is_set():
                if self._heartbeat is not None:
                    self._heartbeat.beat(self._trouble)
                self._turn(due)
        finally:
            self._waker.close()
            self._publisher.close()

    def _turn(self, due: dict[str, float]) -> None:
        now = time.monotonic()
        ready = [name for name, moment in due.items() if moment <= now]
        for name in ready:
            due[name] = time.monotonic() + self._dispatch(name)
        wait = max(0.0, min(due.values(), default=self._poll) - time.monotonic())
        for hint in self._waker.wait(min(wait, self._poll), room=self._held_back):
            name = hint.removesuffix(ROOM)
            # Room is of interest only where the last claim was held back by the lack of it.
            if name in due and (hint == name or name in self._held_back):
                due[name] = self._not_before.get(name, 0.0)

    def _dispatch(self, name: str) -> float:
        """Serve one connection once; returns the seconds until the next look."""
        publisher = self._publisher
        assert publisher is not None
        if not publisher.ready():
            self._trouble = "broker_away"
            return self._poll
        begun = time.monotonic()
        try:
            claim = self._journal.run(claiming.claim, name, self._connections[name], self._most, self._life, self._process)
        except TransientError as error:
            return self._postpone(name, error)
        if not claim.tickets and time.monotonic() > self._silent_until:
            self._trouble = ""  # it can be reached, and nothing says otherwise
        next_look = self._follow_up(name, claim)
        if claim.tickets:
            now = time.monotonic()
            self._not_before[name] = now + min(now - begun, LONGEST_BREATH)
        return next_look

    def _postpone(self, name: str, error: TransientError) -> float:
        log.warning(LogEvent.DISPATCH_POSTPONED, connection=name, code=error.code, text=error.text)
        return self._poll

    def _follow_up(self, name: str, claim: Claim) -> float:
        """Publish what a committed claim gave; returns the seconds until the next look."""
        assert self._publisher is not None
        (self._held_back.add if claim.more else self._held_back.discard)(name)
        try:
            if claim.tickets:
                self._publish(self._publisher, claim.tickets)
        except TransientError as error:
            return self._postpone(name, error)
        if claim.more or claim.again_in is None:
            return self._poll
        return min(self._poll, max(0.0, claim.again_in / _MICROS))

    def _publish(self, publisher: Publisher, tickets: list[Ticket]) -> None:
        crashpoint("publish.before")
        try:
            words = publisher.publish(tickets, timeout=self._confirm_timeout)
        except NotConnected:
            words = [Confirmation.RETURNED] * len(tickets)
        crashpoint("publish.after")
        self._silent_until = time.monotonic() + 2 * self._life / _MICROS if set(words) == {Confirmation.UNKNOWN} else 0.0
        self._trouble = "" if Confirmation.CONFIRMED in words else "broker_away"
        for word, count in collections.Counter(words).items():
            telemetry.TICKETS.labels(tickets[0].connection, word.value).inc(count)
        refused = [ticket for ticket, word in zip(tickets, words, strict=True) if word == Confirmation.RETURNED]
        if refused:
            log.warning(LogEvent.TICKETS_RETURNED, connection=tickets[0].connection, count=len(refused))
            self._journal.run(claiming.set_back, refused, int(self._poll * _MICROS))
            # A queue may have been deleted while everything runs.
            self._broker.declare(list(self._connections))
