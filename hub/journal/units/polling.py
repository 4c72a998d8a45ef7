"""Polling: whether a connection's source may be asked. It is paused exactly while its task is open."""

from __future__ import annotations

from hub.journal.database import Statement, Tx
from hub.journal.units import tasks

#: The kind of task.
KIND = "polling"

_HINDERED = Statement(
    """
    SELECT 1 FROM connections WHERE name = :name AND state = 'paused'
    UNION ALL SELECT 1 FROM tasks WHERE kind = 'polling' AND subject = :name AND closed_at IS NULL
    """
)
_OPEN = Statement("SELECT 1 FROM tasks WHERE kind = 'polling' AND subject = :name AND closed_at IS NULL")


def allowed(tx: Tx, connection: str) -> bool:
    """Whether the source may be asked: neither the connection nor its polling is paused."""
    return not tx.rows(_HINDERED, name=connection)


def pause(tx: Tx, connection: str, code: str) -> bool:
    """Ask no more until a person resumes the connection or closes the task; False when it was paused already."""
    if tx.rows(_OPEN, name=connection):
        return False
    tasks.open_tasks(tx, [tasks.NewTask(KIND, connection, code, "operator")])
    return True
