"""The write-ahead log is moved beside the writer, and begins from its start again though commits never pause."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.journal import checkpointing
from hub.journal.checkpointing import Checkpointer
from hub.journal.sqlite import connect
from tests.support.services import wait_until

ROWS = 200


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "a.db")
    connection.execute("PRAGMA wal_autocheckpoint=0")  # only what is tested here moves anything
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)")
    yield connection
    connection.close()


def _commit(writer: sqlite3.Connection, checkpointer: Checkpointer) -> None:
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(
        f"INSERT INTO rows (body) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"
        " SELECT zeroblob(500) FROM n"
    )
    writer.execute("COMMIT")
    checkpointer.committed(writer)


def _commit_until_moved(writer: sqlite3.Connection, checkpointer: Checkpointer) -> int:
    """How many commits it took; the last one moves the rest, and the next one begins the log again."""
    count = 1
    while not checkpointer._busy:
        _commit(writer, checkpointer)
        count += 1
    wait_until(lambda: checkpointer._nearly_done, "the thread has moved what there was", seconds=20, pause=0.005)
    _commit(writer, checkpointer)
    return count


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "journal-checkpoint"]


def test_the_log_does_not_grow_with_what_is_committed(tmp_path: Path, writer: sqlite3.Connection) -> None:
    checkpointer = Checkpointer(lambda: connect(tmp_path / "a.db"))
    log, sizes, commits = tmp_path / "a.db-wal", [], 0
    for _ in range(6):
        commits += _commit_until_moved(writer, checkpointer)
        sizes.append(log.stat().st_size)
    assert max(sizes) <= 1.5 * sizes[0], sizes
    checkpointer.close()
    assert _threads() == []
    copy = tmp_path / "copy.db"
    copy.write_bytes((tmp_path / "a.db").read_bytes())  # without its log: what stands in its place
    with sqlite3.connect(copy) as moved:
        (found,) = moved.execute("SELECT count(*) FROM rows").fetchone()
    moved.close()
    assert found == commits * ROWS
    assert commits * ROWS >= 6 * checkpointing.EVERY


def test_nothing_runs_before_there_is_something_to_move(tmp_path: Path, writer: sqlite3.Connection) -> None:
    checkpointer = Checkpointer(lambda: connect(tmp_path / "a.db"))
    _commit(writer, checkpointer)
    assert _threads() == []
    checkpointer.close()
    checkpointer.close()


def test_a_file_that_cannot_be_opened_is_tried_again(tmp_path: Path, writer: sqlite3.Connection) -> None:
    tries: list[int] = []

    def failing() -> sqlite3.Connection:
        tries.append(1)
        raise sqlite3.OperationalError("disk I/O error")

    checkpointer = Checkpointer(failing)
    for wanted in (1, 2):
        _commit_until_moved(writer, checkpointer)
        assert len(tries) == wanted
    checkpointer.close()


def test_without_room_for_a_thread_commits_go_on_and_it_is_tried_again(
    tmp_path: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpointer = Checkpointer(lambda: connect(tmp_path / "a.db"))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_room)
        for _ in range(checkpointing.EVERY // ROWS + 1):
            _commit(writer, checkpointer)
    assert not checkpointer._busy
    assert _commit_until_moved(writer, checkpointer) > 1
    checkpointer.close()


def _no_room(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
