"""The commit budget: a message costs at most four commits, also when no two of them can share one."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from hub.journal import tables
from hub.journal.sqlite import SqliteTx
from tests.integration.engine.conftest import Setup
from tests.support.fake_partner import FakePartner
from tests.support.plugin import do_without
from tests.support.routes import plain_document

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
