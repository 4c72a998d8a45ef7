"""A broker that does everything a broker may do to tickets: it loses, repeats, delays and swaps them, and lies about it.

Wraps a real one. The engine must deliver every message once all the same; only time may be lost.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.broker.embedded import EmbeddedBroker
from hub.contracts.broker import Broker, Confirmation, Consumer, Delivery, Publisher
from hub.message import Ticket

#: Longest slice of a wait, so that delayed tickets come out while a consumer waits.
_SLICE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Chances:
    """How often what happens to a ticket, each between 0 and 1.

    Attributes:
        lose: It disappears, while the publisher hears that it was confirmed.
        repeat: It is carried twice.
        delay: It is held back up to ``longest_delay`` seconds.
        longest_delay: Seconds.
        unknown: Nothing is said about a ticket, whatever happened to it.
        swap: A batch leaves in another order; a received batch arrives in another order.
    """

    lose: float = 0.1
    repeat: float = 0.1
    delay: float = 0.1
    longest_delay: float = 0.5
    unknown: float = 0.1
    swap: float = 0.3


class LossyBroker:
    """A broker that does to tickets whatever the contract allows. Thread-safe.

    Args:
        seed: The same seed makes the same choices in the same order of calls.
        chances: How often what happens.
        inner: What really carries the tickets; an ``EmbeddedBroker`` of its own unless given.

    Attributes:
        lost: Tickets lost so far.
        repeated: Tickets carried twice so far.
        delayed: Tickets held back so far.
    """

    def __init__(self, seed: int, *, chances: Chances | None = None, inner: Broker | None = None) -> None:
        self._inner: Broker = inner or EmbeddedBroker()
        self.chances = chances or Chances()
        self.random = random.Random(seed)
        self._lock = threading.Lock()
        self._held: list[tuple[float, Ticket]] = []
        self.lost = self.repeated = self.delayed = 0
        self.features = replace(
            self._inner.features, persistent=False, confirms=False, redelivers=False, detects_missing_queue=False
        )

    def declare(self, connections: Sequence[str]) -> None:
        """As the broker inside does."""
        self._inner.declare(connections)

    def publisher(self) -> _LossyPublisher:
        """A publisher whose tickets go astray."""
        return _LossyPublisher(self, self._inner.publisher())

    def consumer(self, connection: str, *, prefetch: int) -> _LossyConsumer:
        """A consumer that gets tickets late and in another order."""
        return _LossyConsumer(self, self._inner.consumer(connection, prefetch=prefetch), self._inner.publisher())

    def depth(self, connection: str) -> int:
        """As the broker inside says; delayed tickets are not counted."""
        return self._inner.depth(connection)

    def purge(self, connection: str) -> int:
        """As the broker inside does; delayed tickets come later all the same."""
        return self._inner.purge(connection)

    def delete(self, connection: str) -> None:
        """As the broker inside does."""
        self._inner.delete(connection)

    def close(self) -> None:
        """Idempotent."""
        self._inner.close()

    def fate(self, ticket: Ticket) -> list[Ticket]:
        """What is carried now instead of this ticket: nothing, itself, or itself twice."""
        chances = self.chances
        with self._lock:
            if self.random.random() < chances.lose:
                self.lost += 1
                return []
            if self.random.random() < chances.delay:
                self.delayed += 1
                self._held.append((time.monotonic() + self.random.uniform(0, chances.longest_delay), ticket))
                return []
            if self.random.random() < chances.repeat:
                self.repeated += 1
                return [ticket, ticket]
            return [ticket]

    def due(self) -> list[Ticket]:
        """Delayed tickets whose time has come; each is given out once."""
        now = time.monotonic()
        with self._lock:
            out = [ticket for moment, ticket in self._held if moment <= now]
            self._held = [(moment, ticket) for moment, ticket in self._held if moment > now]
        return out

    def shuffle(self, things: list[Ticket] | list[Delivery]) -> None:
        """Sometimes put them in another order."""
        with self._lock:
            if self.random.random() < self.chances.swap:
                self.random.shuffle(things)

    def word(self, carried: Confirmation) -> Confirmation:
        """What the publisher hears."""
        with self._lock:
            return Confirmation.UNKNOWN if self.random.random() < self.chances.unknown else carried


class _LossyPublisher:
    def __init__(self, broker: LossyBroker, inner: Publisher) -> None:
        self._broker = broker
        self._inner = inner

    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        carried = [copy for ticket in tickets for copy in self._broker.fate(ticket)] + self._broker.due()
        self._broker.shuffle(carried)
        said = dict(zip(carried, self._inner.publish(carried, timeout=timeout), strict=True))
        return [self._broker.word(said.get(ticket, Confirmation.CONFIRMED)) for ticket in tickets]

    def ready(self) -> bool:
        return self._inner.ready()

    def close(self) -> None:
        self._inner.close()


class _LossyConsumer:
    def __init__(self, broker: LossyBroker, inner: Consumer, publisher: Publisher) -> None:
        self._broker = broker
        self._inner = inner
        self._publisher = publisher
        self._closed = threading.Event()

    def receive(self, limit: int, *, timeout: float) -> list[Delivery]:
        end = time.monotonic() + timeout
        while not self._closed.is_set():
            late = self._broker.due()
            if late:
                self._publisher.publish(late, timeout=1.0)
            remaining = end - time.monotonic()
            deliveries = self._inner.receive(limit, timeout=max(0.0, min(remaining, _SLICE_SECONDS)))
            if deliveries or remaining <= 0:
                self._broker.shuffle(deliveries)
                return deliveries
        return []

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._inner.acknowledge(deliveries)

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        self._inner.give_back(deliveries)

    def close(self) -> None:
        self._closed.set()
        self._inner.close()
        self._publisher.close()
