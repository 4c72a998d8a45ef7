"""Processes that are gone: what they held is free again, so that nothing waits for the dead.

A ticket is worthless, so one whose holder is only *silent* (no heartbeat for a while; it may stand still) is taken back too.
A lease is the right to send: of a holder that is only silent it lasts its time, but fills no place in the window; of one that
is *known* to be gone it ends now, as a lease that ended without an outcome (``keeping.expire``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.journal.database import Statement, Tx
from hub.journal.units import connections

_HOLDERS = Statement("SELECT DISTINCT holder FROM work WHERE ticketed AND holder IS NOT NULL")
_BEATS = Statement("SELECT process, hub_now() - at FROM heartbeats")
_TOUCHED = Statement(
    "SELECT DISTINCT w.connection FROM work w JOIN batch b ON b.holder = w.holder WHERE w.ticketed", batch={"holder": "text"}
)
_ALL_TOUCHED = Statement("SELECT DISTINCT connection FROM work WHERE ticketed")
_TICKETS = """
    UPDATE work SET ticketed = FALSE, ticket_no = ticket_no + 1, next_at = m.accepted_at FROM {source}messages m
    WHERE {held} AND work.ticketed AND work.status = 'waiting' AND m.id = work.message_id
"""
_LEASES_END = (
    "UPDATE work SET ticketed = FALSE, next_at = hub_now() {source}WHERE {held} AND status = 'sending' AND work.ticketed"
)
_LEASES_PLACE = "UPDATE work SET ticketed = FALSE {source}WHERE {held} AND status = 'sending' AND work.ticketed"
_OF = {"holder": "text"}
_TAKE_BACK = Statement(_TICKETS.format(source="batch b, ", held="work.holder = b.holder"), batch=_OF)
_END = Statement(_LEASES_END.format(source="FROM batch b ", held="work.holder = b.holder"), batch=_OF)
_UNCOUNT = Statement(_LEASES_PLACE.format(source="FROM batch b ", held="work.holder = b.holder"), batch=_OF)
_TAKE_ALL_BACK = Statement(_TICKETS.format(source="", held="TRUE"))
_END_ALL = Statement(_LEASES_END.format(source="", held="TRUE"))


class Holder(NamedTuple):
    """A process that holds tickets or leases; ``silent_for`` is microseconds, None when it never had a heartbeat."""

    name: str
    silent_for: int | None


def holders(tx: Tx) -> list[Holder]:
    """Every process that holds something now, and when it was last heard of: any of its roles counts."""
    names = [row[0] for row in tx.rows(_HOLDERS) if row[0]]
    if not names:
        return []
    silent: dict[str, int] = {}
    for beat, age in tx.rows(_BEATS):
        process = beat.partition("/")[0]
        silent[process] = min(age, silent.get(process, age))
    return [Holder(name, silent.get(name)) for name in names]


def release(tx: Tx, gone: Sequence[str], silent: Sequence[str]) -> int:
    """Free what these processes hold: those that are known to be gone, and those that are only silent.

    Returns how many tickets and leases that were.
    """
    dead, all_ = [(name,) for name in gone], [(name,) for name in (*gone, *silent)]
    touched = [row[0] for row in tx.rows(_TOUCHED, all_)]
    connections.lock(tx, touched)
    count = tx.run(_TAKE_BACK, all_) + tx.run(_END, dead) + tx.run(_UNCOUNT, [(name,) for name in silent])
    for name in touched:
        tx.notify(name)
    return count


def release_all(tx: Tx) -> int:
    """Free everything: for the start of the one process that uses this journal. Returns how many tickets and leases."""
    touched = [row[0] for row in tx.rows(_ALL_TOUCHED)]
    count = tx.run(_TAKE_ALL_BACK) + tx.run(_END_ALL)
    for name in touched:
        tx.notify(name)
    return count
