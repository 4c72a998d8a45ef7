"""The simulated partner is wilful exactly as told: faults of the wire, answers, the control interface."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from hub.adapters.corv.client import CorvAdapter
from hub.contracts.adapter import HttpAnswer, InboundRequest
from hub.errors import ConnectionFault, HubError, NotConnected, Reached, Refused, Throttled, Unavailable
from hub.message import Outgoing, new_id
from hub.schemas import parsing, registry
from hub.simulators.control import ControlPort
from hub.simulators.corv import notifications as corv_notifications
from hub.simulators.corv.faults import KNOWN
from hub.simulators.faults import parse
from tests.support import berichten
from tests.support.berichten import OURS, RAAD, vto
from tests.support.processes import ChildProcess, wait_until
from tests.support.simulated import PATIENCE, World, settings


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
        wait_until(lambda: len(there.partner.log.calls()) == 1, "the call begins")
    there.adapter.close()
    call.join(PATIENCE)
    assert (caught[0].code, caught[0].reached) == ("connection_lost", Reached.MAYBE)
    assert len(there.partner.log.messages()) == (1 if fault == "drip" else 0)


def test_a_partner_that_refuses_connections_can_be_told_to_listen_again(world: Callable[..., World]) -> None:
    there = world(faults=["refuse"])
    control = ControlPort(there.partner)
    control.server.start()
    try:
        assert isinstance(failing(there), NotConnected)
        assert ask(f"{control.server.url}/_sim/faults", {"faults": []}) == {"faults": []}
        assert there.send("ref-1") == "Bv04"
        ask(f"{control.server.url}/_sim/faults", {"faults": ["refuse:0"]})
        wait_until(lambda: there.partner.faults.active() == [], "the fault ends")
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
        parse(text, KNOWN)


def test_every_fault_can_be_named() -> None:
    assert [str(parse(name, KNOWN)) for name in KNOWN] == list(KNOWN)
    assert str(parse("hang:3", KNOWN)) == "hang:3"


def test_the_command_tells_where_it_listens_and_ends_with_its_parent() -> None:
    command = [sys.executable, "-m", "hub", "simulate", "corv", "--until-stdin-closes", "--fault", "html_502:1"]
    with ChildProcess(command, stdin=PIPE, stdout=PIPE) as process:
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
