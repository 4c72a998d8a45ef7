"""RV28: children who are also in an earlier request that still runs; the journal knows, by the keyed hash of the BSN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from hub import telemetry
from hub.crypto.keyring import Keyring
from hub.errors import Finding, HubError
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.tables import refs
from hub.message import MessageId
from hub.routes.raadsverzoek.tables import cases
from hub.routes.raadsverzoek.wording import child_in_earlier_request
from hub.telemetry import LogEvent

log = telemetry.get_logger()


def running_request(
    journal: Database, keyring: Keyring, bsn: str, *, apart_from: frozenset[MessageId] = frozenset()
) -> MessageView | None:
    """The latest request about this person that has not ended.

    Args:
        apart_from: Requests that do not count.
    """
    values = [":".join(pair) for pair in keyring.all_hashes_of_bsn(bsn)]
    query = (
        select(cases.c.message_id)
        .join(refs, refs.c.message_id == cases.c.message_id)
        .where(refs.c.kind == "bsn", refs.c.value.in_(values), ~cases.c.ended, cases.c.message_id.not_in(apart_from))
        .order_by(cases.c.message_id.desc())
        .limit(1)
    )
    with journal.reading() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else reading.show(journal, found)


def earlier_requests(journal: Database, keyring: Keyring, message_id: MessageId, document: bytes) -> list[Finding]:
    """A warning for each child of a request that was just accepted, when an earlier one about that child still runs.

    Never raises an error of the hub's: the request has been accepted, and its caller must hear that. What cannot be looked up
    now is logged and not warned of.
    """
    try:
        return _earlier_requests(journal, keyring, message_id, document)
    except HubError as error:
        log.warning(LogEvent.WARNING_LEFT_OUT, message_id=str(message_id), code=error.code)
        return []


def _earlier_requests(journal: Database, keyring: Keyring, message_id: MessageId, document: bytes) -> list[Finding]:
    if not _others(journal, message_id):
        return []
    view = reading.show(journal, message_id)
    apart_from = frozenset({message_id, *([view.cause] if view and view.cause else [])})
    found = []
    for index, bsn in _children(document):
        earlier = running_request(journal, keyring, bsn, apart_from=apart_from)
        if earlier is not None:
            found.append(child_in_earlier_request(index, earlier.kenmerk))
    return found


def _others(journal: Database, message_id: MessageId) -> bool:
    """Whether anything else is about one of the persons of a message. Cheap, because it is asked of every request."""
    mine, theirs = refs.alias("mine"), refs.alias("theirs")
    query = (
        select(theirs.c.message_id)
        .join(mine, (mine.c.kind == theirs.c.kind) & (mine.c.value == theirs.c.value))
        .where(mine.c.message_id == message_id, mine.c.kind == "bsn", theirs.c.message_id != message_id)
        .limit(1)
    )
    with journal.reading() as connection:
        return connection.execute(query).first() is not None


def _children(document: bytes) -> Iterator[tuple[int, str]]:
    given: Mapping[str, Any] = json.loads(document)  # it was accepted, so it is a raadsverzoek
    for index, child in enumerate(given["kinderen"]):
        if child.get("bsn"):
            yield index, child["bsn"]
