"""What a person decides about a case: which child a notification is about, and that nothing more is expected.

Units of work for ``Database.run``. Every decision can be taken back, and each is an entry in a timeline. Nothing here looks at
content.
"""

from __future__ import annotations

from hub.journal.database import Statement, Tx
from hub.journal.timeline import append_to_archive
from hub.journal.units import finishing, tasks
from hub.message import MessageId
from hub.routes.raadsverzoek.effects import WHICH_CHILD, conclude

_CASE_OF = Statement("SELECT case_id FROM raadsverzoek_notifications WHERE message_id = :id FOR UPDATE", ids=(0,))
_CONFIRM = Statement("UPDATE raadsverzoek_notifications SET child = :child, confirmed = :confirmed WHERE message_id = :id")
_CLOSE = Statement(
    "UPDATE raadsverzoek_cases SET closed_at = hub_now() WHERE message_id = :id AND closed_at IS NULL",
)
_REOPEN = Statement("UPDATE raadsverzoek_cases SET closed_at = NULL WHERE message_id = :id AND closed_at IS NOT NULL")


def confirm_child(tx: Tx, incoming: MessageId, child: int, by: str) -> bool:
    """A person says about which child (its volgnummer) a notification is; 0 takes that back. The last word counts.

    False when the notification belongs to no request.
    """
    found = tx.rows(_CASE_OF, id=incoming)
    if not found or found[0][0] is None:
        return False
    case, kind, subject = found[0][0], f"raadsverzoek.{WHICH_CHILD}", str(incoming)
    tx.run(_CONFIRM, id=incoming, child=child or None, confirmed=child > 0)
    append_to_archive(tx, {incoming: ("child_confirmed", {"child": child}, by)})
    if child:
        tasks.close_one(tx, kind, subject, by)
    else:
        task = tasks.NewTask(kind, subject, "notificatieDi01", place="raadsverzoek", route="raadsverzoek")
        tasks.open_tasks(tx, [task])
    conclude(tx, case)
    return True


def close_case(tx: Tx, case: MessageId, by: str, reason: str) -> bool:
    """A person closes a request about which nothing more is expected. Its status, which is about delivery, stays.

    False when there is no such case, or it was closed already.
    """
    if not tx.run(_CLOSE, id=case):
        return False
    finishing.tell(tx, case, ("case_closed", {"reason": reason}, by))
    tasks.close_one(tx, "rejected", str(case), by)
    conclude(tx, case)
    return True


def reopen_case(tx: Tx, case: MessageId, by: str, reason: str) -> bool:
    """Take ``close_case`` back; False when it was not closed."""
    if not tx.run(_REOPEN, id=case):
        return False
    finishing.tell(tx, case, ("case_reopened", {"reason": reason}, by))
    conclude(tx, case)
    return True
