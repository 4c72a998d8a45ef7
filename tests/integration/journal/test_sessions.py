"""Sessions in pipeline mode and the transactions on them: what is asked together, what fails, and what is left afterwards."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from hub.errors import Reached, Unavailable
from hub.journal.arrays import column
from hub.journal.database import Ask, Statement, Tx
from hub.journal.opening import open_journal
from hub.journal.postgres import PostgresDatabase, PostgresTx, open_connection
from hub.journal.session import Question, Session
from hub.message import Event
from tests.contract.journal_rig import HOUR, Rig
from tests.support.journals import postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES

pytestmark = pytest.mark.postgres

_PID = Statement("SELECT pg_backend_pid()")
_NOTE_DOWN = Statement("INSERT INTO series (name, last) SELECT name, 1 FROM batch", batch={"name": "text"})
_NAMES = Statement("SELECT name FROM series ORDER BY name")


@pytest.fixture
def url(request: pytest.FixtureRequest, new_database: Callable[..., str]) -> str:
    server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
    return postgres_journal_url(server_url, new_database)


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    opened = Session(open_connection(url, autocommit=True))
    yield opened
    opened.close()


@pytest.fixture
def journal(url: str) -> Iterator[PostgresDatabase]:
    opened = open_journal(url)
    assert isinstance(opened, PostgresDatabase)
    yield opened
    opened.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[list[Question]]:
    """Every round trip of every session from now on."""
    made: list[list[Question]] = []
    ask = Session.ask

    def noted(self: Session, questions: list[Question]) -> Any:
        made.append(list(questions))
        return ask(self, questions)

    monkeypatch.setattr(Session, "ask", noted)
    return made


def _end_sessions(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_each_step_of_a_message_takes_two_round_trips(journal: PostgresDatabase, trips: list[list[Question]]) -> None:
    """BEGIN goes with the first questions and COMMIT with the last: accept, claim, lease, settle are eight, not seventeen."""
    rig = Rig(journal)
    rig.send(rig.accept(answer_within=HOUR))  # from here on the connection is known to be healthy

    def spent() -> int:
        made = len(trips)
        trips.clear()
        return made

    spent()
    rig.accept(ordering_key="k", answer_within=HOUR)
    accepting = spent()
    tickets = rig.claim()
    claiming = spent()
    (leased,) = rig.lease(*tickets)
    leasing = spent()
    rig.settle(rig.outcome(leased, Event.TAKEN_OVER))
    assert (accepting, claiming, leasing, spent()) == (2, 2, 2, 2)


def test_values_of_every_kind_come_back(session: Session) -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    question = Question(
        "SELECT $1::uuid, $2::bigint, $3::text, $4::boolean, $5::bytea, $6::text, $7::uuid[], $8::bytea",
        [one, -(2**62), "d'Été \\ %s", True, b"\0\xff", None, column("uuid", [other, None]), memoryview(b"m")],
    )
    assert session.rows(session.ask([question])[0]) == [
        (one, -(2**62), "d'Été \\ %s", True, b"\0\xff", None, [other, None], b"m")
    ]


def test_text_with_nul_is_refused_and_nothing_is_sent(session: Session) -> None:
    with pytest.raises(psycopg.DataError, match="NUL"):
        session.ask([Question("SELECT $1::text", ["a\0b"])])
    assert session.rows(session.ask([Question("SELECT 1")])[0]) == [(1,)]


def test_much_goes_both_ways_at_once(session: Session) -> None:
    """More than the sockets hold: the server stops reading until somebody reads what it says."""
    body = bytes(range(256)) * 32_768  # 8 MB
    answers = session.ask([Question("SELECT $1::bytea", [body])] * 4)
    assert [session.rows(answer) for answer in answers] == [[(body,)]] * 4


def test_the_first_failure_is_told_and_the_rest_is_left(session: Session) -> None:
    behind = Question("SELECT 2")
    with pytest.raises(pg.DivisionByZero):
        session.ask([Question("BEGIN"), Question("SELECT 1 / $1::int", [0]), behind])
    assert session.usable
    with pytest.raises(pg.InFailedSqlTransaction):
        session.ask([Question("SELECT 1")])
    session.ask([Question("ROLLBACK")])
    assert session.rows(session.ask([behind])[0]) == [(2,)], "what was not reached is prepared after all"
    with pytest.raises(pg.SyntaxError):
        session.ask([Question("SELEKT 1")])
    assert session.rows(session.ask([behind, behind])[1]) == [(2,)]


def test_a_server_that_hangs_up_says_why(session: Session, url: str) -> None:
    session.ask([Question("SELECT 1")])
    _end_sessions(url)
    with pytest.raises(psycopg.OperationalError):
        session.ask([Question("SELECT 1")])
    assert not session.usable
    with pytest.raises(psycopg.OperationalError):
        session.ask([Question("SELECT 1")])


def test_a_session_that_died_in_the_pool_is_replaced(journal: PostgresDatabase, url: str) -> None:
    def note(tx: Tx, name: str) -> None:
        tx.run_all(Ask(_NOTE_DOWN, [(name,)]))

    journal.run(note, "before")
    _end_sessions(url)
    journal.run(note, "after")
    assert journal.run(lambda tx: tx.rows(_NAMES)) == [("after",), ("before",)]


def test_a_commit_without_an_answer_may_have_happened(journal: PostgresDatabase, url: str) -> None:
    def note(tx: Tx) -> None:
        tx.rows(_PID)
        tx.run_all(Ask(_NOTE_DOWN, [("n",)]))
        _end_sessions(url)

    with pytest.raises(Unavailable) as failure:
        journal.run(note)
    assert failure.value.reached is Reached.MAYBE
    assert journal.run(lambda tx: tx.rows(_NAMES)) == []


def test_what_the_server_refuses_with_the_commit_was_not_committed(journal: PostgresDatabase) -> None:
    runs: list[int] = []

    def twice(tx: PostgresTx) -> None:
        runs.append(1)
        tx.rows(_PID)
        tx.run_all(Ask(_NOTE_DOWN, [("n",), ("n",)]))

    for _ in range(2):  # on a new session, and on one that was used before
        with pytest.raises(pg.UniqueViolation):
            journal.run(twice)
    assert len(runs) == 2, "another try would only fail again"
    assert journal.run(lambda tx: tx.rows(_NAMES)) == []


def test_an_interrupted_answer_is_nobody_elses(journal: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def poll(self, patience: float) -> None:
            del patience
            raise KeyboardInterrupt

    first = journal.run(lambda tx: tx.rows(_PID))
    with monkeypatch.context() as patch:
        patch.setattr(journal._idle[0], "_answers", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            journal.run(lambda tx: tx.rows(Statement("SELECT 'stray'")))
    second = journal.run(lambda tx: tx.rows(_PID))
    assert second != first
    assert second[0][0] != "stray"


def test_a_deadlock_is_tried_again(journal: PostgresDatabase) -> None:
    tries: list[int] = []

    def deadlocked(tx: Tx) -> str:
        tx.rows(_PID)
        tries.append(1)
        if len(tries) < 3:
            tx.run(Statement("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$"))
        return "done"

    assert journal.run(deadlocked) == "done"
    assert len(tries) == 3


def test_nothing_is_asked_behind_the_last(journal: PostgresDatabase) -> None:
    def more(tx: Tx) -> None:
        tx.rows_all(Ask(_PID), last=True)
        tx.rows(_PID)

    with pytest.raises(RuntimeError, match="behind the last"):
        journal.run(more)
    assert journal.run(lambda tx: tx.rows(_NAMES)) == []


def test_an_ask_without_rows_is_not_run_and_has_no_rows(journal: PostgresDatabase, trips: list[list[Question]]) -> None:
    def nothing(tx: Tx) -> Any:
        tx.run_all(Ask(_NOTE_DOWN, []))
        return tx.run(_NOTE_DOWN, []), tx.rows_all(Ask(_NOTE_DOWN, []), Ask(_NOTE_DOWN))

    assert journal.run(nothing) == (0, [[], []])
    assert trips == [], "not even a transaction was begun"


def test_writes_that_were_put_off_come_before_what_is_asked_next(journal: PostgresDatabase) -> None:
    def unit(tx: Tx) -> Any:
        tx.run_all(Ask(_NOTE_DOWN, [("a",)]))
        tx.run_all(Ask(_NOTE_DOWN, [("b",)]))
        names, pid = tx.rows_all(Ask(_NAMES), Ask(_PID))
        assert len(pid) == 1
        tx.run_all(Ask(_NOTE_DOWN, [("c",)]))
        return names, *tx.rows_all(Ask(_NAMES), last=True)

    assert journal.run(unit) == ([("a",), ("b",)], [("a",), ("b",), ("c",)])
