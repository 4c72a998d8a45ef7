"""The embedded journal: SQLite with one writing connection and group commit.

SQLite does not scale over writers, so one thread writes at a time: it takes every unit of work that waits, runs each in a
savepoint and commits them together (``hub.journal.grouping``). A unit that fails takes only itself back. Reads use connections
of their own and never wait for the writer (write-ahead log).
"""

from __future__ import annotations

import contextlib
import operator
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, NamedTuple

import sqlalchemy
from sqlalchemy.engine import Connection

from hub.crashpoints import crashpoint
from hub.errors import Unavailable
from hub.journal.database import (
    NO_EFFECTS,
    NOW,
    AfterUnit,
    Ask,
    P,
    R,
    Row,
    Statement,
    Waker,
    try_with_effects,
    unit_name,
    worth_waking,
)
from hub.journal.grouping import Grouping
from hub.journal.occurrences import Judge, Occurrence

sqlite3.register_adapter(uuid.UUID, operator.attrgetter("bytes"))
# For every value but text and numbers the library seeks an adapter; finding one that does nothing is quicker than finding none.
sqlite3.register_adapter(bytes, lambda value: value)

#: Pages that the writing connection keeps in memory: the upper levels of every index, also of a large journal.
CACHE_KB = 16_000
#: At most this many units share one commit, so that the first of a flood does not wait for the last.
MAX_GROUP = 128

_creating = threading.Lock()


def now_micros() -> int:
    """SQLite has no clock finer than a millisecond; embedded, the machine's clock is the database's."""
    return time.time_ns() // 1000


def connect(path: Path, *, cache_kb: int = 2_000) -> sqlite3.Connection:
    """A connection that commits durably and knows ``hub_now``.

    A new file is for its owner alone; what SQLite puts beside it gets the same permissions.

    Args:
        cache_kb: Kilobytes of pages that it keeps in memory; SQLite's own default when absent.
    """
    _create(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=512)
    connection.create_function("hub_now", 0, now_micros)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA cache_size=-{cache_kb}")
    # What is freed on a page that is written anyway is overwritten; whole freed pages hold ciphertext whose key is gone.
    connection.execute("PRAGMA secure_delete=FAST")
    return connection


def _create(path: Path) -> None:
    """Make the file if there is none.

    Closing *any* descriptor of a file drops every POSIX lock that the process holds on it, also those of SQLite's other
    connections; another process then takes itself for the last user and removes the write-ahead log with what was committed
    (sqlite.org/howtocorrupt.html, 2.2). So a file that is there is never opened here, and a new one has no user yet.
    """
    with _creating, contextlib.suppress(OSError):  # it is there already; of anything else SQLite itself says what is wrong
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


class SqliteTx:
    """One unit of work inside the writer's transaction."""

    dialect = "sqlite"
    put_off = 0

    def __init__(self, connection: sqlite3.Connection, effects: Mapping[str, Judge] = NO_EFFECTS.by_route) -> None:
        self.effects = effects
        self.happened: list[Occurrence] = []
        self._connection = connection
        self.notified: set[str] = set()

    def _execute(self, statement: Statement, batch: Sequence[Row], values: Mapping[str, Any]) -> sqlite3.Cursor | None:
        if statement.batch and not batch:
            return None
        text, names = statement.sqlite(len(batch))
        parameters = [value for row in batch for value in row]
        parameters += [now_micros() if name == NOW else values[name] for name in names]
        return self._connection.execute(text, parameters)

    def rows(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> list[Row]:
        cursor = self._execute(statement, batch, values)
        return statement.read_sqlite(cursor.fetchall()) if cursor else []

    def run(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> int:
        # The library counts only for statements that begin with INSERT, UPDATE or DELETE, not with WITH. (No triggers here.)
        before = self._connection.total_changes
        return 0 if self._execute(statement, batch, values) is None else self._connection.total_changes - before

    def rows_all(self, *asks: Ask, last: bool = False) -> list[list[Row]]:
        del last  # the group is committed together
        return [
            [(self.run(statement, batch, **values),)] if statement.counted else self.rows(statement, batch, **values)
            for statement, batch, values in asks
        ]

    def run_all(self, *asks: Ask) -> None:
        for ask in asks:
            self._execute(*ask)

    def notify(self, connection: str) -> None:
        self.notified.add(connection)

    def flush(self) -> None:
        """Nothing is ever put off."""

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._connection.execute("SAVEPOINT effect")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # else the whole transaction is gone (disk full)
                self._connection.execute("ROLLBACK TO effect")
                self._connection.execute("RELEASE effect")
            raise
        self._connection.execute("RELEASE effect")

    def is_trouble(self, error: Exception) -> bool:
        wrong = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_ERROR  # no such table, bad syntax
        return not wrong and isinstance(_translate(error), Unavailable) and not isinstance(error, Unavailable)


class LocalWaker:
    """Hints inside one process."""

    def __init__(self, forget: Callable[[LocalWaker], None]) -> None:
        self._condition = threading.Condition()
        self._names: set[str] = set()
        self._room: Collection[str] = ()
        self._forget = forget

    def wake(self, names: Collection[str]) -> None:
        """Tell of these hints."""
        with self._condition:
            self._names.update(names)
            if worth_waking(names, self._room):
                self._condition.notify()

    def wait(self, timeout: float, *, room: Collection[str] = ()) -> set[str]:
        with self._condition:
            self._room = room
            if not worth_waking(self._names, room):
                self._condition.wait(timeout)
            names, self._names = self._names, set()
            return names

    def close(self) -> None:
        self._forget(self)


class _Job(NamedTuple):
    name: str
    call: Callable[[SqliteTx], Any]


class SqliteDatabase:
    """See ``hub.journal.database.Database``."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.effects: AfterUnit = NO_EFFECTS
        path.parent.mkdir(parents=True, exist_ok=True)
        self._units: Grouping[_Job, Any] = Grouping(self._commit_group, most=MAX_GROUP)
        self._connection: sqlite3.Connection | None = None
        self._wakers: list[LocalWaker] = []
        self._wakers_lock = threading.Lock()
        self._engine = sqlalchemy.create_engine(
            "sqlite://", creator=lambda: connect(path), poolclass=sqlalchemy.pool.QueuePool, pool_size=4, max_overflow=8
        )

    def run(self, unit: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        def whole(tx: SqliteTx, apart: bool) -> R:
            result = unit(tx, *args, **kwargs)
            if tx.happened:
                self.effects.carry_out(tx, apart=apart)
            return result

        def once(apart: bool) -> R:
            result: R = self._units.run(_Job(unit_name(unit), lambda tx: whole(tx, apart)))
            return result

        return try_with_effects(unit, once)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except sqlalchemy.exc.OperationalError as error:
            raise Unavailable("the journal could not be read", code="journal_away") from error

    def waker(self) -> Waker:
        waker = LocalWaker(self._forget)
        with self._wakers_lock:
            self._wakers.append(waker)
        return waker

    def _forget(self, waker: LocalWaker) -> None:
        with self._wakers_lock:
            if waker in self._wakers:
                self._wakers.remove(waker)

    def close(self) -> None:
        self._units.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._engine.dispose()

    # Writing: one group at a time, on the one connection that writes.

    def _commit_group(self, jobs: Sequence[_Job], _: Callable[[], None]) -> list[Any]:
        """Run these units in one transaction; the result of each, or what its caller gets to see in its stead."""
        try:
            connection = self._connection = self._connection or connect(self.path, cache_kb=CACHE_KB)
        except sqlite3.Error as error:
            raise _translate(error) from error
        names: set[str] = set()
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [(self._run_one if len(jobs) > 1 else self._run_alone)(connection, job, names) for job in jobs]
            _crash_at(jobs, outcomes, "before_commit")
            connection.execute("COMMIT")
        except BaseException as error:
            _roll_back(connection)
            if isinstance(error, Exception) and (told := _translate(error)) is not error:
                raise told from error
            raise
        _crash_at(jobs, outcomes, "after_commit")
        if names:
            self._wake(names)
        return outcomes

    def _wake(self, names: set[str]) -> None:
        with self._wakers_lock:
            wakers = list(self._wakers)
        for waker in wakers:
            waker.wake(names)

    def _run_alone(self, connection: sqlite3.Connection, job: _Job, names: set[str]) -> Any:
        """A unit without company needs no savepoint: what it raises takes the whole transaction back."""
        tx = SqliteTx(connection, self.effects.by_route)
        result = job.call(tx)
        names |= tx.notified
        return result

    def _run_one(self, connection: sqlite3.Connection, job: _Job, names: set[str]) -> Any:
        tx = SqliteTx(connection, self.effects.by_route)
        connection.execute("SAVEPOINT unit")
        try:
            result = job.call(tx)
        except Exception as error:
            if not connection.in_transaction:
                raise  # the whole transaction is gone (disk full): the group fails
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
            return _translate(error)
        connection.execute("RELEASE unit")
        names |= tx.notified
        return result


def _crash_at(jobs: Sequence[_Job], outcomes: Sequence[Any], moment: str) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if not isinstance(outcome, Exception):
            crashpoint(f"{job.name}.{moment}")


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            return


def _translate(error: Exception) -> Exception:
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        full = getattr(error, "sqlite_errorcode", 0) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        return Unavailable(
            f"the journal could not be written ({getattr(error, 'sqlite_errorname', 'SQLITE_ERROR')}): {error}",
            code="disk_full" if full else "journal_away",
        )
    return error
