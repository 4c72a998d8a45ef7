"""Reading what a Digikoppeling adapter delivers: the SOAP envelope, its headers, and the business element in it."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from hub.errors import DecodeFailure, Stage
from hub.schemas import parsing
from hub.standards.stuf import Stuurgegevens
from hub.transports import soap
from hub.transports.digikoppeling.addressing import CONVERSATION, DAI, WSA, headers_for

#: The prescribed headers; all others are foreign (Digikoppeling Intern 1.0: "no others").
PRESCRIBED = frozenset(f"{{{WSA}}}{name}" for name in ("To", "From", "Action", "MessageID", "RelatesTo"))


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivered message. Header values are None when the header is absent."""

    element: etree._Element
    to: str | None
    from_: str | None
    action: str | None
    message_id: str | None
    conversation_id: str | None
    relates_to: str | None
    foreign: tuple[str, ...] = ()  # tags of headers that are not prescribed


def read(data: bytes, *, limits: parsing.Limits = parsing.DEFAULT) -> Delivered:
    """Read a request of Digikoppeling Intern.

    Raises:
        DecodeFailure: Not XML, not SOAP 1.1, or not one business element in ``dai:bericht``.
    """
    message = soap.read_message(data, limits=limits)
    if len(message.body) != 1 or message.body[0].tag != f"{{{DAI}}}bericht":
        raise DecodeFailure("the SOAP body does not hold one dai:bericht", stage=Stage.RECEIVING)
    business = soap.elements(message.body[0])
    if len(business) != 1:
        raise DecodeFailure("dai:bericht does not hold one business message", stage=Stage.RECEIVING)
    values = read_headers(message.headers)
    return Delivered(
        element=business[0],
        to=values.get("To"),
        from_=values.get("From"),
        action=values.get("Action"),
        message_id=values.get("MessageID"),
        conversation_id=values.get("Conversation"),
        relates_to=values.get("RelatesTo"),
        foreign=tuple(str(header.tag) for header in message.headers if header.tag not in PRESCRIBED),
    )


def read_headers(headers: tuple[etree._Element, ...]) -> dict[str, str]:
    """Values of the prescribed headers by local name; the ConversationId is under ``Conversation``. The first one counts."""
    values: dict[str, str] = {}
    for header in headers:
        name = header.tag.rpartition("}")[2]
        if name == "RelatesTo" and header.get("RelationshipType") == CONVERSATION:
            name = "Conversation"
        source = header.find(f"{{{WSA}}}Address") if name == "From" else header
        if header.tag in PRESCRIBED and source is not None:
            values.setdefault(name, (source.text or "").strip())
    return values


def disagreements(delivered: Delivered, message: Stuurgegevens) -> tuple[str, ...]:
    """Where the headers do not agree with the stuurgegevens, as safe remarks.

    The stuurgegevens win: refusing would lose real messages. A ConversationId of a first message may be anything.
    """
    expected = headers_for(message, "")
    found = []
    if delivered.message_id != expected.message_id:
        found.append("wsa:MessageID does not agree with the stuurgegevens")
    if delivered.relates_to != expected.relates_to:
        found.append("wsa:RelatesTo does not agree with the stuurgegevens")
    if delivered.conversation_id is None or (expected.relates_to and delivered.conversation_id != expected.conversation_id):
        found.append("the ConversationId does not agree with the stuurgegevens")
    if delivered.foreign:
        found.append("there are SOAP headers that Digikoppeling Intern does not know")
    return tuple(found)
