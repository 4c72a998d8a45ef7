# mypy: allow-untyped-calls
"""Deliberately broken brokers: the conformance suite must fail each of them, or it proves nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import ClassVar

import pytest

from hub.broker.consuming import RabbitConsumer
from hub.broker.embedded import EmbeddedBroker, EmbeddedConsumer, EmbeddedPublisher
from hub.broker.publishing import RabbitPublisher
from hub.broker.rabbitmq import RabbitBroker
from hub.contracts.broker import Confirmation, Delivery, Features
from hub.message import Ticket
from tests.contract import broker_suite as suite
from tests.contract.test_brokers import embedded_rig, rabbit_rig

FOR_EVER = threading.Event()


class _Broken(EmbeddedBroker):
    """An embedded broker with other publishers or consumers."""

    publishers: ClassVar[type[EmbeddedPublisher]] = EmbeddedPublisher
    consumers: ClassVar[type[EmbeddedConsumer]] = EmbeddedConsumer

    def publisher(self) -> EmbeddedPublisher:
        return self.publishers(self)

    def consumer(self, connection: str, *, prefetch: int) -> EmbeddedConsumer:
        return self.consumers(self, self._line(connection), connection)


class _SaysYes(EmbeddedPublisher):
    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        return [Confirmation.CONFIRMED for _ in tickets]


class _LosesOneInAThousand(EmbeddedPublisher):
    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        super().publish(tickets[:999], timeout=timeout)
        return [Confirmation.CONFIRMED for _ in tickets]


class _RepeatsTickets(EmbeddedPublisher):
    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        super().publish(tickets[:1], timeout=timeout)
        return super().publish(tickets, timeout=timeout)


class _HidesMissingQueues(EmbeddedPublisher):
    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        super().publish(tickets, timeout=timeout)
        return [Confirmation.CONFIRMED for _ in tickets]


class _PublishesAfterClose(EmbeddedPublisher):
    def ready(self) -> bool:
        return True


class _NeverReturns(EmbeddedConsumer):
    def receive(self, limit: int, *, timeout: float) -> list[Delivery]:
        return super().receive(limit, timeout=timeout) or [] if FOR_EVER.wait(600) else []


class _IgnoresItsLimit(EmbeddedConsumer):
    def receive(self, limit: int, *, timeout: float) -> list[Delivery]:
        return super().receive(limit * 2, timeout=timeout)


class _ForgetsWhatIsGivenBack(EmbeddedConsumer):
    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        return


class _DoesNotWake(EmbeddedConsumer):
    def close(self) -> None:
        self._connection.release()


class _GetsEverything(EmbeddedConsumer):
    def receive(self, limit: int, *, timeout: float) -> list[Delivery]:
        found = super().receive(limit, timeout=timeout)
        self.give_back(found)
        return found


class _ForgetsTheQueue(EmbeddedConsumer):
    def _redeclare(self) -> None:
        return


class _Boasts(_Broken):
    features = Features(persistent=True, confirms=True, redelivers=True, expires=True, detects_missing_queue=True)


def _with(
    publishers: type[EmbeddedPublisher] = EmbeddedPublisher, consumers: type[EmbeddedConsumer] = EmbeddedConsumer
) -> Callable[[], _Broken]:
    def make() -> _Broken:
        broken: _Broken = type("Broken", (_Broken,), {"publishers": publishers, "consumers": consumers})()
        return broken

    return make


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    monkeypatch.setattr(suite, "PATIENCE", 1.0)
    FOR_EVER.clear()
    with ExitStack() as stack:
        stack.callback(FOR_EVER.set)  # whoever still waits may go
        yield stack


@pytest.mark.parametrize(
    ("make", "promise"),
    [
        pytest.param(_with(_SaysYes), suite.a_published_ticket_arrives_as_it_was, id="confirms without delivering"),
        pytest.param(_with(_LosesOneInAThousand), suite.a_batch_of_a_thousand_arrives_whole, id="loses one in a thousand"),
        pytest.param(_with(_RepeatsTickets), suite.a_batch_of_a_thousand_arrives_whole, id="repeats"),
        pytest.param(_with(_HidesMissingQueues), suite.a_ticket_without_a_queue_is_returned, id="hides missing queues"),
        pytest.param(
            _with(_PublishesAfterClose),
            suite.closing_twice_is_quiet_and_afterwards_nothing_is_published,
            id="publishes after close",
        ),
        pytest.param(_with(consumers=_NeverReturns), suite.receive_ends_after_its_timeout, id="blocks beyond its timeout"),
        pytest.param(_with(consumers=_IgnoresItsLimit), suite.receive_gives_no_more_than_its_limit, id="ignores its limit"),
        pytest.param(
            _with(consumers=_ForgetsWhatIsGivenBack),
            suite.a_ticket_that_is_given_back_comes_again,
            id="loses returns",
        ),
        pytest.param(
            _with(consumers=_DoesNotWake),
            suite.closing_from_another_thread_wakes_a_waiting_consumer,
            id="close leaves receive waiting",
        ),
        pytest.param(
            _with(consumers=_GetsEverything), suite.an_acknowledged_ticket_does_not_come_again, id="gives the same ticket again"
        ),
        pytest.param(
            _with(consumers=_ForgetsTheQueue),
            suite.a_queue_deleted_under_a_waiting_consumer_is_made_again,
            id="does not make a deleted queue again",
        ),
        pytest.param(_Boasts, suite.a_ticket_without_acknowledgement_comes_again, id="promises redelivery in vain"),
        pytest.param(_Boasts, suite.a_ticket_past_its_life_disappears, id="promises expiry in vain"),
    ],
)
def test_a_broken_embedded_broker_fails(make: Callable[[], EmbeddedBroker], promise: suite.Check, stack: ExitStack) -> None:
    rig = embedded_rig(stack, make())
    assert promise in suite.checks_for(rig.broker.features)
    with pytest.raises((AssertionError, TimeoutError, pytest.fail.Exception)):
        promise(rig)


class _KeepsItsTickets(RabbitConsumer):
    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        return


class _WaitsForEver(RabbitPublisher):
    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        result = super().publish(tickets, timeout=timeout)
        if Confirmation.UNKNOWN in result:
            FOR_EVER.wait(600)
        return result


class _TakesUnknownForYes(RabbitPublisher):
    def publish(self, tickets: Sequence[Ticket], *, timeout: float) -> list[Confirmation]:
        return [Confirmation.CONFIRMED for _ in super().publish(tickets, timeout=timeout)]


@pytest.mark.rabbit
@pytest.mark.parametrize(
    ("name", "broken", "promise"),
    [
        ("RabbitConsumer", _KeepsItsTickets, suite.an_acknowledged_ticket_does_not_come_again),
        ("RabbitPublisher", _WaitsForEver, suite.a_stalled_broker_does_not_hold_a_publisher),
        ("RabbitPublisher", _TakesUnknownForYes, suite.a_stalled_broker_does_not_hold_a_publisher),
        ("RabbitPublisher", _TakesUnknownForYes, suite.a_ticket_without_a_queue_is_returned),
    ],
    ids=["does not acknowledge", "waits for ever", "takes silence for yes", "takes a return for yes"],
)
def test_a_broken_client_of_rabbitmq_fails(
    name: str, broken: type, promise: suite.Check, stack: ExitStack, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"hub.broker.rabbitmq.{name}", broken)
    with pytest.raises((AssertionError, TimeoutError)):
        promise(rabbit_rig(stack, amqp_url))


@pytest.mark.rabbit
def test_a_queue_without_expiry_fails(stack: ExitStack, amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = rabbit_rig(stack, amqp_url)

    def long_lived(url: str, *, ticket_life: float) -> RabbitBroker:
        assert ticket_life < 1
        return RabbitBroker(url, ticket_life=60)

    monkeypatch.setattr("tests.contract.test_brokers.RabbitBroker", long_lived)
    with pytest.raises((AssertionError, TimeoutError)):
        suite.a_ticket_past_its_life_disappears(rig)
