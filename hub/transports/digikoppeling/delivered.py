"""Reading what a Digikoppeling adapter delivers: the SOAP envelope, its headers, and the business element in it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import cast

from lxml import etree

from hub.errors import DecodeFailure, Stage
from hub.schemas import parsing
from hub.standards.stuf import Stuurgegevens
from hub.transports import soap
from hub.transports.digikoppeling.addressing import CONVERSATION, DAI, WSA, headers_for

_XSI_TYPES = etree.XPath("descendant-or-self::*/@xsi:type", namespaces={"xsi": "http://www.w3.org/2001/XMLSchema-instance"})

#: The prescribed headers; all others are foreign (Digikoppeling Intern 1.0: "no others").
PRESCRIBED = frozenset(f"{{{WSA}}}{name}" for name in ("To", "From", "Action", "MessageID", "RelatesTo"))


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivered message; its element is the root of a document of its own. Header values are None when absent."""

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
        element=_detached(business[0]),
        to=values.get("To"),
        from_=values.get("From"),
        action=values.get("Action"),
        message_id=values.get("MessageID"),
        conversation_id=values.get("Conversation"),
        relates_to=values.get("RelatesTo"),
        foreign=tuple(str(header.tag) for header in message.headers if header.tag not in PRESCRIBED),
    )


def _detached(element: etree._Element) -> etree._Element:
    """A copy of ``element`` as the root of its own document; lines and prefixes stay as they are.

    Inside the envelope lxml repeats every declaration of the ancestors each time the element is judged, canonicalised or
    written. The copy keeps the ones that its names use, and those that an ``xsi:type`` in it uses.
    """
    types = cast("list[str]", _XSI_TYPES(element))
    prefixes = {value.strip().rpartition(":")[0] or None for value in types}
    alone = copy.deepcopy(element)
    alone.tail = None
    seen, kept = element.nsmap, alone.nsmap
    lost = {prefix: seen[prefix] for prefix in prefixes if prefix in seen and prefix not in kept}
    return _declaring(alone, lost) if lost else alone


def _declaring(element: etree._Element, more: dict[str | None, str]) -> etree._Element:
    """The same element with more declarations; lxml adds none to one that exists."""
    declared = {**element.nsmap, **more}
    root = etree.Element(element.tag, dict(element.attrib.items()), nsmap=declared)  # type: ignore[arg-type]  # None: the default
    root.text = element.text
    root.extend(list(element))
    return root


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
