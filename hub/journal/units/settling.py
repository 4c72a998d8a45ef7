"""Settling: what happened to leased messages, with everything it causes, in one transaction.

The lease's token is compared, except that what the partner's side itself said (it took over, or it refuses) is recorded even
when the lease has gone. An outcome that comes too late to change anything only adds an entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.journal.database import ROOM, Ask, Statement, Tx, must_be_recorded
from hub.journal.records import Change, ConnectionRow, Settlement, WorkRow
from hub.journal.timeline import append_to_archive
from hub.journal.units import connections, finishing
from hub.message import TRANSITIONS, Event, MessageId, Status

#: Given a connection, the outcomes of this batch in order and the database's time, the connection as it is from now on.
React = Callable[[ConnectionRow, Sequence[Settlement], int], ConnectionRow]

_KEEP_EVIDENCE = Statement(
    """
    INSERT INTO contents (message_id, kind, body) SELECT message_id, 'evidence', body FROM batch WHERE TRUE
    ON CONFLICT (message_id, kind) DO UPDATE SET body = excluded.body
    """,
    batch={"message_id": "uuid", "body": "bytea"},
)
_ENTRY = {
    Event.TAKEN_OVER: "taken_over",
    Event.DELIVERED: "delivered",
    Event.FAILED: "attempt_failed",
    Event.PARKED: "parked",
}


@must_be_recorded
def settle(tx: Tx, settlements: Sequence[Settlement], react: React) -> dict[MessageId, Status | None]:
    """Record these outcomes; the new status per message, None where the outcome came too late.

    Several outcomes of one message (a call that was given up and ended well after all) are recorded one after the other.
    """
    first = {one.message_id: one for one in reversed(settlements)}
    rest = [one for one in settlements if one is not first[one.message_id]]
    states = _settle(tx, list(first.values()), react)
    return {**states, **settle(tx, rest, react)} if rest else states


def _settle(tx: Tx, settlements: Sequence[Settlement], react: React) -> dict[MessageId, Status | None]:
    touched = _connections_to_change(settlements)
    locked = connections.lock(tx, list(touched))
    rows = finishing.lock(tx, [one.message_id for one in settlements], [one.key_id for one in settlements])
    changes, late, evidence = [], {}, []
    for one in settlements:
        row = rows.get(one.message_id)
        change = _change(row, one) if row is not None else None
        if change is None:
            late[one.message_id] = ("late_outcome", {"code": one.code, "outcome": one.event.value, **one.detail}, "system:hub")
        else:
            changes.append(change)
            if one.evidence is not None:
                evidence.append((one.message_id, one.evidence))
    states: dict[MessageId, Status | None] = dict.fromkeys(late)
    states.update(finishing.apply(tx, changes, Ask(_KEEP_EVIDENCE, evidence)))
    _note_late(tx, rows, states, late)
    saved = [react(locked[name][0], found, locked[name][1]) for name, found in touched.items() if name in locked]
    connections.save(tx, [row for row in saved if row != locked[row.name][0]])
    connections.recovered(tx, [(locked[row.name][0], row, locked[row.name][1]) for row in saved])
    for name in {one.connection for one in settlements}:
        tx.notify(name + ROOM)
    return states


def _connections_to_change(settlements: Sequence[Settlement]) -> dict[str, list[Settlement]]:
    """Connections whose row these outcomes may change; a success on a healthy connection leaves it alone and unlocked."""
    by_name: dict[str, list[Settlement]] = defaultdict(list)
    for one in settlements:
        by_name[one.connection].append(one)
    return {
        name: found
        for name, found in by_name.items()
        if any(
            not one.healthy or one.effect.failure or one.effect.fault or one.effect.parked or one.effect.answered
            for one in found
        )
    }


def _change(row: WorkRow, one: Settlement) -> Change | None:
    """The change that this outcome makes to a locked message; None when it is too late for any."""
    holds_lease = row.status == Status.SENDING and row.ticket_no == one.ticket_no
    if not holds_lease and not (one.final and (Status(row.status), one.event) in TRANSITIONS):
        return None
    event, code, next_at = one.event, one.code, row.now + one.delay
    if event == Event.FAILED and next_at > row.deliver_by:
        event, code = Event.PARKED, "deadline_passed"
    burned = row.attempts if one.burn else row.attempts - 1
    return Change(
        row,
        event,
        _ENTRY[event],
        code=code if event in (Event.FAILED, Event.PARKED) else "",
        detail={"attempt": row.attempts, "code": one.code, **one.detail},
        next_at=next_at,
        reason="retry",
        attempts=max(burned, 0),
        deaths=0,
        unsure=row.unsure or one.unsure,
    )


def _note_late(
    tx: Tx,
    rows: Mapping[MessageId, WorkRow],
    states: Mapping[MessageId, Status | None],
    late: Mapping[MessageId, tuple[str, Mapping[str, Any], str]],
) -> None:
    """An entry for outcomes that changed nothing, wherever the message's timeline ends now."""
    in_work = [rows[message_id] for message_id in late if message_id in rows and states.get(message_id) is None]
    finishing.note(tx, in_work, late)
    append_to_archive(tx, {message_id: note for message_id, note in late.items() if message_id not in rows})
