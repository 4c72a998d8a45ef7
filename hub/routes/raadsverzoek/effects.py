"""What this exchange does in the journal's transactions: what a message means is decided here, once, with its content at hand.

A request becomes a case with its children. A notification is put to the child it is about; where that is not clear, a person is
asked. A case has ended when nothing more is expected: the request itself is over, a person closed it, or the Raad has finished
with every child (domain page raadsverzoek, section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.adapters.corv import notificatie
from hub.adapters.corv.notificatie import Notificatie
from hub.journal.database import Statement, Tx
from hub.journal.effects import Context, Effects
from hub.journal.occurrences import Arrival, Matching, StatusChange
from hub.journal.records import NewIncoming, NewMessage
from hub.message import MessageId, Status
from hub.routes.raadsverzoek import children
from hub.routes.raadsverzoek.document import Verzoek
from hub.routes.raadsverzoek.reading import read as read_document
from hub.routes.raadsverzoek.sentences import Notification
from hub.schemas import parsing

#: Statuses in which a request is over: nothing is expected of the Raad.
OVER = frozenset({Status.REJECTED, Status.CANCELLED, Status.REPLACED, Status.SUPERSEDED})

#: A person is asked which child a notification is about.
WHICH_CHILD = "which_child"

_ANY_SIZE = 1 << 40  # what is stored passed its limits when it came in

_ADD_CASES = Statement(
    """
    INSERT INTO raadsverzoek_cases (message_id, children, over, ended) SELECT id, children, FALSE, FALSE FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING
    """,
    batch={"id": "uuid", "children": "text"},
)
_OVER = Statement(
    """
    UPDATE raadsverzoek_cases
    SET over = b.over, ended = b.over OR (raadsverzoek_cases.ended AND NOT raadsverzoek_cases.over)
    FROM batch b WHERE raadsverzoek_cases.message_id = b.id
    """,
    batch={"id": "uuid", "over": "boolean"},
)
_ADD = Statement(
    """
    INSERT INTO raadsverzoek_notifications
        (message_id, case_id, at, status, result, ex_officio, closes, child, perhaps, confirmed)
    SELECT message_id, case_id, at, status, result, ex_officio, closes, child, perhaps, FALSE FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING
    """,
    batch={
        "message_id": "uuid",
        "case_id": "uuid",
        "at": "bigint",
        "status": "text",
        "result": "text",
        "ex_officio": "boolean",
        "closes": "boolean",
        "child": "int",
        "perhaps": "int",
    },
)
_PUT = Statement(
    """
    UPDATE raadsverzoek_notifications SET case_id = b.case_id, child = b.child, perhaps = b.perhaps, confirmed = FALSE
    FROM batch b WHERE raadsverzoek_notifications.message_id = b.message_id
    """,
    batch={"message_id": "uuid", "case_id": "uuid", "child": "int", "perhaps": "int"},
)
_CASE = Statement("SELECT children, over, closed_at FROM raadsverzoek_cases WHERE message_id = :id FOR UPDATE")
_TOLD = Statement("SELECT child, closes FROM raadsverzoek_notifications WHERE case_id = :id")
_ENDED = Statement("UPDATE raadsverzoek_cases SET ended = :ended WHERE message_id = :id")


class Place(NamedTuple):
    """Where a notification belongs: at a child, or perhaps at one, or neither is known."""

    child: int | None = None
    perhaps: int | None = None


class RaadsverzoekEffects(Effects):
    """See the module."""

    exchange = "raadsverzoek"

    def handles(self, incoming: NewIncoming) -> bool:
        """A notification about no request of ours waits for a person."""
        return False

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        """Each request is a case; ``facts`` are the numbers of its children."""
        context.tx.run(_ADD_CASES, [(message.id, _numbers(message.facts)) for message in messages])

    def changed(self, context: Context, changes: Sequence[StatusChange]) -> None:
        """A request that is over has ended, however its children stand."""
        last = {change.message_id: change.status in OVER for change in changes}
        if any(last.values()):
            context.tx.run(_OVER, [(message_id, over) for message_id, over in last.items() if over])

    def received(self, context: Context, arrival: Arrival) -> None:
        """A notification is put to its child, or a person is asked."""
        told = arrival.message.meaning
        if not isinstance(told, Notificatie):
            return
        place = Place() if arrival.ours is None else self._place(context, arrival.ours, told)
        closes = Notification("", told.status, told.resultaat).closes
        facts = (context.now, told.status, told.resultaat, told.ambtshalve, closes)
        context.tx.run(_ADD, [(arrival.message_id, arrival.ours, *facts, *place)])
        if arrival.ours is not None:
            self._ask(context, arrival.message_id, place)
            conclude(context.tx, arrival.ours)

    def matched(self, context: Context, match: Matching) -> None:
        """A person put a notification to a request, or took it away again."""
        told = _stored(context, match.message_id)
        if told is None:
            return
        context.close_task(WHICH_CHILD, str(match.message_id), match.by)
        place = Place() if match.undone else self._place(context, match.ours, told)
        context.tx.run(_PUT, [(match.message_id, None if match.undone else match.ours, *place)])
        if not match.undone:
            self._ask(context, match.message_id, place)
        conclude(context.tx, match.ours)

    def _place(self, context: Context, case: MessageId, told: Notificatie) -> Place:
        """The child, by the request as it was sent. Rare, months after it, so the request is opened for it here."""
        body = context.content(case, "document")
        if body is None:
            return Place()
        return place_of(read_document(body, _ANY_SIZE).document, told, heard_of(context.tx, case))

    def _ask(self, context: Context, message_id: MessageId, place: Place) -> None:
        if place.child is None:
            context.open_task(WHICH_CHILD, str(message_id), code="notificatieDi01", route=self.exchange)


def place_of(verzoek: Verzoek, told: Notificatie, heard: Iterable[int]) -> Place:
    """Where a notification belongs in a request. Pure.

    Args:
        heard: Children that an earlier notification is known to be about.
    """
    found = children.which(verzoek, told.kind, mother=told.moeder, heard=frozenset(heard))
    known = found.number if found.number in children.names_of(verzoek) else None
    return Place(known, None if known is not None else found.perhaps)


def heard_of(tx: Tx, case: MessageId) -> set[int]:
    """The children of a case that a notification is about."""
    return {child for child, _ in tx.rows(_TOLD, id=case) if child is not None}


def conclude(tx: Tx, case: MessageId) -> None:
    """Write down whether a case has ended, after anything about it changed."""
    found = tx.rows(_CASE, id=case)
    if not found:
        return
    numbers, over, closed_at = found[0]
    told = tx.rows(_TOLD, id=case)
    done = {child for child, closes in told if closes}
    # Of a request from before its children were known, the last final word decides.
    finished = {int(one) for one in numbers.split(",")} <= done if numbers else bool(done)
    tx.run(_ENDED, id=case, ended=bool(over or closed_at is not None or finished))


def _numbers(facts: object) -> str:
    return ",".join(str(number) for number in facts) if isinstance(facts, tuple) else ""


def _stored(context: Context, message_id: MessageId) -> Notificatie | None:
    """A notification that came in earlier, read again."""
    body = context.content(message_id, "message")
    if body is None:
        return None
    root = parsing.parse(body, limits=parsing.Limits(max_bytes=max(len(body), 1)))
    return notificatie.read(root) if root.tag.endswith(notificatie.TYPE) else None
