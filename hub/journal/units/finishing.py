"""What every change of an outgoing message shares: locking it, writing its new state, and everything that causes.

``apply`` is the only writer of a status. It looks the next state up in the status table, so a change that the table does not
know cannot be written, and writes ``WHERE status = <from>``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.journal.database import Ask, Statement, Tx
from hub.journal.occurrences import StatusChange
from hub.journal.records import Change, WorkRow
from hub.journal.timeline import APPEND, append_to_archive, entry
from hub.journal.units import tasks
from hub.message import FINAL, MessageId, Status, after

WORK_COLUMNS = ", ".join(f"w.{name}" for name in WorkRow._fields if name != "now")

_KEYS_OF = Statement(
    "SELECT DISTINCT w.key_id FROM work w JOIN batch b ON b.id = w.message_id WHERE w.key_id IS NOT NULL",
    batch={"id": "uuid"},
)
_LOCK_KEYS = Statement(
    "SELECT k.key_id FROM ordering_keys k JOIN batch b ON b.key_id = k.key_id ORDER BY k.key_id FOR UPDATE OF k",
    batch={"key_id": "text"},
)
_LOCK_ROWS = Statement(
    f"SELECT {WORK_COLUMNS}, hub_now() FROM work w JOIN batch b ON b.id = w.message_id ORDER BY w.message_id FOR UPDATE OF w",
    batch={"id": "uuid"},
    ids=(0,),
)
_UPDATE = Statement(
    """
    UPDATE work SET status = b.status, reason = b.reason, code = b.code, next_at = b.next_at, head = b.head,
        ticketed = FALSE, ticket_no = ticket_no + 1, attempts = b.attempts, deaths = b.deaths, unsure = b.unsure,
        seq = b.seq, chain = b.chain
    FROM batch b WHERE work.message_id = b.id AND work.status = b.was
    """,
    batch={
        "id": "uuid",
        "was": "text",
        "status": "text",
        "reason": "text",
        "code": "text",
        "next_at": "bigint",
        "head": "boolean",
        "attempts": "int",
        "deaths": "int",
        "unsure": "boolean",
        "seq": "int",
        "chain": "bytea",
    },
)
_REMOVE = Statement(
    "DELETE FROM work WHERE message_id IN (SELECT id FROM batch)",
    batch={"id": "uuid"},
)
_FINISH = Statement(
    """
    UPDATE messages SET status = b.status, code = b.code, final_at = b.at, seq = b.seq, chain = b.chain
    FROM batch b WHERE messages.id = b.id AND messages.status IS NULL
    """,
    batch={"id": "uuid", "status": "text", "code": "text", "at": "bigint", "seq": "int", "chain": "bytea"},
)
_FREE_REFS = Statement(
    """
    UPDATE refs SET exclusive = FALSE FROM batch b
    WHERE refs.message_id = b.id AND refs.kind NOT IN ('reference', 'idempotency', 'inbound') AND refs.exclusive
    """,
    batch={"id": "uuid"},
)
_NEXT_IN_KEY = Statement(
    """
    SELECT b.key_id, (SELECT min(w.key_pos) FROM work w WHERE w.key_id = b.key_id AND w.key_pos > b.pos) FROM batch b
    """,
    batch={"key_id": "text", "pos": "bigint"},
)
_MOVE_HEAD = Statement(
    "UPDATE ordering_keys SET head_pos = b.pos FROM batch b WHERE ordering_keys.key_id = b.key_id",
    batch={"key_id": "text", "pos": "bigint"},
)
_MAKE_HEAD = Statement(
    """
    UPDATE work SET head = TRUE, reason = CASE WHEN status = 'waiting' AND reason = 'turn' THEN 'due' ELSE reason END
    FROM batch b WHERE work.key_id = b.key_id AND work.key_pos = b.pos RETURNING work.connection
    """,
    batch={"key_id": "text", "pos": "bigint"},
)
_NOBODY_WAITS = Statement(
    "UPDATE ordering_keys SET head_pos = last_pos + 1 FROM batch b WHERE ordering_keys.key_id = b.key_id",
    batch={"key_id": "text"},
)
_FORGET_KEYS = Statement(
    """
    DELETE FROM ordering_keys WHERE key_id IN (SELECT key_id FROM batch)
        AND NOT EXISTS (SELECT 1 FROM work w WHERE w.key_id = ordering_keys.key_id)
    RETURNING key_id
    """,
    batch={"key_id": "text"},
)

_NOTE = Statement(
    "UPDATE work SET seq = b.seq, chain = b.chain FROM batch b WHERE work.message_id = b.id",
    batch={"id": "uuid", "seq": "int", "chain": "bytea"},
)


def lock(tx: Tx, ids: Sequence[MessageId], keys: Iterable[str | None] | None = None) -> dict[MessageId, WorkRow]:
    """Lock the keys and then the rows of these messages; those not in work are absent from the answer.

    ``keys`` saves a read when the caller knows the ordering keys; a key never changes during a message's life.
    """
    batch = [(message_id,) for message_id in dict.fromkeys(ids)]
    names = {row[0] for row in tx.rows(_KEYS_OF, batch)} if keys is None else {key for key in keys if key}
    _, found = tx.rows_all(Ask(_LOCK_KEYS, [(name,) for name in sorted(names)]), Ask(_LOCK_ROWS, batch))
    rows = (WorkRow._make(row) for row in found)
    return {row.message_id: row._replace(chain=bytes(row.chain)) for row in rows}


def apply(tx: Tx, changes: Sequence[Change], *also: Ask) -> dict[MessageId, Status]:
    """Write these changes of locked messages and everything they cause: timeline, release of keys, tasks.

    ``also`` are further writes that go along in the same round trip.

    Raises:
        ValueError: The status table does not allow a change.
    """
    states: dict[MessageId, Status] = {}
    entries, updates, finals, releases = [], [], [], []
    for change in changes:
        row = change.row
        status = after(Status(row.status), change.event)
        states[row.message_id] = status
        line = entry(row.message_id, row.seq, row.chain, row.now, change.entry, change.detail, change.actor)
        entries.append(line)
        released = row.key_id is not None and row.head and (status in FINAL or (status == Status.SENT and row.release_on_sent))
        if released:
            releases.append((row.key_id, row.key_pos))
        if status in FINAL:
            finals.append((row.message_id, status.value, change.code, row.now, line.seq, line.hash))
        else:
            updates.append(
                (
                    row.message_id,
                    row.status,
                    status.value,
                    change.reason if status == Status.WAITING else "",
                    change.code,
                    _next_at(change, status),
                    row.head and not released,
                    row.attempts if change.attempts is None else change.attempts,
                    row.deaths if change.deaths is None else change.deaths,
                    row.unsure if change.unsure is None else change.unsure,
                    line.seq,
                    line.hash,
                )
            )
    tx.run_all(
        Ask(APPEND, entries),
        Ask(_UPDATE, updates),
        Ask(_REMOVE, [(final[0],) for final in finals]),
        Ask(_FINISH, finals),
        Ask(_FREE_REFS, [(change.row.message_id,) for change in changes if _frees(change.row, states[change.row.message_id])]),
        *also,
    )
    _release(tx, releases, {row.key_id for row in (change.row for change in changes) if states[row.message_id] in FINAL})
    _tasks(tx, changes, states)
    if tx.effects:
        tx.happened += [_happened(one, states) for one in changes if one.row.route in tx.effects]
    return states


def _happened(change: Change, states: Mapping[MessageId, Status]) -> StatusChange:
    row = change.row
    return StatusChange(
        row.message_id,
        row.route,
        row.connection,
        Status(row.status),
        states[row.message_id],
        change.event,
        change.code,
        change.actor,
        change.detail,
        row.now,
    )


def note(tx: Tx, rows: Sequence[WorkRow], notes: Mapping[MessageId, tuple[str, Mapping[str, Any], str]]) -> None:
    """Add an entry to locked messages in work without changing their state: (event, detail, actor) per id."""
    lines = [entry(row.message_id, row.seq, row.chain, row.now, *notes[row.message_id]) for row in rows]
    tx.run(APPEND, lines)
    tx.run(_NOTE, [(line.message_id, line.seq, line.hash) for line in lines])


def tell(tx: Tx, message_id: MessageId, note_: tuple[str, Mapping[str, Any], str]) -> None:
    """Add an entry to a message of ours, in work or final: (event, detail, actor). Its state stays as it is."""
    row = lock(tx, [message_id]).get(message_id)
    if row is None:
        append_to_archive(tx, {message_id: note_})
    else:
        note(tx, [row], {message_id: note_})


def _frees(row: WorkRow, status: Status) -> bool:
    """Whether a new message may use the same case number: the partner's side surely does not hold this one as valid."""
    if status == Status.CANCELLED:
        return row.status != Status.SENT and not row.unsure
    return status in (Status.REJECTED, Status.REPLACED, Status.SUPERSEDED)


def _next_at(change: Change, status: Status) -> int:
    row = change.row
    if status == Status.SENT:
        return row.now + row.answer_within
    return row.now if change.next_at is None else change.next_at


def _release(tx: Tx, releases: Sequence[tuple[str | None, int | None]], finished: set[str | None]) -> None:
    """Let the next message of each key go; forget keys of which no message is left."""
    keys = [(key,) for key in sorted(key for key in finished if key)]
    forgotten = {row[0] for row in tx.rows(_FORGET_KEYS, keys)}
    heads, idle = [], []
    for key_id, position in tx.rows(_NEXT_IN_KEY, [one for one in releases if one[0] not in forgotten]):
        if position is None:
            idle.append((key_id,))
        else:
            heads.append((key_id, position))
    tx.run_all(Ask(_MOVE_HEAD, heads), Ask(_NOBODY_WAITS, idle))
    for (connection,) in tx.rows(_MAKE_HEAD, heads):
        tx.notify(connection)


def _tasks(tx: Tx, changes: Sequence[Change], states: dict[MessageId, Status]) -> None:
    opened, closed = [], []
    for change in changes:
        row, status = change.row, states[change.row.message_id]
        if status == Status.PARKED:
            opened.append(tasks.message_task("parked", row.message_id, change.code, route=row.route))
        elif row.status in (Status.PARKED, Status.SENT):
            closed.append((str(row.message_id), change.actor))
    tasks.open_tasks(tx, opened)
    tasks.close_for(tx, closed)
