"""Publishing tickets to RabbitMQ with pipelined confirms.

A confirm per ticket, waited for one at a time, costs a round trip and a disk write each (about 1,300 tickets a second with
any client). Here a batch is written at once and the confirms are counted as they come.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from functools import partial

import pika
import structlog
from pika.channel import Channel
from pika.spec import Basic, BasicProperties

from hub.broker.session import CLOSE_SECONDS, CONNECT_SECONDS, Pauses, Session, address, cause, missing
from hub.broker.topology import WORK
from hub.contracts.broker import Confirmation
from hub.errors import NotConnected
from hub.message import Ticket
from hub.telemetry import LogEvent

_log = structlog.get_logger(__name__)

#: Tickets without word that may be out at once. Each write to RabbitMQ's disk confirms all that came in before it, so a
#: narrow window costs speed (measured on a busy machine: 100 about 5,000 to 7,000 tickets a second, 1,000 and more 8,000
#: to 14,000); without any, one large batch would hold up the loop that serves heartbeats.
WINDOW = 1000

#: Quorum queues write every message to disk whatever its mode; 1 (transient) says what a ticket is worth elsewhere.
DELIVERY_MODE = 1


class _Batch:
    """The tickets of one call of ``publish`` and what is known about each."""

    def __init__(self, tickets: Sequence[Ticket], until: float) -> None:
        self.messages = [(ticket.connection, ticket.encode()) for ticket in tickets]
        self.until = until
        self.results = [Confirmation.UNKNOWN] * len(tickets)
        self.unsettled = len(tickets)
        self.done = threading.Event()

    def settle(self, index: int, confirmation: Confirmation) -> None:
        """Word about one ticket has come; a return comes before its confirm and stands."""
        if self.results[index] is Confirmation.UNKNOWN:
            self.results[index] = confirmation
        self.unsettled -= 1
        if not self.unsettled:
            self.done.set()


class RabbitPublisher:
    """Publishes tickets. For one thread only, except ``close``; connects when it is first needed."""

    def __init__(self, parameters: pika.connection.Parameters) -> None:
        self._parameters = parameters
        self._pauses = Pauses()
        self._not_before = 0.0
        self._line: _Line | None = None
        self._closed = False

    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        """Publish all and wait at most ``timeout`` seconds for word about them, plus the time to connect.

        Raises:
            NotConnected: The broker is away or blocks publishers; nothing was published.
        """
        if not tickets:
            return []
        line = self._connected()
        batch = _Batch(tickets, time.monotonic() + timeout)
        if not line.session.call(partial(line.send, batch)):
            raise NotConnected(f"the connection with the broker at {address(self._parameters)} was lost")
        batch.done.wait(timeout)
        if batch.unsettled == len(tickets) and not line.blocked:
            self._give_up(line)
        return list(batch.results)

    def ready(self) -> bool:
        """Whether tickets can be published now; connects if needed and its pause is over. Never raises."""
        try:
            self._connected()
        except NotConnected:
            return False
        return True

    def close(self) -> None:
        """Idempotent."""
        self._closed = True
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _give_up(self, line: _Line) -> None:
        """Not one word about a batch: do not trust this connection any more; the next call makes a new one.

        Seen with a stalled network, and with a RabbitMQ that was killed: just after its start it took tickets for a quorum
        queue that had no leader yet, and neither confirmed nor refused them while the connection lived.
        """
        if self._line is line:
            self._line = None
        line.session.close()
        _log.warning(LogEvent.BROKER_SILENT, address=address(self._parameters))

    def _connected(self) -> _Line:
        if self._closed:
            raise NotConnected("this publisher has been closed")
        if self._line is not None and self._line.session.ended.is_set():
            _log.warning(LogEvent.BROKER_LOST, address=address(self._parameters), cause=cause(self._line.session.failure))
            self._line = None
        if self._line is None:
            self._line = self._connect()
        if self._line.blocked:
            raise NotConnected(f"the broker at {address(self._parameters)} blocks publishers (memory or disk alarm)")
        return self._line

    def _connect(self) -> _Line:
        where = address(self._parameters)
        if time.monotonic() < self._not_before:
            raise NotConnected(f"the broker at {where} was away a moment ago")
        line = _Line(self._parameters)
        if line.wait_until_ready():
            self._pauses.reset()
            _log.info(LogEvent.BROKER_CONNECTED, address=where, role="publisher")
            return line
        self._not_before = time.monotonic() + self._pauses.next()
        raise NotConnected(f"no connection with the broker at {where}: {cause(line.session.failure)}")


class _Line:
    """A session set up for publishing, with the tickets about which no word has come yet.

    Fields without a lock are written on the session's thread only; other threads read single values.
    """

    def __init__(self, parameters: pika.connection.Parameters) -> None:
        self._channel: Channel | None = None
        self._last_tag = 0
        self._in_flight: dict[int, tuple[_Batch, int]] = {}  # by delivery tag, in order
        self._waiting: deque[tuple[_Batch, int]] = deque()  # batches that are not wholly written, and from where
        self.blocked = False
        self._settled = threading.Event()  # ready, or ended before that
        self._ready = False
        self.session = Session(parameters, opened=self._opened, blocked=self._on_blocked)
        self._thread = threading.Thread(target=self._run, name="broker-publisher", daemon=True)
        self._thread.start()

    def wait_until_ready(self) -> bool:
        """Wait for connection, exchange and confirm mode."""
        if not self._settled.wait(CONNECT_SECONDS + CLOSE_SECONDS):
            self.close()
        return self._ready

    def send(self, batch: _Batch) -> None:
        """Write the batch, as far as the window allows now and the rest as word comes in. On the session's thread."""
        self._waiting.append((batch, 0))
        self._write()

    def _write(self) -> None:
        """Fill the window with what waits. What waits longer than its batch is never written."""
        if self._waiting:
            with self.session.together():
                self._fill()

    def _fill(self) -> None:
        channel = self._channel
        while self._waiting and channel is not None and channel.is_open and len(self._in_flight) < WINDOW:
            batch, start = self._waiting.popleft()
            if time.monotonic() > batch.until:
                continue
            end = min(start + WINDOW - len(self._in_flight), len(batch.messages))
            for index in range(start, end):
                connection, body = batch.messages[index]
                self._last_tag += 1
                self._in_flight[self._last_tag] = (batch, index)
                properties = BasicProperties(message_id=str(self._last_tag), delivery_mode=DELIVERY_MODE)
                channel.basic_publish(WORK, connection, body, properties, mandatory=True)
            if end < len(batch.messages):
                self._waiting.appendleft((batch, end))

    def close(self) -> None:
        """End the session and wait for that, unless its own thread asks."""
        self.session.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(3 * CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            self.session.run()
        finally:
            lost, self._in_flight = self._in_flight, {}
            gone = missing(self.session.failure)
            for batch, index in lost.values():
                if gone:  # the exchange does not exist: the broker had no use for any of these
                    batch.settle(index, Confirmation.RETURNED)
                batch.done.set()
            for batch, _ in self._waiting:
                batch.done.set()
            self._settled.set()

    def _opened(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_return_callback(self._on_return)
        channel.exchange_declare(WORK, exchange_type="direct", durable=True)
        channel.confirm_delivery(self._on_confirm, callback=self._on_ready)

    def _on_ready(self, _: object) -> None:
        self._ready = True
        self._settled.set()

    def _on_blocked(self, blocked: bool) -> None:
        self.blocked = blocked
        _log.warning(LogEvent.BROKER_BLOCKED if blocked else "broker_unblocked", role="publisher")

    def _on_return(self, _: Channel, method: Basic.Return, properties: BasicProperties, body: bytes) -> None:
        """No queue for this ticket. Its confirm follows and finds the result already there."""
        del method, body
        place = self._in_flight.get(int(properties.message_id or 0))
        if place is not None:
            batch, index = place
            batch.results[index] = Confirmation.RETURNED

    def _on_confirm(self, frame: pika.frame.Method) -> None:
        method = frame.method
        confirmation = Confirmation.CONFIRMED if isinstance(method, Basic.Ack) else Confirmation.RETURNED
        for tag in self._tags(method.delivery_tag, method.multiple):
            place = self._in_flight.pop(tag, None)
            if place is not None:
                batch, index = place
                batch.settle(index, confirmation)
        self._write()

    def _tags(self, last: int, multiple: bool) -> list[int]:
        if not multiple:
            return [last]
        tags: list[int] = []
        for tag in self._in_flight:
            if tag > last:
                break
            tags.append(tag)
        return tags
