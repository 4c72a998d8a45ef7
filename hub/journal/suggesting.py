"""To which of our messages an unmatched one may belong: those about the same persons, found by keyed hash. Reading only.

A suggestion is for a person to judge; nothing is ever matched by it. A message that came in before the hash keys were changed
is not found beside one that was sent afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select

from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.tables import connections, messages, refs, work
from hub.message import MessageId

#: How many are worth looking at.
MOST = 10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A message of ours that an incoming one may belong to; no content.

    Attributes:
        message: Ours, without its timeline.
        persons: How many persons of the incoming message it is about.
    """

    message: MessageView
    persons: int


def suggestions(database: Database, incoming: MessageId, *, most: int = MOST) -> list[Suggestion]:
    """Candidates, best first: most persons in common, then accepted by the partner or still open, then the newest."""
    theirs = refs.alias("theirs")
    own, came_in = connections.alias(), messages.alias()
    connections_of_partner = (
        select(connections.c.name)
        .join(own, own.c.partner == connections.c.partner)
        .join(came_in, came_in.c.connection == own.c.name)
        .where(came_in.c.id == incoming)
    )
    status = func.coalesce(work.c.status, messages.c.status)
    dead = case((status.in_(("rejected", "cancelled", "replaced", "superseded")), 1), else_=0)
    persons = func.count(refs.c.value.distinct())
    query = (
        select(messages.c.id, persons.label("persons"))
        .join(refs, refs.c.message_id == messages.c.id)
        .join(theirs, (theirs.c.kind == refs.c.kind) & (theirs.c.value == refs.c.value))
        .outerjoin(work, work.c.message_id == messages.c.id)
        .where(
            theirs.c.message_id == incoming,
            theirs.c.kind == "bsn",
            messages.c.direction == "out",
            messages.c.connection.in_(connections_of_partner),
        )
        .group_by(messages.c.id, status)
        .order_by(persons.desc(), dead, messages.c.id.desc())
        .limit(most)
    )
    with database.reading() as connection:
        found = [(row.id, row.persons) for row in connection.execute(query)]
    views = ((reading.show(database, message_id), persons) for message_id, persons in found)
    return [Suggestion(view, persons) for view, persons in views if view is not None]
