"""What the tables of this exchange hold about a person: where their cases stand, and what the Raad told about them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from hub.contracts.subject import Kept, SubjectAsked
from hub.journal import reading
from hub.journal.tables import messages
from hub.message import MessageId
from hub.routes.raadsverzoek.tables import cases, notifications

#: Messages per question: databases limit the length of one.
_SLICE = 500


def report(asked: SubjectAsked) -> Iterator[Kept]:
    """The rows of the messages that are about this person."""
    for start in range(0, len(asked.messages), _SLICE):
        ids = asked.messages[start : start + _SLICE]
        yield from _cases(asked, ids)
        yield from _notifications(asked, ids)


def _cases(asked: SubjectAsked, ids: tuple[MessageId, ...]) -> Iterator[Kept]:
    query = select(cases, messages.c.accepted_at).join(messages, messages.c.id == cases.c.message_id)
    with asked.journal.reading() as connection:
        rows = connection.execute(query.where(cases.c.message_id.in_(ids)).order_by(cases.c.message_id)).mappings().all()
    for row in rows:
        what = "de zaak is beëindigd" if row["ended"] else "de zaak loopt"
        yield Kept(f"message:{row['message_id']}", what, reading.moment(row["accepted_at"]))


def _notifications(asked: SubjectAsked, ids: tuple[MessageId, ...]) -> Iterator[Kept]:
    query = select(notifications).where(notifications.c.message_id.in_(ids)).order_by(notifications.c.message_id)
    with asked.journal.reading() as connection:
        rows = connection.execute(query).mappings().all()
    for row in rows:
        told = ": ".join(part for part in (row["status"], row["result"]) if part)
        yield Kept(f"message:{row['message_id']}", f"melding van de Raad: {told}", reading.moment(row["at"]))
