"""Trouble inside: a journal that is away, a broker that loses tickets, queues that are deleted, processes that stop."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.crypto import KeyFile
from hub.crypto.keyring import Keyring
from hub.delivery.throttle import Throttle
from hub.delivery.worker import WorkerOptions
from hub.errors import Unavailable
from hub.intake.intake import Intake
from hub.journal import reading, tables
from tests.integration.engine.conftest import Setup, in_thread, offer
from tests.support.engine import CALLER
from tests.support.fake_partner import FakePartner, accepts, blocks_until
from tests.support.lossy_broker import Chances, LossyBroker
from tests.support.routes import plain_document


class Flaky:
    """A journal that can be away for some units of work, by name."""

    def __init__(self, journal: Any) -> None:
        self._journal = journal
        self.away: set[str] = set()
        self.refused: Counter[str] = Counter()
        self.runs: Counter[str] = Counter()
        self.changed = threading.Condition()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def run(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        name = unit.__name__
        with self.changed:
            self.runs[name] += 1
            if name in self.away or "*" in self.away:
                self.refused[name] += 1
                self.changed.notify_all()
                raise Unavailable("the journal is away")
        return self._journal.run(unit, *args, **kwargs)

    def wait_for_refusals(self, name: str, many: int = 1) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.refused[name] >= many, 60)


def test_outcomes_are_kept_through_an_outage_of_the_journal_and_nothing_new_is_leased(setup: Setup) -> None:
    journal, release = Flaky(setup.journal), threading.Event()
    partner = FakePartner(blocks_until(release))
    options = WorkerOptions(concurrency=2, journal_pause=0.05)
    engine = setup.engine({"plain": partner}, journal=journal, options=options).start()
    ids = offer(engine, 10)
    partner.wait_for(lambda it: it.running == 2)
    journal.away = {"settle"}
    release.set()
    journal.wait_for_refusals("settle", 3)
    calls = len(partner.got)
    leases = journal.runs["lease"]
    journal.wait_for_refusals("settle", 8)
    assert len(partner.got) == calls
    assert journal.runs["lease"] == leases
    journal.away = set()
    setup.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)
    setup.verify()


def test_an_outage_of_the_whole_journal_loses_nothing(embedded: Setup) -> None:
    journal, partner = Flaky(embedded.journal), FakePartner()
    engine = embedded.engine(
        {"plain": partner}, journal=journal, options=WorkerOptions(concurrency=2, journal_pause=0.05)
    ).start()
    ids = offer(engine, 10)
    for _ in range(3):
        journal.away = {"*"}
        with pytest.raises(Unavailable):
            engine.accept("plain", plain_document())
        journal.wait_for_refusals("claim", journal.refused["claim"] + 1)
        journal.away = set()
        ids += offer(engine, 10)
    embedded.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)


def test_one_outcome_that_cannot_be_written_holds_up_no_other(embedded: Setup) -> None:
    journal = Flaky(embedded.journal)
    poison: list[Any] = []

    class Poisoned(Flaky):
        def run(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
            if unit.__name__ == "settle" and any(one.message_id in poison and not one.plain for one in args[0]):
                raise TypeError("cannot be written")
            return super().run(unit, *args, **kwargs)

    journal = Poisoned(embedded.journal)
    partner = FakePartner()
    engine = embedded.engine({"plain": partner}, journal=journal)
    ids = offer(engine, 20)
    poison.append(ids[3])
    engine.start()
    embedded.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_broker_that_loses_repeats_delays_and_swaps_costs_time_only(embedded: Setup, seed: int) -> None:
    broker = LossyBroker(seed, chances=Chances(lose=0.2, repeat=0.3, delay=0.2, longest_delay=0.5, unknown=0.2, swap=0.5))
    partner = FakePartner()
    engine = embedded.engine({"plain": partner}, broker=broker, ticket_life=0.6).start()
    ids = offer(engine, 120, key=lambda number: f"k{number % 40}")
    embedded.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)
    assert broker.lost > 0
    assert broker.repeated > 0
    embedded.verify()
    broker.close()


def test_queues_may_be_deleted_while_everything_runs(setup: Setup) -> None:
    partner = FakePartner()
    engine = setup.engine({"plain": partner}, ticket_life=1.0).start()
    ids = []
    for _ in range(4):
        ids += offer(engine, 25, key=lambda number: f"k{number}")
        setup.broker.delete("plain")
    ids += offer(engine, 25, key=lambda number: f"k{number}")
    setup.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)
    setup.verify()


def test_queues_may_be_purged_while_everything_runs(setup: Setup) -> None:
    partner = FakePartner()
    engine = setup.engine({"plain": partner}, ticket_life=1.0).start()
    ids = []
    for _ in range(5):
        ids += offer(engine, 20)
        setup.broker.purge("plain")
    setup.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)


def test_a_stop_waits_for_running_calls_and_hands_tickets_back(setup: Setup) -> None:
    release = threading.Event()
    partner = FakePartner(blocks_until(release))
    engine = setup.engine({"plain": partner}, options=WorkerOptions(concurrency=2, call_deadline=30)).start()
    ids = offer(engine, 20)
    partner.wait_for(lambda it: it.running == 2)
    stopping = in_thread(engine.stop)
    stopping.join(0.5)
    assert stopping.is_alive(), "the stop does not wait for the calls"
    release.set()
    stopping.join(60)
    assert not stopping.is_alive()
    states = Counter(engine.view(one).status for one in ids)
    assert states["sending"] == 0, "a lease was left behind"
    assert states["completed"] == len(partner.got)
    engine.start()
    setup.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)
    setup.verify()


def test_many_stops_and_starts_send_everything_once(setup: Setup) -> None:
    partner = FakePartner()
    engine = setup.engine({"plain": partner}, ticket_life=1.0)
    ids = []
    for _ in range(4):
        engine.start()
        ids += offer(engine, 15)
        engine.stop()
    engine.start()
    setup.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)


def test_workers_that_were_away_for_many_lives_of_a_ticket_find_everything(setup: Setup) -> None:
    partner = FakePartner()
    engine = setup.engine({"plain": partner}, ticket_life=0.1, poll=0.02).start(work=False)
    ids = offer(engine, 30)
    rig = setup.rig()
    # An hour of tickets of a minute: sixty lives each.
    engine.wait_until(lambda: min(row["ticket_no"] for row in rig.rows(tables.work)) >= 20, "many tickets")
    engine.stop()
    assert all(engine.view(one).status == "waiting" and engine.view(one).attempts == 0 for one in ids)
    assert all(len(engine.view(one).timeline) == 1 for one in ids), "tickets are not entries"
    engine.ticket_life = 5.0
    engine.start()
    setup.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)


def test_several_dispatchers_and_workers_share_the_work(setup: Setup) -> None:
    partner = FakePartner()
    engine = setup.engine({"plain": partner}).start()
    engine.roles.start("dispatcher-2", engine.dispatcher)
    engine.roles.start("worker-2", lambda: engine.worker("plain"))
    engine.roles.start("housekeeper-2", engine.housekeeper)
    ids = offer(engine, 150, key=lambda number: f"k{number % 50}")
    setup.wait_for_all(ids)
    assert Counter(one.message_id for one in partner.got) == Counter(ids)
    setup.verify()


def test_tickets_of_another_life_mean_nothing(embedded: Setup) -> None:
    """Every ticket ever published comes again, many times, in any order."""
    broker = EmbeddedBroker()
    embedded_tickets: list[Any] = []

    class Recording(EmbeddedBroker):
        def publisher(self) -> Any:
            inner = super().publisher()
            publish = inner.publish

            def recording(tickets: Any, *, timeout: float) -> Any:
                embedded_tickets.extend(tickets)
                return publish(tickets, timeout=timeout)

            inner.publish = recording
            return inner

    broker = Recording()
    partner = FakePartner(accepts)
    engine = embedded.engine({"plain": partner}, broker=broker).start()
    ids = offer(engine, 20)
    embedded.wait_for_all(ids)
    replayer = EmbeddedBroker.publisher(broker)
    for _ in range(3):
        replayer.publish(list(embedded_tickets), timeout=5)
    more = offer(engine, 5, key=lambda number: f"m{number}")
    embedded.wait_for_all(more)
    engine.wait_until(lambda: broker.depth("plain") == 0, "the queue is empty")
    assert Counter(one.message_id for one in partner.got) == Counter(ids + more)
    replayer.close()
    broker.close()


def test_a_call_that_was_given_up_before_it_began_does_not_begin_after_all(embedded: Setup) -> None:
    """The journal is slow to give a large content: meanwhile the message is delivered under another lease."""
    stuck, go_on, first_ended, first = threading.Event(), threading.Event(), threading.Event(), threading.Lock()

    class Slow(Flaky):
        def run(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
            answer = super().run(unit, *args, **kwargs)
            if unit.__name__ == "large_content" and first.acquire(blocking=False):
                stuck.set()
                assert go_on.wait(60)
                first_ended.set()
            return answer

    partner = FakePartner()
    options = WorkerOptions(concurrency=2, call_deadline=0.3, lease_margin=1.0, abandon_after=0.2)
    engine = embedded.engine({"plain": partner}, journal=Slow(embedded.journal), options=options).start()
    document = json.dumps({"key": "k", "text": "x" * 400_000, "seq": 1}).encode()
    message_id = engine.accept("plain", document).message_id
    assert stuck.wait(60)
    engine.wait(message_id, "completed")
    go_on.set()
    assert first_ended.wait(60)
    threading.Event().wait(0.5)
    assert len(partner.calls_of(message_id)) == 1, "sent again after a recorded success"


def test_a_key_that_this_process_does_not_have_yet_is_no_trouble_of_the_partner(embedded: Setup) -> None:
    """After ``hub keys rotate`` every command uses the new key, and a process that runs on knows only the old."""
    old = KeyFile.generate()
    rotated = Keyring(old.with_new_master(activate=True))
    partner = FakePartner()
    engine = embedded.engine(
        {"plain": partner}, keyring=Keyring(old), throttle=Throttle(failures=3, probe_base=600, probe_most=600)
    )
    intake = Intake(embedded.journal, rotated, engine.routes)
    ids = [intake.accept("plain", plain_document(f"n{number}", number), CALLER).message_id for number in range(6)]
    intake.close()
    engine.start()
    engine.wait_until(lambda: all(len(engine.view(one).timeline) > 1 for one in ids), "each tried")
    other = engine.accept("plain", plain_document("other", 9)).message_id
    engine.wait(other, "completed")
    assert all(engine.view(one).status in ("waiting", "sending") for one in ids)
    (row,) = reading.connection_states(embedded.journal)
    assert row["state"] == "open"
