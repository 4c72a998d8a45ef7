"""What the exchange does by the clock: it counts."""

from __future__ import annotations

import datetime as dt

from hub.assembly import DutyParts
from hub.contracts.duty import Duty, DutyContext
from hub.journal.database import Statement, Tx
from hub.message import new_id

_COUNTED = Statement(
    "INSERT INTO probe_ledger (message_id, article, pieces, state, at) VALUES (:id, 'count', 1, 'counted', hub_now())"
)


def _count(context: DutyContext[DutyParts]) -> None:
    def add(tx: Tx) -> None:
        tx.run(_COUNTED, id=new_id())

    context.parts.journal.run(add)


DUTIES = (Duty("probe.count", dt.timedelta(seconds=1), _count),)
