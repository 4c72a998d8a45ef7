"""SIGKILL between the core's rows and the effects, behind them, and on both sides of the commit: everything or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub import crashpoints
from hub.journal import tables
from hub.journal.opening import migrate, open_journal
from hub.message import MessageId, new_id
from tests.contract.effects_process import do
from tests.contract.journal_rig import SECOND, Rig
from tests.contract.ledger import TABLES, lines
from tests.support.journals import postgres_journal_url, sqlite_url
from tests.support.plugin import GIVEN_POSTGRES

_PLACES = [
    (what, place)
    for what in ("accept", "settle", "receive")
    for place in (*crashpoints.EFFECTS, f"{what}.before_commit", f"{what}.after_commit")
]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
        return
    new_database: Callable[..., str] = request.getfixturevalue("new_database")
    server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
    yield postgres_journal_url(server_url, new_database)


def _run(url: str, what: str, message_id: MessageId, crash_at: str) -> int:
    command = [sys.executable, "-m", "tests.contract.effects_process", url, what, str(message_id)]
    return subprocess.run(command, env={**os.environ, "HUB_CRASH_AT": crash_at}, timeout=60, check=False).returncode


def _expected(what: str, rig: Rig, message_id: MessageId) -> list[str]:
    """The ledger's words for what the core's rows say happened."""
    rows = {row["id"]: row for row in rig.rows(tables.messages)}
    if what == "receive":
        return ["received handled nothing counts", "accepted"] if message_id in rows else []
    if message_id not in rows:
        return []
    taken_over = rig.status(message_id) == "sent"
    return ["accepted", *(["sending taken_over sent"] if taken_over else [])]


@pytest.mark.parametrize(("what", "place"), _PLACES, ids=lambda value: value)
def test_a_kill_leaves_everything_or_nothing(url: str, what: str, place: str) -> None:
    journal = open_journal(url)
    migrate(journal, [TABLES])
    rig, message_id = Rig(journal), new_id()
    if what == "settle":
        do(rig, "accept", message_id)
    assert _run(url, what, message_id, place) == -signal.SIGKILL
    done = place.endswith("after_commit")
    words = [word for _, word in lines(journal)]
    assert words == _expected(what, rig, message_id), "the ledger and the core tell different stories"
    assert len(words) == {"accept": 0, "settle": 1, "receive": 0}[what] + done * {"accept": 1, "settle": 1, "receive": 2}[what]
    rig.verify()
    if what == "settle" and not done:
        rig.sql("UPDATE work SET status = 'waiting', ticketed = FALSE, next_at = :past", past=SECOND)
    if what != "settle" or not done:
        do(rig, what, message_id)
    assert [word for _, word in lines(journal)] == _expected(what, rig, message_id)
    assert len(lines(journal)) == (1 if what == "accept" else 2)
    rig.verify()
    journal.close()
