"""The contract of a broker: carries tickets, keeps nothing that matters.

A broker may lose, repeat, delay or swap tickets; the journal repairs all of that with time alone. ``Features`` says what an
implementation really does, and the conformance suite (``tests/contract/broker_suite.py``) tests exactly that much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hub.message import Ticket


@dataclass(frozen=True, slots=True)
class Features:
    """What an implementation promises beyond carrying tickets."""

    persistent: bool  # tickets survive a restart of the broker
    confirms: bool  # publish learns whether the broker has the ticket
    redelivers: bool  # a ticket that was received but not acknowledged comes again
    expires: bool  # tickets older than their life disappear
    detects_missing_queue: bool  # publishing to a deleted queue is reported as RETURNED


class Confirmation(StrEnum):
    """What is known about one published ticket."""

    CONFIRMED = "confirmed"  # the broker has it
    RETURNED = "returned"  # the broker refused it or has no queue for it: set the message back at once
    UNKNOWN = "unknown"  # no word: leave it to ticket_until


@dataclass(frozen=True, slots=True)
class Delivery:
    """A ticket that was received and must be acknowledged. ``tag`` belongs to the consumer that gave it."""

    ticket: Ticket
    tag: object


class Publisher(Protocol):
    """Publishes tickets. For one thread only."""

    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        """Publish all, pipelined, and wait at most ``timeout`` seconds in total for word about them.

        Returns one confirmation per ticket, in order. Never blocks longer than ``timeout`` plus the time to connect.

        Raises:
            NotConnected: The broker is away; nothing was published.
        """

    def ready(self) -> bool:
        """Whether the broker can be reached now; connects if needed. Never raises."""

    def close(self) -> None:
        """Idempotent."""


class Consumer(Protocol):
    """Receives tickets of one connection. ``receive`` and ``acknowledge`` may be called by different threads."""

    def receive(self, limit: int, *, timeout: float) -> list[Delivery]:
        """At least one and at most ``limit`` tickets, or an empty list after ``timeout`` seconds.

        Reconnects by itself with growing pauses; while the broker is away it returns empty lists.
        """

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """The tickets have been used. Quiet when their connection has gone meanwhile. Returns without waiting."""

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Hand tickets back unused, at shutdown. Quiet, as above."""

    def close(self) -> None:
        """Idempotent; from any thread."""


class Broker(Protocol):
    """A way to carry tickets. Thread-safe; publishers and consumers are made per thread."""

    features: Features

    def declare(self, connections: Sequence[str]) -> None:
        """Make the exchanges and queues for these partner connections; safe to repeat.

        Raises:
            NotConnected: The broker is away.
            ConfigError: It exists with other properties.
        """

    def publisher(self) -> Publisher: ...

    def consumer(self, connection: str, *, prefetch: int) -> Consumer: ...

    def depth(self, connection: str) -> int:
        """Tickets ready in the queue of this connection. Raises: NotConnected."""

    def purge(self, connection: str) -> int:
        """Throw away the tickets of this connection; returns how many. Loses nothing but time. Raises: NotConnected."""

    def delete(self, connection: str) -> None:
        """Delete the queue. Loses nothing but time. Raises: NotConnected."""

    def close(self) -> None:
        """Idempotent."""
