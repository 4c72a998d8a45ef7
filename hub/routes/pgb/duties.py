"""What this exchange does by the clock: it looks for returns that did not come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from hub.contracts.duty import Duty, DutyContext
from hub.journal.database import Database, Statement, Tx
from hub.journal.reading import moment
from hub.journal.units import tasks
from hub.message import MessageId
from hub.routes.pgb.effects import MISSING_RETURN
from hub.routes.pgb.tables import messages
from hub.routes.pgb.workdays import due_after

#: Messages in one run of the duty; with more it goes on at once.
_MOST = 500
#: No three working days are shorter, so younger ones need no look.
_YOUNGEST = dt.timedelta(days=3)

_CHASE = Statement("UPDATE pgb_messages SET chased = TRUE WHERE message_id = :id AND outcome = '' AND NOT chased", counted=True)


def overdue(journal: Database, now: dt.datetime) -> list[MessageId]:
    """Messages that were taken over and whose return did not come in time, but for those about which a person was asked."""
    youngest = int((now - _YOUNGEST).timestamp() * 1_000_000)
    query = (
        select(messages.c.message_id, messages.c.sent_at)
        .where(messages.c.outcome == "", messages.c.chased.is_(False), messages.c.sent_at <= youngest)
        .order_by(messages.c.sent_at)
        .limit(_MOST)
    )
    with journal.reading() as connection:
        rows = connection.execute(query).all()
    return [message_id for message_id, sent_at in rows if due_after(moment(sent_at)) <= now]


def chase(tx: Tx, ids: Sequence[MessageId]) -> int:
    """Ask a person to look for these returns; how many were asked. A unit of work; one that came meanwhile is left out."""
    asked = 0
    for message_id in ids:
        if tx.run(_CHASE, id=message_id):
            kind, subject = f"pgb.{MISSING_RETURN}", str(message_id)
            tasks.open_tasks(tx, [tasks.NewTask(kind, subject, place="pgb", route="toekenning")])
            asked += 1
    return asked


def _look(context: DutyContext[Any]) -> bool:
    found = overdue(context.parts.journal, context.now)
    if found and context.go_on():
        context.parts.journal.run(chase, found)
    return len(found) == _MOST


DUTIES: tuple[Duty[Any], ...] = (Duty(name="pgb.missing_returns", every=dt.timedelta(hours=1), run=_look),)
