"""What the simulated Digikoppeling adapter demands of the SOAP headers: exactly the prescribed ones, with exactly these values.

The values are derived here a second time, from the standard's text, so that a fault in the hub's own derivation shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from lxml import etree

from hub.standards.stuf import Stuurgegevens, Systeem

_WSA = "{http://www.w3.org/2005/08/addressing}"
_CONVERSATION = "urn:dkintern:ConversationId"
_KNOWN = ("To", "From", "Action", "MessageID", "RelatesTo")


def violations(
    headers: tuple[etree._Element, ...], message: Stuurgegevens, element: etree._Element, http: Mapping[str, str], service: str
) -> list[str]:
    """Every way in which a request breaks the interface; empty when it is right."""
    found = [] if http.get("soapaction") == '""' else ['HTTP header SOAPAction is not ""']
    if not http.get("content-type", "").startswith("text/xml"):
        found.append("Content-Type is not text/xml")
    values = _values(headers, found)
    own = f"urn:dkintern:{message.referentienummer}@{_domain(message.zender)}"
    namespace, _, name = str(element.tag)[1:].partition("}")
    expected = {
        "To": _party(message.ontvanger),
        "From": _party(message.zender),
        "Action": f"urn:dkintern:{service}:{namespace}/{name}",
        "MessageID": own,
        "RelatesTo": None,
        "Conversation": own,
    }
    for key, value in expected.items():
        given = values.get(key)
        if key in ("To", "From") and given is not None:
            given = unquote(given)
        if given != value:
            found.append(f"wsa:{key} is not what it should be" if given is not None else f"wsa:{key} is missing")
    return found


def _values(headers: tuple[etree._Element, ...], found: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for header in headers:
        name = str(header.tag).removeprefix(_WSA)
        if name not in _KNOWN:
            found.append("there is a SOAP header that is not prescribed")
            continue
        text = header.text or ""
        if name == "From":
            text = header.findtext(f"{_WSA}Address") or ""
        if name == "RelatesTo" and header.get("RelationshipType") == _CONVERSATION:
            name = "Conversation"
        if name in values:
            found.append(f"wsa:{name} is there twice")
        values[name] = text
    return values


def _party(systeem: Systeem) -> str:
    return f"urn:dkintern:{systeem.organisatie}:{systeem.applicatie}:{systeem.administratie}"


def _domain(systeem: Systeem) -> str:
    parts = [systeem.organisatie] if systeem.organisatie else []
    return ".".join([*parts, systeem.applicatie, systeem.administratie, "dkintern.nl"])
