"""The endpoint of any partner: what its ``read_element`` says becomes the engine's; the envelope leaves no trace."""

from __future__ import annotations

from typing import ClassVar

import pytest
from lxml import etree

from hub.contracts.adapter import InboundRequest
from hub.errors import DecodeFailure, NoRoute
from hub.schemas import parsing, registry
from hub.standards.stuf import Stuurgegevens, read_fout, read_stuurgegevens
from hub.transports import soap
from hub.transports.digikoppeling import delivered
from hub.transports.digikoppeling.endpoint import BusinessElement, DigikoppelingEndpoint
from hub.transports.digikoppeling.settings import DigikoppelingSettings, InboundSettings, SystemSettings
from tests.support import berichten
from tests.support.berichten import OURS, RAAD, bv01, notificatie

SETTINGS = DigikoppelingSettings(
    url="http://127.0.0.1:1/",
    own=SystemSettings(organisatie=OURS.organisatie, applicatie=OURS.applicatie),
    partner=SystemSettings(organisatie=RAAD.organisatie, applicatie=RAAD.applicatie),
    ebms_service="urn:s",
    inbound=InboundSettings(path="/partners/elders", max_bytes=1_000_000),
)
READ = BusinessElement(
    type="Elders",
    answers="inner-1",
    verdict=False,
    code="IB007",
    reason="Afgekeurd",
    text="words",
    keys=(("besluit", "B-1"),),
    remarks=("odd",),
    title="Retour",
    facts={"status": "x"},
    subjects=("999999047",),
    route="elders_in",
    meaning=object(),
)


class Elders(DigikoppelingEndpoint):
    partner: ClassVar[str] = "elders"
    delivered_types: ClassVar[frozenset[str]] = frozenset({"Bv01Bericht"})
    broken = False

    def read_element(self, name: str, element: etree._Element, message: Stuurgegevens) -> BusinessElement:
        if self.broken:
            raise DecodeFailure("the file inside cannot be read")
        assert (name, element.getparent(), message.zender) == ("Bv01Bericht", None, RAAD)
        return READ


def request(message: bytes) -> InboundRequest:
    return InboundRequest({}, berichten.delivered(message, read_stuurgegevens(parsing.parse(message))))


def test_what_the_partner_reads_is_what_the_engine_gets() -> None:
    found = Elders(SETTINGS).parse(request(bv01("ours-1", reference="their-1")))
    for name in BusinessElement.__slots__:
        value = getattr(READ, name)
        assert getattr(found, name) == value, name
    assert (found.reference, found.sender) == ("their-1", RAAD.key)


def test_what_the_partner_leaves_out_comes_from_the_stuurgegevens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.READ", BusinessElement())
    found = Elders(SETTINGS).parse(request(bv01("ours-1")))
    assert (found.type, found.answers, found.verdict) == ("Bv01Bericht", "ours-1", None)


def test_only_the_types_of_the_partner_are_taken() -> None:
    with pytest.raises(NoRoute):
        Elders(SETTINGS).parse(request(notificatie()))


def test_what_the_partner_cannot_read_gets_an_fo03() -> None:
    door, asked = Elders(SETTINGS), request(bv01("ours-1", reference="their-1"))
    door.broken = True
    with pytest.raises(DecodeFailure) as caught:
        door.parse(asked)
    fault = soap.read_message(door.refuse(asked, caught.value).body).fault
    assert fault is not None
    assert read_fout(fault.detail[0]).details == "the file inside cannot be read"
    assert read_stuurgegevens(fault.detail[0]).cross_refnummer == "their-1"


XSI = "http://www.w3.org/2001/XMLSchema-instance"
XS = "http://www.w3.org/2001/XMLSchema"


def test_declarations_of_the_envelope_stay_with_the_envelope() -> None:
    body = request(notificatie()).body
    around = b"<soap-env:Envelope" + b"".join(b' xmlns:p%d="urn:p"' % number for number in range(90))
    found = delivered.read(body.replace(b"<soap-env:Envelope", around, 1)).element
    assert found.getparent() is None
    assert {"p1", "soap-env", "dai"}.isdisjoint(found.nsmap)
    plain = parsing.parse(notificatie())
    assert set(found.nsmap.values()) == set(plain.nsmap.values())


def test_an_element_that_leans_on_the_envelope_can_stand_alone() -> None:
    """A prefix that only an ``xsi:type`` uses, and the default namespace, may be declared outside the element."""
    message = bv01("ours-1", reference="their-1").decode().replace("StUF:", "").replace(' xmlns:StUF="', ' xmlns="')
    typed = message.replace("<referentienummer>", '<referentienummer xsi:type="far:string">').encode()
    namespace = b' xmlns="http://www.egem.nl/StUF/StUF0301"'
    around = (
        f'<e:Envelope xmlns:e="{soap.SOAP}" xmlns:xsi="{XSI}" xmlns:far="{XS}"{namespace.decode()}><e:Body>'
        '<d:bericht xmlns:d="http://www.stufstandaarden.nl/koppelvlak/dai0100">'
    )
    body = around.encode() + typed.replace(namespace, b"") + b"</d:bericht></e:Body></e:Envelope>"
    element = delivered.read(body).element
    assert element.nsmap == {None: "http://www.egem.nl/StUF/StUF0301", "xsi": XSI, "far": XS}
    again = parsing.parse(etree.tostring(element))
    for one in (element, again):
        rules = {finding.rule for finding in registry.validate(one)}
        assert "SCHEMAV_CVC_ELT_4_2" not in rules, "the type cannot be resolved"
    assert parsing.c14n_digest(again) == parsing.c14n_digest(element)
