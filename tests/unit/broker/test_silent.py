"""A broker that takes connections and says nothing: a firewall, a machine that stands still."""

from __future__ import annotations

import socket

import pytest

from hub.broker import rabbitmq
from hub.errors import NotConnected


def test_a_broker_that_never_answers_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker = rabbitmq.RabbitBroker(f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(NotConnected, match="no connection"):
            broker.declare(["corv"])
        broker.close()
