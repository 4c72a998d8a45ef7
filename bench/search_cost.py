"""What a full journal costs: sending and searching with finished and waiting rows in it, against an empty one.

Two databases of one PostgreSQL server: one empty, one with ``finished`` messages that ended long ago (as retention leaves
them: rows, references and timeline, contents destroyed) and ``waiting`` messages that wait behind the heads of 100 ordering
keys at a connection that is paused, as in a long outage. The measured messages go over the other connection.

Per message: CPU of the hub's processes and PostgreSQL for a burst. Per search: the wall time of what a person asks.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg

from bench import hub_job
from bench.services import Servers
from hub.configured import exchange_tables
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.opening import migrate, open_journal
from hub.journal.reading import MessageView
from hub.journal.units import connections

#: What a load writes for a column it has nothing to say about.
_EMPTY = {"boolean": "FALSE", "bigint": "0", "integer": "0", "character varying": "''", "text": "''", "bytea": r"'\x00'::bytea"}


def load(url: str, *, finished: int, waiting: int) -> float:
    """Fill a migrated database; returns the seconds it took."""
    begun = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        _messages(connection, "f", finished, status="'completed'")
        _messages(connection, "e", waiting, status="NULL")
        _fill(
            connection, "work", waiting,
            message_id=_id("e"), connection="'corv2'", route="'raadsverzoek'", status="'waiting'", next_at="n",
            reason="CASE WHEN n <= 100 THEN 'due' ELSE 'turn' END", head="n <= 100", key_id="'raadsverzoek:full' || n % 100",
            key_pos="1 + (n - 1) / 100", max_attempts="20",
        )  # fmt: skip
        connection.execute(
            "INSERT INTO ordering_keys (key_id, last_pos, head_pos) SELECT 'raadsverzoek:full' || n, %s, 1"
            " FROM generate_series(0, 99) AS n",
            (waiting // 100,),
        )
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return time.monotonic() - begun


def _messages(connection: psycopg.Connection[Any], mark: str, count: int, *, status: str) -> None:
    identity = _id(mark)
    _fill(
        connection, "messages", count,
        id=identity, direction="'out'", route="'raadsverzoek'", connection="'corv'", type="'vtoDi01'",
        reference=f"'{mark}-' || n", kenmerk=f"'OUD-{mark}-' || n", title="'Verzoek tot onderzoek, 1 kind'", status=status,
        accepted_at="1735700000000000 + n", cause="NULL::uuid", data_key="NULL::bytea",
        final_at="NULL::bigint" if status == "NULL" else "1735700000000000 + n", size="5300", seq="3",
    )  # fmt: skip
    for kind, value in (("reference", f"'{mark}-' || n"), ("kenmerk", f"'OUD-{mark}-' || n"), ("bsn", f"'h:{mark}' || n / 3")):
        exclusive = "FALSE" if kind == "bsn" else "TRUE"
        _fill(connection, "refs", count, kind=f"'{kind}'", value=value, message_id=identity, exclusive=exclusive)
    for seq, event in ((1, "accepted"), (2, "taken_over"), (3, "confirmed")):
        _fill(
            connection, "timeline", count,
            message_id=identity, seq=str(seq), at="1735700000000000 + n", event=f"'{event}'", detail="'{}'",
            actor="'system:bench'",
        )  # fmt: skip


def _id(mark: str) -> str:
    digit = {"f": "0000", "e": "0001"}[mark]
    return f"(('0194{digit}-' || lpad(to_hex(n / 65536), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid)"


def _fill(session: psycopg.Connection[Any], table: str, count: int, /, **values: str) -> None:
    """Insert ``count`` rows (n = 1, 2, ...); required columns that are not given get something empty of their type."""
    columns = session.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'NO' ORDER BY ordinal_position",
        (table,),
    ).fetchall()
    made = {name: _EMPTY[kind] for name, kind in columns if name not in values} | values
    into, chosen = ", ".join(made), ", ".join(made.values())
    statement = f"INSERT INTO {table} ({into}) SELECT {chosen} FROM generate_series(1, {count}::bigint) AS n"
    session.execute(statement.encode())


def searches(empty: Database, full: Database) -> dict[str, float]:
    """The ratio full / empty of the time that each search takes (medians, asked in turn)."""
    return {f"search {name}": _ratio(ask, empty, full) for name, ask in _SEARCHES.items()}


#: What people ask: a case number, pages of lists, a message with its timeline.
_SEARCHES: dict[str, Callable[[Database, MessageView], object]] = {
    "find": lambda journal, one: reading.find(journal, one.kenmerk),
    "list": lambda journal, one: reading.list_messages(journal),
    "open": lambda journal, one: reading.list_messages(journal, reading.Filter(open_only=True)),
    "status": lambda journal, one: reading.list_messages(journal, reading.Filter(status="sent")),
    "show": lambda journal, one: reading.show(journal, one.id),
}


def _ratio(ask: Callable[[Database, MessageView], object], empty: Database, full: Database) -> float:
    newest = {journal: reading.list_messages(journal)[0] for journal in (empty, full)}
    taken: dict[Database, list[float]] = {empty: [], full: []}
    for _ in range(60):
        for journal, times in taken.items():
            begun = time.perf_counter()
            ask(journal, newest[journal])
            times.append(time.perf_counter() - begun)
    return statistics.median(taken[full][10:]) / statistics.median(taken[empty][10:])


def measure(servers: Servers, *, finished: int, waiting: int, count: int, rounds: int) -> dict[str, Any]:
    """Full against empty, interleaved.

    Returns:
        ``ratios``: for ``message`` and each search, full / empty, one per round; ``loading``: seconds.
    """
    with servers.database() as empty, servers.database() as full:
        for url in (empty, full):
            prepare(url)
        loading = load(full, finished=finished, waiting=waiting)
        found: dict[str, list[float]] = {}
        journals = open_journal(empty), open_journal(full)
        try:
            for number in range(rounds):
                costs = [_cost(servers, url, count, f"Z{number}") for url in (empty, full)]
                made = {"message": costs[1] / costs[0], **searches(*journals)}
                for name, value in made.items():
                    found.setdefault(name, []).append(value)
        finally:
            for journal in journals:
                journal.close()
    return {"ratios": found, "loading": loading, "finished": finished, "waiting": waiting}


def prepare(url: str) -> None:
    """The tables, and a second connection that is paused, to which the waiting messages belong."""
    journal = open_journal(url)
    try:
        migrate(journal, exchange_tables())
        journal.run(connections.ensure, [("corv2", "corv", 64)])
        journal.run(connections.pause, "corv2", "held", "system:bench")
    finally:
        journal.close()


def _cost(servers: Servers, database: str, count: int, prefix: str) -> float:
    """CPU microseconds per message."""
    with hub_job.running(servers, embedded=False, database=database, prefix=prefix) as hub:
        used: float = hub_job.burst(hub, servers, count)["cpu_total"]
        return used
