"""What is known about cases and notifications, read from this exchange's own rows: no content is opened for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from hub.journal.database import Database
from hub.journal.reading import moment, parse_id
from hub.journal.tables import tasks
from hub.message import MessageId
from hub.routes.raadsverzoek.tables import cases, notifications

#: Rejected requests that wait for a person, at most; with more, the rest are listed as done until these are.
_MOST_ASKING = 1_000


class CaseState(NamedTuple):
    """How a case stands: whether nothing more is expected, and when a person closed it."""

    ended: bool = False
    closed_at: dt.datetime | None = None


class Notification(NamedTuple):
    """A notification at a case, in words of closed lists.

    Attributes:
        child: Volgnummer of the child it is about; None when that is not known.
        perhaps: Volgnummer of the unborn child that it may be about.
        confirmed: A person said which child it is.
        closes: Nothing more is expected about this child.
        ex_officio: The Raad began by itself.
    """

    message_id: MessageId
    case_id: MessageId | None
    at: dt.datetime
    status: str
    result: str
    ex_officio: bool
    closes: bool
    child: int | None
    perhaps: int | None
    confirmed: bool

    @property
    def title(self) -> str:
        """Status and result in a line."""
        return f"{self.status}: {self.result[:1].lower()}{self.result[1:]}" if self.result else self.status


def states_of(journal: Database, ids: Sequence[MessageId]) -> Mapping[MessageId, CaseState]:
    """The state of each of these cases."""
    query = select(cases.c.message_id, cases.c.ended, cases.c.closed_at).where(cases.c.message_id.in_(ids))
    with journal.reading() as connection:
        return {
            message_id: CaseState(ended, None if closed_at is None else moment(closed_at))
            for message_id, ended, closed_at in connection.execute(query)
        }


def notifications_of(journal: Database, ids: Sequence[MessageId]) -> Mapping[MessageId, list[Notification]]:
    """The notifications of each of these cases, oldest first."""
    found: dict[MessageId, list[Notification]] = {message_id: [] for message_id in ids}
    query = select(notifications).where(notifications.c.case_id.in_(ids))
    with journal.reading() as connection:
        for row in connection.execute(query.order_by(notifications.c.message_id)):
            found[row.case_id].append(_notification(row))
    return found


def notification(journal: Database, message_id: MessageId) -> Notification | None:
    """One message that came in, None when it is no notification."""
    with journal.reading() as connection:
        row = connection.execute(select(notifications).where(notifications.c.message_id == message_id)).first()
    return None if row is None else _notification(row)


def page(journal: Database, *, ended: bool, before: MessageId | None, limit: int) -> list[MessageId]:
    """Cases that have (not) ended, newest first. A rejected one runs on while it asks for somebody.

    Args:
        before: Only cases older than this one, for the next page.
    """
    open_ = select(tasks.c.subject).where(tasks.c.kind == "rejected", tasks.c.closed_at.is_(None)).limit(_MOST_ASKING)
    with journal.reading() as connection:
        subjects = connection.execute(open_).scalars()
        asking = [found for subject in subjects if (found := parse_id(subject)) is not None]
        if ended:
            condition = and_(cases.c.ended, cases.c.message_id.not_in(asking))
        else:
            condition = or_(~cases.c.ended, cases.c.message_id.in_(asking))
        if before is not None:
            condition = and_(condition, cases.c.message_id < before)
        query = select(cases.c.message_id).where(condition).order_by(cases.c.message_id.desc()).limit(limit)
        return list(connection.execute(query).scalars())


def _notification(row: object) -> Notification:
    values: Mapping[str, object] = row._mapping  # type: ignore[attr-defined]
    facts = {name: values[name] for name in Notification._fields if name != "at"}
    return Notification(at=moment(values["at"]), **facts)  # type: ignore[arg-type]
