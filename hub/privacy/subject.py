"""What was processed about a person, and who looked at it (AVG, article 15): found by the keyed hash of the BSN.

Found are the children a message is about and the others in it who have a BSN there, and the same in proposals, which wait for a
person's decision. Drafts are not: nobody has offered them yet, and what nobody touches is destroyed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import NamedTuple

from hub.contracts.subject import Kept, SubjectAsked
from hub.crypto import Keyring
from hub.journal import facts, proposals, reading
from hub.journal.database import Database
from hub.journal.looks import looks_at
from hub.journal.reading import MessageView
from hub.message import Caller, MessageId
from hub.privacy import access

#: Why somebody searches for a person here, as the access log says it.
PURPOSE = "Verzoek van betrokkene"
#: Kinds of references that are hashes of persons: whom a message is about, and others in it.
_PERSONS = ("bsn", "other_bsn")


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
    found = facts.about_persons(journal, _PERSONS, hashes)
    proposed = proposals.about_persons(journal, _PERSONS, hashes)
    views = [view for one in found if (view := reading.show(journal, one)) is not None]
    asked = SubjectAsked(journal, tuple(hashes), tuple(found))
    kept = [one for tell in exchanges for one in tell(asked)]
    objects = [f"message:{one}" for one in found] + [f"proposal:{one}" for one in proposed]
    objects = list(dict.fromkeys([*objects, *(one.object for one in kept)]))
    looks = [Look(reading.moment(at), *rest) for at, *rest in looks_at(journal, objects)]
    for one in objects:
        access.record(journal, by, "export", one, PURPOSE, "")
    return Report(views, looks, proposed, kept)
