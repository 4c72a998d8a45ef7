"""What is SQLite's own: one writer thread, shared commits, and an end that leaves nobody waiting."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.errors import ConfigError, Unavailable
from hub.journal.database import ROOM, Statement, Tx
from hub.journal.opening import check_revision, migrate, open_journal, revision
from hub.journal.sqlite import SqliteDatabase, SqliteTx, now_micros
from tests.support.journals import new_sqlite_journal
from tests.support.services import wait_until

_ADD = Statement("INSERT INTO series (name, last) SELECT name, 1 FROM batch WHERE TRUE", batch={"name": "text"})


def add(tx: Tx, name: str) -> str:
    tx.run(_ADD, [(name,)])
    return name


def test_the_file_of_a_new_journal_is_for_its_owner_alone(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/hub.sqlite3")
    migrate(journal)
    journal.run(add, "x")
    files = list(tmp_path.iterdir())
    assert len(files) > 1, "the write-ahead log is beside it"
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    journal.close()


def test_another_process_that_comes_and_goes_leaves_the_log_of_what_was_committed(tmp_path: Path) -> None:
    """Opening one more connection must not drop the locks of the others: what follows would be written to a removed file."""
    journal = open_journal(f"sqlite:///{tmp_path}/hub.sqlite3")
    migrate(journal)
    journal.run(add, "before")
    with journal.reading() as one, journal.reading() as another:  # each reader that is open at once is a connection more
        for reader in (one, another):
            assert reader.execute(text("SELECT count(*) FROM series")).scalar() == 1
    visit = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM series').fetchall()"
    subprocess.run([sys.executable, "-c", visit, str(tmp_path / "hub.sqlite3")], check=True)
    journal.run(add, "after")
    with sqlite3.connect(tmp_path / "hub.sqlite3") as own:
        assert own.execute("SELECT count(*) FROM series").fetchone() == (2,)
    own.close()
    journal.close()


def test_a_row_comes_out_as_it_went_in(tmp_path: Path) -> None:
    rows = Statement(
        "SELECT id, data, text, number, none, flag FROM batch",
        batch={"id": "uuid", "data": "bytea", "text": "text", "number": "bigint", "none": "bytea", "flag": "boolean"},
        ids=(0,),
    )
    offered = [
        (uuid.UUID(int=1), b"\x00\xff", 'een "woord" \\ en é\n', 2**63 - 1, None, True),
        (uuid.UUID(int=2**128 - 1), b"", '{"a": [1]}', -1, b"x", False),
    ]
    journal = new_sqlite_journal(tmp_path)
    assert journal.run(lambda tx: tx.rows(rows, offered)) == offered
    journal.close()


def test_all_the_times_of_one_statement_are_one_time(tmp_path: Path) -> None:
    clock = Statement("SELECT hub_now(), n, hub_now() FROM batch", batch={"n": "int"})
    journal = new_sqlite_journal(tmp_path)
    before = now_micros()
    found = journal.run(lambda tx: tx.rows(clock, [(number,) for number in range(500)]))
    moments = {moment for first, _, last in found for moment in (first, last)}
    assert len(found) == 500
    assert len(moments) == 1
    assert before <= moments.pop() <= now_micros()
    journal.close()


def test_units_that_wait_together_share_a_commit(tmp_path: Path) -> None:
    journal = new_sqlite_journal(tmp_path)
    commits: list[str] = []
    entered, go_on = threading.Event(), threading.Event()

    def hold(tx: SqliteTx) -> None:
        tx._connection.set_trace_callback(lambda text: commits.append(text) if text.startswith("COMMIT") else None)
        entered.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(21) as pool:
        held = pool.submit(journal.run, hold)  # type: ignore[arg-type]
        assert entered.wait(60)
        found = [pool.submit(journal.run, add, f"n{number}") for number in range(20)]
        assert isinstance(journal, SqliteDatabase)
        wait_until(lambda: len(journal._units) == 20, "all units wait", pause=0.005)
        go_on.set()
        held.result(20)
        assert sorted(one.result(20) for one in found) == sorted(f"n{number}" for number in range(20))
    assert len(commits) == 2, "the one that was held, and the twenty that waited"
    journal.close()


def test_nobody_waits_for_a_journal_that_is_being_closed(tmp_path: Path) -> None:
    for round_ in range(10):
        folder = tmp_path / str(round_)
        folder.mkdir()
        journal = new_sqlite_journal(folder)
        journal.run(add, "first")
        started = threading.Barrier(9)

        def work(number: int, journal: object = journal, started: threading.Barrier = started) -> int:
            started.wait(20)
            done = 0
            while True:
                try:
                    journal.run(add, f"{number}-{done}")  # type: ignore[attr-defined]
                    done += 1
                except Unavailable:
                    return done

        with ThreadPoolExecutor(8) as pool:
            found = [pool.submit(work, number) for number in range(8)]
            started.wait(20)
            journal.close()
            done = sum(one.result(20) for one in found)
        again = open_journal(f"sqlite:///{folder / 'journal.db'}")
        with again.reading() as connection:
            rows = connection.exec_driver_sql("SELECT count(*) FROM series").scalar_one()
        assert rows == done + 1, "what was answered is not what is stored"
        again.close()


def test_a_journal_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    path = tmp_path / "folder.db"
    path.mkdir()
    journal = SqliteDatabase(path)
    for _ in range(2):
        with ThreadPoolExecutor(1) as pool, pytest.raises(Unavailable):
            pool.submit(journal.run, add, "x").result(20)
    journal.close()


def test_a_journal_of_another_revision_is_refused(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path / 'new.db'}")
    assert revision(journal) is None
    with pytest.raises(ConfigError, match="no tables yet"):
        check_revision(journal)
    migrate(journal)
    migrate(journal)
    check_revision(journal)
    journal.run(lambda tx: tx.run(Statement("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(ConfigError, match="newer hub"):
        check_revision(journal)
    journal.close()


def test_another_url_is_refused() -> None:
    with pytest.raises(ConfigError, match="sqlite:///"):
        open_journal("mysql://x")


def test_a_name_in_a_statement_is_a_parameter_and_a_cast_is_not() -> None:
    statement = Statement("SELECT :name, x::text, '%' FROM batch FOR UPDATE OF b", batch={"id": "uuid"})
    assert statement.postgres[0].endswith("SELECT $2, x::text, '%' FROM batch FOR UPDATE OF b")
    assert "unnest($1::uuid[])" in statement.postgres[0]
    assert statement.postgres[1] == ("b_id", "name")
    text, names = statement.sqlite(2)
    assert "FOR UPDATE" not in text
    assert "VALUES (?), (?)" in text
    assert "SELECT ?3, x::text" in text, "numbered behind the values of the batch"
    assert names == ("name",)


def test_a_journal_that_cannot_be_read_is_away(tmp_path: Path) -> None:
    journal = new_sqlite_journal(tmp_path)
    (tmp_path / "journal.db").rename(tmp_path / "elsewhere.db")
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(Unavailable), journal.reading():
        pass
    journal.close()


def test_room_alone_wakes_nobody_who_has_no_use_for_it(tmp_path: Path) -> None:
    journal = new_sqlite_journal(tmp_path)
    waker = journal.waker()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(waker.wait, 20)
        journal.run(lambda tx: tx.notify("corv" + ROOM))
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        journal.run(lambda tx: tx.notify("svb"))
        assert waiting.result(20) == {"corv" + ROOM, "svb"}, "but it comes along"
    journal.run(lambda tx: tx.notify("corv" + ROOM))
    assert waker.wait(20, room=["corv"]) == {"corv" + ROOM}, "nor is it lost for who asks later"
    waker.close()
    journal.close()


def test_a_unit_without_company_that_fails_leaves_nothing(tmp_path: Path) -> None:
    journal = new_sqlite_journal(tmp_path)

    def fail(tx: Tx) -> None:
        tx.run(Statement("INSERT INTO series (name, last) VALUES ('x', 1)"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no") as caught:
        journal.run(fail)
    assert caught.value.__cause__ is None
    assert journal.run(lambda tx: tx.rows(Statement("SELECT count(*) FROM series WHERE name = 'x'"))) == [(0,)]
    journal.close()
