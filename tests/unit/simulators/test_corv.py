"""The simulated partner is strict, and wilful exactly as told."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.adapters.contract import HttpAnswer, InboundRequest
from hub.adapters.corv.client import CorvAdapter
from hub.adapters.corv.endpoint import CorvEndpoint, CorvIncoming
from hub.adapters.corv.settings import CorvSettings, SystemSettings
from hub.errors import ConnectionFault, HubError, NotConnected, Reached, Refused, Throttled, Unavailable
from hub.message import Outgoing, new_id
from hub.schemas import parsing, registry
from hub.simulators import corv_notifications, corv_rules
from hub.simulators.control import ControlPort
from hub.simulators.corv import CorvOptions, CorvSimulator
from hub.simulators.faults import KNOWN, parse
from hub.simulators.serving import Reply, Request, Server
from hub.transports.digikoppeling import envelope
from hub.transports.digikoppeling.addressing import headers_for
from hub.transports.digikoppeling.stuf import Systeem, read_fout, read_stuurgegevens
from hub.transports.http import HttpTransport
from hub.transports.http_reply import HttpReply
from hub.transports.soap import read_message
from tests.support import berichten
from tests.support.berichten import OURS, RAAD, document, vto

PATIENCE = 20.0


def settings(url: str) -> CorvSettings:
    return CorvSettings(
        url=url,
        own=SystemSettings(organisatie=OURS.organisatie, applicatie=OURS.applicatie),
        partner=SystemSettings(organisatie=RAAD.organisatie, applicatie=RAAD.applicatie),
        read_timeout_seconds=PATIENCE,
    )


class TinyHub:
    """The hub's inbound side with nothing behind it: keeps what comes in, answers as the endpoint says."""

    def __init__(self) -> None:
        self.endpoint = CorvEndpoint(settings("http://127.0.0.1:1/"))
        self.got: list[CorvIncoming] = []
        self.answers: list[Callable[[CorvIncoming], HttpAnswer]] = []
        self.came = threading.Condition()
        self.server = Server(self)
        self.server.start()
        self.url = f"{self.server.url}/partners/corv"

    def before_body(self, path: str) -> None:
        """Nothing to do."""

    def handle(self, request: Request) -> Reply:
        asked = InboundRequest(request.headers, request.body)
        try:
            incoming = self.endpoint.parse(asked)
        except HubError as error:
            answer = self.endpoint.refuse(asked, error)
        else:
            with self.came:
                self.got.append(incoming)
                say = self.answers.pop(0) if self.answers else self.endpoint.confirm
                self.came.notify_all()
            answer = say(incoming)
        return Reply(answer.status, answer.body, answer.headers)

    def wait(self, count: int) -> list[CorvIncoming]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= count, PATIENCE)
            return list(self.got)


class World:
    """A simulated partner, a tiny hub, and the hub's adapter between them."""

    def __init__(self, **simulator: Any) -> None:
        self.hub = TinyHub()
        options = CorvOptions(hub=self.hub.url, **simulator.pop("options", {}))
        self.partner = CorvSimulator(options, **simulator)
        self.partner.start()
        self.adapter = CorvAdapter(settings(self.partner.url), connection="corv")
        self.adapter.open()

    def send(self, reference: str, *, earlier_maybe: bool = False, **content: Any) -> str:
        return self.adapter.send(self.outgoing(reference, earlier_maybe=earlier_maybe, **content)).code

    def outgoing(self, reference: str, *, earlier_maybe: bool = False, **content: Any) -> Outgoing:
        return Outgoing(new_id(), "raadsverzoek", "corv", "vtoDi01", reference, vto(reference, **content), 1, earlier_maybe)

    def raw(self, body: bytes, headers: dict[str, str] | None = None) -> HttpReply:
        transport = HttpTransport(self.partner.url, read_timeout=PATIENCE)
        try:
            return transport.post("", body, headers or envelope.HTTP_HEADERS)
        finally:
            transport.close()

    def close(self) -> None:
        self.adapter.close()
        self.partner.stop()
        self.hub.server.stop()


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(**simulator: Any) -> World:
        made.append(World(**simulator))
        return made[-1]

    yield make
    for one in made:
        one.close()


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
    action = settings("http://x/").action("vtoDi01")
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
    headers = headers_for(read_stuurgegevens(parsing.parse(body)), settings("http://x/").action("vtoDi01"))
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


def failing(there: World, reference: str = "ref-1") -> HubError:
    with pytest.raises(HubError) as caught:
        there.send(reference)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "kind", "code", "reached", "taken"),
    [
        ("reset_before_read", Unavailable, "connection_lost", Reached.MAYBE, 0),
        ("reset_after_read", Unavailable, "connection_lost", Reached.MAYBE, 0),
        ("deliver_but_lose_answer", Unavailable, "connection_lost", Reached.MAYBE, 1),
        ("html_502", Unavailable, "partner_unavailable", Reached.MAYBE, 0),
        ("empty_200", Unavailable, "foreign_answer", Reached.MAYBE, 0),
        ("http_401", ConnectionFault, "authentication_failed", Reached.NO, 0),
        ("http_404", ConnectionFault, "address_wrong", Reached.NO, 0),
        ("http_503", Throttled, "throttled", Reached.MAYBE, 0),
        ("fo03_client", Refused, "refused", Reached.NO, 0),
        ("fo03_server", Unavailable, "partner_unavailable", Reached.NO, 0),
    ],
)
def test_a_fault_of_the_wire_is_told_apart_and_passes(
    world: Callable[..., World], fault: str, kind: type[HubError], code: str, reached: Reached, taken: int
) -> None:
    there = world(faults=[f"{fault}:1"])
    outgoing = there.outgoing("ref-1")
    with pytest.raises(HubError) as caught:
        there.adapter.send(outgoing)
    error = caught.value
    assert (type(error), error.code, error.reached) == (kind, code, reached)
    assert len(there.partner.log.messages()) == taken
    assert there.adapter.send(outgoing).code == "Bv04"
    assert len(there.partner.log.messages()) == 1
    assert there.partner.faults.active() == []


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_call_that_takes_for_ever_ends_by_closing(world: Callable[..., World], fault: str) -> None:
    there = world(faults=[fault], options={"drip": 0.01 if fault == "hang" else 60})
    caught: list[HubError] = []
    call = threading.Thread(target=lambda: caught.append(failing(there)))
    call.start()
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: len(there.partner.log.calls()) == 1)
    there.adapter.close()
    call.join(PATIENCE)
    assert (caught[0].code, caught[0].reached) == ("connection_lost", Reached.MAYBE)
    assert len(there.partner.log.messages()) == (1 if fault == "drip" else 0)


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise TimeoutError


def test_a_partner_that_refuses_connections_can_be_told_to_listen_again(world: Callable[..., World]) -> None:
    there = world(faults=["refuse"])
    control = ControlPort(there.partner)
    control.server.start()
    try:
        assert isinstance(failing(there), NotConnected)
        assert ask(f"{control.server.url}/_sim/faults", {"faults": []}) == {"faults": []}
        assert there.send("ref-1") == "Bv04"
        ask(f"{control.server.url}/_sim/faults", {"faults": ["refuse:0"]})
        wait_until(lambda: there.partner.faults.active() == [])
        assert there.send("ref-2") == "Bv04"
    finally:
        control.server.stop()


def ask(url: str, order: dict[str, Any] | None = None) -> Any:
    data = None if order is None else json.dumps(order).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=PATIENCE) as answer:
        return json.load(answer)


def test_fo01_rejects_a_right_message(world: Callable[..., World]) -> None:
    there = world(faults=["fo01:1"])
    there.send("ref-1")
    there.hub.wait(1)
    there.send("ref-2")
    verdicts = {answer.answers: answer.verdict for answer in there.hub.wait(2)}
    assert verdicts == {"ref-1": False, "ref-2": True}


def test_answer_twice_is_the_same_answer_twice(world: Callable[..., World]) -> None:
    there = world(faults=["answer_twice"])
    there.send("ref-1")
    one, two = there.hub.wait(2)
    assert (one.reference, one.digest) == (two.reference, two.digest)


def test_never_answer_takes_without_a_business_answer(world: Callable[..., World]) -> None:
    there = world(faults=["never_answer:1"])
    assert there.send("ref-1") == "Bv04"
    there.send("ref-2")
    assert [answer.answers for answer in there.hub.wait(1)] == ["ref-2"]
    assert len(there.partner.deliverer.all()) == 1


def test_answer_before_bv04_comes_while_the_call_runs(world: Callable[..., World]) -> None:
    there = world(faults=["answer_before_bv04", "deliver_but_lose_answer"])
    failing(there)
    assert there.hub.wait(1)[0].answers == "ref-1"


def test_answer_late_comes_after_the_others(world: Callable[..., World]) -> None:
    there = world(faults=["answer_late:1"], options={"late": 0.3})
    there.send("ref-1")
    there.send("ref-2")
    assert [answer.answers for answer in there.hub.wait(2)] == ["ref-2", "ref-1"]


def test_the_partner_repeats_its_answer_until_bv03(world: Callable[..., World]) -> None:
    there = world()
    busy = Throttled("full", after=1)
    there.hub.answers = [
        lambda incoming: HttpAnswer(502, b"<html/>"),
        lambda incoming: there.hub.endpoint.refuse(InboundRequest({}, b""), busy),
    ]
    there.send("ref-1")
    references = {answer.reference for answer in there.hub.wait(3)}
    assert len(references) == 1
    (delivery,) = there.partner.deliverer.all()
    assert delivery.done.wait(PATIENCE)
    assert delivery.answers == ["http:502", "fault:Server", "Bv03"]


def test_a_clients_fo03_ends_the_partners_delivery(world: Callable[..., World]) -> None:
    there = world()
    there.hub.answers = [lambda incoming: there.hub.endpoint.clash(incoming, identical=True)]
    there.send("ref-1")
    (delivery,) = there.partner.deliverer.all()
    assert delivery.done.wait(PATIENCE)
    assert (delivery.state, delivery.answers) == ("refused", ["StUF016"])


def test_notifications_follow_when_asked(world: Callable[..., World]) -> None:
    there = world(options={"notify": True})
    there.send("ref-1", kenmerk="CJG-2026-000077")
    answer, notification = there.hub.wait(2)
    assert answer.verdict is True
    assert (notification.type, notification.keys) == ("notificatieDi01", (("kenmerk", "CJG-2026-000077"),))


@pytest.mark.parametrize("kenmerk", ["", "CJG-2026-000001"])
@pytest.mark.parametrize(("status", "resultaat"), [("Intake afgerond", ""), ("Zaak afgerond", "Maatregel opgelegd")])
def test_notifications_are_valid(kenmerk: str, status: str, resultaat: str) -> None:
    body = corv_notifications.write(RAAD, OURS, kenmerk, corv_notifications.SYNTHETIC, status=status, resultaat=resultaat)
    assert registry.validate(parsing.parse(body)) == ()


def test_the_control_interface_tells_and_steers(world: Callable[..., World]) -> None:
    there = world()
    base = there.partner.url.replace("digikoppeling", "_sim/")
    there.send("ref-1")
    there.hub.wait(1)
    assert ask(base)["messages"] == 1
    (message,) = ask(f"{base}received")
    (call,) = ask(f"{base}calls")
    assert message["reference"] == "ref-1"
    assert call["message_id"] == message["message_id"]
    assert message["message_id"] == f"urn:dkintern:ref-1@{OURS.organisatie}.{OURS.applicatie}..dkintern.nl"
    assert b"vtoDi01" in base64.b64decode(ask(f"{base}raw/{call['sha256']}")["body"])
    assert ask(f"{base}violations") == []
    order = {"zender": [RAAD.organisatie, RAAD.applicatie], "ontvanger": [OURS.organisatie, OURS.applicatie]}
    told = ask(f"{base}notify", {**order, "kenmerk": "CJG-2026-000001", "wait": PATIENCE})
    assert (told["type"], told["answers"]) == ("notificatieDi01", ["Bv03"])
    wrong = base64.b64encode(berichten.notificatie().replace(b"ZKN:isVan", b"ZKN:wrong"))
    told = ask(f"{base}deliver", {"body": wrong.decode(), "wait": PATIENCE})
    assert (told["state"], told["answers"]) == ("refused", ["StUF055"])
    assert ask(f"{base}settings", {"delay": 2})["delay"] == 2.0
    assert ask(f"{base}clear", {}) == {}
    assert ask(base)["messages"] == 0
    for path, order in (("faults", {"faults": ["nonsense"]}), ("faults", {}), ("deliver", {"body": "!"})):
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(f"{base}{path}", order)
        caught.value.close()
        assert caught.value.code == 400


def test_a_restart_forgets_nothing_that_was_confirmed(world: Callable[..., World], tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    first = world(state=state, options={"delay": 3600})
    outgoing = first.outgoing("ref-1")
    first.adapter.send(outgoing)
    first.close()
    with state.open("a") as file:
        file.write('{"taken": {"cut o')  # killed while writing
    assert berichten.MARKED not in state.read_text()
    second = world(state=state)
    assert second.hub.wait(1)[0].answers == "ref-1"
    assert second.adapter.send(outgoing).code == "Bv04"
    assert second.partner.log.messages()[0].times == 2


@pytest.mark.parametrize("text", ["nonsense", "hang:", "hang:x", "hang:-1", ""])
def test_an_unknown_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"known are|how many times"):
        parse(text)


def test_every_fault_can_be_named() -> None:
    assert [str(parse(name)) for name in KNOWN] == list(KNOWN)
    assert str(parse("hang:3")) == "hang:3"


def test_the_command_tells_where_it_listens_and_ends_with_its_parent() -> None:
    command = [sys.executable, "-m", "hub", "simulate", "corv", "--until-stdin-closes", "--fault", "html_502:1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        adapter = CorvAdapter(settings(told["listening"]), connection="corv")
        adapter.open()
        with pytest.raises(Unavailable):
            adapter.send(Outgoing(new_id(), "r", "corv", "vtoDi01", "ref-1", vto("ref-1"), 1, False))
        assert adapter.send(Outgoing(new_id(), "r", "corv", "vtoDi01", "ref-1", vto("ref-1"), 2, True)).code == "Bv04"
        adapter.close()
        assert ask(told["control"])["messages"] == 1
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
