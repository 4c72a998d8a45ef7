from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from hub.errors import DecodeFailure
from hub.schemas import parsing
from hub.standards.stuf import read_stuurgegevens
from hub.transports import soap
from hub.transports.digikoppeling import envelope
from hub.transports.digikoppeling.addressing import CONVERSATION, DAI, WSA, Addressing, headers_for
from tests.support.berichten import vto

HEADERS = Addressing("urn:to", "urn:from&<%s>", "urn:action", "urn:id", "urn:conversation")
ANSWER = Addressing("urn:to", "urn:from", "urn:action", "urn:id", "urn:conversation", "urn:relates")

MESSAGES = [
    b"<x/>",
    b"<?xml version='1.0' encoding='UTF-8'?>\n<x a='1'>text &amp; <![CDATA[<more>]]></x>",
    b'\xef\xbb\xbf<?xml version="1.0"?><x xmlns="urn:default"><y xmlns="">100% &#xE9;</y></x>',
    '<p:x xmlns:p="urn:p" xmlns:soap-env="urn:other" xmlns:ns0="urn:mine"><ns0:é soap-env:b="ë"/></p:x>'.encode(),
]


def canonical(element: etree._Element) -> bytes:
    found: bytes = etree.tostring(element, method="c14n", with_comments=False)
    return found


@pytest.mark.parametrize("headers", [HEADERS, ANSWER])
@pytest.mark.parametrize("message", MESSAGES)
def test_a_spliced_envelope_is_what_zeep_itself_builds(headers: Addressing, message: bytes) -> None:
    by_zeep = envelope.zeep_envelope(headers, parsing.parse(message))
    spliced = parsing.parse(b"".join(envelope.splice(headers, message)))
    assert canonical(spliced) == canonical(by_zeep)


@pytest.mark.parametrize("message", MESSAGES)
def test_the_business_element_is_the_same_inside_and_outside_its_envelope(message: bytes) -> None:
    outer = soap.read_message(b"".join(envelope.splice(HEADERS, message)))
    (bericht,) = outer.body
    assert bericht.tag == f"{{{DAI}}}bericht"
    (inside,) = soap.elements(bericht)
    assert parsing.c14n_digest(inside) == parsing.c14n_digest(parsing.parse(message))


def test_the_message_travels_byte_for_byte_and_uncopied() -> None:
    message = b"<x>" + b"  <y   a = '1' ></y>\r\n" * 10 + b"</x>"
    _, piece, _ = envelope.splice(HEADERS, message)
    assert piece is message
    _, piece, _ = envelope.splice(HEADERS, b'<?xml version="1.0"?>\n' + message)
    assert bytes(piece) == message
    assert isinstance(piece, memoryview)


def test_the_headers_are_exactly_the_prescribed_ones() -> None:
    found = soap.read_message(b"".join(envelope.splice(ANSWER, b"<x/>"))).headers
    names = [(h.tag, h.text, dict(h.attrib)) for h in found]
    assert names == [
        (f"{{{WSA}}}To", "urn:to", {}),
        (f"{{{WSA}}}From", None, {}),
        (f"{{{WSA}}}Action", "urn:action", {}),
        (f"{{{WSA}}}MessageID", "urn:id", {}),
        (f"{{{WSA}}}RelatesTo", "urn:conversation", {"RelationshipType": CONVERSATION}),
        (f"{{{WSA}}}RelatesTo", "urn:relates", {}),
    ]
    assert [(child.tag, child.text) for child in found[1]] == [(f"{{{WSA}}}Address", "urn:from")]


def test_another_encoding_than_utf_8_is_refused() -> None:
    with pytest.raises(DecodeFailure, match="UTF-8"):
        envelope.splice(HEADERS, b'<?xml version="1.0" encoding="ISO-8859-1"?><x/>')


@pytest.mark.official
def test_the_sample_envelope_is_reproduced() -> None:
    """SYNTH_soap_vtoDi01_digikoppeling_intern.xml, built by hand from the standard's text."""
    data = Path(os.environ.get("HUB_TEST_DATA", Path(__file__).resolve().parents[5] / "shared/data"))
    sample = parsing.parse((data / "corv/voorbeelden/SYNTH_soap_vtoDi01_digikoppeling_intern.xml").read_bytes())
    read = soap.read_message(etree.tostring(sample))
    business = soap.elements(read.body[0])[0]
    action = "urn:dkintern:urn:osb:services:corv:1.0:http://www.stufstandaarden.nl/koppelvlak/jz0100/vtoDi01"
    headers = headers_for(read_stuurgegevens(business), action)
    ours = soap.read_message(b"".join(envelope.splice(headers, etree.tostring(business, encoding="UTF-8"))))
    assert [exclusive(header) for header in ours.headers] == [exclusive(header) for header in read.headers]
    theirs = exclusive(read.body[0]).replace(b"dai:bericht", b"ns0:bericht").replace(b":dai=", b":ns0=")
    assert exclusive(ours.body[0]) == theirs


def exclusive(element: etree._Element) -> bytes:
    found: bytes = etree.tostring(element, method="c14n", exclusive=True)
    return found


@pytest.mark.parametrize(
    ("message", "root"),
    [
        (b'<?xml version="1.0"?>\n<a:x xmlns:a="urn:a"><y/></a:x>', ("urn:a", "x")),
        (b'<x xmlns="urn:a">\xc3\xa9</x>', ("urn:a", "x")),
        (b"<x/>", ("", "x")),
        (vto("ref-1"), ("http://www.stufstandaarden.nl/koppelvlak/jz0100", "vtoDi01")),
    ],
)
def test_the_root_of_a_message_is_read_without_parsing_all_of_it(message: bytes, root: tuple[str, str]) -> None:
    assert envelope.root_of(message) == root
    assert envelope.root_of(message + b"not xml" * 1000) == root


@pytest.mark.parametrize("message", [b"", b"text", b"<a:x/>", b"<1/>"])
def test_what_does_not_begin_with_an_element_has_no_root(message: bytes) -> None:
    with pytest.raises(DecodeFailure):
        envelope.root_of(message)
