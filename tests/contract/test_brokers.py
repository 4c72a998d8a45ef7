# mypy: allow-untyped-calls
"""The conformance suite on every broker: embedded, and RabbitMQ on a real server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pika
import pytest
from kombu.connection import Connection
from kombu.messaging import Producer

from hub.broker.embedded import EmbeddedBroker
from hub.broker.rabbitmq import RabbitBroker
from hub.broker.topology import WORK
from hub.contracts.broker import Broker
from tests.contract.broker_suite import Check, Rig, checks_for
from tests.support.services import RabbitServer
from tests.support.tcp_proxy import TcpProxy


def embedded_rig(stack: ExitStack, broker: EmbeddedBroker | None = None) -> Rig:
    """A rig around an embedded broker, or a broken one derived from it."""
    broker = broker or EmbeddedBroker()
    stack.callback(broker.close)
    broker.declare(["svb"])

    def put_raw(body: bytes) -> None:
        queue = broker.queue("svb")
        with Connection("memory://") as link:
            Producer(link).publish(
                body, exchange=queue.exchange.name, routing_key=queue.routing_key,
                content_type="application/octet-stream", content_encoding="binary",
            )  # fmt: skip

    return Rig(broker, "svb", put_raw)


def rabbit_rig(stack: ExitStack, url: str, make: Callable[[str], RabbitBroker] = RabbitBroker) -> Rig:
    """A rig around RabbitMQ, without restart."""
    connection = f"c{uuid.uuid4().hex[:8]}"
    broker = make(url)
    stack.callback(broker.close)
    broker.declare([connection])

    def put_raw(body: bytes) -> None:
        with pika.BlockingConnection(pika.URLParameters(url)) as link:
            channel = link.channel()
            channel.confirm_delivery()
            channel.basic_publish(WORK, connection, body, mandatory=True)

    def short_lived() -> tuple[Broker, str]:
        other = RabbitBroker(url, ticket_life=0.3)
        stack.callback(other.close)
        other.declare([f"{connection}-short"])
        return other, f"{connection}-short"

    def stallable() -> tuple[Broker, TcpProxy]:
        parameters = pika.URLParameters(url)
        proxy = stack.enter_context(TcpProxy(parameters.host, parameters.port))
        other = RabbitBroker(url.replace(f"{parameters.host}:{parameters.port}", f"127.0.0.1:{proxy.port}"))
        stack.callback(other.close)
        return other, proxy

    return Rig(broker, connection, put_raw, short_lived, stallable)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _name(promise: Check) -> str:
    return promise.__name__


@pytest.mark.parametrize("promise", checks_for(EmbeddedBroker.features), ids=_name)
def test_the_embedded_broker_keeps_its_word(promise: Check, stack: ExitStack) -> None:
    promise(embedded_rig(stack))


@pytest.mark.rabbit
@pytest.mark.parametrize("promise", checks_for(RabbitBroker.features), ids=_name)
def test_rabbitmq_keeps_its_word(promise: Check, stack: ExitStack, amqp_url: str) -> None:
    promise(rabbit_rig(stack, amqp_url))


@pytest.mark.rabbit
@pytest.mark.parametrize("promise", checks_for(RabbitBroker.features, needs="stall"), ids=_name)
def test_rabbitmq_keeps_its_word_over_a_bad_line(promise: Check, stack: ExitStack, amqp_url: str) -> None:
    promise(rabbit_rig(stack, amqp_url))


@pytest.mark.rabbit
@pytest.mark.slow
@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("promise", checks_for(RabbitBroker.features, needs="restart"), ids=_name)
def test_rabbitmq_keeps_its_word_over_a_restart(
    promise: Check, kill: bool, stack: ExitStack, rabbit_server: RabbitServer
) -> None:
    rig = rabbit_rig(stack, rabbit_server.url_of(rabbit_server.new_vhost()))
    rabbit_server.flush()
    promise(replace(rig, restart=lambda: rabbit_server.restart(kill=kill)))
