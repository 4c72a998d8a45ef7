"""The commit budget: a message costs at most four commits, also when no two of them can share one."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from hub.crypto.keyring import Keyring
from hub.delivery import worker
from hub.delivery.worker import Worker, WorkerOptions
from hub.errors import NotConnected
from hub.journal import tables
from hub.journal.sqlite import SqliteTx
from hub.message import Event, MessageId, new_id
from hub.routes.contract import Release
from tests.contract.journal_rig import HOUR, Rig
from tests.integration.engine.conftest import Setup, in_thread
from tests.support.fake_partner import FakePartner, raises
from tests.support.plugin import do_without
from tests.support.routes import PlainRoute, plain_document

MESSAGES = 20
BUDGET = 4

#: Units that belong to a message, as against those that the clock brings (heartbeats, looks that find nothing).
OF_A_MESSAGE = ("accept", "claim", "lease", "settle", "take_numbers")


class Counting:
    """A journal that counts which units commit, and which claims found nothing."""

    def __init__(self, journal: Any) -> None:
        self._journal = journal
        self.runs: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def run(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        result = self._journal.run(unit, *args, **kwargs)
        name = unit.__name__
        empty = (name == "claim" and not result.tickets) or (name == "lease" and not result)
        with self.lock:
            self.runs[f"empty {name}" if empty else name] += 1
        return result


def _one_at_a_time(setup: Setup, commits: Callable[[], int]) -> tuple[int, Counter[str]]:
    """Commits that MESSAGES messages cost when each is accepted after the one before was delivered."""
    journal = Counting(setup.journal)
    partner = FakePartner()
    engine = setup.engine({"plain": partner}, journal=journal, poll=1.0)
    engine.start(housekeep=False)
    taken = engine.accept("plain", plain_document("first", 0))
    engine.wait(taken.message_id, "completed")
    before, runs = commits(), journal.runs.copy()
    for number in range(MESSAGES):
        taken = engine.accept("plain", plain_document(f"k{number}", number))
        engine.wait(taken.message_id, "completed")
    after = commits()
    return after - before, journal.runs - runs


def _check(spent: int, runs: Counter[str]) -> None:
    assert spent <= sum(runs.values()) + 2, f"commits besides the units of work: {spent} against {runs}"
    of_messages = sum(runs[name] for name in OF_A_MESSAGE)
    assert of_messages <= BUDGET * MESSAGES + 2, runs
    assert runs["accept"] <= MESSAGES


def test_a_message_costs_four_commits_in_sqlite(embedded: Setup) -> None:
    found: list[str] = []

    def trace(tx: SqliteTx) -> None:
        connection: sqlite3.Connection = tx._connection
        connection.set_trace_callback(lambda text: found.append(text) if text.startswith("COMMIT") else None)

    embedded.journal.run(trace)  # type: ignore[arg-type]
    spent, runs = _one_at_a_time(embedded, lambda: len(found))
    _check(spent, runs)
    assert runs["claim"] <= 2, "a message that is due at once is claimed along with its acceptance"


@pytest.mark.rabbit
@pytest.mark.postgres
@pytest.mark.parametrize("setup", ["servers"], indirect=True)
def test_a_message_costs_four_commits_in_postgresql(setup: Setup) -> None:
    """Transactions that wrote, by the counter that PostgreSQL gives them: an id is taken at the first write."""
    url = setup.journal.url  # type: ignore[attr-defined]

    def writing_transactions() -> int:
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
            assert row is not None
            return int(row[0])

    if os.environ.get("HUB_TEST_POSTGRES"):
        do_without("others may write to a server that is not ours")
    _check(*_one_at_a_time(setup, writing_transactions))


def test_a_flood_shares_its_commits(embedded: Setup) -> None:
    journal = Counting(embedded.journal)
    partner = FakePartner()
    engine = embedded.engine({"plain": partner}, journal=journal, poll=1.0)
    ids = [engine.accept("plain", plain_document(f"k{number}", number)).message_id for number in range(100)]
    engine.start(housekeep=False)
    embedded.wait_for_all(ids)
    assert len(embedded.rig().rows(tables.work)) == 0
    assert journal.runs["claim"] <= 100
    assert journal.runs["lease"] + journal.runs["settle"] <= 200, journal.runs


class _Answered(PlainRoute):
    """Its messages wait for an answer, so nobody waits for their outcome."""

    def __init__(self) -> None:
        super().__init__("asked", "asked")
        self.expects_answer, self.answer_within = True, dt.timedelta(hours=1)
        self.release = Release.ANSWERED


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outcomes that may wait do so until their batch is full, or for longer than any test would."""
    monkeypatch.setattr(worker, "COMPANY_WITHIN", float("inf"))
    monkeypatch.setattr(worker, "LINGER_IN_COMPANY", 1000.0)


class _Settling:
    """An engine with one route, and what it settled since its first message: then the connection is known to be healthy."""

    def __init__(self, setup: Setup, route: PlainRoute, *, concurrency: int = 64, batch: int = 5) -> None:
        self.journal = Counting(setup.journal)
        self.partner = FakePartner()
        self.route, self.setup = route, setup
        self.status = "sent" if route.expects_answer else "completed"
        options = WorkerOptions(concurrency=concurrency, batch=batch, call_deadline=5.0, lease_margin=1.0, abandon_after=1.0)
        self.engine = setup.engine({route.name: self.partner}, [route], journal=self.journal, options=options)
        self.engine.start(housekeep=False)
        self.send(1)
        self.journal.runs.clear()

    def send(self, many: int) -> None:
        ids = [self.accept() for _ in range(many)]
        self.setup.wait_for_all(ids, status=self.status)

    def accept(self) -> MessageId:
        number = len(self.partner.got)
        return self.engine.accept(self.route.name, plain_document(str(new_id()), number)).message_id


@pytest.mark.usefixtures("patience")
def test_outcomes_that_nobody_waits_for_are_settled_together(embedded: Setup) -> None:
    settling = _Settling(embedded, _Answered())
    settling.send(5)
    settling.send(5)
    assert settling.journal.runs["settle"] == 2


@pytest.mark.usefixtures("patience")
def test_an_outcome_that_frees_the_next_of_its_key_waits_for_nothing(embedded: Setup) -> None:
    settling = _Settling(embedded, PlainRoute())
    for _ in range(3):
        settling.send(1)
    assert settling.journal.runs["settle"] == 3


@pytest.mark.usefixtures("patience")
def test_a_failure_hurries_the_outcomes_that_wait(embedded: Setup) -> None:
    settling = _Settling(embedded, _Answered())
    first = settling.accept()
    settling.partner.wait_for(lambda it: len(it.got) == 2 and it.running == 0)
    settling.partner.next_calls.append(raises(NotConnected("nothing answers")))
    settling.accept()
    embedded.wait_for_all([first], status="sent")


@pytest.mark.usefixtures("patience")
def test_one_that_waits_for_nothing_hurries_those_that_come_after_it(embedded: Setup) -> None:
    """Both are there when the settling thread looks: what it took last must not make the first wait."""
    rig, options = Rig(embedded.journal), WorkerOptions(concurrency=64)
    one = Worker(embedded.journal, embedded.broker, Keyring.generate(), rig.connection, FakePartner().adapter, options=options)
    rig.send(rig.accept(answer_within=HOUR))  # from here on the connection is known to be healthy
    failed, taken = (rig.sending(answer_within=HOUR) for _ in range(2))
    one._outcomes.put(rig.outcome(failed, Event.FAILED))
    one._outcomes.put(rig.outcome(taken, Event.TAKEN_OVER))
    thread = in_thread(one._settle_loop)
    embedded.wait_for_all([taken.message_id], status="sent")
    one._outcomes.put(None)
    thread.join(20)


@pytest.mark.usefixtures("patience")
def test_a_worker_that_is_half_in_use_waits_for_nothing(embedded: Setup) -> None:
    settling = _Settling(embedded, _Answered(), concurrency=1)
    for _ in range(3):
        settling.send(1)
    assert settling.journal.runs["settle"] == 3


def test_in_a_quiet_hour_an_outcome_waits_for_nothing(embedded: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "COMPANY_WITHIN", 0.0)
    monkeypatch.setattr(worker, "LINGER_IN_COMPANY", 1000.0)
    settling = _Settling(embedded, _Answered())
    for _ in range(3):
        settling.send(1)
    assert settling.journal.runs["settle"] == 3
