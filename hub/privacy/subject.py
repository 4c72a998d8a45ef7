"""What was processed about a person, and who looked at it (AVG, article 15): found by the keyed hash of the BSN.

Drafts are not found: they are no messages yet, and what nobody touches is destroyed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import select

from hub.crypto import Keyring
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.tables import access_log
from hub.message import Caller, MessageId
from hub.privacy import access

#: Why somebody searches for a person here, as the access log says it.
PURPOSE = "Verzoek van betrokkene"
#: Objects per question: databases limit the number of parameters.
_SLICE = 500


class Look(NamedTuple):
    """A line of the access log about one of the messages."""

    at: dt.datetime
    caller: str
    action: str
    object: str
    purpose: str


class Report(NamedTuple):
    """The messages about a person, oldest first, and the looks at them."""

    messages: list[MessageView]
    looks: list[Look]


def report(journal: Database, keyring: Keyring, bsn: str, by: Caller) -> Report:
    """Everything about a person. Searching for somebody is written in the access log before, and what was found after.

    Raises:
        ValueError: The BSN is not nine digits.
        Unavailable: The journal is away.
    """
    hashes = [":".join(pair) for pair in keyring.all_hashes_of_bsn(bsn)]
    access.record(journal, by, "search", "person", PURPOSE, "")
    found = sorted({one for hashed in hashes for one in reading.find(journal, hashed, kinds=("bsn",))})
    views = [view for one in found if (view := reading.show(journal, one)) is not None]
    looks = _looks(journal, found)
    for one in found:
        access.record(journal, by, "export", f"message:{one}", PURPOSE, "")
    return Report(views, looks)


def _looks(journal: Database, ids: list[MessageId]) -> list[Look]:
    columns = (access_log.c.at, access_log.c.caller, access_log.c.action, access_log.c.object, access_log.c.purpose)
    rows: list[Any] = []
    with journal.reading() as connection:
        for start in range(0, len(ids), _SLICE):
            objects = [f"message:{one}" for one in ids[start : start + _SLICE]]
            rows += connection.execute(select(*columns).where(access_log.c.object.in_(objects))).all()
    return [Look(dt.datetime.fromtimestamp(at / 1_000_000, dt.UTC), *rest) for at, *rest in sorted(tuple(row) for row in rows)]
