"""Envelopes of Digikoppeling Intern: built once by zeep from the WSDL, then filled in without parsing the message again.

What is stored is what is sent, byte for byte: the stored message is spliced into the place that zeep made for it. A test
holds the result against what zeep itself builds for the same message.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

from hub.errors import DecodeFailure, Stage
from hub.schemas import parsing
from hub.transports.digikoppeling.addressing import CONVERSATION, WSA, Addressing
from hub.transports.http import Piece

#: The WSDL that zeep reads.
WSDL = Path(__file__).with_name("digikoppeling-intern.wsdl")

#: HTTP headers of every request (Digikoppeling Intern 1.0: SOAPAction is the empty string between quotes).
HTTP_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}

_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:<\?xml\s(?P<attributes>[^>]{0,100})\?>)?\s*")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?P<name>[A-Za-z0-9._-]+)[\"']")
_START_TAG = re.compile(rb"<[^?!][^>]*>")
_MARK = re.compile(rb"@@(\w+)@@|<(?:\w+:)?splice[^>]*/>")


def zeep_envelope(headers: Addressing, message: etree._Element) -> etree._Element:
    """The envelope that zeep builds for ``message``, with exactly the prescribed headers. Slow; for one thread."""
    from hub.transports import wsdl  # zeep takes half a second to import; the command line should not wait for it

    return wsdl.build_envelope(wsdl.load_wsdl(WSDL), "addressing", _header_elements(headers), _value_1=message)


def splice(headers: Addressing, message: bytes) -> list[Piece]:
    """The envelope around ``message`` as pieces to be written one after the other; the message itself is not copied.

    Args:
        headers: Values of the headers; escaped here.
        message: The stored message, UTF-8. An XML declaration is left out, everything else is sent as it is.

    Raises:
        DecodeFailure: The message declares another encoding than UTF-8.
    """
    before, after = _template(headers.relates_to is not None)
    values = (headers.to, headers.from_, headers.action, headers.message_id, headers.conversation_id, headers.relates_to)
    filled = tuple(escape(value).encode() for value in values if value is not None)
    return [before % filled, without_declaration(message), after]


def without_declaration(message: bytes) -> Piece:
    """``message`` from its first markup on: no byte order mark, no XML declaration. Not a copy.

    Raises:
        DecodeFailure: It declares another encoding than UTF-8.
    """
    found = _DECLARATION.match(message)
    if found is None:  # cannot be: every part of the pattern may be absent
        return message
    encoding = _ENCODING.search(found["attributes"] or b"")
    if encoding is not None and encoding["name"].lower() not in (b"utf-8", b"us-ascii"):
        raise DecodeFailure("the message is not in UTF-8", stage=Stage.SENDING)
    return memoryview(message)[found.end() :] if found.end() else message


def root_of(message: bytes) -> tuple[str, str]:
    """Namespace and local name of the root element of a message of our own making.

    Raises:
        DecodeFailure: It does not begin with an element.
    """
    found = _START_TAG.search(message)
    return _name_of(found.group() if found else b"")


@functools.lru_cache(maxsize=64)
def _name_of(start_tag: bytes) -> tuple[str, str]:
    """All messages of a kind begin alike, so it is parsed once."""
    try:
        root = parsing.parse_own(start_tag[:-1].rstrip(b"/") + b"/>")
    except DecodeFailure:
        raise DecodeFailure("the message does not begin with an element", stage=Stage.SENDING) from None
    namespace, _, name = str(root.tag).rpartition("}")
    return namespace.removeprefix("{"), name


def prepare() -> None:
    """Build the templates now, so that a fault in them shows at start and the first message is as quick as the rest."""
    _template(False)
    _template(True)


@functools.cache
def _template(answering: bool) -> tuple[bytes, bytes]:
    """What stands before and after the message; the former with a place (%s) for each value, in the order of ``splice``."""
    marks = Addressing("@@to@@", "@@from@@", "@@action@@", "@@id@@", "@@conversation@@", "@@relates@@" if answering else None)
    envelope = zeep_envelope(marks, etree.Element("{urn:hub}splice"))
    text = etree.tostring(envelope, encoding="UTF-8", xml_declaration=True).replace(b"%", b"%%")
    before, mark, after = _split_at_message(text)
    names = _MARK.findall(before)
    expected = [b"to", b"from", b"action", b"id", b"conversation", *([b"relates"] if answering else [])]
    if not mark or names != expected or b' xmlns="' in text:
        raise AssertionError("zeep does not build the envelope this module was written for")
    return _MARK.sub(b"%s", before), after.replace(b"%%", b"%")


def _split_at_message(text: bytes) -> tuple[bytes, bytes, bytes]:
    place = re.search(rb"<(?:\w+:)?splice[^>]*/>", text)
    if place is None:
        return text, b"", b""
    return text[: place.start()], place.group(), text[place.end() :]


def _header_elements(headers: Addressing) -> list[etree._Element]:
    """Exactly the prescribed headers, in the order of the standard's table."""

    def header(name: str, value: str, **attributes: str) -> etree._Element:
        element = etree.Element(f"{{{WSA}}}{name}", attributes, nsmap={"wsa": WSA})
        element.text = value
        return element

    sender = header("From", "")
    sender.text = None
    etree.SubElement(sender, f"{{{WSA}}}Address").text = headers.from_
    entries = [header("To", headers.to), sender, header("Action", headers.action), header("MessageID", headers.message_id)]
    entries.append(header("RelatesTo", headers.conversation_id, RelationshipType=CONVERSATION))
    if headers.relates_to is not None:
        entries.append(header("RelatesTo", headers.relates_to))
    return entries
