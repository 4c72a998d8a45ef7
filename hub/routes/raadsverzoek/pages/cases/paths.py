"""Addresses of the secretary's pages, in one place."""

from __future__ import annotations

from hub.message import MessageId

#: The business exchange that a case begins with.
ROUTE = "raadsverzoek"

LIST = "/raadsverzoeken"
NEW = "/raadsverzoeken/nieuw"
DRAFTS = "/raadsverzoeken/concepten"
UNMATCHED = "/meldingen"


def case(message_id: MessageId | str, rest: str = "") -> str:
    """Of a case, or of something about it."""
    return f"{LIST}/{message_id}/{rest}" if rest else f"{LIST}/{message_id}"


def unmatched(message_id: MessageId | str, rest: str = "") -> str:
    """Of a message that belongs to no case yet."""
    return f"{UNMATCHED}/{message_id}/{rest}" if rest else f"{UNMATCHED}/{message_id}"
