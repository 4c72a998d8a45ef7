"""The WS-Addressing headers of Digikoppeling Intern 1.0 and the identifiers in them; pure functions.

Clauses named here are those of the standard "Digikoppeling Intern", version 1.0 of 28 July 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from hub.standards.stuf import Stuurgegevens, Systeem

#: Namespace of the headers (WS-Addressing 1.0).
WSA = "http://www.w3.org/2005/08/addressing"

#: Namespace of the body's only element.
DAI = "http://www.stufstandaarden.nl/koppelvlak/dai0100"

#: Every identifier starts with this; the Digikoppeling adapter strips it (section on ebMS).
PREFIX = "urn:dkintern:"

#: RelationshipType of the RelatesTo header that carries the ebMS ConversationId.
CONVERSATION = "urn:dkintern:ConversationId"

#: RFC 2141, 2.2: the "other" characters a URN may hold unescaped, beside letters and digits.
_URN_OTHER = "()+,-.:=@;$_!*'"

#: What an applicatie or administratie may be made of, so that it can stand in a domain (appendix B): escaping is prescribed
#: for To and From only. Settings refuse other names at start.
DOMAIN_PART = r"^[A-Za-z0-9._-]*$"


@dataclass(frozen=True, slots=True)
class Addressing:
    """The values of the headers of one message."""

    to: str
    from_: str
    action: str
    message_id: str
    conversation_id: str
    relates_to: str | None = None  # when answering


def urn_escape(part: str) -> str:
    """``part`` with every character outside the URN set as %XX of its UTF-8 bytes (RFC 2141, 2.2)."""
    return quote(part, safe=_URN_OTHER).replace("~", "%7E")


@lru_cache(maxsize=256)
def party(systeem: Systeem) -> str:
    """Value of wsa:To or of wsa:Address in wsa:From: organisatie, applicatie and administratie; absent is empty."""
    return PREFIX + ":".join(map(urn_escape, (systeem.organisatie, systeem.applicatie, systeem.administratie)))


@lru_cache(maxsize=256)
def domain(systeem: Systeem) -> str:
    """Domain of a system (appendix B): without administratie there are two dots."""
    organisatie = f"{systeem.organisatie}." if systeem.organisatie else ""
    administratie = f"{systeem.administratie}." if systeem.administratie else "."
    return f"{organisatie}{systeem.applicatie}.{administratie}dkintern.nl"


def message_id(referentienummer: str, systeem: Systeem) -> str:
    """Identifier of a message in the domain of ``systeem``: of wsa:MessageID, and of wsa:RelatesTo with the receiver's."""
    return f"{PREFIX}{referentienummer}@{domain(systeem)}"


def action(service: str, ebms_action: str) -> str:
    """Value of wsa:Action: ebMS Service and ebMS Action."""
    return f"{PREFIX}{service}:{ebms_action}"


def recommended_action(namespace: str, element: str) -> str:
    """The ebMS Action the standard recommends: message namespace, slash, element name."""
    return f"{namespace}/{element}"


def headers_for(message: Stuurgegevens, wsa_action: str, *, conversation: str | None = None) -> Addressing:
    """The headers that belong to a message with these stuurgegevens.

    Args:
        message: What the message says about itself.
        wsa_action: Whole value of wsa:Action.
        conversation: Another ConversationId than the default, e.g. a case number; without prefix.
    """
    own = message_id(message.referentienummer, message.zender)
    relates = message_id(message.cross_refnummer, message.ontvanger) if message.cross_refnummer else None
    return Addressing(
        to=party(message.ontvanger),
        from_=party(message.zender),
        action=wsa_action,
        message_id=own,
        conversation_id=PREFIX + conversation if conversation else relates or own,
        relates_to=relates,
    )
