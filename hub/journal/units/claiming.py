"""Claiming: which messages of a connection get a ticket now.

The connection's row is locked, so one dispatcher at a time serves a connection and several dispatchers share the connections.
At most ``window - outstanding`` messages are taken, in fair turn over the connection's routes. A message whose ticket has
lapsed is simply due again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from hub.journal.database import IS_WAITING, Ask, Statement, Tx
from hub.journal.records import ConnectionRow
from hub.journal.units import connections
from hub.message import Ticket, made_at

_TRY_LOCK = Statement(f"SELECT {connections.COLUMNS}, hub_now() FROM connections c WHERE c.name = :name FOR UPDATE SKIP LOCKED")
#: The clock asked once, so that an index can be entered at this moment instead of walked through.
_NOW = "(SELECT hub_now())"
_SET_BACK = Statement(
    f"""
    UPDATE work SET ticketed = FALSE, ticket_no = work.ticket_no + 1,
        next_at = CASE WHEN CAST(:pause AS bigint) > 0 THEN hub_now() + :pause ELSE b.since END
    FROM batch b WHERE work.message_id = b.id AND work.ticket_no = b.ticket_no AND {IS_WAITING}
    """,
    batch={"id": "uuid", "ticket_no": "bigint", "since": "bigint"},
)
_PROBING = Statement("UPDATE connections SET probe = :id WHERE name = :name")
_PROBE_RUNS = Statement(
    """
    SELECT 1 FROM connections c JOIN work w ON w.message_id = c.probe
    WHERE c.name = :name AND w.ticketed AND w.next_at > hub_now()
    """
)


@cache
def _look(routes: int) -> Statement:
    """How many tickets and leases are outstanding, and how long until the next message that is not due yet."""
    parts = " UNION ALL ".join(
        f"""SELECT at FROM (SELECT next_at AS at FROM work WHERE connection = :name AND route = :route_{index}
            AND status = 'waiting' AND head AND next_at > {_NOW} ORDER BY next_at LIMIT 1) AS n_{index}"""
        for index in range(routes)
    )
    return Statement(
        f"""
        SELECT (SELECT count(*) FROM work WHERE connection = :name AND ticketed AND next_at > hub_now()),
            (SELECT min(at) - hub_now() FROM ({parts}) AS soonest)
        """
    )


@cache
def _take(routes: int, *, probe: bool) -> Statement:
    """Give tickets to the first runnable messages of each route, interleaved; a probe prefers the fewest attempts.

    A route's turn begins behind what it has outstanding, so that turns are fair also when places come free one by one. A probe
    may be a message that waits for its next attempt: else a partner that is back would be noticed only then.
    """
    order = "attempts, next_at" if probe else "turn, next_at"
    due = f"next_at <= {_NOW}"
    if probe:
        due = f"({due} OR (reason = 'retry' AND code <> 'throttled')) AND NOT (ticketed AND next_at > hub_now())"
    parts = " UNION ALL ".join(
        f"""
        SELECT message_id, next_at, attempts, row_number() OVER (ORDER BY next_at) + (
            SELECT count(*) FROM work o WHERE o.connection = :name AND o.ticketed AND o.next_at > hub_now()
                AND o.route = :route_{index}) AS turn FROM (
            SELECT message_id, next_at, attempts FROM work
            WHERE connection = :name AND route = :route_{index} AND status = 'waiting' AND head AND {due}
            ORDER BY next_at LIMIT :look) AS first_{index}"""
        for index in range(routes)
    )
    return Statement(
        f"""
        UPDATE work SET ticketed = TRUE, ticket_no = work.ticket_no + 1, next_at = hub_now() + :life, holder = :holder
        FROM (SELECT message_id FROM ({parts}) AS due ORDER BY {order} LIMIT :room) AS chosen
        WHERE work.message_id = chosen.message_id AND {IS_WAITING}
        RETURNING work.message_id, work.ticket_no
        """,
        ids=(0,),
    )


class Claim(NamedTuple):
    """What a claim gave.

    Attributes:
        tickets: To be published after this transaction has been committed.
        again_in: Microseconds after which a next claim makes sense, None when only a hint can tell.
        more: The window was the limit: there may be more as soon as it has room.
    """

    tickets: list[Ticket]
    again_in: int | None
    more: bool


def claim(tx: Tx, name: str, routes: Sequence[str], most: int, life: int, holder: str = "") -> Claim:
    """Give tickets to at most ``most`` messages of a connection; a ticket lapses after ``life`` microseconds.

    Args:
        holder: The process that will publish them, so that they do not count for longer than it lives.
    """
    if not routes:
        return Claim([], None, more=False)
    names = {"name": name, **{f"route_{index}": route for index, route in enumerate(routes)}}
    # Each statement sees what was committed before it began: the second one looks with the lock in hand.
    locked, ((outstanding, again_in),) = tx.rows_all(Ask(_TRY_LOCK, (), {"name": name}), Ask(_look(len(routes)), (), names))
    if not locked:
        return Claim([], 20_000, more=False)
    row, now = ConnectionRow._make(locked[0][:-1]), locked[0][-1]
    if row.state == "paused":
        return Claim([], None, more=False)
    broken = row.state == "broken"
    if broken and (row.probe_at or 0) > now:
        return Claim([], (row.probe_at or 0) - now, more=False)
    if broken and tx.rows(_PROBE_RUNS, name=name):
        return Claim([], None, more=False)
    # Calls that ran when the breaker opened may hang for long; they say nothing about the partner as it is now.
    room = min(most, 1 if broken else row.window_now - outstanding)
    if room <= 0:
        return Claim([], life, more=not broken)
    # A probe looks at a few more, to find the one with the fewest attempts.
    look = max(room, 20 if broken else 0)
    limits = {"look": look, "room": room, "life": life, "holder": holder}
    (taken,) = tx.rows_all(Ask(_take(len(routes), probe=broken), (), {**names, **limits}), last=not broken)
    if broken and taken:
        tx.run(_PROBING, name=name, id=taken[0][0])
    tickets = [Ticket(message_id, number, name) for message_id, number in taken]
    full = len(tickets) >= room
    return Claim(tickets, life if full else again_in, more=full and not broken)


def set_back(tx: Tx, tickets: Sequence[Ticket], pause: int = 0) -> int:
    """Take tickets back that the broker refused; the messages are due after ``pause`` microseconds. Returns how many.

    Without a pause they take their place again as if they had had no ticket: the oldest first.
    """
    rows = [(ticket.message_id, ticket.ticket_no, made_at(ticket.message_id)) for ticket in tickets]
    return tx.run(_SET_BACK, rows, pause=pause)
