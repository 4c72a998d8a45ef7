"""A Raad request from acceptance to the Raad's word, with real processes on both set-ups, when all goes well and when not."""

from __future__ import annotations

import base64

import pytest

from hub.schemas.parsing import c14n_digest, parse
from hub.transports import soap
from tests.support.hub_processes import HubProcesses
from tests.support.raadsverzoeken import raadsverzoek


def test_a_request_is_confirmed_and_the_partner_got_what_was_stored(hub: HubProcesses) -> None:
    taken = hub.accept()
    view = hub.wait(taken.message_id)
    assert view.status == "completed"
    # Whether the word that it was taken over is written down before or after the answer is the machine's affair.
    assert {"accepted", "confirmed"} <= {entry.event for entry in view.timeline}
    (received,) = hub.partner.ask("received")
    assert received["reference"] == taken.reference
    assert hub.partner.ask("violations") == []
    # C14N of what arrived against C14N of what was stored.
    stored = hub.stored(taken.message_id)
    call, *repeats = hub.partner.ask("calls")
    assert {one["sha256"] for one in repeats} <= {call["sha256"]}
    raw = base64.b64decode(hub.partner.ask(f"raw/{call['sha256']}")["body"])
    (bericht,) = soap.read_message(raw).body
    (business,) = soap.elements(bericht)
    assert c14n_digest(business) == c14n_digest(parse(stored))


def test_a_rejection_shows_the_reason(hub: HubProcesses) -> None:
    hub.tell("faults", {"faults": ["fo01:1"]})
    taken = hub.accept()
    view = hub.wait(taken.message_id)
    assert view.status == "rejected"
    # Not always the last: the answer may be handled before the end of the call is written down.
    assert "901" in [entry.detail.get("code") for entry in view.timeline]
    # A corrected request keeps its case number.
    again = hub.accept(raadsverzoek(taken.kenmerk), cause=taken.message_id)
    assert hub.wait(again.message_id).status == "completed"


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        ("html_502:1", 2),
        ("empty_200:1", 2),
        ("fo03_server:1", 2),
        ("hang:1", 2),
        ("drip:1", 1),
        ("reset_before_read:1", 2),
        ("reset_after_read:1", 2),
        ("deliver_but_lose_answer:1", 1),
        ("http_503:1", 2),
        ("answer_twice:1", 1),
        ("answer_before_bv04:1", 1),
    ],
)
def test_trouble_on_the_way_is_overcome_with_the_same_identity_and_bytes(hub: HubProcesses, fault: str, attempts: int) -> None:
    hub.tell("faults", {"faults": [fault]})
    taken = hub.accept()
    view = hub.wait(taken.message_id)
    assert view.status == "completed"
    assert hub.partner.ask("violations") == []
    calls = hub.partner.ask("calls")
    assert len({one["sha256"] for one in calls}) == 1, "a repeat must be the same to the byte"
    assert len({one["message_id"] for one in calls}) == 1
    received = hub.partner.ask("received")
    assert [one["reference"] for one in received] == [taken.reference]
    failures = [entry for entry in view.timeline if entry.event == "attempt_failed"]
    # Where the partner took the message all the same, its business answer may end it before a second attempt.
    assert attempts == 1 or failures


def test_a_refusal_by_the_adapter_parks_the_message_with_its_reason(hub: HubProcesses) -> None:
    hub.tell("faults", {"faults": ["fo03_client:1"]})
    taken = hub.accept()
    view = hub.wait(taken.message_id, "parked")
    assert view.code == "refused"
    hub.command("parked", "resend", str(taken.message_id), "--yes")
    assert hub.wait(taken.message_id).status == "completed"


def test_wrong_credentials_pause_the_connection_and_harm_no_message(hub: HubProcesses) -> None:
    hub.tell("faults", {"faults": ["http_401"]})
    taken = [hub.accept() for _ in range(3)]
    hub.wait_for_connection("paused")
    for one in taken:
        hub.wait(one.message_id, "waiting")  # calls that ran beside the first refusal end after it
    hub.tell("faults", {"faults": []})
    hub.command("partners", "resume", "corv")
    assert {hub.wait(one.message_id).status for one in taken} == {"completed"}


def test_a_partner_that_is_down_gets_everything_when_it_returns(hub: HubProcesses) -> None:
    hub.partner.stop()
    taken = [hub.accept() for _ in range(5)]
    hub.wait_for_connection("broken")
    assert {hub.view(one.message_id).attempts for one in taken} <= {0, 1}
    hub.partner.start()
    assert {hub.wait(one.message_id).status for one in taken} == {"completed"}


def test_an_answer_that_never_comes_is_a_task(hub: HubProcesses) -> None:
    hub.tell("faults", {"faults": ["never_answer:1"]})
    taken = hub.accept()
    hub.wait_for_task("overdue", str(taken.message_id))
    assert hub.view(taken.message_id).status == "sent"


def test_a_killed_hub_finishes_what_it_accepted(hub: HubProcesses) -> None:
    hub.tell("settings", {"delay": 0.5})
    taken = [hub.accept() for _ in range(10)]
    hub.kill()
    hub.start()
    assert {hub.wait(one.message_id).status for one in taken} == {"completed"}
    assert {one["reference"] for one in hub.partner.ask("received")} == {one.reference for one in taken}


def test_the_words_of_a_refusal_are_kept_for_those_who_may_see_them(hub: HubProcesses) -> None:
    hub.tell("faults", {"faults": ["fo03_client:1"]})
    taken = hub.accept()
    hub.wait(taken.message_id, "parked")
    assert b"Fo03Bericht" in hub.stored(taken.message_id, "evidence")
