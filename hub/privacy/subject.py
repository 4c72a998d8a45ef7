"""What was processed about a person, and who looked at it (AVG, article 15): found by the keyed hash of the BSN.

Found are the children a message is about and the others in it who have a BSN there, and the same in proposals, which wait for a
person's decision. Drafts are not: nobody has offered them yet, and what nobody touches is destroyed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from hub.contracts.subject import Kept, SubjectAsked
from hub.crypto import Keyring
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.tables import access_log, messages, proposal_persons, refs
from hub.message import Caller, MessageId
from hub.privacy import access

#: Why somebody searches for a person here, as the access log says it.
PURPOSE = "Verzoek van betrokkene"
#: Kinds of references that are hashes of persons: whom a message is about, and others in it.
_PERSONS = ("bsn", "other_bsn")
#: Objects per question: databases limit the length of one.
_SLICE = 100


class Look(NamedTuple):
    """A line of the access log about one of the messages, or a part of it."""

    at: dt.datetime
    caller: str
    action: str
    object: str
    purpose: str


class Report(NamedTuple):
    """What was processed about a person.

    Attributes:
        messages: Those about the person, oldest first.
        looks: At all that was found.
        proposals: Ids of those that wait for a decision.
        kept: What exchanges keep in tables of their own.
    """

    messages: list[MessageView]
    looks: list[Look]
    proposals: list[MessageId]
    kept: list[Kept]


def report(
    journal: Database,
    keyring: Keyring,
    bsn: str,
    by: Caller,
    exchanges: Iterable[Callable[[SubjectAsked], Iterable[Kept]]] = (),
) -> Report:
    """Everything about a person. Searching for somebody is written in the access log before, and what was found after.

    Args:
        exchanges: The subject reports of exchanges, as their manifests name them.

    Raises:
        ValueError: The BSN is not nine digits.
        Unavailable: The journal is away.
    """
    access.record(journal, by, "search", "person", PURPOSE, "")
    hashes = [":".join(pair) for pair in keyring.all_hashes_of_bsn(bsn)]
    found, proposals = _found(journal, hashes), _proposals(journal, hashes)
    views = [view for one in found if (view := reading.show(journal, one)) is not None]
    asked = SubjectAsked(journal, tuple(hashes), tuple(found))
    kept = [one for tell in exchanges for one in tell(asked)]
    objects = [f"message:{one}" for one in found] + [f"proposal:{one}" for one in proposals]
    objects = list(dict.fromkeys([*objects, *(one.object for one in kept)]))
    looks = _looks(journal, objects)
    for one in objects:
        access.record(journal, by, "export", one, PURPOSE, "")
    return Report(views, looks, proposals, kept)


def _proposals(journal: Database, hashes: Sequence[str]) -> list[MessageId]:
    query = select(proposal_persons.c.proposal_id).where(
        proposal_persons.c.kind.in_(_PERSONS), proposal_persons.c.value.in_(hashes)
    )
    with journal.reading() as connection:
        return sorted(set(connection.execute(query).scalars()))


def _found(journal: Database, hashes: Sequence[str]) -> list[MessageId]:
    """Messages with this person in them, and what came in about those unless it names other persons only."""
    with journal.reading() as connection:
        named = select(refs.c.message_id).where(refs.c.kind.in_(_PERSONS), refs.c.value.in_(hashes))
        hits = set(connection.execute(named).scalars())
        about = set(connection.execute(select(messages.c.id).where(messages.c.cause.in_(named))).scalars())
        persons = select(refs.c.message_id).where(refs.c.kind.in_(_PERSONS), refs.c.message_id.in_(about - hits))
        others = set(connection.execute(persons).scalars())
    return sorted(hits | (about - others))


def _looks(journal: Database, of: Sequence[str]) -> list[Look]:
    columns = (access_log.c.at, access_log.c.caller, access_log.c.action, access_log.c.object, access_log.c.purpose)
    rows: list[Any] = []
    with journal.reading() as connection:
        for start in range(0, len(of), _SLICE):
            objects = of[start : start + _SLICE]
            parts = [access_log.c.object.like(f"{one}/%") for one in objects]  # attachments
            rows += connection.execute(select(*columns).where(or_(access_log.c.object.in_(objects), *parts))).all()
    return [Look(reading.moment(at), *rest) for at, *rest in sorted(tuple(row) for row in rows)]
