"""Isolation and order: one partner's trouble is its own; what belongs together leaves in turn."""

from __future__ import annotations

import random
import threading
import time

import pytest

from hub.contracts.adapter import Adapter
from hub.delivery.retry import RetryPolicy
from hub.delivery.throttle import Throttle
from hub.delivery.worker import WorkerOptions
from hub.errors import NotConnected, Reached, Refused, Unavailable
from hub.journal import tables
from hub.journal.units import operating
from hub.message import Outgoing, Receipt
from tests.integration.engine.conftest import Setup, in_thread, offer
from tests.support.fake_partner import FakePartner, accepts, blocks_until, hangs, raises
from tests.support.routes import PlainRoute, StateRoute, plain_document


def test_a_hanging_partner_delays_no_other(setup: Setup) -> None:
    release = threading.Event()
    stuck, well = FakePartner(blocks_until(release)), FakePartner()
    engine = setup.engine({"stuck": stuck, "well": well}, options=WorkerOptions(concurrency=2, call_deadline=30)).start()
    try:
        offer(engine, 30, route="stuck")
        stuck.wait_for(lambda it: it.running == 2)
        setup.wait_for_all(offer(engine, 30, route="well"))
        assert len(stuck.got) == 2
    finally:
        release.set()


def test_a_flood_at_one_partner_delays_no_other(embedded: Setup) -> None:
    gate = threading.Semaphore(0)

    def slowly(outgoing: Outgoing) -> Receipt:
        gate.acquire(timeout=30)
        return accepts(outgoing)

    flooded, quiet = FakePartner(slowly), FakePartner()
    # Far from any deadline: on a busy machine the flood itself takes seconds.
    patient = WorkerOptions(concurrency=4, call_deadline=100.0)
    engine = embedded.engine({"flooded": flooded, "quiet": quiet}, window=8, options=patient, ticket_life=100.0).start()
    flood = offer(engine, 400, route="flooded")
    embedded.wait_for_all(offer(engine, 20, route="quiet"))
    assert len(flooded.got) <= 8
    assert sum(row["ticketed"] for row in embedded.rig().rows(tables.work)) <= 8
    for _ in flood:
        gate.release()
    embedded.wait_for_all(flood)


def test_a_partner_without_a_worker_delays_no_other(embedded: Setup) -> None:
    well = FakePartner()
    engine = embedded.engine({"absent": FakePartner(), "well": well})
    engine.start(work=False)
    engine.roles.start("worker-well", lambda: engine.worker("well"))
    waiting = offer(engine, 50, route="absent")
    embedded.wait_for_all(offer(engine, 20, route="well"))
    assert {engine.view(one).status for one in waiting} == {"waiting"}


def test_routes_of_one_partner_take_turns(embedded: Setup) -> None:
    partner = FakePartner()
    routes = [PlainRoute("much", "plain"), PlainRoute("little", "plain")]
    engine = embedded.engine({"plain": partner}, routes, window=4, options=WorkerOptions(concurrency=1, batch=1))
    offer(engine, 100, route="much")
    few = offer(engine, 5, route="little")
    engine.start()
    embedded.wait_for_all(few)
    places = [index for index, one in enumerate(partner.got) if one.message_id in few]
    assert max(places) < 30, "the little route waited behind the much route"


def test_messages_of_a_key_leave_in_order_whatever_fails(setup: Setup) -> None:
    chance = random.Random(7)
    lock = threading.Lock()
    running: dict[str, int] = {}
    overtaken: list[str] = []

    def moody(outgoing: Outgoing) -> Receipt:
        key = outgoing.body.split(b'key="')[1].split(b'"')[0].decode()
        with lock:
            running[key] = running.get(key, 0) + 1
            if running[key] > 1:
                overtaken.append(key)
            mood = chance.random()
        time.sleep(0.001)
        with lock:
            running[key] -= 1
        if mood < 0.15:
            raise NotConnected("nothing answers")
        if mood < 0.3:
            raise Unavailable("reset", code="connection_lost", reached=Reached.MAYBE)
        return accepts(outgoing)

    partner = FakePartner(moody)
    routes = [PlainRoute("plain", "plain", max_attempts=100)]
    engine = setup.engine({"plain": partner}, routes, throttle=Throttle(failures=1000)).start()
    ids = offer(engine, 60, key=lambda number: f"k{number % 4}")
    setup.wait_for_all(ids)
    assert overtaken == []
    accepted = list(partner.accepted)
    references = [engine.view(one).reference for one in ids]
    for key in range(4):
        mine = references[key::4]
        assert [one for one in dict.fromkeys(accepted) if one in mine] == mine
    partner.assert_same_bytes()
    setup.verify()


def test_a_parked_message_holds_its_key_and_no_other(embedded: Setup) -> None:
    partner = FakePartner()
    partner.next_calls.append(raises(Refused("no")))
    engine = embedded.engine({"plain": partner}).start()
    first = engine.accept("plain", plain_document("a", 1)).message_id
    engine.wait(first, "parked")
    behind = engine.accept("plain", plain_document("a", 2)).message_id
    embedded.wait_for_all(offer(engine, 5, key=lambda number: f"b{number}"))
    assert str(engine.view(behind).reason) == "turn"
    embedded.journal.run(operating.cancel, [first], "user:a", "not needed")
    engine.wait(behind, "completed")


def test_of_states_only_the_newest_leaves(embedded: Setup) -> None:
    release = threading.Event()
    partner = FakePartner()
    partner.next_calls.append(blocks_until(release))
    engine = embedded.engine({"state": partner}, [StateRoute()]).start()
    first = engine.accept("state", plain_document("a", 0)).message_id
    partner.wait_for(lambda it: it.running == 1)
    ids = offer(engine, 10, route="state", key=lambda _: "a")
    release.set()
    engine.wait(ids[-1], "completed")
    assert [one.message_id for one in partner.got] == [first, ids[-1]]
    assert [engine.view(one).status for one in ids[:-1]] == ["superseded"] * 9


def test_a_call_that_cannot_be_broken_off_is_given_up_and_replaced(setup: Setup) -> None:
    release = threading.Event()
    partner = FakePartner()
    partner.next_calls.extend([blocks_until(release)] * 2)
    options = WorkerOptions(concurrency=2, call_deadline=0.3, abandon_after=0.3, lease_margin=5)
    engine = setup.engine({"plain": partner}, options=options).start()
    try:
        ids = offer(engine, 2)
        partner.wait_for(lambda it: len(it.got) >= 2)
        more = offer(engine, 10, key=lambda number: f"more{number}")
        setup.wait_for_all(ids + more)
    finally:
        release.set()
    # The two calls that were given up end well after all: that is noted, and nothing is sent again.
    engine.wait_until(lambda: all(engine.view(one).timeline[-1].event == "late_outcome" for one in ids), "late outcomes")
    assert len(partner.got) == 14
    setup.verify()


def test_a_call_that_drips_ends_at_its_total_deadline(embedded: Setup) -> None:
    partner = FakePartner()
    partner.next_calls.extend([hangs] * 3)
    options = WorkerOptions(concurrency=3, call_deadline=0.2, abandon_after=5)
    engine = embedded.engine({"plain": partner}, options=options, retry=RetryPolicy(base=0.01, most=0.01)).start()
    ids = offer(engine, 3)
    embedded.wait_for_all(ids)
    assert sorted(len(partner.calls_of(one)) for one in ids) == [2, 2, 2]


def test_an_adapter_that_cannot_be_made_harms_nothing(embedded: Setup) -> None:
    partner, broken = FakePartner(), threading.Event()
    broken.set()

    def make() -> Adapter:
        if broken.is_set():
            raise RuntimeError("the certificate file is gone")
        return partner.adapter()

    engine = embedded.engine({"plain": partner}, adapters={"plain": make}, retry=RetryPolicy(base=0.3, most=0.3)).start()
    ids = offer(engine, 2)
    engine.wait_until(lambda: all(len(engine.view(one).timeline) > 1 for one in ids), "a first failure")
    broken.clear()
    embedded.wait_for_all(ids)


def test_a_worker_that_stops_while_a_lease_is_on_its_way_still_bounds_the_call(embedded: Setup) -> None:
    """The call begins after the stop and hangs: the deadline must hold all the same."""
    leasing_now, go_on = threading.Event(), threading.Event()
    partner = FakePartner(hangs)
    journal = _Slow(embedded.journal, leasing_now, go_on)
    options = WorkerOptions(concurrency=1, call_deadline=0.3, abandon_after=0.3)
    engine = embedded.engine({"plain": partner}, journal=journal, options=options).start()
    engine.accept("plain", plain_document())
    assert leasing_now.wait(60)
    stopping = in_thread(engine.stop)
    stopping.join(0.6)
    go_on.set()
    stopping.join(60)
    assert not stopping.is_alive(), "the worker does not stop"


class _Slow:
    """A journal whose leases take until they are told to go on."""

    def __init__(self, journal: object, begun: threading.Event, go_on: threading.Event) -> None:
        self._journal = journal
        self._begun = begun
        self._go_on = go_on

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    def run(self, unit: object, *args: object, **kwargs: object) -> object:
        result = self._journal.run(unit, *args, **kwargs)  # type: ignore[attr-defined]
        if getattr(unit, "__name__", "") == "lease" and result:
            self._begun.set()
            assert self._go_on.wait(30)
        return result


def test_the_watchdog_outlives_a_moment_without_room_for_threads(embedded: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it no call would have an end any more."""
    release, full, turned_away = threading.Event(), threading.Event(), threading.Event()
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if full.is_set() and thread.name.endswith(("-close", "-call")):
            turned_away.set()
            raise RuntimeError("can't start new thread")
        start(thread)

    partner = FakePartner()
    partner.next_calls.extend([blocks_until(release)] * 2)
    options = WorkerOptions(concurrency=2, call_deadline=0.3, lease_margin=0.5, abandon_after=0.2)
    engine = embedded.engine({"plain": partner}, options=options)
    ids = offer(engine, 6)
    engine.start()
    partner.wait_for(lambda it: it.running == 2)
    with monkeypatch.context() as limit:
        limit.setattr(threading.Thread, "start", limited)
        full.set()
        assert turned_away.wait(60)
        threading.Event().wait(1)
    embedded.wait_for_all(ids)
    release.set()
