"""RV28: children who are also in an earlier request that still runs; the journal knows, by the keyed hash of the BSN."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select

from hub import telemetry
from hub.crypto.keyring import Keyring
from hub.errors import Finding, HubError, Throttled
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.tables import messages, refs
from hub.message import MessageId, Status
from hub.routes.raadsverzoek import sentences
from hub.routes.raadsverzoek.dossier import dossier
from hub.routes.raadsverzoek.wording import child_in_earlier_request
from hub.telemetry import LogEvent

log = telemetry.get_logger()

#: Takes room in memory for so many bytes. Raises: Throttled.
Room = Callable[[int], AbstractContextManager[object]]

#: A request that ended like this is not with the Raad.
_NOT_THERE = frozenset({Status.REJECTED, Status.CANCELLED, Status.REPLACED, Status.SUPERSEDED})
_MOST = 10


def running_request(
    journal: Database, keyring: Keyring, bsn: str, *, room: Room, apart_from: frozenset[MessageId] = frozenset()
) -> MessageView | None:
    """The latest request about this person that is not known to have ended.

    Args:
        room: For looking into a request of which the Raad told something final.
        apart_from: Requests that do not count.
    """
    values = [":".join(pair) for pair in keyring.all_hashes_of_bsn(bsn)]
    query = (
        select(messages.c.id)
        .join(refs, refs.c.message_id == messages.c.id)
        .where(refs.c.kind == "bsn", refs.c.value.in_(values))
        .where(messages.c.direction == "out", messages.c.route == "raadsverzoek")
        .order_by(messages.c.id.desc())
        .limit(_MOST)
    )
    with journal.reading() as connection:
        found = [row[0] for row in connection.execute(query)]
    views = (reading.show(journal, message_id) for message_id in found if message_id not in apart_from)
    return next((view for view in views if view is not None and _runs(journal, keyring, view, room)), None)


def earlier_requests(
    journal: Database, keyring: Keyring, message_id: MessageId, document: bytes, *, room: Room
) -> list[Finding]:
    """A warning for each child of a request that was just accepted, when an earlier one about that child still runs.

    Never raises an error of the hub's: the request has been accepted, and its caller must hear that. What cannot be looked up
    now is logged and not warned of.
    """
    try:
        return _earlier_requests(journal, keyring, message_id, document, room)
    except HubError as error:
        log.warning(LogEvent.WARNING_LEFT_OUT, message_id=str(message_id), code=error.code)
        return []


def _earlier_requests(journal: Database, keyring: Keyring, message_id: MessageId, document: bytes, room: Room) -> list[Finding]:
    if not _others(journal, message_id):
        return []
    view = reading.show(journal, message_id)
    apart_from = frozenset({message_id, *([view.cause] if view and view.cause else [])})
    found = []
    for index, bsn in _children(document):
        earlier = running_request(journal, keyring, bsn, room=room, apart_from=apart_from)
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


def _runs(journal: Database, keyring: Keyring, view: MessageView, room: Room) -> bool:
    if view.status in _NOT_THERE:
        return False
    by_hand = [entry.event for entry in view.timeline if entry.event in ("case_closed", "case_reopened")]
    if by_hand[-1:] == ["case_closed"]:
        return False
    told = (entry.detail for entry in view.timeline if entry.event == "notified")
    if not any(sentences.Notification("", str(one.get("status")), str(one.get("result"))).closes for one in told):
        return True
    try:
        with room(2 * view.size):
            found = dossier(journal, keyring, view.id)
    except Throttled:
        return True  # a warning too many does less harm
    # Without content nobody knows the children any more; then something final decides.
    return found is not None and found.running and not found.content_gone
