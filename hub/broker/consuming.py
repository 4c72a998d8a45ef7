"""Receiving tickets from RabbitMQ: a connection of its own, on a thread of its own, that comes back by itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pika
import structlog
from pika.channel import Channel
from pika.spec import Basic, BasicProperties

from hub.broker.session import CLOSE_SECONDS, Pauses, Session, address, cause, differs
from hub.broker.topology import topology
from hub.contracts.broker import Delivery
from hub.message import Ticket
from hub.telemetry import LogEvent

_log = structlog.get_logger(__name__)

#: Seconds for declaring the queue and starting to consume from it.
SETUP_SECONDS = 10.0
#: Seconds between two looks whether the queue still knows us. A queue that is deleted while it is being declared and consumed
#: from can leave a consumer behind without any word of a cancel.
LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Tag:
    """A delivery tag and the line it came over: on another line the number means another ticket."""

    line: _Line
    number: int


class RabbitConsumer:
    """Receives the tickets of one partner connection. All methods may be called from any thread.

    Args:
        parameters: Where to connect.
        connection: Name of the partner connection.
        prefetch: Tickets that the broker hands out ahead of acknowledgement.
        ticket_life: Seconds, for declaring the queue when it is missing.
    """

    def __init__(self, parameters: pika.connection.Parameters, connection: str, *, prefetch: int, ticket_life: float) -> None:
        self._parameters = parameters
        self._name = connection
        self._prefetch = prefetch
        self._ticket_life = ticket_life
        self._arrived = threading.Condition()
        self._buffer: deque[Delivery] = deque()
        self._closed = threading.Event()
        self._line: _Line | None = None
        self._declares = True
        self._thread = threading.Thread(target=self._run, name=f"broker-consumer-{connection}", daemon=True)
        self._thread.start()

    def receive(self, limit: int, *, timeout: float) -> list[Delivery]:
        """At least one and at most ``limit`` tickets, or an empty list after ``timeout`` seconds or when closed."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._buffer or self._closed.is_set(), timeout)
            if self._closed.is_set():
                return []
            return [self._buffer.popleft() for _ in range(min(limit, len(self._buffer)))]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """The tickets have been used. Quiet when their connection has gone. Returns without waiting."""
        for line, numbers in _by_line(deliveries).items():
            line.acknowledge(numbers)

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Hand tickets back unused. Quiet when their connection has gone. Returns without waiting."""
        for line, numbers in _by_line(deliveries).items():
            line.give_back(numbers)

    def close(self) -> None:
        """End; what was not acknowledged goes back to the queue. Idempotent; from any thread."""
        self._closed.set()
        with self._arrived:
            self._arrived.notify_all()
            line = self._line
        if line is not None:
            line.session.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(3 * CLOSE_SECONDS)

    def _run(self) -> None:
        """Connect, serve, and after a loss wait and connect again."""
        pauses = Pauses()
        where = address(self._parameters)
        reported = False
        while not self._closed.is_set():
            line = _Line(self)
            with self._arrived:
                self._line = line
            if self._closed.is_set():
                return
            line.session.run()
            with self._arrived:
                self._buffer.clear()  # the broker hands these out again
            if self._closed.is_set():
                return
            failure = line.session.failure
            if differs(failure):
                _log.error(LogEvent.QUEUE_DIFFERS, connection=self._name, cause=cause(failure))
                self._declares = False  # another version of the hub made it: use it as it is
            if line.served:
                pauses.reset()
            if line.served or not reported:
                _log.warning(LogEvent.BROKER_LOST, address=where, connection=self._name, cause=cause(failure))
                reported = True
            self._closed.wait(pauses.next())

    def _deliver(self, delivery: Delivery) -> None:
        with self._arrived:
            self._buffer.append(delivery)
            self._arrived.notify()


class _Line:
    """A session set up for consuming, with the tickets that are out. Runs on the session's thread unless said otherwise."""

    def __init__(self, consumer: RabbitConsumer) -> None:
        self._consumer = consumer
        self._channel: Channel | None = None
        self._out: dict[int, None] = {}  # delivered and not acknowledged to the broker, in order
        self._lock = threading.Lock()
        self._used: set[int] = set()  # to be acknowledged; under the lock
        self._flushing = False  # under the lock
        self._heard = 0  # deliveries since the last look
        self.served = False
        self.session = Session(consumer._parameters, opened=self._opened)

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """From any thread. Several calls between two turns of the loop leave as one acknowledgement."""
        with self._lock:
            self._used.update(numbers)
            if self._flushing:
                return
            self._flushing = True
        self.session.call(self._flush)

    def give_back(self, numbers: Sequence[int]) -> None:
        """From any thread."""
        self.session.call(lambda: self._reject(numbers))

    def _opened(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_cancel_callback(self._on_cancel)
        channel.basic_qos(prefetch_count=self._consumer._prefetch)
        self._consume()
        channel.connection.ioloop.call_later(SETUP_SECONDS, self._give_up_unless_served)

    def _give_up_unless_served(self) -> None:
        """The broker answers heartbeats but not us, as with a quorum queue that has lost its leader: try again later."""
        if not self.served:
            _log.warning(LogEvent.BROKER_SILENT, connection=self._consumer._name)
            self.session.close()

    def _consume(self) -> None:
        """Declare and consume. pika sends these one after the other, each when the one before has been answered."""
        consumer, channel = self._consumer, self._channel
        assert channel is not None
        entities = topology([consumer._name], ticket_life=consumer._ticket_life)
        queue = entities.queues[consumer._name]
        if consumer._declares:
            channel.exchange_declare(entities.exchange.name, exchange_type=entities.exchange.type, durable=True)
            channel.queue_declare(queue.name, durable=True, arguments=entities.arguments)
            channel.queue_bind(queue.name, entities.exchange.name, queue.routing_key)
        channel.basic_consume(queue.name, self._on_delivery, callback=self._on_consuming)

    def _look(self) -> None:
        """Ask the queue who consumes from it."""
        channel = self._channel
        if channel is None or not channel.is_open:
            return
        entities = topology([self._consumer._name], ticket_life=self._consumer._ticket_life)
        channel.queue_declare(entities.queues[self._consumer._name].name, passive=True, callback=self._on_look)

    def _on_look(self, frame: Any) -> None:
        """No consumer, or tickets that do not come to us though we hold none: this line is of no use any more."""
        found, heard, self._heard = frame.method, self._heard, 0
        if found.consumer_count == 0 or (found.message_count and not heard and not self._out):
            _log.warning(LogEvent.BROKER_SILENT, connection=self._consumer._name)
            self.session.close()
        elif self._channel is not None and self._channel.is_open:
            self._channel.connection.ioloop.call_later(LOOK_SECONDS, self._look)

    def _on_consuming(self, _: object) -> None:
        if not self.served and self._channel is not None:
            self._channel.connection.ioloop.call_later(LOOK_SECONDS, self._look)
        self.served = True
        _log.info(LogEvent.BROKER_CONNECTED, address=address(self._consumer._parameters), connection=self._consumer._name)

    def _on_cancel(self, _: object) -> None:
        """The queue was deleted under us: make it again and go on."""
        self._consumer._declares = True
        _log.warning(LogEvent.QUEUE_REDECLARED, connection=self._consumer._name)
        self._consume()

    def _on_delivery(self, _: Channel, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
        del properties
        number = int(method.delivery_tag)
        self._out[number] = None
        self._heard += 1
        try:
            ticket = Ticket.decode(body, self._consumer._name)
        except ValueError:
            # It will never be a ticket: acknowledged, because given back it would come again for ever.
            _log.warning(LogEvent.TICKET_UNDECODABLE, connection=self._consumer._name, size=len(body))
            self.acknowledge([number])
            return
        self._consumer._deliver(Delivery(ticket, _Tag(self, number)))

    def _flush(self) -> None:
        """Acknowledge what was used: one call for all up to the first that is still out, and one for each beyond that."""
        with self._lock:
            used, self._used = self._used, set()
            self._flushing = False
        if self._channel is None or not self._channel.is_open:
            return
        prefix: list[int] = []
        for number in self._out:
            if number not in used:
                break
            prefix.append(number)
        if prefix:
            self._channel.basic_ack(prefix[-1], multiple=True)
        for number in prefix:
            del self._out[number]
        for number in sorted(used.difference(prefix) & self._out.keys()):
            self._channel.basic_ack(number)
            del self._out[number]

    def _reject(self, numbers: Sequence[int]) -> None:
        if self._channel is None or not self._channel.is_open:
            return
        for number in numbers:
            if number in self._out:
                del self._out[number]
                self._channel.basic_nack(number, requeue=True)


def _by_line(deliveries: Sequence[Delivery]) -> dict[_Line, list[int]]:
    grouped: dict[_Line, list[int]] = {}
    for delivery in deliveries:
        if isinstance(delivery.tag, _Tag):
            grouped.setdefault(delivery.tag.line, []).append(delivery.tag.number)
    return grouped
