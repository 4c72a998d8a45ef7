# mypy: allow-untyped-calls
from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from kombu.transport.memory import Channel, Transport

from hub.broker.embedded import EmbeddedBroker
from hub.broker.session import LONGEST_PAUSE_SECONDS, Pauses
from hub.contracts.broker import Confirmation
from hub.message import Ticket, new_id


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _broker(stack: ExitStack) -> EmbeddedBroker:
    broker = EmbeddedBroker()
    stack.callback(broker.close)
    broker.declare(["svb"])
    return broker


def test_two_hubs_in_one_process_do_not_see_each_others_tickets(stack: ExitStack) -> None:
    one, other = _broker(stack), _broker(stack)
    one.publisher().publish([Ticket(new_id(), 1, "svb")], timeout=1)
    assert (one.depth("svb"), other.depth("svb")) == (1, 0)
    assert other.consumer("svb", prefetch=1).receive(1, timeout=0) == []


def test_a_closed_broker_leaves_nothing_in_the_state_of_the_process(stack: ExitStack) -> None:
    broker = _broker(stack)
    queue = broker.queue("svb")
    broker.publisher().publish([Ticket(new_id(), 1, "svb")], timeout=1)
    assert queue.name in Channel.queues
    broker.close()
    assert queue.name not in Channel.queues
    assert queue.exchange.name not in (Transport.global_state.exchanges or {})
    assert not Transport.global_state.has_binding(queue.name, queue.exchange.name, queue.routing_key)


def test_a_ticket_given_back_after_close_is_dropped_quietly(stack: ExitStack) -> None:
    broker = _broker(stack)
    broker.publisher().publish([Ticket(new_id(), 1, "svb")], timeout=1)
    consumer = broker.consumer("svb", prefetch=1)
    found = consumer.receive(1, timeout=1)
    broker.close()
    consumer.give_back(found)
    assert consumer.receive(1, timeout=0) == []


def test_a_ticket_for_a_deleted_queue_is_returned(stack: ExitStack) -> None:
    broker = _broker(stack)
    broker.delete("svb")
    assert broker.publisher().publish([Ticket(new_id(), 1, "svb")], timeout=1) == [Confirmation.RETURNED]


def test_pauses_grow_to_a_maximum_and_start_again_after_success() -> None:
    pauses = Pauses()
    first = [pauses.next() for _ in range(12)]
    assert all(0.1 <= pause <= LONGEST_PAUSE_SECONDS for pause in first)
    assert first[0] < 0.5 < first[4]
    assert first[-1] == LONGEST_PAUSE_SECONDS
    pauses.reset()
    assert pauses.next() < 0.5
