"""How the journal talks to its database: statements, transactions, and the two drivers behind one small face.

Units of work (``hub.journal.units``) are written once, as plain SQL that both databases understand. What differs is here:

* A statement may start from a *batch*: rows that come from Python. PostgreSQL gets them as binary arrays (``unnest``), which
  groups a hundred rows into one round trip; SQLite gets them as ``VALUES``.
* ``hub_now()`` is the database's clock in microseconds: a function of ours in PostgreSQL; in SQLite a parameter, since a
  function would have to take the interpreter at each call.
* ``FOR UPDATE`` is taken away for SQLite, which has one writer.

SQLAlchemy keeps the tables, the migrations and every read that is not on the way of a message.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from sqlalchemy.engine import Connection

from hub.errors import EffectFailed
from hub.journal.occurrences import Judge, Occurrence

P = ParamSpec("P")
R = TypeVar("R")

Row = tuple[Any, ...]

_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")
#: SQLite's parameter for the time at which a statement is run.
NOW = "hub_now"
_LOCK = re.compile(r"\s+FOR (?:NO KEY )?UPDATE(?: OF \w+)?(?: SKIP LOCKED)?")


def numbered(sql: str, mark: str, first: int = 1) -> tuple[str, tuple[str, ...]]:
    """A statement with numbered parameters (``mark`` and digits, from ``first`` on) in place of names, and their names."""
    names = tuple(dict.fromkeys(_NAME.findall(sql)))
    number = {name: place for place, name in enumerate(names, first)}
    return _NAME.sub(lambda found: f"{mark}{number[found[1]]}", sql), names


class Statement:
    """One SQL statement in both dialects, rendered once.

    Args:
        sql: Named parameters as ``:name``. Where ``batch`` is given, the relation ``batch`` can be used in it.
        batch: Column names of the batch and their PostgreSQL types.
        ids: Positions in the result that hold message ids.
        counted: In ``Tx.rows_all`` it gives one row: how many rows it wrote.
    """

    __slots__ = ("_sqlite", "batch", "counted", "ids", "postgres", "sql")

    def __init__(
        self,
        sql: str,
        *,
        batch: Mapping[str, str] | None = None,
        ids: Sequence[int] = (),
        counted: bool = False,
    ) -> None:
        self.sql = sql.strip()
        self.counted = counted
        self.batch = dict(batch or {})
        self.ids = tuple(ids)
        self.postgres = self._render_postgres()
        self._sqlite: dict[int, tuple[str, tuple[str, ...]]] = {}

    def _render_postgres(self) -> tuple[str, tuple[str, ...]]:
        return numbered(f"WITH {self._relation('batch', 'b_')} {self.sql}" if self.batch else self.sql, "$")

    def _relation(self, name: str, prefix: str) -> str:
        arrays = ", ".join(f":{prefix}{column}::{kind}[]" for column, kind in self.batch.items())
        return f"{name} AS (SELECT * FROM unnest({arrays}) AS b({', '.join(self.batch)}))"

    def as_part(self, number: int) -> str:
        """This write as one of several in a common PostgreSQL statement; its parameters start with ``b<number>_``."""
        own = re.sub(r"\bbatch\b", f"batch_{number}", self.sql)
        return f"{self._relation(f'batch_{number}', f'b{number}_')}, part_{number} AS ({own})"

    def sqlite(self, rows: int) -> tuple[str, tuple[str, ...]]:
        """The text for SQLite with ``rows`` rows in the batch, and the names of its other parameters.

        Parameters have numbers: first the values of the batch, row by row, then the others in the order of the names. By name
        the library would look up each of a thousand parameters in a list of all.
        """
        known = self._sqlite.get(rows)
        if known is None:
            sql = _LOCK.sub("", self.sql).replace("hub_now()", f":{NOW}")
            text, names = numbered(sql, "?", 1 + rows * len(self.batch))
            if self.batch:
                row = f"({', '.join('?' * len(self.batch))})"
                text = f"WITH batch({', '.join(self.batch)}) AS (VALUES {', '.join([row] * rows)}) {text}"
            known = text, names
            if len(self._sqlite) < 256:
                self._sqlite[rows] = known
        return known

    def read_sqlite(self, rows: list[Row]) -> list[Row]:
        """The rows as the statement's author meant them, from what SQLite gave: ids are ids."""
        return _convert_ids(rows, self.ids)


def _convert_ids(rows: list[Row], ids: Sequence[int]) -> list[Row]:
    if not ids:
        return rows
    out = []
    for row in rows:
        values = list(row)
        for position in ids:
            if values[position] is not None:
                values[position] = uuid.UUID(bytes=bytes(values[position]))
        out.append(tuple(values))
    return out


class Ask(NamedTuple):
    """A statement with its batch and its other parameters. One that has a batch, and no rows for it, is not run at all."""

    statement: Statement
    batch: Sequence[Row] = ()
    values: Mapping[str, Any] = MappingProxyType({})


#: Behind a connection's name in a wake-up: nothing new is due, but there is room in its window again.
ROOM = "+"

#: That a row of ``work`` waits, in a statement that finds it by its id. Written so that no index answers it: a planner that
#: knows few rows, as on a fresh database, would walk through all messages that wait, once for each claim and each lease.
IS_WAITING = "(work.status = 'waiting') IS TRUE"


def worth_waking(hints: Collection[str], room: Collection[str]) -> bool:
    """Whether one of these hints tells of something due, or of room in one of these connections' windows."""
    return any(not hint.endswith(ROOM) or hint.removesuffix(ROOM) in room for hint in hints)


class Tx(Protocol):
    """A running transaction. For the unit of work that was given it, and no longer than that."""

    dialect: str
    #: The effects of exchanges by route name; a route that has none is not in it.
    effects: Mapping[str, Judge]
    #: What happened to messages of routes with effects, in order; told to them when the unit has ended.
    happened: list[Occurrence]
    #: How often writes were put off (``run_all``).
    put_off: int

    def rows(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> list[Row]:
        """Run a statement and return its rows. A statement with a batch and no rows in it is not run at all."""

    def run(self, statement: Statement, batch: Sequence[Row] = (), /, **values: Any) -> int:
        """Run a statement and return the number of rows it touched."""

    def rows_all(self, *asks: Ask, last: bool = False) -> list[list[Row]]:
        """Run several statements one after the other and return the rows of each; in PostgreSQL in one round trip.

        Args:
            last: Nothing is asked behind these and nothing can fail any more, so in PostgreSQL they are committed along.
        """

    def run_all(self, *asks: Ask) -> None:
        """Run several writes with batches that do not depend on one another; in PostgreSQL as one, with the next round trip.

        They all see the tables as they were before, so no two of them may touch the same row.
        """

    def notify(self, connection: str) -> None:
        """Wake the dispatchers of a connection when this transaction commits. A hint: it may get lost.

        The name alone tells of something that is due; with ``ROOM`` behind it, of room in the window only.
        """

    def flush(self) -> None:
        """Do now what ``run_all`` has put off, so that its failure is not another statement's."""

    def savepoint(self) -> AbstractContextManager[None]:
        """A part of the transaction that an exception takes back alone; the exception goes on."""

    def is_trouble(self, error: Exception) -> bool:
        """Whether an error is trouble of the database (away, full, deadlock), so that the same may succeed in another try."""


class AfterUnit(Protocol):
    """What is done in the transaction of a unit once the unit itself has ended: ``hub.journal.effects.EffectsTable``."""

    @property
    def by_route(self) -> Mapping[str, Judge]:
        """The effects by route name."""

    def carry_out(self, tx: Tx, *, apart: bool) -> None:
        """Do it. Raises: EffectFailed."""


class NoEffects:
    """No exchange has anything to do."""

    by_route: Mapping[str, Judge] = MappingProxyType({})

    def carry_out(self, tx: Tx, *, apart: bool) -> None:
        """Nothing happened."""


NO_EFFECTS = NoEffects()

#: Tries of a unit that must be recorded, before a failing effect is left out.
EFFECT_TRIES = 3
_MUST_BE_RECORDED = "must_be_recorded"


def must_be_recorded(unit: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Tx, P], R]:
    """Mark a unit that tells what has happened already: a failing effect may delay it, but never prevent it."""
    unit.__dict__[_MUST_BE_RECORDED] = True
    return unit


def try_with_effects(unit: Callable[..., Any], once: Callable[[bool], R]) -> R:
    """Run a unit by ``once(apart)``, as its mark says.

    Raises:
        EffectFailed: An effect failed, and the unit need not be recorded.
    """
    if _MUST_BE_RECORDED not in unit.__dict__:
        return once(False)
    for _ in range(EFFECT_TRIES):
        try:
            return once(False)
        except EffectFailed:
            continue
    return once(True)


class Waker(Protocol):
    """Waits for hints that there is work. For one thread."""

    def wait(self, timeout: float, *, room: Collection[str] = ()) -> set[str]:
        """Names as given to ``Tx.notify``, or an empty set after ``timeout`` seconds. Hints are cleared by being returned.

        Args:
            room: Connections of which a hint about room alone is worth waking up for; of others it comes along with the next.
        """

    def close(self) -> None:
        """Idempotent."""


class Database(Protocol):
    """One database. Thread-safe.

    Attributes:
        effects: What exchanges do in its transactions; set once, before it is used.
    """

    dialect: str
    effects: AfterUnit

    def run(self, unit: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a unit of work in a transaction of its own and commit it; everything or nothing.

        On SQLite several units that wait at the same moment share one commit. A unit may run twice when the database asks
        for it (deadlock), so it changes nothing outside the transaction. The effects of exchanges follow it in the same
        transaction.

        Raises:
            EffectFailed: An effect failed, so that nothing was done; not for a unit that ``must_be_recorded``.
            Unavailable: The database could not be reached, or said it has no room (code ``disk_full``). Whether the commit
                happened is not known when ``reached`` is ``maybe``.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """A SQLAlchemy connection to read with."""

    def waker(self) -> Waker:
        """A waker for one thread."""

    def close(self) -> None:
        """Idempotent. Waits for units that run."""


def unit_name(unit: Callable[..., Any]) -> str:
    """The name by which crash points know a unit."""
    return unit.__name__
