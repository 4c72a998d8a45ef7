"""RabbitMQ as the carrier of tickets: connection settings, topology, and the makers of publishers and consumers.

Publishing lives in ``publishing.py``, receiving in ``consuming.py``, the connection in ``session.py``.
"""

from __future__ import annotations

import ssl
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from hub.broker.consuming import RabbitConsumer
from hub.broker.publishing import RabbitPublisher
from hub.broker.session import (
    BLOCKED_SECONDS,
    CONNECT_SECONDS,
    HEARTBEAT_SECONDS,
    differs,
    missing,
    short_channel,
)
from hub.broker.topology import TICKET_LIFE, queue_name, topology
from hub.contracts.broker import Features
from hub.errors import ConfigError, NotConnected

_Child = TypeVar("_Child", RabbitPublisher, RabbitConsumer)


class RabbitBroker:
    """Carries tickets through RabbitMQ 3.10 or later. Thread-safe; publishers and consumers have a connection each.

    Args:
        url: ``amqp://user:password@host:port/vhost`` or ``amqps://``. Never logged.
        ticket_life: Seconds after which an unread ticket disappears.
        ca_file: Certificates to trust for ``amqps``, instead of the system's.
        certificate_file: Our own certificate with its chain, when the broker asks for one.
        key_file: The key of that certificate.

    Raises:
        ConfigError: The URL or a TLS file is wrong.
    """

    features = Features(persistent=True, confirms=True, redelivers=True, expires=True, detects_missing_queue=True)

    def __init__(
        self,
        url: str,
        *,
        ticket_life: float = TICKET_LIFE,
        ca_file: Path | None = None,
        certificate_file: Path | None = None,
        key_file: Path | None = None,
    ) -> None:
        self._parameters = connection_parameters(url, ca_file, certificate_file, key_file)
        self._ticket_life = ticket_life
        self._lock = threading.Lock()
        self._children: weakref.WeakSet[RabbitPublisher | RabbitConsumer] = weakref.WeakSet()
        self._closed = False

    def declare(self, connections: Sequence[str]) -> None:
        """Make the exchange and the queues; safe to repeat.

        Raises:
            NotConnected: The broker is away.
            ConfigError: One exists with other properties.
        """
        self._require_open()
        entities = topology(connections, ticket_life=self._ticket_life)
        exchange = entities.exchange
        with short_channel(self._parameters) as channel:
            name = exchange.name
            try:
                channel.exchange_declare(name, exchange_type=exchange.type, durable=exchange.durable)
                for connection, queue in entities.queues.items():
                    name = connection
                    channel.queue_declare(queue.name, durable=queue.durable, arguments=entities.arguments)
                    channel.queue_bind(queue.name, exchange.name, queue.routing_key)
            except pika.exceptions.ChannelClosedByBroker as error:
                raise _declaration_refused(error, name, exchange.name) from None

    def publisher(self) -> RabbitPublisher:
        """A publisher for one thread; connects when first used. Raises: NotConnected after ``close``."""
        return self._adopt(lambda: RabbitPublisher(self._parameters))

    def consumer(self, connection: str, *, prefetch: int) -> RabbitConsumer:
        """A consumer, connecting at once in the background. Raises: NotConnected after ``close``."""
        return self._adopt(
            lambda: RabbitConsumer(self._parameters, connection, prefetch=prefetch, ticket_life=self._ticket_life)
        )

    def depth(self, connection: str) -> int:
        """Tickets ready in the queue; 0 when there is no such queue. Raises: NotConnected."""
        name = queue_name(connection)
        return self._ask(lambda channel: int(channel.queue_declare(name, passive=True).method.message_count))

    def purge(self, connection: str) -> int:
        """Throw away the ready tickets; returns how many. Loses nothing but time. Raises: NotConnected."""
        return self._ask(lambda channel: int(channel.queue_purge(queue_name(connection)).method.message_count))

    def delete(self, connection: str) -> None:
        """Delete the queue; a consumer makes it again. Loses nothing but time. Raises: NotConnected."""
        self._ask(lambda channel: int(channel.queue_delete(queue_name(connection)).method.message_count))

    def close(self) -> None:
        """Close every publisher and consumer that came from here. Idempotent."""
        with self._lock:
            self._closed = True
            children = list(self._children)
            self._children.clear()
        for child in children:
            child.close()

    def _adopt(self, make: Callable[[], _Child]) -> _Child:
        with self._lock:
            self._require_open()
            child = make()
            self._children.add(child)
            return child

    def _ask(self, question: Callable[[BlockingChannel], int]) -> int:
        self._require_open()
        with short_channel(self._parameters) as channel:
            try:
                return question(channel)
            except pika.exceptions.ChannelClosedByBroker as error:
                if missing(error):
                    return 0
                raise NotConnected(f"the broker refuses: {error.reply_code} {error.reply_text}") from None

    def _require_open(self) -> None:
        if self._closed:
            raise NotConnected("this broker has been closed")


def connection_parameters(
    url: str, ca_file: Path | None = None, certificate_file: Path | None = None, key_file: Path | None = None
) -> pika.connection.Parameters:
    """What pika needs to connect, with our time-outs. Raises: ConfigError without the URL in its text."""
    try:
        parameters = pika.URLParameters(url)
    except (ValueError, TypeError, KeyError):
        raise ConfigError("not a URL of the form amqp://user:password@host:port/vhost", key="broker.url") from None
    parameters.connection_attempts = 1
    parameters.retry_delay = 0
    parameters.socket_timeout = CONNECT_SECONDS
    parameters.stack_timeout = CONNECT_SECONDS
    parameters.heartbeat = HEARTBEAT_SECONDS
    parameters.blocked_connection_timeout = BLOCKED_SECONDS
    parameters.client_properties = {"connection_name": "hub"}
    if url.startswith("amqps:"):
        try:
            context = ssl.create_default_context(cafile=ca_file)
            if certificate_file is not None:
                context.load_cert_chain(certificate_file, key_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"a TLS file cannot be used: {type(error).__name__}", key="broker.tls") from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        parameters.ssl_options = pika.SSLOptions(context, parameters.host)
    return parameters


def _declaration_refused(error: pika.exceptions.ChannelClosedByBroker, name: str, exchange: str) -> ConfigError | NotConnected:
    if not differs(error):
        return NotConnected(f"the broker refuses to declare {name!r}: {error.reply_code} {error.reply_text}")
    if name == exchange:
        return ConfigError(f"the exchange {name!r} exists with other properties: {error.reply_text}", key="broker.url")
    return ConfigError(
        f"the queue {queue_name(name)!r} exists with other properties: {error.reply_text}. Its tickets are worthless: "
        f"run `hub broker delete {name}` and then `hub broker declare`.",
        key="broker.ticket_life",
    )
