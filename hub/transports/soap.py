"""SOAP 1.1: reading messages with the hub's own parser, and writing small envelopes.

zeep does not read answers (see ``hub.transports.wsdl``): it reports an empty or foreign answer as success and a proxy's error
page as a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from hub.errors import DecodeFailure
from hub.schemas import parsing

#: Namespace of SOAP 1.1.
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

#: Content type of SOAP 1.1 messages.
CONTENT_TYPE = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A fault: ``code`` is the local part of faultcode before any dot, e.g. ``Client``; ``detail`` its child elements."""

    code: str
    text: str
    detail: tuple[etree._Element, ...] = ()


@dataclass(frozen=True, slots=True)
class SoapMessage:
    """A SOAP message: header entries, and either a fault or the elements of the body."""

    headers: tuple[etree._Element, ...]
    body: tuple[etree._Element, ...]
    fault: SoapFault | None = None


def read_message(data: bytes, *, limits: parsing.Limits = parsing.DEFAULT) -> SoapMessage:
    """Read a SOAP 1.1 message with the hardened parser.

    Raises:
        DecodeFailure: Not XML, refused by the parser, or not a SOAP 1.1 envelope.
    """
    envelope = parsing.parse(data, limits=limits)
    if envelope.tag != f"{{{SOAP}}}Envelope":
        raise DecodeFailure("the document is not a SOAP 1.1 envelope")
    header = envelope.find(f"{{{SOAP}}}Header")
    body = envelope.find(f"{{{SOAP}}}Body")
    if body is None:
        raise DecodeFailure("the SOAP envelope has no body")
    headers = () if header is None else elements(header)
    children = elements(body)
    if len(children) == 1 and children[0].tag == f"{{{SOAP}}}Fault":
        return SoapMessage(headers, (), _read_fault(children[0]))
    return SoapMessage(headers, children)


def _read_fault(fault: etree._Element) -> SoapFault:
    code = (fault.findtext("faultcode") or "").strip().rpartition(":")[2].partition(".")[0]
    detail = fault.find("detail")
    return SoapFault(code, (fault.findtext("faultstring") or "").strip(), () if detail is None else elements(detail))


def elements(parent: etree._Element) -> tuple[etree._Element, ...]:
    """The child elements, without comments and processing instructions."""
    return tuple(parent.iterchildren("*"))


def write_message(body: bytes) -> bytes:
    """An envelope without header around ``body``, which is XML without declaration."""
    return _ENVELOPE % body


def write_fault(code: str, text: str, detail: bytes = b"") -> bytes:
    """A fault. ``code`` is ``Client`` or ``Server``; ``detail`` is XML without declaration, or nothing."""
    inner = b"<detail>%s</detail>" % detail if detail else b""
    head = f"<faultcode>soap:{escape(code)}</faultcode><faultstring>{escape(text)}</faultstring>".encode()
    return write_message(b"<soap:Fault>%s%s</soap:Fault>" % (head, inner))


_ENVELOPE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="%s">' % SOAP.encode()
    + b"<soap:Body>%s</soap:Body></soap:Envelope>"
)
