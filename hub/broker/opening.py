"""Choosing the broker by its URL."""

from __future__ import annotations

from pathlib import Path

from hub.broker.embedded import EmbeddedBroker
from hub.broker.rabbitmq import RabbitBroker
from hub.broker.topology import TICKET_LIFE
from hub.contracts.broker import Broker
from hub.errors import ConfigError


def open_broker(
    url: str,
    *,
    ticket_life: float = TICKET_LIFE,
    ca_file: Path | None = None,
    certificate_file: Path | None = None,
    key_file: Path | None = None,
) -> Broker:
    """The broker behind a URL: ``memory://`` is embedded, ``amqp://`` and ``amqps://`` are RabbitMQ. Does not connect yet.

    Args:
        url: Never logged and never in an error: it may hold a password.
        ticket_life: Seconds after which an unread ticket disappears, where the broker can do that.
        ca_file: Certificates to trust for ``amqps``.
        certificate_file: Our own certificate for ``amqps``.
        key_file: Its key.

    Raises:
        ConfigError: Another kind of URL, or a TLS file that cannot be read.
    """
    scheme = url.partition(":")[0]
    if scheme == "memory":
        return EmbeddedBroker()
    if scheme in ("amqp", "amqps"):
        return RabbitBroker(url, ticket_life=ticket_life, ca_file=ca_file, certificate_file=certificate_file, key_file=key_file)
    raise ConfigError("must start with memory://, amqp:// or amqps://", key="broker.url")
