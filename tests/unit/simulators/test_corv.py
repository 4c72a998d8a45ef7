"""The simulated partner is strict in what it accepts."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from hub.adapters.corv.namespaces import JZ
from hub.errors import Refused
from hub.schemas import parsing, registry
from hub.simulators.corv import rules as corv_rules
from hub.standards.stuf import Systeem, read_fout, read_stuurgegevens
from hub.transports.digikoppeling import envelope
from hub.transports.digikoppeling.addressing import headers_for
from hub.transports.soap import read_message
from tests.support import berichten
from tests.support.berichten import OURS, document, vto
from tests.support.simulated import PATIENCE, World, settings


def test_a_right_request_is_taken_and_confirmed_by_the_raad(world: Callable[..., World]) -> None:
    there = world()
    assert there.send("ref-1") == "Bv04"
    (answer,) = there.hub.wait(1)
    assert (answer.type, answer.answers, answer.verdict, answer.remarks) == ("Bv01Bericht", "ref-1", True, ())
    assert there.partner.log.violations == []
    (message,) = there.partner.log.messages()
    assert message.digest == parsing.c14n_digest(parsing.parse(vto_like(there))).hex()
    (delivery,) = there.partner.deliverer.all()
    assert delivery.done.wait(PATIENCE)
    assert (delivery.state, delivery.answers) == ("confirmed", ["Bv03"])


def vto_like(there: World) -> bytes:
    """The business element of the only message, as the partner got it."""
    (message,) = there.partner.log.messages()
    raw = there.partner.log.raw(message.sha256)
    assert raw is not None
    return raw[raw.index(b"<JZ:vtoDi01") : raw.index(b"</JZ:vtoDi01>") + 13]


def test_the_same_message_twice_is_confirmed_twice_and_taken_once(world: Callable[..., World]) -> None:
    there = world()
    outgoing = there.outgoing("ref-1")
    assert [there.adapter.send(outgoing).code for _ in range(2)] == ["Bv04", "Bv04"]
    (message,) = there.partner.log.messages()
    assert message.times == 2
    there.hub.wait(1)
    assert len(there.partner.deliverer.all()) == 1


def test_another_message_under_the_same_reference_is_a_clash(world: Callable[..., World]) -> None:
    there = world()
    there.send("ref-1")
    with pytest.raises(Refused) as caught:
        there.send("ref-1", kenmerk="CJG-2026-000002")
    assert (caught.value.partner_code, caught.value.code) == ("StUF016", "reference_clash")
    assert there.send("ref-1", kenmerk="CJG-2026-000002", earlier_maybe=True) == "StUF016"


def test_identical_repeats_can_be_refused_too(world: Callable[..., World]) -> None:
    there = world(faults=["refuse_duplicates"])
    outgoing = there.outgoing("ref-1")
    there.adapter.send(outgoing)
    with pytest.raises(Refused):
        there.adapter.send(outgoing)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ((b">urn:dkintern:ref-1@", b">urn:dkintern:ref-2@"), "wsa:MessageID"),
        ((b"..dkintern.nl", b".dkintern.nl"), "wsa:MessageID"),
        ((b"<wsa:To xmlns", b"<wsa:ReplyTo xmlns"), "wsa:To is missing"),
        ((b":RvdK-applicatie:<", b":other:<"), "wsa:To"),
        ((b":jeugd-applicatie:<", b":other:<"), "wsa:From"),
        ((b"jz0100/vtoDi01<", b"jz0100/other<"), "wsa:Action"),
        ((b' RelationshipType="urn:dkintern:ConversationId"', b""), "wsa:Conversation is missing"),
        ((b"</soap-env:Header>", b'<x:s xmlns:x="urn:x"/></soap-env:Header>'), "not prescribed"),
        ((b"<BG:inp.bsn>999999047<", b"<BG:inp.bsn>99999904A<"), "vtoDi01: "),
        ((b"<StUF:functie>vtoDi01", b"<StUF:functie>other"), "vtoDi01: "),
    ],
)
def test_a_broken_rule_of_the_interface_is_refused_and_remembered(
    world: Callable[..., World], change: tuple[bytes, bytes], rule: str
) -> None:
    there = world()
    right = envelope_of("ref-1")
    wrong = right.replace(*change)
    assert wrong != right
    reply = there.raw(wrong.replace(b"</wsa:To>", b"</wsa:ReplyTo>") if b"wsa:ReplyTo" in wrong else wrong)
    assert reply.status == 500
    fault = read_message(reply.body).fault
    assert fault is not None
    assert fault.code == "Client"
    assert registry.validate(fault.detail[0]) == ()
    assert read_fout(fault.detail[0]).code == "StUF055"
    assert any(rule in violation for violation in there.partner.log.violations)
    assert there.partner.log.messages() == []
    assert there.raw(right).status == 200


def envelope_of(reference: str) -> bytes:
    message = read_stuurgegevens(parsing.parse(vto(reference)))
    action = settings("http://x/").action(JZ, "vtoDi01")
    return b"".join(envelope.splice(headers_for(message, action), vto(reference)))


def test_http_headers_of_soap_are_demanded(world: Callable[..., World]) -> None:
    there = world()
    there.raw(envelope_of("ref-1"), {"Content-Type": "application/xml"})
    assert there.partner.log.violations == ['HTTP header SOAPAction is not ""', "Content-Type is not text/xml"]


@pytest.mark.parametrize("body", [b"", b"<x/>", b"not xml", b"<!DOCTYPE x><x/>"])
def test_what_is_no_message_gets_a_plain_fault(world: Callable[..., World], body: bytes) -> None:
    there = world()
    fault = read_message(there.raw(body).body).fault
    assert fault is not None
    assert fault.detail == ()
    assert len(there.partner.log.violations) == 1


def test_an_applicatie_that_is_sender_and_receiver_is_refused(world: Callable[..., World]) -> None:
    there = world()
    same = Systeem("00000099000000002000", OURS.applicatie)
    body = vto("ref-1", ontvanger=same)
    headers = headers_for(read_stuurgegevens(parsing.parse(body)), settings("http://x/").action(JZ, "vtoDi01"))
    assert there.raw(berichten.enveloped(body, headers)).status == 500
    assert "the same applicatie" in there.partner.log.violations[0]


@pytest.mark.parametrize(
    ("content", "code", "rule"),
    [
        ({"bsn": "999999048"}, "901", "elfproef"),
        ({"soort": "Gezinsgeschiedenis"}, "901", "precies een document"),
        ({"meer": document("Verzoek tot onderzoek RvdK")}, "901", "precies een document"),
        ({"meer": document("Gezinsgeschiedenis") * 2}, "901", "hooguit een document"),
        ({"mime": "application/x-msdownload"}, "901", "mimetype"),
        ({"bestandsnaam": " spatie.pdf"}, "901", "bestandsnaam"),
        ({"bestandsnaam": "a/b.pdf"}, "901", "bestandsnaam"),
        ({"meer": document("Hulpverleningsrapportage").replace("<ZKN:titel>Stuk<", "<ZKN:titel><")}, "902", "leeg element"),
    ],
)
def test_a_rule_outside_the_schema_leads_to_a_rejection_by_the_raad(
    world: Callable[..., World], content: dict[str, str], code: str, rule: str
) -> None:
    there = world()
    assert there.send("ref-1", **content) == "Bv04"
    (answer,) = there.hub.wait(1)
    assert (answer.verdict, answer.code) == (False, code)
    assert rule in answer.text


def test_documents_may_be_21_mb_together_and_no_more() -> None:
    def judged(size: int) -> corv_rules.Rejection | None:
        inhoud = base64.b64encode(b"x" * size).decode()
        return corv_rules.judge(parsing.parse(vto("ref-1", inhoud=inhoud)))

    assert judged(21_000_000) is None
    found = judged(21_000_001)
    assert found is not None
    assert "21 MB" in found.details


def test_a_request_of_28_mb_goes_through_whole(world: Callable[..., World]) -> None:
    there = world()
    assert there.send("ref-1", inhoud=base64.b64encode(b"y" * 20_900_000).decode()) == "Bv04"
    assert there.hub.wait(1)[0].verdict is True
