"""The production journal: PostgreSQL through psycopg, with a pool that gives the last used connection first.

A connection that breaks is replaced at the next unit of work. Waiting for a database that is away is the caller's business
(``Unavailable``), because only the caller knows what it holds in its hands.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Concatenate

import psycopg
import sqlalchemy
from psycopg import errors as pg
from psycopg.abc import PQGen
from psycopg.pq.abc import PGresult
from sqlalchemy.engine import Connection

from hub.crashpoints import crashpoint
from hub.errors import Reached, Unavailable
from hub.journal.arrays import column
from hub.journal.database import (
    NO_EFFECTS,
    AfterUnit,
    Ask,
    P,
    R,
    Row,
    Statement,
    Waker,
    numbered,
    try_with_effects,
    unit_name,
)
from hub.journal.occurrences import Judge, Occurrence
from hub.journal.session import Question, Session

#: The channel of wake-ups; the payload is the connection's name.
CHANNEL = "hub_work"
#: A deadlock or serialisation failure is the database asking for a second try.
MAX_TRIES = 5
#: A unit that hangs longer than this has lost its database; sealing the timeline relies on it too.
STATEMENT_TIMEOUT_MS = 30_000
#: Seconds to wait for an answer: what the server may take, and a margin. A connection can stay open and silent for ever (a
#: fail-over, a firewall that forgot it), and then only a clock of our own ends the wait.
PATIENCE_SECONDS = STATEMENT_TIMEOUT_MS / 1000 + 5
#: Milliseconds that what we sent may stay unconfirmed by the other machine.
TCP_USER_TIMEOUT_MS = 15_000


_SAVE, _RELEASE = Statement("SAVEPOINT effect"), Statement("RELEASE SAVEPOINT effect")
_BACK = Question("ROLLBACK TO SAVEPOINT effect")
_BEGIN, _COMMIT, _ROLLBACK = Question("BEGIN"), Question("COMMIT"), Question("ROLLBACK")

#: For units of work: each knows its rows by key. Plans are made once, often while the tables are still small or empty, and must
#: not scan or hash whole tables ever after (measured: 3,541 against 785 us per message with 2,000 rows in work).
BY_KEY = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"


class _Connection(psycopg.Connection[Row]):
    """A connection on which no question waits for ever: one that gets no answer in time is closed."""

    patience = PATIENCE_SECONDS

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        until = time.monotonic() + self.patience
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if timeout is None and time.monotonic() >= until:
                self.pgconn.finish()  # whose answer would the next one be?
            raise


def open_connection(
    url: str, *, autocommit: bool = False, options: str = "", patience: float = PATIENCE_SECONDS
) -> psycopg.Connection[Row]:
    """A connection with the hub's settings, and further ``options`` of the server.

    Args:
        patience: Seconds to wait for an answer; then the connection is closed.

    Raises:
        Unavailable: The database is away.
    """
    try:
        connection = _Connection.connect(
            url,
            autocommit=autocommit,
            connect_timeout=5,
            prepare_threshold=2,
            application_name="hub",
            keepalives_idle=20,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=TCP_USER_TIMEOUT_MS,
            options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS}"
            f" -c synchronous_commit=on -c timezone=UTC -c jit=off{options}",
        )
    except psycopg.Error as error:
        raise Unavailable(f"the database cannot be reached ({type(error).__name__})", code="journal_away") from error
    connection.patience = patience
    return connection


@cache
def _together(statements: tuple[Statement, ...]) -> tuple[str, tuple[str, ...]]:
    """Several writes as one statement, each a data-modifying common table expression, and the wake-ups beside them.

    As statements of their own in the same round trip, those of an acceptance cost a tenth more (decision 16).
    """
    parts = ", ".join(one.as_part(number) for number, one in enumerate(statements))
    told = f"SELECT pg_notify('{CHANNEL}', name) FROM unnest(:names::text[]) AS name"
    return numbered(f"WITH {parts} {told}" if parts else told, "$")


def _columns(ask: Ask, prefix: str) -> dict[str, bytes]:
    columns = zip(ask.statement.batch.items(), zip(*ask.batch, strict=True), strict=True)
    return {f"{prefix}_{name}": column(kind, values) for (name, kind), values in columns}


def _question(rendered: tuple[str, tuple[str, ...]], values: Mapping[str, Any]) -> Question:
    text, names = rendered
    return Question(text, [values[name] for name in names])


class PostgresTx:
    """One transaction of a session: BEGIN goes with the first question, and COMMIT with the last.

    Args:
        name: By which crash points know it.
        effects: The effects of exchanges by route name.
    """

    dialect = "postgresql"

    def __init__(self, session: Session, name: str, effects: Mapping[str, Judge]) -> None:
        self.effects = effects
        self.happened: list[Occurrence] = []
        self.put_off = 0
        self._session = session
        self._name = name
        self._begun = False
        self._notified: set[str] = set()
        self._pending: list[Ask] = []
        #: Whether COMMIT may have been carried out.
        self.committing = False

    def rows(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> list[Row]:
        return self.rows_all(Ask(statement, batch, values))[0]

    def run(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> int:
        (answer,) = self._ask(Ask(statement, batch, values))
        return 0 if answer is None else answer.command_tuples or 0

    def rows_all(self, *asks: Ask, last: bool = False) -> list[list[Row]]:
        answers = self._ask(*asks, last=last)
        return [self._rows(ask.statement, answer) for ask, answer in zip(asks, answers, strict=True)]

    def _rows(self, statement: Statement, answer: PGresult | None) -> list[Row]:
        if statement.counted:
            return [(0 if answer is None else answer.command_tuples,)]
        return [] if answer is None else self._session.rows(answer)

    def run_all(self, *asks: Ask) -> None:
        if any(ask.batch for ask in asks):
            if self._pending:
                self._say(self._put_off())
            self._pending = [ask for ask in asks if ask.batch]
            self.put_off += 1

    def notify(self, connection: str) -> None:
        self._notified.add(connection)

    def flush(self) -> None:
        if self._pending:
            self._say(self._put_off())

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.run(_SAVE)
        try:
            yield
            self.run(_RELEASE)
        except BaseException:
            self._pending = []
            if self._session.usable:
                self._say([_BACK])
            raise

    def is_trouble(self, error: Exception) -> bool:
        return isinstance(error, _AWAY) and not isinstance(error, pg.QueryCanceled)  # too slow today is too slow tomorrow

    def _ask(self, *asks: Ask, last: bool = False) -> list[PGresult | None]:
        """Ask these behind what was put off; an answer for each, None for one that has no rows to begin from."""
        if self.committing:
            raise RuntimeError("nothing can be asked behind the last question of a transaction")
        asked = [_question(ask.statement.postgres, {**ask.values, **_columns(ask, "b")}) for ask in asks if _has_rows(ask)]
        if not asked and not last:
            return [None] * len(asks)
        put_off = self._put_off(self._notified if last else ())
        questions = [*put_off, *asked]
        answers = iter((self._commit(questions) if last else self._say(questions))[len(put_off) :])
        return [next(answers) if _has_rows(ask) else None for ask in asks]

    def _put_off(self, notified: Collection[str] = ()) -> list[Question]:
        """The writes that were put off, and wake-ups, as one statement."""
        wanted, self._pending = self._pending, []
        if not wanted and not notified:
            return []
        values = {"names": column("text", list(notified))}
        for number, ask in enumerate(wanted):
            values |= _columns(ask, f"b{number}")
        return [_question(_together(tuple(ask.statement for ask in wanted)), values)]

    def _say(self, questions: list[Question]) -> list[PGresult]:
        """Ask these, in the transaction."""
        if self._begun:
            return self._session.ask(questions)
        self._begun = True
        return self._session.ask([_BEGIN, *questions])[1:]

    def commit(self) -> None:
        """Commit, together with what was put off, unless the last question has done so."""
        if self.committing:
            return
        self._ask(last=True)

    def _commit(self, questions: list[Question]) -> list[PGresult]:
        """Ask these and commit; wake-ups among them are delivered with it."""
        answers = []
        if questions and not self._begun:
            # The first that this session hears may find that it has died long since: that must not be the commit.
            answers, questions = self._say(questions), []
        crashpoint(f"{self._name}.before_commit")
        if self._begun:
            self.committing = True
            try:
                answers += self._session.ask([*questions, _COMMIT])
            except psycopg.Error as error:
                self.committing = error.diag.severity_nonlocalized != "ERROR"  # the server's word that it came to nothing
                raise
        crashpoint(f"{self._name}.after_commit")
        return answers

    def roll_back(self) -> None:
        """Take everything back, as long as the session is alive."""
        if self._begun:
            self._session.ask([_ROLLBACK])


def _has_rows(ask: Ask) -> bool:
    return bool(ask.batch) or not ask.statement.batch


#: What the library does not count as trouble of the server, though it is: storage that is full, a standby, a process that stood
#: still within its transaction.
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, pg.ReadOnlySqlTransaction, pg.IdleInTransactionSessionTimeout)


def _translate(error: psycopg.Error, committing: bool) -> Exception:
    if not isinstance(error, _AWAY):
        return error
    return Unavailable(
        f"the database failed ({type(error).__name__})",
        code="disk_full" if isinstance(error, pg.DiskFull) else "journal_away",
        reached=Reached.MAYBE if committing else Reached.NO,
    )


#: Seconds without a hint after which the server is asked whether it is still there: a silent line brings no hints either.
SIGN_OF_LIFE_SECONDS = 20.0


class PostgresWaker:
    """LISTEN on a connection of its own."""

    def __init__(self, url: str, *, patience: float = PATIENCE_SECONDS, silence: float = SIGN_OF_LIFE_SECONDS) -> None:
        self._url = url
        self._patience = patience
        self._silence = silence
        self._heard = 0.0
        self._connection: psycopg.Connection[Row] | None = None

    def wait(self, timeout: float, *, room: Collection[str] = ()) -> set[str]:
        del room  # the server has sent the hint and this process is awake anyway
        try:
            if self._connection is None:
                # A hint is not worth waiting for: who waits here polls as well.
                self._connection = open_connection(self._url, autocommit=True, patience=min(self._patience, 5.0))
                self._connection.execute(f"LISTEN {CHANNEL}")
                self._heard = time.monotonic()
            elif time.monotonic() - self._heard > self._silence:
                self._connection.execute("SELECT 1")
                self._heard = time.monotonic()
            # stop_after still hands over everything that arrived in the same packet.
            names = {notice.payload for notice in self._connection.notifies(timeout=timeout, stop_after=1)}
            if names:
                self._heard = time.monotonic()
            return names
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

    def __init__(self, url: str, *, idle: int = 8, patience: float = PATIENCE_SECONDS) -> None:
        self.url = url
        self._patience = patience
        self.effects: AfterUnit = NO_EFFECTS
        self._most_idle = idle
        self._idle: list[Session] = []
        self._lock = threading.Lock()
        self._closed = False
        self._engine = sqlalchemy.create_engine(
            "postgresql+psycopg://",
            creator=lambda: open_connection(url, patience=patience),
            pool_size=4,
            max_overflow=8,
            pool_pre_ping=True,
        )

    def run(self, unit: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        def whole(tx: PostgresTx, apart: bool) -> R:
            result = unit(tx, *args, **kwargs)
            if tx.happened:
                self.effects.carry_out(tx, apart=apart)
            return result

        return try_with_effects(unit, lambda apart: self._run(unit_name(unit), lambda tx: whole(tx, apart)))

    def _run(self, name: str, call: Callable[[PostgresTx], R]) -> R:
        tries = 0
        while True:
            tries += 1
            session, used = self._take()
            tx = PostgresTx(session, name, self.effects.by_route)
            try:
                result = call(tx)
                tx.commit()
            except (pg.DeadlockDetected, pg.SerializationFailure) as error:
                self._roll_back(tx, session)
                if tries == MAX_TRIES:
                    raise Unavailable(f"the database stays locked ({type(error).__name__})", code="journal_away") from error
            except psycopg.Error as error:
                session.close()
                # A session from the pool may have died while nobody used it: surely nothing was committed, so once more.
                if used and not tx.committing and tries < MAX_TRIES and isinstance(error, _AWAY):
                    self._drop_idle()
                    continue
                raise _translate(error, tx.committing) from error
            except BaseException:
                self._roll_back(tx, session)
                raise
            else:
                self._give_back(session)
                return result

    def _drop_idle(self) -> None:
        with self._lock:
            sessions, self._idle = self._idle, []
        for session in sessions:
            session.close()

    def _take(self) -> tuple[Session, bool]:
        """A session, and whether it was used before."""
        with self._lock:
            if self._closed:
                raise Unavailable("the journal is closed", code="journal_away")
            if self._idle:
                return self._idle.pop(), True
        return Session(open_connection(self.url, autocommit=True, options=BY_KEY), patience=self._patience), False

    def _give_back(self, session: Session) -> None:
        with self._lock:
            if not self._closed and session.usable and len(self._idle) < self._most_idle:
                self._idle.append(session)
                return
        session.close()

    def _roll_back(self, tx: PostgresTx, session: Session) -> None:
        try:
            if session.usable:
                tx.roll_back()
        except psycopg.Error:
            session.close()
        self._give_back(session)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except sqlalchemy.exc.OperationalError as error:
            raise Unavailable("the database failed while reading", code="journal_away") from error

    def waker(self) -> Waker:
        return PostgresWaker(self.url, patience=self._patience)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._drop_idle()
        self._engine.dispose()
