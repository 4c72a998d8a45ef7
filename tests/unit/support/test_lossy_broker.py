from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from hub.contracts.broker import Confirmation
from hub.message import Ticket, new_id
from tests.support.lossy_broker import Chances, LossyBroker

NOTHING = Chances(lose=0, repeat=0, delay=0, unknown=0, swap=0)


@pytest.fixture
def tickets() -> list[Ticket]:
    return [Ticket(new_id(), number, "svb") for number in range(200)]


@pytest.fixture
def made() -> Iterator[list[LossyBroker]]:
    made: list[LossyBroker] = []
    yield made
    for broker in made:
        broker.close()


def _through(made: list[LossyBroker], chances: Chances, tickets: list[Ticket]) -> tuple[list[Confirmation], list[Ticket]]:
    broker = LossyBroker(1, chances=chances)
    made.append(broker)
    broker.declare(["svb"])
    said = broker.publisher().publish(tickets, timeout=1)
    consumer = broker.consumer("svb", prefetch=10)
    found: list[Ticket] = []
    while batch := consumer.receive(50, timeout=0.2):
        consumer.acknowledge(batch)
        found.extend(delivery.ticket for delivery in batch)
    return said, found


def test_without_mischief_everything_arrives_in_order(made: list[LossyBroker], tickets: list[Ticket]) -> None:
    assert _through(made, NOTHING, tickets) == ([Confirmation.CONFIRMED] * 200, tickets)


def test_lost_tickets_are_confirmed_all_the_same(made: list[LossyBroker], tickets: list[Ticket]) -> None:
    said, found = _through(made, Chances(lose=0.5, repeat=0, delay=0, unknown=0, swap=0), tickets)
    assert set(said) == {Confirmation.CONFIRMED}
    assert 0 < len(found) == 200 - made[0].lost < 200


def test_repeated_tickets_come_twice(made: list[LossyBroker], tickets: list[Ticket]) -> None:
    _, found = _through(made, Chances(lose=0, repeat=0.5, delay=0, unknown=0, swap=0), tickets)
    assert sum(count == 2 for count in Counter(found).values()) == made[0].repeated > 0


def test_delayed_tickets_come_later(made: list[LossyBroker], tickets: list[Ticket]) -> None:
    _, found = _through(made, Chances(lose=0, repeat=0, delay=0.5, longest_delay=0.1, unknown=0, swap=0), tickets)
    assert made[0].delayed > 0
    assert found != tickets
    assert Counter(found) == Counter(tickets)


def test_swapped_tickets_all_come(made: list[LossyBroker], tickets: list[Ticket]) -> None:
    _, found = _through(made, Chances(lose=0, repeat=0, delay=0, unknown=0, swap=1), tickets)
    assert found != tickets
    assert Counter(found) == Counter(tickets)


def test_silence_says_nothing_about_a_ticket(made: list[LossyBroker], tickets: list[Ticket]) -> None:
    said, found = _through(made, Chances(lose=0, repeat=0, delay=0, unknown=0.5, swap=0), tickets)
    assert set(said) == {Confirmation.CONFIRMED, Confirmation.UNKNOWN}
    assert Counter(found) == Counter(tickets)
