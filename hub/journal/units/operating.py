"""What a person does to a message: resend, cancel, close. Each is checked against the status table under the lock."""

from __future__ import annotations

from collections.abc import Sequence

from hub.journal.database import IS_WAITING, Statement, Tx
from hub.journal.records import Change
from hub.journal.timeline import append_to_archive
from hub.journal.units import finishing, tasks
from hub.message import Event, InStatus, MessageId, Status

_HURRY = Statement(
    f"""
    UPDATE work SET next_at = hub_now() FROM batch b
    WHERE work.message_id = b.id AND {IS_WAITING} AND NOT work.ticketed RETURNING work.connection
    """,
    batch={"id": "uuid"},
)
_NEW_DEADLINE = Statement(
    "UPDATE work SET deliver_by = hub_now() + work.deliver_within FROM batch b WHERE work.message_id = b.id",
    batch={"id": "uuid"},
)
_MATCH = Statement(
    """
    UPDATE messages SET status = 'correlated', cause = :cause, final_at = hub_now()
    WHERE id = :id AND direction = 'in' AND status = 'unmatched'
    """
)


def resend(tx: Tx, ids: Sequence[MessageId], by: str) -> dict[MessageId, Status]:
    """Send parked messages again with the same identity and bytes. Those that are not parked are left alone and absent."""
    states = _change(tx, ids, Event.RESENT, "resent", by, frozenset({Status.PARKED}))
    tx.run(_NEW_DEADLINE, [(message_id,) for message_id in states])
    return states


def cancel(tx: Tx, ids: Sequence[MessageId], by: str, reason: str) -> dict[MessageId, Status]:
    """Withdraw messages that have not left, or close those that were sent; also releases their keys."""
    possible = frozenset({Status.WAITING, Status.PARKED, Status.SENT})
    return _change(tx, ids, Event.CANCELLED, "cancelled", by, possible, {"reason": reason})


def replaced(tx: Tx, message_id: MessageId, by: str, successor: MessageId) -> dict[MessageId, Status]:
    """Note that another message was sent instead of this parked or sent one."""
    possible = frozenset({Status.PARKED, Status.SENT})
    return _change(tx, [message_id], Event.REPLACED, "replaced", by, possible, {"successor": str(successor)})


def retry_now(tx: Tx, ids: Sequence[MessageId], by: str) -> int:
    """Make the next attempt of waiting messages due at once; returns how many."""
    rows = finishing.lock(tx, ids)
    waiting = [row for row in rows.values() if row.status == Status.WAITING and not row.ticketed]
    finishing.note(tx, waiting, {row.message_id: ("hurried", {}, by) for row in waiting})
    names = tx.rows(_HURRY, [(row.message_id,) for row in waiting])
    for (name,) in names:
        tx.notify(name)
    return len(names)


def match(tx: Tx, incoming: MessageId, ours: MessageId, by: str) -> bool:
    """A person says to which message of ours an unmatched one belongs; False when it was not waiting for that."""
    if not tx.run(_MATCH, id=incoming, cause=ours):
        return False
    append_to_archive(tx, {incoming: (InStatus.CORRELATED.value, {"message": str(ours)}, by)})
    tasks.close_one(tx, "unmatched", str(incoming), by)
    return True


def _change(
    tx: Tx,
    ids: Sequence[MessageId],
    event: Event,
    entry: str,
    by: str,
    possible: frozenset[Status],
    detail: dict[str, str] | None = None,
) -> dict[MessageId, Status]:
    rows = finishing.lock(tx, ids)
    chosen = [row for row in rows.values() if Status(row.status) in possible]
    again = 0 if event == Event.RESENT else None
    states = finishing.apply(
        tx,
        [
            Change(row, event, entry, actor=by, detail=detail or {}, reason="due" if row.head else "turn", attempts=again)
            for row in chosen
        ],
    )
    for row in chosen:
        tx.notify(row.connection)
    return states
