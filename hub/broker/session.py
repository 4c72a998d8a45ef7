"""One AMQP connection with one channel on a thread of its own: what publisher and consumer share.

pika's connection belongs to the thread that runs its loop; everything else goes in through ``call``. Heartbeats are served
as long as that thread runs, so no handler of ours may work or wait there. A session lives once: after a loss the owner
makes a new one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.select_connection import IOLoop
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.channel import Channel
from tenacity import RetryCallState, Retrying, wait_exponential, wait_random

from hub.broker.streams import Streams
from hub.errors import NotConnected

#: Seconds for TCP, TLS and the AMQP handshake together.
CONNECT_SECONDS = 5.0
#: Seconds between heartbeats; a silent peer is given up after about two.
HEARTBEAT_SECONDS = 10
#: Seconds that RabbitMQ may block us (memory or disk alarm) before the connection is made anew.
BLOCKED_SECONDS = 60.0
#: Seconds to wait for the other side to confirm that a connection closes.
CLOSE_SECONDS = 1.0
#: Longest pause between attempts to connect.
LONGEST_PAUSE_SECONDS = 5.0

#: Reply codes of the broker (AMQP 0-9-1, 1.2 "Class and method details").
NOT_FOUND = 404
PRECONDITION_FAILED = 406

# pika reports every failed attempt several times, at levels up to critical; our own events say it once.
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)


class Pauses:
    """How long to wait before the next attempt to connect: exponential with jitter, to a maximum."""

    def __init__(self) -> None:
        self._wait = wait_exponential(multiplier=0.1, max=LONGEST_PAUSE_SECONDS) + wait_random(0, 0.2)
        self.reset()

    def reset(self) -> None:
        """The last attempt succeeded."""
        self._state = RetryCallState(Retrying(), None, (), {})

    def next(self) -> float:
        """Seconds to wait now; longer every time."""
        seconds = min(float(self._wait(self._state)), LONGEST_PAUSE_SECONDS)
        self._state.attempt_number += 1
        return seconds


def address(parameters: pika.connection.Parameters) -> str:
    """Host, port and virtual host: what may be logged of a URL."""
    return f"{parameters.host}:{parameters.port}/{parameters.virtual_host.lstrip('/')}"


def cause(error: BaseException | None) -> str:
    """The kind of trouble in a word or a reply of the broker; never a URL."""
    while True:
        inner = getattr(error, "exceptions", None) or [getattr(error, "exception", None)]
        if not isinstance(inner[-1], BaseException):
            break
        error = inner[-1]
    if isinstance(error, pika.exceptions.ChannelClosed | pika.exceptions.ConnectionClosed):
        return f"{error.reply_code} {error.reply_text}"
    return type(error).__name__


def missing(error: BaseException | None) -> bool:
    """Whether the broker closed the channel because an exchange or queue is not there."""
    return isinstance(error, pika.exceptions.ChannelClosedByBroker) and error.reply_code == NOT_FOUND


def differs(error: BaseException | None) -> bool:
    """Whether the broker closed the channel because a queue or exchange has other properties than declared."""
    return isinstance(error, pika.exceptions.ChannelClosedByBroker) and error.reply_code == PRECONDITION_FAILED


@contextmanager
def short_channel(parameters: pika.connection.Parameters) -> Iterator[BlockingChannel]:
    """A connection for a few questions, on the caller's thread.

    Raises:
        NotConnected: The broker is away, refuses us or goes away meanwhile.
    """
    connection = None
    try:
        connection = pika.BlockingConnection(parameters)
        yield connection.channel()
    except (pika.exceptions.AMQPConnectionError, AMQPConnectorException, OSError) as error:
        raise NotConnected(f"no connection with the broker at {address(parameters)}: {cause(error)}") from None
    finally:
        if connection is not None and connection.is_open:
            with suppress(pika.exceptions.AMQPError, OSError):  # broken while closing is closed enough
                connection.close()


class Session:
    """A connection from connecting until it is lost.

    Args:
        parameters: Where to connect.
        opened: Called on the session's thread when the channel is open.
        blocked: Called on the session's thread when an alarm at the broker starts or stops blocking us.
    """

    def __init__(
        self,
        parameters: pika.connection.Parameters,
        *,
        opened: Callable[[Channel], None],
        blocked: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._parameters = parameters
        self._opened = opened
        self._blocked = blocked
        self._lock = threading.Lock()
        self._loop: IOLoop | None = None
        self._connection: pika.SelectConnection | None = None
        self._streams: Streams | None = None
        self._closing = False
        self.failure: BaseException | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Connect and serve on this thread until the connection has gone; ``failure`` then says why. Once only.

        Never raises: also what the library or the system throws (no file descriptor left) is the end of this session only.
        """
        try:
            self._serve()
        except Exception as error:
            self.failure = self.failure or error
        finally:
            self.ended.set()

    def call(self, function: Callable[[], None]) -> bool:
        """Run ``function`` on the session's thread, in the order of calling. False when the session has ended."""
        with self._lock:
            if self._loop is None:
                return False
            self._loop.add_callback_threadsafe(function)
            return True

    def together(self) -> AbstractContextManager[None]:
        """What is written in this block goes to the broker in one piece. On the session's thread."""
        assert self._streams is not None  # its loop runs this
        return self._streams.together()

    def close(self) -> None:
        """End the session after all that was asked by ``call``. From any thread; does not wait. Idempotent."""
        with self._lock:
            self._closing = True
        self.call(self._shut)

    def _serve(self) -> None:
        with self._lock:
            if self._closing:
                return
            streams = self._streams = Streams()
            try:
                self._connection = pika.SelectConnection(
                    self._parameters,
                    on_open_callback=self._on_open,
                    on_open_error_callback=self._on_gone,
                    on_close_callback=self._on_gone,
                    custom_ioloop=streams,
                )
            except BaseException:
                streams.close()  # it holds file descriptors, which may be what is wanting
                raise
            loop = self._loop = self._connection.ioloop
        try:
            loop.start()
        finally:
            with self._lock:
                self._loop = None
            self._connection = None
            streams.close()

    def _on_open(self, connection: pika.SelectConnection) -> None:
        connection.add_on_connection_blocked_callback(lambda *_: self._blocked(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._blocked(False))
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._on_channel_closed)
        self._opened(channel)

    def _on_channel_closed(self, channel: Channel, reason: Exception) -> None:
        """The broker refused something: without its channel a session has no use."""
        self.failure = self.failure or reason
        connection = channel.connection
        if connection.is_open:
            self._shut()

    def _on_gone(self, connection: pika.SelectConnection, reason: BaseException | str) -> None:
        self.failure = self.failure or (reason if isinstance(reason, BaseException) else None)
        connection.ioloop.stop()

    def _shut(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closing or connection.is_closed:
            return
        if connection.is_open:
            connection.close()
            connection.ioloop.call_later(CLOSE_SECONDS, lambda: self._abort(connection))
        else:
            self._abort(connection)

    def _abort(self, connection: pika.SelectConnection) -> None:
        """Cut the line: a stalled peer would keep us here until the heartbeat fails."""
        if not connection.is_closed and self._streams is not None:
            self._streams.cut()
            connection.ioloop.call_later(CLOSE_SECONDS, connection.ioloop.stop)
