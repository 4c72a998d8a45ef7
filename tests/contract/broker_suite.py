"""What every broker must do, and what it must do if its ``Features`` say so: the same checks for fake and real.

A check is a function that takes a ``Rig``. ``checks_for`` gives those that apply; ``test_brokers.py`` runs them, and
``test_broker_suite_bites.py`` proves that broken brokers fail them.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import TypeVar

import pytest

from hub.contracts.broker import Broker, Confirmation, Consumer, Delivery, Features, Publisher
from hub.errors import NotConnected
from hub.message import Ticket, new_id
from tests.support.processes import wait_until
from tests.support.tcp_proxy import TcpProxy

T = TypeVar("T")

#: Seconds after which something that should have happened is taken not to happen. Generous: machines are busy.
PATIENCE = 60.0
#: Seconds in which something that must not happen would have happened on a healthy machine.
QUIET = 0.4


@dataclass(frozen=True)
class Rig:
    """A broker on the bench.

    Attributes:
        broker: The broker under test; ``connection`` has been declared.
        connection: A partner connection of this check alone.
        put_raw: Puts a body in the queue past the publisher.
        short_lived: Another broker object with a queue of its own whose tickets live 0.3 s: (broker, connection).
        stallable: Another broker object on the same carrier behind a proxy.
        restart: Stops the carrier and starts it again.
    """

    broker: Broker
    connection: str
    put_raw: Callable[[bytes], None]
    short_lived: Callable[[], tuple[Broker, str]] | None = None
    stallable: Callable[[], tuple[Broker, TcpProxy]] | None = None
    restart: Callable[[], None] | None = None

    def tickets(self, count: int, *, connection: str | None = None) -> list[Ticket]:
        return [Ticket(new_id(), number, connection or self.connection) for number in range(1, count + 1)]

    def consumer(self, prefetch: int = 50) -> Consumer:
        return self.broker.consumer(self.connection, prefetch=prefetch)


Check = Callable[[Rig], None]
_CHECKS: list[tuple[Check, Callable[[Features], bool], str]] = []


def check(*, when: Callable[[Features], bool] = lambda _: True, needs: str = "") -> Callable[[Check], Check]:
    """Add a check that applies when these features are promised and the rig can do what it ``needs``: stall, restart."""

    def add(function: Check) -> Check:
        _CHECKS.append((function, when, needs))
        return function

    return add


def checks_for(features: Features, *, needs: str = "") -> list[Check]:
    """The checks that apply to a broker with these features, for use as parameters of a test."""
    return [function for function, when, wanted in _CHECKS if wanted == needs and when(features)]


def in_time(call: Callable[[], T], *, seconds: float | None = None) -> T:
    """The result of ``call``; fails when it does not return, and leaves its thread behind."""
    seconds = PATIENCE if seconds is None else seconds
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(call).result(seconds)
    except FutureTimeout:
        raise AssertionError(f"did not return within {seconds:g} s") from None
    finally:
        pool.shutdown(wait=False)


def publish(publisher: Publisher, tickets: Sequence[Ticket], timeout: float | None = None) -> list[Confirmation]:
    wait = PATIENCE if timeout is None else timeout
    return in_time(lambda: publisher.publish(tickets, timeout=wait), seconds=wait + PATIENCE)


def receive(consumer: Consumer, count: int, *, limit: int = 50, acknowledge: bool = True) -> list[Delivery]:
    """Receive until ``count`` tickets have come or patience has ended."""
    found: list[Delivery] = []
    end = time.monotonic() + PATIENCE
    while len(found) < count and time.monotonic() < end:
        batch = in_time(lambda: consumer.receive(limit, timeout=0.5))
        if acknowledge:
            consumer.acknowledge(batch)
        found.extend(batch)
    return found


def until(condition: Callable[[], bool], what: str) -> None:
    wait_until(condition, what, seconds=PATIENCE, pause=0.02)


def ids(deliveries: Sequence[Delivery]) -> set[uuid.UUID]:
    return {delivery.ticket.message_id for delivery in deliveries}


@check()
def a_published_ticket_arrives_as_it_was(rig: Rig) -> None:
    (ticket,) = rig.tickets(1)
    assert publish(rig.broker.publisher(), [ticket]) == [Confirmation.CONFIRMED]
    assert [delivery.ticket for delivery in receive(rig.consumer(), 1)] == [ticket]


@check()
def a_batch_of_a_thousand_arrives_whole(rig: Rig) -> None:
    tickets = rig.tickets(1000)
    confirmations = publish(rig.broker.publisher(), tickets)
    assert len(confirmations) == len(tickets)
    if rig.broker.features.confirms:
        assert set(confirmations) == {Confirmation.CONFIRMED}
    arrived = Counter(delivery.ticket for delivery in receive(rig.consumer(), 1000))
    assert arrived == Counter(tickets)


@check()
def an_empty_batch_is_no_work(rig: Rig) -> None:
    assert publish(rig.broker.publisher(), []) == []


@check()
def receive_gives_no_more_than_its_limit(rig: Rig) -> None:
    publish(rig.broker.publisher(), rig.tickets(10))
    consumer = rig.consumer()
    sizes = [len(in_time(lambda: consumer.receive(3, timeout=5.0))) for _ in range(3)]
    assert all(1 <= size <= 3 for size in sizes)


@check()
def receive_ends_after_its_timeout(rig: Rig) -> None:
    consumer = rig.consumer()
    assert in_time(lambda: consumer.receive(1, timeout=0.2)) == []
    assert in_time(lambda: consumer.receive(1, timeout=0.0)) == []


@check()
def a_waiting_consumer_is_woken_by_a_ticket(rig: Rig) -> None:
    consumer = rig.consumer()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(consumer.receive, 1, timeout=PATIENCE)
        publish(rig.broker.publisher(), rig.tickets(1))
        assert len(waiting.result(PATIENCE)) == 1


@check()
def tickets_stay_with_their_connection(rig: Rig) -> None:
    other = f"{rig.connection}-other"
    rig.broker.declare([other])
    mine, theirs = rig.tickets(1), rig.tickets(1, connection=other)
    publish(rig.broker.publisher(), [*mine, *theirs])
    assert [found.ticket for found in receive(rig.broker.consumer(other, prefetch=5), 1)] == theirs
    assert [found.ticket for found in receive(rig.consumer(), 1)] == mine


@check()
def two_consumers_share_the_work(rig: Rig) -> None:
    first, second = rig.consumer(prefetch=1), rig.consumer(prefetch=1)
    tickets = rig.tickets(2)
    publish(rig.broker.publisher(), tickets)
    one = receive(first, 1, limit=1, acknowledge=False)
    two = receive(second, 1, limit=1, acknowledge=False)
    assert ids(one) | ids(two) == {ticket.message_id for ticket in tickets}
    assert len(one) == len(two) == 1


@check()
def an_acknowledged_ticket_does_not_come_again(rig: Rig) -> None:
    consumer = rig.consumer()
    publish(rig.broker.publisher(), rig.tickets(20))
    assert len(receive(consumer, 20, limit=7)) == 20
    consumer.close()
    assert in_time(lambda: rig.consumer().receive(50, timeout=QUIET)) == []


@check()
def tickets_may_be_acknowledged_in_any_order_by_another_thread(rig: Rig) -> None:
    consumer = rig.consumer()
    publish(rig.broker.publisher(), rig.tickets(20))
    found = receive(consumer, 20, acknowledge=False)
    in_time(lambda: consumer.acknowledge(found[10:]))
    in_time(lambda: consumer.acknowledge(found[:10][::-1]))
    consumer.acknowledge(found)  # once more is harmless
    consumer.close()
    consumer.acknowledge(found)  # and so is too late
    assert in_time(lambda: rig.consumer().receive(50, timeout=QUIET)) == []


@check(when=lambda features: features.redelivers)
def a_ticket_without_acknowledgement_comes_again(rig: Rig) -> None:
    publish(rig.broker.publisher(), rig.tickets(3))
    consumer = rig.consumer()
    found = receive(consumer, 3, acknowledge=False)
    consumer.acknowledge(found[:1])
    consumer.close()
    again = receive(rig.consumer(), 2)
    assert ids(again) == ids(found[1:])


@check()
def a_ticket_that_is_given_back_comes_again(rig: Rig) -> None:
    publish(rig.broker.publisher(), rig.tickets(2))
    consumer = rig.consumer()
    found = receive(consumer, 2, acknowledge=False)
    consumer.give_back(found)
    assert ids(receive(consumer, 2)) == ids(found)


@check(when=lambda features: features.detects_missing_queue)
def a_ticket_without_a_queue_is_returned(rig: Rig) -> None:
    publisher = rig.broker.publisher()
    nowhere = rig.tickets(3, connection=f"{rig.connection}-nowhere")
    somewhere = rig.tickets(2)
    confirmations = publish(publisher, [somewhere[0], *nowhere, somewhere[1]])
    assert confirmations == [Confirmation.CONFIRMED, *[Confirmation.RETURNED] * 3, Confirmation.CONFIRMED]
    assert len(receive(rig.consumer(), 2)) == 2


@check(when=lambda features: features.expires)
def a_ticket_past_its_life_disappears(rig: Rig) -> None:
    assert rig.short_lived is not None, "a broker that promises expiry needs a short-lived queue to show it"
    broker, connection = rig.short_lived()
    publish(broker.publisher(), rig.tickets(5, connection=connection))
    until(lambda: broker.depth(connection) == 0, "tickets are still there after their life")
    assert in_time(lambda: broker.consumer(connection, prefetch=5).receive(5, timeout=QUIET)) == []


@check()
def depth_counts_and_purge_empties(rig: Rig) -> None:
    publish(rig.broker.publisher(), rig.tickets(7))
    until(lambda: rig.broker.depth(rig.connection) == 7, "depth does not count the tickets")
    assert rig.broker.purge(rig.connection) == 7
    assert rig.broker.depth(rig.connection) == 0
    assert in_time(lambda: rig.consumer().receive(5, timeout=QUIET)) == []


@check()
def a_queue_that_is_not_there_is_empty(rig: Rig) -> None:
    nowhere = f"{rig.connection}-nowhere"
    assert rig.broker.depth(nowhere) == 0
    assert rig.broker.purge(nowhere) == 0
    rig.broker.delete(nowhere)


@check()
def declaring_again_keeps_the_tickets(rig: Rig) -> None:
    publish(rig.broker.publisher(), rig.tickets(3))
    rig.broker.declare([rig.connection])
    assert len(receive(rig.consumer(), 3)) == 3


@check()
def a_queue_deleted_under_a_waiting_consumer_is_made_again(rig: Rig) -> None:
    consumer, publisher = rig.consumer(), rig.broker.publisher()
    publish(publisher, rig.tickets(1))
    assert len(receive(consumer, 1)) == 1
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(consumer.receive, 1, timeout=PATIENCE)
        rig.broker.delete(rig.connection)
        until(lambda: publish(publisher, rig.tickets(1)) == [Confirmation.CONFIRMED], "the queue was not made again")
        assert len(waiting.result(PATIENCE)) == 1


@check()
def a_body_that_is_no_ticket_is_dropped(rig: Rig) -> None:
    for body in (b"", b"junk", b"{}" * 40, b"\xff" * 40, b"z" * 32 + b":1"):
        rig.put_raw(body)
    tickets = rig.tickets(1)
    publish(rig.broker.publisher(), tickets)
    consumer = rig.consumer(prefetch=2)
    assert [found.ticket for found in receive(consumer, 1)] == tickets
    consumer.close()
    assert in_time(lambda: rig.consumer().receive(5, timeout=QUIET)) == []
    assert rig.broker.depth(rig.connection) == 0


@check()
def closing_from_another_thread_wakes_a_waiting_consumer(rig: Rig) -> None:
    consumer = rig.consumer()
    started = threading.Event()

    def wait() -> list[Delivery]:
        started.set()
        return consumer.receive(1, timeout=10 * PATIENCE)

    pool = ThreadPoolExecutor(1)
    waiting = pool.submit(wait)
    started.wait(PATIENCE)
    in_time(consumer.close)
    in_time(consumer.close)
    pool.shutdown(wait=False)
    try:
        assert waiting.result(PATIENCE) == []
    except FutureTimeout:
        raise AssertionError("receive goes on waiting after close") from None


@check()
def closing_twice_is_quiet_and_afterwards_nothing_is_published(rig: Rig) -> None:
    publisher = rig.broker.publisher()
    assert in_time(publisher.ready)
    for _ in range(2):
        in_time(publisher.close)
    assert not in_time(publisher.ready)
    with pytest.raises(NotConnected):
        publish(publisher, rig.tickets(1))
    other = rig.broker.publisher()
    for _ in range(2):
        in_time(rig.broker.close)
    assert not in_time(other.ready)
    with pytest.raises(NotConnected):
        rig.broker.declare([rig.connection])


@check(needs="stall")
def a_stalled_broker_does_not_hold_a_publisher(rig: Rig) -> None:
    assert rig.stallable is not None
    broker, proxy = rig.stallable()
    publisher = broker.publisher()
    assert publish(publisher, rig.tickets(1)) == [Confirmation.CONFIRMED]
    proxy.stall()
    assert publish(publisher, rig.tickets(5), timeout=0.5) == [Confirmation.UNKNOWN] * 5
    proxy.pass_through()
    until(publisher.ready, "the publisher does not recover")
    tickets = rig.tickets(1)
    assert publish(publisher, tickets) == [Confirmation.CONFIRMED]
    assert len(receive(rig.consumer(), 2)) >= 2


@check(needs="stall")
def lost_answers_are_unknown_and_lost_connections_come_back(rig: Rig) -> None:
    assert rig.stallable is not None
    broker, proxy = rig.stallable()
    publisher, consumer = broker.publisher(), broker.consumer(rig.connection, prefetch=1)
    assert publish(publisher, rig.tickets(2)) == [Confirmation.CONFIRMED] * 2
    assert len(receive(consumer, 2)) == 2
    proxy.lose_answers()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(publisher.publish, rig.tickets(3), timeout=PATIENCE)
        until(lambda: rig.broker.depth(rig.connection) > 0, "the tickets do not reach the broker")
        proxy.cut()
        assert sent.result(PATIENCE) == [Confirmation.UNKNOWN] * 3
    proxy.refuse()
    assert not in_time(publisher.ready)
    proxy.accept()
    proxy.pass_through()
    until(publisher.ready, "the publisher does not come back")
    tickets = rig.tickets(2)
    assert publish(publisher, tickets) == [Confirmation.CONFIRMED] * 2
    found: list[Delivery] = []
    until(
        lambda: ids(found_more(consumer, found)) >= {ticket.message_id for ticket in tickets}, "the consumer does not come back"
    )


@check(needs="restart")
def a_restart_in_the_middle_loses_nothing_that_was_confirmed(rig: Rig) -> None:
    assert rig.restart is not None
    publisher, consumer = rig.broker.publisher(), rig.consumer()
    confirmed: set[uuid.UUID] = set()

    def all_confirmed() -> bool:
        tickets = rig.tickets(200)
        said = publish(publisher, tickets, timeout=2.0) if publisher.ready() else []
        confirmed.update(ticket.message_id for ticket, word in zip(tickets, said, strict=False) if word == "confirmed")
        return set(said) == {Confirmation.CONFIRMED}

    assert all_confirmed()
    found = receive(consumer, 50, limit=10)
    rig.restart()
    until(all_confirmed, "the publisher does not come back")
    assert len(confirmed) >= 400
    until(lambda: ids(found_more(consumer, found)) >= confirmed, "confirmed tickets were lost in the restart")


def found_more(consumer: Consumer, found: list[Delivery]) -> list[Delivery]:
    """Receive and acknowledge once more and add it to what was found."""
    batch = in_time(lambda: consumer.receive(50, timeout=0.2))
    consumer.acknowledge(batch)
    found.extend(batch)
    return found
