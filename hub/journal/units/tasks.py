"""Tasks: what needs a person. One open task per kind and subject, however often its cause repeats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hub.journal.database import Row, Statement, Tx
from hub.message import MessageId, new_id

_OPEN = Statement(
    """
    INSERT INTO tasks (id, kind, subject, role, code, opened_at, closed_by)
    SELECT id, kind, subject, role, code, hub_now(), '' FROM batch WHERE TRUE ON CONFLICT DO NOTHING
    """,
    batch={"id": "uuid", "kind": "text", "subject": "text", "role": "text", "code": "text"},
)
_CLOSE = Statement(
    """
    UPDATE tasks SET closed_at = hub_now(), closed_by = b.who FROM batch b
    WHERE tasks.subject = b.subject AND tasks.closed_at IS NULL
    """,
    batch={"subject": "text", "who": "text"},
)
_CLOSE_ONE = Statement(
    """
    UPDATE tasks SET closed_at = hub_now(), closed_by = :who
    WHERE kind = :kind AND subject = :subject AND closed_at IS NULL
    """
)
_OPEN_OF = Statement("SELECT subject, code FROM tasks WHERE kind = :kind AND closed_at IS NULL")


def message_task(kind: str, message_id: MessageId, code: str, role: str = "") -> Row:
    """A task about a message; ``role`` empty means: whoever works with its route."""
    return (new_id(), kind, str(message_id), role, code)


def connection_task(name: str, code: str) -> Row:
    """A task about a connection, for the operator."""
    return (new_id(), "connection", name, "operator", code)


def open_tasks(tx: Tx, rows: Sequence[Row]) -> None:
    """Open these, unless they are open already."""
    tx.run(_OPEN, rows)


def close_for(tx: Tx, subjects: Sequence[tuple[str, str]]) -> None:
    """Close every open task about these (subject, by whom)."""
    tx.run(_CLOSE, subjects)


def close_one(tx: Tx, kind: str, subject: str, who: str) -> int:
    """Close one kind of task about a subject; returns how many were open."""
    return tx.run(_CLOSE_ONE, kind=kind, subject=subject, who=who)


def keep(tx: Tx, kind: str, wanted: Mapping[str, str], unknown: Collection[str] = ()) -> None:
    """Let exactly these tasks of a kind be open, for the operator: a code per subject. Others of the kind are closed.

    Args:
        unknown: Subjects that the caller cannot judge: what another opened about them stays.
    """
    for subject, code in tx.rows(_OPEN_OF, kind=kind):
        if wanted.get(subject) != code and (subject in wanted or subject not in unknown):
            close_one(tx, kind, subject, "system:hub")
    open_tasks(tx, [(new_id(), kind, subject, "operator", code) for subject, code in wanted.items()])
