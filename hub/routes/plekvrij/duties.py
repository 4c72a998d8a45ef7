"""What this exchange does by the clock: it reminds providers before an offer expires."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hub.contracts.duty import Duty, DutyContext
from hub.journal.database import Statement, Tx
from hub.journal.units import tasks
from hub.routes.plekvrij import PUBLISH
from hub.routes.plekvrij.effects import EXPIRING
from hub.routes.plekvrij.kinds import ENDED
from hub.routes.plekvrij.route import PLEKKEN

#: A provider is reminded when so much of the time for which its offer may be trusted is left: one part in so many.
LEFT_ONE_IN = 4
#: Offers that expired longer ago than this are not asked for any more: the provider has stopped.
_FORGOTTEN = dt.timedelta(days=14)
#: Reminders in one transaction.
_PAGE = 500

_EXPIRING = Statement(
    """
    SELECT agb, location, kind, valid_until FROM plekvrij_offers o
    WHERE intake <> :ended AND valid_until > hub_now() - :forgotten AND valid_until - (valid_until - at) / :left < hub_now()
        AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.kind = :task AND t.closed_at IS NULL
            AND t.subject = o.agb || '/' || o.location || '/' || o.kind)
    ORDER BY valid_until, agb, location, kind LIMIT :page
    """
)


def _remind(context: DutyContext[Any]) -> bool:
    return int(context.parts.journal.run(remind)) == _PAGE


def remind(tx: Tx) -> int:
    """Open a task for each offer that expires soon; returns for how many."""
    kind = f"plekvrij.{EXPIRING}"
    values = {
        "ended": ENDED,
        "forgotten": int(_FORGOTTEN.total_seconds() * 1e6),
        "left": LEFT_ONE_IN,
        "task": kind,
        "page": _PAGE,
    }
    found = tx.rows(_EXPIRING, **values)
    tasks.open_tasks(
        tx,
        [
            tasks.NewTask(kind, f"{agb}/{place}/{type_}", place="plekvrij", right=PUBLISH, route=PLEKKEN, due_at=until)
            for agb, place, type_, until in found
        ],
    )
    return len(found)


DUTIES = (Duty("plekvrij.remind", dt.timedelta(minutes=5), _remind),)
