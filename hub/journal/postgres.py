"""The production journal: PostgreSQL through psycopg, one connection per thread.

A connection that breaks is replaced at the next unit of work. Waiting for a database that is away is the caller's business
(``Unavailable``), because only the caller knows what it holds in its hands.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Concatenate

import psycopg
import sqlalchemy
from psycopg import errors as pg
from sqlalchemy.engine import Connection

from hub.crashpoints import crashpoint
from hub.errors import Reached, Unavailable
from hub.journal.database import P, R, Row, Statement, Waker, unit_name

#: The channel of wake-ups; the payload is the connection's name.
CHANNEL = "hub_work"
#: A deadlock or serialisation failure is the database asking for a second try.
MAX_TRIES = 5
#: A unit that hangs longer than this has lost its database; sealing the timeline relies on it too.
STATEMENT_TIMEOUT_MS = 30_000


def open_connection(url: str, *, autocommit: bool = False) -> psycopg.Connection[Row]:
    """A connection with the hub's settings.

    Raises:
        Unavailable: The database is away.
    """
    try:
        return psycopg.connect(
            url,
            autocommit=autocommit,
            connect_timeout=5,
            prepare_threshold=2,
            application_name="hub",
            keepalives_idle=20,
            keepalives_interval=5,
            keepalives_count=3,
            options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS}"
            " -c synchronous_commit=on -c timezone=UTC -c jit=off",
        )
    except psycopg.Error as error:
        raise Unavailable(f"the database cannot be reached ({type(error).__name__})") from error


@cache
def _together(statements: tuple[Statement, ...]) -> str:
    """Several writes as one statement, each a data-modifying common table expression."""
    return f"WITH {', '.join(one.as_part(number) for number, one in enumerate(statements))} SELECT 1"


class PostgresTx:
    """One transaction on a psycopg connection."""

    dialect = "postgresql"

    def __init__(self, cursor: psycopg.Cursor[Row]) -> None:
        self._cursor = cursor
        self._notified: set[str] = set()

    def _execute(self, statement: Statement, batch: Sequence[Row], values: dict[str, Any]) -> bool:
        if statement.batch:
            if not batch:
                return False
            for name, column in zip(statement.batch, zip(*batch, strict=True), strict=True):
                values[f"b_{name}"] = list(column)
        self._cursor.execute(statement.postgres, values)
        return True

    def rows(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> list[Row]:
        return self._cursor.fetchall() if self._execute(statement, batch, values) else []

    def run(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> int:
        return self._cursor.rowcount if self._execute(statement, batch, values) else 0

    def run_all(self, *pairs: tuple[Statement, Sequence[Row]]) -> None:
        wanted = [(statement, batch) for statement, batch in pairs if batch]
        if not wanted:
            return
        values = {
            f"b{number}_{name}": list(column)
            for number, (statement, batch) in enumerate(wanted)
            for name, column in zip(statement.batch, zip(*batch, strict=True), strict=True)
        }
        self._cursor.execute(_together(tuple(statement for statement, _ in wanted)), values)

    def notify(self, connection: str) -> None:
        self._notified.add(connection)

    def send_notifications(self) -> None:
        """Queue the wake-ups; PostgreSQL delivers them when the transaction commits."""
        if self._notified:
            self._cursor.execute("SELECT pg_notify(%s, name) FROM unnest(%s::text[]) AS name", (CHANNEL, list(self._notified)))


class PostgresWaker:
    """LISTEN on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Row] | None = None

    def wait(self, timeout: float) -> set[str]:
        try:
            if self._connection is None:
                self._connection = open_connection(self._url, autocommit=True)
                self._connection.execute(f"LISTEN {CHANNEL}")
            # stop_after still hands over everything that arrived in the same packet.
            return {notice.payload for notice in self._connection.notifies(timeout=timeout, stop_after=1)}
        except (Unavailable, psycopg.Error):
            self.close()
            time.sleep(min(timeout, 0.5))
            return set()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresDatabase:
    """See ``hub.journal.database.Database``."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self._local = threading.local()
        self._open: set[psycopg.Connection[Row]] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._engine = sqlalchemy.create_engine(
            "postgresql+psycopg://", creator=lambda: open_connection(url), pool_size=4, max_overflow=8, pool_pre_ping=True
        )

    def run(self, unit: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        name = unit_name(unit)
        for attempt in range(1, MAX_TRIES + 1):
            connection = self._connection()
            committing = False
            try:
                with connection.cursor() as cursor:
                    tx = PostgresTx(cursor)
                    result = unit(tx, *args, **kwargs)
                    tx.send_notifications()
                    crashpoint(f"{name}.before_commit")
                    committing = True
                    connection.commit()
                    crashpoint(f"{name}.after_commit")
                    return result
            except (pg.DeadlockDetected, pg.SerializationFailure) as error:
                connection.rollback()
                if attempt == MAX_TRIES:
                    raise Unavailable(f"the database stays locked ({type(error).__name__})") from error
            except psycopg.Error as error:
                self._give_up(connection)
                if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
                    full = isinstance(error, pg.DiskFull)
                    raise Unavailable(
                        f"the database failed ({type(error).__name__})",
                        code="disk_full" if full else None,
                        reached=Reached.MAYBE if committing else Reached.NO,
                    ) from error
                raise
            except BaseException:
                self._roll_back(connection)
                raise
        raise AssertionError("unreachable")

    def _connection(self) -> psycopg.Connection[Row]:
        if self._closed:
            raise Unavailable("the journal is closed")
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = open_connection(self.url)
            self._local.connection = connection
            with self._lock:
                self._open.add(connection)
        return connection

    def _roll_back(self, connection: psycopg.Connection[Row]) -> None:
        try:
            connection.rollback()
        except psycopg.Error:
            self._give_up(connection)

    def _give_up(self, connection: psycopg.Connection[Row]) -> None:
        """Drop a connection whose state is not known."""
        with self._lock:
            self._open.discard(connection)
        connection.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except sqlalchemy.exc.OperationalError as error:
            raise Unavailable("the database failed while reading") from error

    def waker(self) -> Waker:
        return PostgresWaker(self.url)

    def close(self) -> None:
        self._closed = True
        with self._lock:
            connections, self._open = list(self._open), set()
        for connection in connections:
            connection.close()
        self._engine.dispose()
