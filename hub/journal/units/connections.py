"""Partner connections: their state, their window, and what a person or an outcome does to them.

``window_now`` is the only throttle: 0 while paused or broken, 1 for a probe, doubling to its maximum on recovery.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.journal.database import Statement, Tx
from hub.journal.records import ConnectionRow
from hub.journal.units import tasks

COLUMNS = ", ".join(f"c.{name}" for name in ConnectionRow._fields)

_ENSURE = Statement(
    """
    INSERT INTO connections (name, partner, state, window_now, window_max, failures, parked_run, parked_code, code, since,
        probes, changed_by)
    SELECT name, partner, 'open', window_max, window_max, 0, 0, '', '', hub_now(), 0, 'system:hub' FROM batch WHERE TRUE
    ON CONFLICT (name) DO UPDATE SET partner = excluded.partner, window_max = excluded.window_max,
        window_now = CASE WHEN connections.state = 'open' AND connections.window_now = connections.window_max
            THEN excluded.window_max
            WHEN connections.window_now > excluded.window_max THEN excluded.window_max ELSE connections.window_now END
    """,
    batch={"name": "text", "partner": "text", "window_max": "int"},
)
_LOCK = Statement(
    f"SELECT {COLUMNS}, hub_now() FROM connections c JOIN batch b ON b.name = c.name ORDER BY c.name FOR UPDATE OF c",
    batch={"name": "text"},
)
_SAVE = Statement(
    """
    UPDATE connections SET state = b.state, window_now = b.window_now, failures = b.failures, parked_run = b.parked_run,
        parked_code = b.parked_code, code = b.code, since = b.since, probe_at = b.probe_at, probes = b.probes,
        changed_by = b.changed_by, last_success = b.last_success,
        last_failure = b.last_failure
    FROM batch b WHERE connections.name = b.name
    """,
    batch={
        "name": "text",
        "state": "text",
        "window_now": "int",
        "failures": "int",
        "parked_run": "int",
        "parked_code": "text",
        "code": "text",
        "since": "bigint",
        "probe_at": "bigint",
        "probes": "int",
        "changed_by": "text",
        "last_success": "bigint",
        "last_failure": "bigint",
    },
)
_TAKE_TICKETS_BACK = Statement(
    """
    UPDATE work SET ticketed = FALSE, ticket_no = ticket_no + 1, next_at = m.accepted_at FROM batch b, messages m
    WHERE work.connection = b.name AND work.status = 'waiting' AND work.ticketed AND m.id = work.message_id
    """,
    batch={"name": "text"},
)
# What waits for a next attempt takes its place again by its age; what the partner asked to wait with waits.
_HURRY = Statement(
    """
    UPDATE work SET next_at = (SELECT m.accepted_at FROM messages m WHERE m.id = work.message_id)
    WHERE message_id IN (
        SELECT w.message_id FROM work w JOIN batch b ON b.name = w.connection
        WHERE w.status = 'waiting' AND w.head AND w.reason = 'retry' AND NOT w.ticketed AND w.code <> 'throttled'
            AND w.next_at > hub_now() FOR UPDATE OF w SKIP LOCKED)
    """,
    batch={"name": "text"},
)
#: An outage shorter than this (microseconds) leaves next attempts where they are: they are near anyway.
LONG_OUTAGE = 10_000_000
_SIGN_OF_LIFE = Statement(
    """
    UPDATE connections SET probe_at = hub_now() FROM batch b
    WHERE connections.state = 'broken' AND connections.probe_at > hub_now()
        AND connections.partner IN (SELECT c.partner FROM connections c WHERE c.name = b.name)
    RETURNING connections.name
    """,
    batch={"name": "text"},
)


def ensure(tx: Tx, rows: Sequence[tuple[str, str, int]]) -> None:
    """Make sure these connections (name, partner, window_max) exist; their state is left as it is."""
    tx.run(_ENSURE, rows)


def lock(tx: Tx, names: Sequence[str]) -> dict[str, tuple[ConnectionRow, int]]:
    """Lock these connections; each with the database's time."""
    rows = tx.rows(_LOCK, [(name,) for name in sorted(set(names))])
    return {row[0]: (ConnectionRow._make(row[:-1]), row[-1]) for row in rows}


def save(tx: Tx, rows: Sequence[ConnectionRow]) -> None:
    """Write locked connections back; a task is open exactly while one is paused."""
    tx.run(_SAVE, [(row.name, *(getattr(row, name) for name in list(_SAVE.batch)[1:])) for row in rows])
    # A paused connection's tickets lead to nothing; outstanding, they would fill the small window it resumes with. While the
    # breaker is open only a probe is sent.
    tx.run(_TAKE_TICKETS_BACK, [(row.name,) for row in rows if row.state == "paused" or _just_broken(row)])
    paused = [tasks.connection_task(row.name, row.code) for row in rows if row.state == "paused" and row.code != "held"]
    tasks.open_tasks(tx, paused)
    for row in rows:
        if row.state == "open":
            tasks.close_one(tx, "connection", row.name, row.changed_by)
        tx.notify(row.name)


def _just_broken(row: ConnectionRow) -> bool:
    return row.state == "broken" and row.probes == 0 and row.since == row.last_failure


def recovered(tx: Tx, rows: Sequence[tuple[ConnectionRow, ConnectionRow, int]]) -> None:
    """Bring forward what waits for a next attempt over a connection that works again after a while: the oldest go first.

    Args:
        rows: Of locked connections, as they were and as they are now, and the database's time.
    """
    names = [(after.name,) for before, after, now in rows if _works_again(before, after, now)]
    tx.run(_HURRY, names)


def _works_again(before: ConnectionRow, after: ConnectionRow, now: int) -> bool:
    return before.state != "open" and after.state == "open" and now - before.since >= LONG_OUTAGE


def sign_of_life(tx: Tx, name: str) -> None:
    """Something came from this connection's partner: where its breaker is open, it is probed now."""
    for (woken,) in tx.rows(_SIGN_OF_LIFE, [(name,)]):
        tx.notify(woken)


def pause(tx: Tx, name: str, code: str, by: str) -> bool:
    """Stop sending over a connection; False when there is none of this name or it was paused already."""
    found = lock(tx, [name]).get(name)
    if found is None or found[0].state == "paused":
        return False
    row, now = found
    save(tx, [row._replace(state="paused", window_now=0, code=code, since=now, probe_at=None, changed_by=by)])
    return True


def resume(tx: Tx, name: str, by: str) -> bool:
    """Let a connection go again, carefully: one message first, then doubling. False when there is none of this name."""
    found = lock(tx, [name]).get(name)
    if found is None:
        return False
    row, now = found
    fresh = row._replace(
        state="open", window_now=1, failures=0, parked_run=0, parked_code="", code="", since=now, probe_at=None, probes=0
    )
    save(tx, [fresh._replace(changed_by=by)])
    recovered(tx, [(row, fresh, now)])
    tasks.close_one(tx, "polling", name, by)
    return True
