"""What a person decides about messages that came in: which message of ours they are about, or that they are set apart.

Every decision can be undone, and each is an entry in the timeline of the incoming message and, where one is concerned, of ours.
Nothing here looks at content.
"""

from __future__ import annotations

import json

from hub.journal.database import Statement, Tx
from hub.journal.occurrences import Matching
from hub.journal.timeline import append_to_archive
from hub.journal.units import finishing, operating, tasks
from hub.message import InStatus, MessageId

#: What the first entry of an incoming message tells about the message itself; the rest are facts, from closed lists.
_OWN = frozenset({"type", "reference", "code", "remarks"})

_PAIR = Statement(
    """
    SELECT theirs.type, t.detail FROM messages theirs
        JOIN messages ours ON ours.id = :ours AND ours.direction = 'out'
        JOIN connections c ON c.name = ours.connection
        JOIN connections from_ ON from_.name = theirs.connection AND from_.partner = c.partner
        JOIN timeline t ON t.message_id = theirs.id AND t.seq = 1
    WHERE theirs.id = :id AND theirs.direction = 'in'
    """
)
_INCOMING = Statement(
    "SELECT type, status, cause, data_key IS NULL FROM messages WHERE id = :id AND direction = 'in' FOR UPDATE", ids=(2,)
)
_BY_A_PERSON = Statement("SELECT 1 FROM timeline WHERE message_id = :id AND event = 'set_aside' LIMIT 1")
_ROUTE = Statement("SELECT m.route, ours.route FROM messages m JOIN messages ours ON ours.id = :ours WHERE m.id = :id")
_SET_ASIDE = Statement(
    """
    UPDATE messages SET status = 'handled', final_at = hub_now()
    WHERE id = :id AND direction = 'in' AND status = 'unmatched'
    """
)
_OPEN_AGAIN = Statement(
    "UPDATE messages SET status = 'unmatched', cause = NULL, final_at = NULL WHERE id = :id AND direction = 'in'"
)


def match(tx: Tx, incoming: MessageId, ours: MessageId, by: str) -> bool:
    """A person says to which message of ours an unmatched one belongs.

    False, and nothing is changed, when it was not waiting for that or the two are not of one partner.
    """
    found = tx.rows(_PAIR, id=incoming, ours=ours)
    if not found or not operating.match(tx, incoming, ours, by):
        return False
    kind, received = found[0]
    facts = json.loads(received)
    detail = {"type": kind, "message": str(incoming), **{name: value for name, value in facts.items() if name not in _OWN}}
    finishing.tell(tx, ours, ("notified", detail, by))
    _happened(tx, incoming, ours, by, undone=False)
    return True


def set_aside(tx: Tx, incoming: MessageId, by: str, reason: str) -> bool:
    """A person says that an unmatched message belongs to no request of ours; False when it was not waiting for that.

    Args:
        reason: As typed; it stands in the timeline, so the page asks for no names.
    """
    if not tx.run(_SET_ASIDE, id=incoming):
        return False
    append_to_archive(tx, {incoming: ("set_aside", {"reason": reason}, by)})
    tasks.close_one(tx, "unmatched", str(incoming), by)
    return True


def undo(tx: Tx, incoming: MessageId, by: str, reason: str) -> bool:
    """Take back a person's decision: the message waits in the list again, with its task.

    False when no person had decided (the hub itself found the request), or when its content has been destroyed so that nobody
    could decide anew.
    """
    found = tx.rows(_INCOMING, id=incoming)
    if not found:
        return False
    kind, status, ours, destroyed = found[0]
    aside = status == InStatus.HANDLED and ours is None and bool(tx.rows(_BY_A_PERSON, id=incoming))
    by_a_person = status == InStatus.CORRELATED or aside
    if destroyed or not by_a_person:
        return False
    tx.run(_OPEN_AGAIN, id=incoming)
    append_to_archive(tx, {incoming: (InStatus.UNMATCHED.value, {"reason": reason, "message": _text(ours)}, by)})
    tasks.open_tasks(tx, [tasks.message_task("unmatched", incoming, kind)])
    if ours is not None:
        finishing.tell(tx, ours, ("notification_moved", {"type": kind, "message": str(incoming), "reason": reason}, by))
        _happened(tx, incoming, ours, by, undone=True)
    return True


def _happened(tx: Tx, incoming: MessageId, ours: MessageId, by: str, *, undone: bool) -> None:
    if not tx.effects:
        return
    ((route, about),) = tx.rows(_ROUTE, id=incoming, ours=ours)
    if route in tx.effects or about in tx.effects:
        tx.happened.append(Matching(incoming, ours, undone, by, (route, about)))


def _text(message_id: MessageId | None) -> str:
    return "" if message_id is None else str(message_id)
