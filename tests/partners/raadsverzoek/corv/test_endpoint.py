from __future__ import annotations

import dataclasses

import pytest
from lxml import etree

from hub.adapters.corv.endpoint import CorvEndpoint
from hub.adapters.corv.settings import CorvSettings, InboundSettings
from hub.config.secrets import Secret
from hub.contracts.adapter import HttpAnswer, InboundRequest, Incoming
from hub.errors import (
    DecodeFailure,
    Finding,
    NoRoute,
    SchemaViolation,
    Throttled,
    TransientError,
    Untrusted,
)
from hub.schemas import parsing, registry
from hub.standards.stuf import Systeem, read_fout, read_stuurgegevens, write_bevestiging
from hub.transports import soap
from hub.transports.digikoppeling.addressing import headers_for
from hub.transports.digikoppeling.settings import FaultCodes, SystemSettings
from tests.support import berichten
from tests.support.berichten import MARKED, OURS, RAAD, antwoord, bv01, delivered, enveloped, fo01, notificatie, vto

REF = "7f1c2c1e-0000-4000-8000-000000000001"


def endpoint(**inbound: object) -> CorvEndpoint:
    return CorvEndpoint(
        CorvSettings(
            url="http://127.0.0.1:1/",
            own=SystemSettings(organisatie=OURS.organisatie, applicatie=OURS.applicatie),
            partner=SystemSettings(organisatie=RAAD.organisatie, applicatie=RAAD.applicatie),
            inbound=InboundSettings.model_validate(inbound),
        )
    )


def request(body: bytes, **headers: str) -> InboundRequest:
    return InboundRequest({name.replace("_", "-"): value for name, value in headers.items()}, body)


def soapy(message: bytes) -> bytes:
    return delivered(message, read_stuurgegevens(parsing.parse(message)))


def fo03_in(answer: HttpAnswer) -> etree._Element:
    message = soap.read_message(answer.body)
    assert message.fault is not None
    (fo03,) = message.fault.detail
    assert registry.validate(fo03) == ()
    return fo03


def test_a_bv01_is_a_confirmation_of_our_message() -> None:
    body = bv01(REF, reference="their-1", melding="vtoDi01 verwerkt")
    found = endpoint().parse(request(soapy(body)))
    assert (found.type, found.sender, found.reference) == ("Bv01Bericht", f"{RAAD.organisatie}/{RAAD.applicatie}/", "their-1")
    assert (found.answers, found.verdict, found.remarks) == (REF, True, ())
    assert (found.reason, found.text) == ("Aangenomen door CORV", "vtoDi01 verwerkt")
    assert found.digest == parsing.c14n_digest(parsing.parse(body))


def test_a_fo01_is_a_rejection_whose_words_are_kept_apart() -> None:
    found = endpoint().parse(request(soapy(fo01(REF, code="902"))))
    assert (found.type, found.answers, found.verdict, found.code) == ("Fo01Bericht", REF, False, "902")
    assert found.reason == "Afgekeurd door CORV (code 902)"
    assert found.text == f"Het VTO voldoet niet\n{MARKED}"
    assert MARKED not in found.reason


def test_a_notification_carries_our_case_number() -> None:
    found = endpoint().parse(request(soapy(notificatie("CJG-2026-000042"))))
    assert (found.type, found.verdict, found.answers) == ("notificatieDi01", None, None)
    assert found.keys == (("kenmerk", "CJG-2026-000042"),)


def test_a_notification_tells_what_a_list_may_show_and_whom_it_is_about() -> None:
    found = endpoint().parse(request(soapy(notificatie(status="Onderzoek afgerond"))))
    assert (found.title, found.facts) == ("Onderzoek afgerond", {"status": "Onderzoek afgerond"})
    assert found.subjects == ("999999047",)
    assert "999999047" not in repr(dataclasses.replace(found, body=b""))
    assert endpoint().parse(request(soapy(bv01(REF)))).subjects == ()


def test_the_kept_body_is_the_business_element_alone() -> None:
    body = notificatie()
    found = endpoint().parse(request(soapy(body)))
    assert found.body.startswith(b"<JZ:notificatieDi01")
    again = parsing.parse(found.body)
    assert registry.validate(again) == ()
    assert parsing.c14n_digest(again) == found.digest == parsing.c14n_digest(parsing.parse(body))


def test_white_space_around_the_business_element_is_not_kept() -> None:
    body = bv01(REF, reference="their-1")
    spaced = soapy(body).replace(b"<StUF:Bv01Bericht", b"\n  <StUF:Bv01Bericht").replace(b"Bericht></ns0", b"Bericht>\n </ns0")
    found = endpoint().parse(request(spaced))
    assert found.body.startswith(b"<StUF:Bv01Bericht")
    assert found.body.endswith(b"</StUF:Bv01Bericht>")
    assert found.digest == endpoint().parse(request(soapy(body))).digest


def test_the_digest_does_not_depend_on_the_envelope() -> None:
    body = bv01(REF, reference="their-1")
    stuurgegevens = read_stuurgegevens(parsing.parse(body))
    one = endpoint().parse(request(delivered(body, stuurgegevens)))
    other = endpoint().parse(request(delivered(body, stuurgegevens, action="urn:dkintern:a:b").replace(b"ns0", b"dai")))
    changed = endpoint().parse(request(soapy(body.replace(b"Bv01Bericht>", b"Bv01Bericht >").replace(REF.encode(), b"x"))))
    assert one.digest == other.digest != changed.digest


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<html/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        soap.write_message(b"<x/>"),
        soap.write_message(b"<d:bericht xmlns:d='http://www.stufstandaarden.nl/koppelvlak/dai0100'/>"),
        soap.write_message(b"<d:bericht xmlns:d='http://www.stufstandaarden.nl/koppelvlak/dai0100'><a/><b/></d:bericht>"),
    ],
)
def test_what_cannot_be_read_gets_a_plain_fault(body: bytes) -> None:
    with pytest.raises(DecodeFailure) as caught:
        endpoint().parse(request(body))
    answer = endpoint().refuse(request(body), caught.value)
    fault = soap.read_message(answer.body).fault
    assert fault is not None
    assert (answer.status, fault.code, fault.detail) == (500, "Client", ())


def test_a_message_against_the_schema_gets_an_fo03_that_names_the_place_and_not_the_value() -> None:
    body = soapy(notificatie().replace(b"<BG:inp.bsn>999999047", f"<BG:inp.bsn>{MARKED}".encode()))
    with pytest.raises(SchemaViolation) as caught:
        endpoint().parse(request(body))
    answer = endpoint().refuse(request(body), caught.value)
    fo03 = fo03_in(answer)
    fout, stuurgegevens = read_fout(fo03), read_stuurgegevens(fo03)
    assert (answer.status, fout.code, fout.plek) == (500, "StUF055", "client")
    assert "inp.bsn" in fout.details
    assert MARKED.encode() not in answer.body
    assert (stuurgegevens.zender, stuurgegevens.ontvanger) == (OURS, RAAD)


def test_very_many_findings_fit_in_an_fo03() -> None:
    findings = [Finding("RULE", "BG:x: the value is wrong & <odd>", line) for line in range(1, 500)]
    answer = endpoint().refuse(request(soapy(bv01(REF))), SchemaViolation("many", findings))
    assert len(read_fout(fo03_in(answer)).details) == 1000


def test_a_plain_fault_is_short_too() -> None:
    findings = [Finding("RULE", "BG:x: the value is wrong", line) for line in range(1, 500)]
    fault = soap.read_message(endpoint().refuse(request(b"<x/>"), SchemaViolation("many", findings)).body).fault
    assert fault is not None
    assert len(fault.text) < 1100


@pytest.mark.parametrize("message", [vto(REF), b"<unknown xmlns='urn:x'/>"])
def test_a_message_that_is_not_for_us_is_refused(message: bytes) -> None:
    body = enveloped(message, headers_for(antwoord("Di01", ""), "a"))
    with pytest.raises(NoRoute) as caught:
        endpoint().parse(request(body))
    answer = endpoint().refuse(request(body), caught.value)
    if b"vtoDi01" in message:
        assert read_stuurgegevens(fo03_in(answer)).cross_refnummer == REF
    else:
        fault = soap.read_message(answer.body).fault
        assert fault is not None
        assert fault.detail == ()


def test_a_message_without_a_reference_is_refused_with_a_plain_fault() -> None:
    body = soapy(notificatie(reference="x1")).replace(b"<StUF:referentienummer>x1<", b"<StUF:referentienummer><")
    with pytest.raises(SchemaViolation) as caught:
        endpoint().parse(request(body))
    fault = soap.read_message(endpoint().refuse(request(body), caught.value).body).fault
    assert fault is not None
    assert fault.detail == ()


@pytest.mark.parametrize("error", [RuntimeError(MARKED), TransientError("disk full", code="disk_full")])
def test_our_own_failure_is_a_server_fault_that_tells_nothing(error: Exception) -> None:
    answer = endpoint().refuse(request(soapy(bv01(REF, reference="their-1"))), error)
    fault = soap.read_message(answer.body).fault
    assert fault is not None
    assert fault.code == "Server"
    fo03 = fo03_in(answer)
    assert (read_fout(fo03).code, read_fout(fo03).plek) == ("StUF058", "server")
    assert read_stuurgegevens(fo03).cross_refnummer == "their-1"
    assert MARKED.encode() not in answer.body


def test_a_full_hub_says_when_to_come_back() -> None:
    answer = endpoint().refuse(request(soapy(bv01(REF))), Throttled("full", after=30))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")


def test_too_large_a_request_is_refused_without_reading_it() -> None:
    small = endpoint(max_bytes=500)
    body = soapy(bv01(REF))
    with pytest.raises(DecodeFailure) as caught:
        small.parse(request(body))
    assert caught.value.code == "too_large"
    fault = soap.read_message(small.refuse(request(body), caught.value).body).fault
    assert fault is not None
    assert (fault.code, fault.detail) == ("Client", ())


def test_a_confirmation_is_a_valid_bv03_from_us_to_the_sender() -> None:
    incoming = endpoint().parse(request(soapy(bv01(REF, reference="their-1"))))
    answer = endpoint().confirm(incoming)
    (bv03,) = soap.read_message(answer.body).body
    assert registry.validate(bv03) == ()
    stuurgegevens = read_stuurgegevens(bv03)
    assert (answer.status, bv03.tag.rpartition("}")[2], stuurgegevens.cross_refnummer) == (200, "Bv03Bericht", "their-1")
    assert (stuurgegevens.zender, stuurgegevens.ontvanger) == (OURS, RAAD)


def test_a_stored_message_can_be_confirmed_too() -> None:
    """The engine may hand back an Incoming of its own making."""
    found = endpoint().parse(request(soapy(bv01(REF, reference="their-1"))))
    plain = Incoming(**{field.name: getattr(found, field.name) for field in dataclasses.fields(Incoming)})
    assert b"crossRefnummer>their-1<" in endpoint().confirm(plain).body


@pytest.mark.parametrize("identical", [True, False])
def test_a_clash_is_stuf016(identical: bool) -> None:
    answer = endpoint().clash(endpoint().parse(request(soapy(notificatie(reference="twice")))), identical=identical)
    fo03 = fo03_in(answer)
    assert (answer.status, read_fout(fo03).code) == (500, "StUF016")
    assert read_stuurgegevens(fo03).cross_refnummer == "twice"


def test_codes_of_refusals_are_settings() -> None:
    codes = FaultCodes(duplicate="X016")
    found = endpoint(fault_codes=codes)
    assert read_fout(fo03_in(found.clash(found.parse(request(soapy(bv01(REF)))), identical=True))).code == "X016"


def test_headers_that_disagree_are_remarked_and_the_stuurgegevens_win() -> None:
    body = bv01(REF, reference="their-1")
    right = headers_for(read_stuurgegevens(parsing.parse(body)), "a")
    wrong = dataclasses.replace(right, message_id="urn:dkintern:other@x", conversation_id="urn:x", relates_to="urn:y")
    found = endpoint().parse(request(enveloped(body, wrong)))
    assert found.reference == "their-1"
    assert [remark.split()[0] for remark in found.remarks] == ["wsa:MessageID", "wsa:RelatesTo", "the"]
    extra = enveloped(body, right).replace(b"</soap-env:Header>", b'<h:x xmlns:h="urn:h"/></soap-env:Header>')
    assert "headers that Digikoppeling Intern does not know" in endpoint().parse(request(extra)).remarks[0]


@pytest.mark.parametrize(
    ("setting", "value", "other"),
    [
        ("expected_to", "urn:dkintern:00000099000000001000:jeugd-applicatie:", "urn:dkintern:x"),
        ("expected_from", ["urn:dkintern:00000099000000002000:RvdK-applicatie:"], ["urn:dkintern:x"]),
        ("expected_actions", ["urn:dkintern:urn:osb:services:corv:1.0:x"], ["urn:dkintern:x"]),
    ],
)
def test_to_from_and_action_are_compared_with_the_configured_values(setting: str, value: object, other: object) -> None:
    body = soapy(bv01(REF))
    assert endpoint(**{setting: value}).parse(request(body)).remarks == ()
    with pytest.raises(Untrusted) as caught:
        endpoint(**{setting: other}).parse(request(body))
    assert read_fout(fo03_in(endpoint(**{setting: other}).refuse(request(body), caught.value))).plek == "client"


def test_a_wrong_secret_or_certificate_is_refused_without_reading_the_message() -> None:
    guarded = endpoint(shared_secret=Secret("s3cret", "env:GEHEIM"), certificate_oins=["00000099000000003000"])
    body = soapy(bv01(REF))
    good = InboundRequest({"x-hub-secret": "s3cret"}, body, certificate_oin="00000099000000003000")
    guarded.authenticate(good)
    for bad in (
        dataclasses.replace(good, headers={}),
        dataclasses.replace(good, headers={"x-hub-secret": "guess"}),
        dataclasses.replace(good, headers={"x-hub-secret": "é"}),
        dataclasses.replace(good, certificate_oin=None),
    ):
        with pytest.raises(Untrusted) as caught:
            guarded.authenticate(bad)
        answer = guarded.refuse(bad, caught.value)
        assert answer.status == 403
        assert REF.encode() not in answer.body


def test_white_space_between_elements_is_content_to_the_digest_but_not_to_the_reader() -> None:
    body = berichten.bv01(REF, reference="their-1")
    spaced = body.replace(b"><", b">\n  <")
    one, two = (endpoint().parse(request(soapy(message))) for message in (body, spaced))
    assert (one.reference, one.answers) == (two.reference, two.answers)
    assert one.digest != two.digest


def addressed_to(organisatie: str) -> bytes:
    """A confirmation of which the receiver is another organisation."""
    return soapy(write_bevestiging(dataclasses.replace(antwoord("Bv01", REF), ontvanger=Systeem(organisatie, "jeugd"))))


def test_a_message_for_another_organisation_is_refused() -> None:
    body = addressed_to("00000099000000009000")
    with pytest.raises(Untrusted) as caught:
        endpoint().parse(request(body))
    assert "9000" not in caught.value.text
    answer = endpoint().refuse(request(body), caught.value)
    assert (answer.status, read_fout(fo03_in(answer)).plek) == (500, "client")
    assert endpoint(also_addressed_to=["00000099000000009000"]).parse(request(body)).answers == REF


def test_a_message_that_names_no_receiving_organisation_is_remarked() -> None:
    found = endpoint().parse(request(addressed_to("")))
    assert "the stuurgegevens name no receiving organisation" in found.remarks


def test_an_answer_counts_for_what_was_sent_to_who_answers() -> None:
    found = endpoint().parse(request(soapy(fo01(REF))))
    assert found.sent_to == {"to_organisatie": RAAD.organisatie}
    trusted = endpoint(answers_from=[RAAD.organisatie]).parse(request(soapy(fo01(REF))))
    assert trusted.sent_to == {}
    assert endpoint().parse(request(soapy(notificatie()))).sent_to == {}
