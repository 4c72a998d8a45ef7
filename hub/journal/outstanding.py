"""Open tasks as people see them, each with the message that it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import RowMapping

from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView, moment
from hub.message import MessageId

#: Tasks that are read at once; with more, the youngest come when the others are done.
LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class OpenTask:
    """What asks for a person, and has not been done.

    Attributes:
        kind: As ``hub.journal.units.tasks.NewTask`` has it; so are ``subject``, ``code``, ``role``, ``place``, ``right``,
            ``route`` and ``assignee``.
        due_at: From then on it is urgent; None: no moment.
        overdue: That moment has passed, by the database's clock.
        message: What it is about, without its timeline; None when that is no message.
    """

    id: MessageId
    kind: str
    subject: str
    code: str
    role: str
    place: str
    right: str
    route: str
    assignee: str
    opened_at: dt.datetime
    due_at: dt.datetime | None
    overdue: bool
    message: MessageView | None


def list_open(
    database: Database, *, rights: Collection[str] | None = None, own: str = "", skip: int = 0, limit: int = LIMIT
) -> list[OpenTask]:
    """The open tasks, what is overdue first, then oldest first, ``limit`` at most; a few queries, however many there are.

    Args:
        rights: Of who asks: only tasks that need one of these, or name none; None: whatever they need.
        own: Caller whose own tasks are among them, however many of others there are.
        skip: So many of the first are left out, for the next page.
    """
    rows = reading.open_tasks(database, reading.TaskFilter(rights=rights), most=limit, skip=skip)
    if own and len(rows) == limit:
        mine = reading.open_tasks(database, reading.TaskFilter(rights=rights, assignee=own), most=limit)
        known = {row["id"] for row in rows}
        rows += [row for row in mine if row["id"] not in known]
    return _with_messages(database, rows)


def find_open(database: Database, task_id: MessageId) -> OpenTask | None:
    """One open task; None when there is none of this id, or it has been closed."""
    row = reading.task(database, task_id)
    return None if row is None or row["closed_at"] is not None else _with_messages(database, [row])[0]


def _with_messages(database: Database, rows: Sequence[RowMapping]) -> list[OpenTask]:
    ids = {message_id for row in rows if (message_id := reading.parse_id(row["subject"])) is not None}
    views = reading.views_of(database, ids)
    return [_task(row, views) for row in rows]


def _task(row: RowMapping, views: Mapping[MessageId, MessageView]) -> OpenTask:
    message_id = reading.parse_id(row["subject"])
    return OpenTask(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        code=row["code"],
        role=row["role"],
        place=row["place"],
        right=row["needs_right"],
        route=row["route"],
        assignee=row["assignee"],
        opened_at=moment(row["opened_at"]),
        due_at=None if row["due_at"] is None else moment(row["due_at"]),
        overdue=bool(row["overdue"]),
        message=None if message_id is None else views.get(message_id),
    )
