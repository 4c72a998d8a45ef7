# mypy: allow-untyped-calls
"""The embedded broker: kombu's in-memory transport, so that one process runs the whole hub without a server.

It carries tickets between the threads of one process and keeps nothing. What it does not do, and ``Features`` says so: a
ticket that was received is gone whether or not it is acknowledged, tickets do not expire, and a restart forgets all. The
journal's ``ticket_until`` repairs each of these.

Two traits of kombu's transport are dealt with here. Its state is shared by every connection of the process and survives
``close()``: each broker gets a name prefix of its own and deletes its queues at the end. And it polls for messages:
consumers here sleep on a condition of their queue and are woken by the publisher, which costs microseconds.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty
from typing import Any

from kombu.connection import Connection
from kombu.entity import Queue

from hub.broker.topology import topology
from hub.contracts.broker import Confirmation, Delivery, Features
from hub.errors import NotConnected
from hub.message import Ticket

URL = "memory://"


class _Line:
    """One queue: its kombu entity, whether it exists now, and the condition on which its consumers sleep."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.changed = threading.Condition()
        self.exists = False


class EmbeddedBroker:
    """Carries tickets inside one process. Thread-safe; make publishers and consumers per thread."""

    features = Features(
        persistent=False,
        confirms=True,  # a confirmed ticket is in the queue: publisher and queue are in the same process
        redelivers=False,
        expires=False,
        detects_missing_queue=True,  # by this class; kombu itself would drop the ticket with a warning
    )

    def __init__(self) -> None:
        self._prefix = f"hub.work.{uuid.uuid4().hex}"
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._closed = False

    def declare(self, connections: Sequence[str]) -> None:
        """Make the queues; safe to repeat. Raises: NotConnected after ``close``."""
        self._require_open()
        entities = topology(connections, prefix=self._prefix)
        with _channel() as channel:
            for name, queue in entities.queues.items():
                line = self._line(name)
                with line.changed:
                    queue(channel).declare()
                    line.exists = True
                    line.changed.notify_all()

    def queue(self, connection: str) -> Queue:
        """The kombu queue of a partner connection, whether or not it exists now."""
        return self._line(connection).queue

    def publisher(self) -> EmbeddedPublisher:
        """A publisher for one thread."""
        return EmbeddedPublisher(self)

    def consumer(self, connection: str, *, prefetch: int) -> EmbeddedConsumer:
        """A consumer for one partner connection. ``prefetch`` has no meaning here: tickets are fetched when asked for."""
        del prefetch
        return EmbeddedConsumer(self, self._line(connection), connection)

    def depth(self, connection: str) -> int:
        """Tickets ready in the queue. Raises: NotConnected after ``close``."""
        self._require_open()
        line = self._line(connection)
        with line.changed, _channel() as channel:
            return int(channel._size(line.queue.name)) if line.exists else 0

    def purge(self, connection: str) -> int:
        """Throw away the tickets of this connection; returns how many. Raises: NotConnected after ``close``."""
        self._require_open()
        line = self._line(connection)
        with line.changed, _channel() as channel:
            return int(channel.queue_purge(line.queue.name) or 0) if line.exists else 0

    def delete(self, connection: str) -> None:
        """Delete the queue; a consumer that waits makes it again. Raises: NotConnected after ``close``."""
        self._require_open()
        self._delete(self._line(connection))

    def close(self) -> None:
        """Forget every ticket, in kombu's process-wide state too. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            lines = list(self._lines.values())
        for line in lines:
            self._delete(line)
        with _channel() as channel:
            # Not exchange_delete: that fails when nothing was ever declared, and makes the deleted queues again.
            channel.state.exchanges.pop(self._prefix, None)

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def _delete(self, line: _Line) -> None:
        with line.changed, _channel() as channel:
            line.exists = False
            channel.queue_delete(line.queue.name)
            line.changed.notify_all()

    def _line(self, connection: str) -> _Line:
        with self._lock:
            line = self._lines.get(connection)
            if line is None:
                line = self._lines[connection] = _Line(topology([connection], prefix=self._prefix).queues[connection])
            return line

    def _require_open(self) -> None:
        if self._closed:
            raise NotConnected("the embedded broker has been closed")


class EmbeddedPublisher:
    """Publishes into the queues of an ``EmbeddedBroker``. For one thread only: kombu's channels hang when shared."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self._broker = broker
        self._connection = _connect()
        self._channel = self._connection.channel()
        self._closed = False

    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        """Put the tickets in their queues and wake the consumers. Never waits. Raises: NotConnected when closed."""
        del timeout
        if not self.ready():
            raise NotConnected("the embedded broker has been closed")
        return [
            word
            for name, group in itertools.groupby(tickets, key=lambda ticket: ticket.connection)
            for word in self._put(self._broker._line(name), list(group))
        ]

    def ready(self) -> bool:
        """True until the broker or this publisher is closed."""
        return not (self._closed or self._broker.closed)

    def close(self) -> None:
        """Idempotent."""
        if not self._closed:
            self._closed = True
            self._connection.release()

    def _put(self, line: _Line, tickets: Sequence[Ticket]) -> list[Confirmation]:
        """Tickets of one queue; its consumer wakes once and finds them all."""
        with line.changed:
            if not line.exists:
                return [Confirmation.RETURNED] * len(tickets)
            exchange, routing_key = line.queue.exchange.name, line.queue.routing_key
            for ticket in tickets:  # by the channel: kombu's producer has nothing to add, neither serializing nor retrying
                message = self._channel.prepare_message(ticket.encode(), content_type="application/octet-stream")
                self._channel.basic_publish(message, exchange, routing_key)
            line.changed.notify()
        return [Confirmation.CONFIRMED] * len(tickets)


class EmbeddedConsumer:
    """Takes tickets from one queue. ``receive`` is for one thread at a time; the rest may be called from any."""

    def __init__(self, broker: EmbeddedBroker, line: _Line, connection: str) -> None:
        self._broker = broker
        self._line = line
        self._name = connection
        self._connection = _connect()
        self._channel = self._connection.channel()
        self._closed = False

    def receive(self, limit: int, *, timeout: float) -> list[Delivery]:
        """At least one and at most ``limit`` tickets, or an empty list after ``timeout`` seconds."""
        end = time.monotonic() + timeout
        with self._line.changed:
            while not (self._closed or self._broker.closed):
                self._redeclare()
                taken = self._take(limit)
                remaining = end - time.monotonic()
                if taken or remaining <= 0:
                    return taken
                self._line.changed.wait(remaining)
        return []

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing to do: a ticket left the queue when it was received."""

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Put tickets back at the end of the queue. Quiet when broker or queue have gone."""
        if self._broker.closed:
            return
        publisher = self._broker.publisher()
        try:
            publisher.publish([delivery.ticket for delivery in deliveries], timeout=0)
        except NotConnected:
            return  # the broker was closed a moment ago
        finally:
            publisher.close()

    def close(self) -> None:
        """Idempotent; from any thread. A waiting ``receive`` returns."""
        with self._line.changed:
            if self._closed:
                return
            self._closed = True
            self._connection.release()
            self._line.changed.notify_all()

    def _redeclare(self) -> None:
        """Make the queue again when somebody deleted it, as a consumer of RabbitMQ does. Call with the condition held."""
        if not self._line.exists:
            self._line.queue(self._channel).declare()
            self._line.exists = True

    def _take(self, limit: int) -> list[Delivery]:
        """Fetch what is there. Without acknowledgement: the transport never redelivers, so keeping count buys nothing."""
        taken: list[Delivery] = []
        while len(taken) < limit:
            try:
                message = self._channel.basic_get(self._line.queue.name, no_ack=True)
            except Empty:
                break
            if message is None:
                break
            try:
                ticket = Ticket.decode(bytes(message.body), self._name)
            except ValueError:
                continue  # not ours: dropped, as with RabbitMQ
            taken.append(Delivery(ticket, None))
        return taken


def _connect() -> Connection:
    """A connection of our own: kombu's are not for sharing between threads. Should anything poll, then not every second."""
    return Connection(URL, transport_options={"polling_interval": 0.01, "body_encoding": None})


@contextmanager
def _channel() -> Iterator[Any]:
    """A channel for a single action."""
    connection = _connect()
    try:
        yield connection.channel()
    finally:
        connection.release()
