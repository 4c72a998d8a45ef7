"""``hub parked`` and ``hub retry``: a person decides, on a frozen selection."""

from __future__ import annotations

import pytest

from hub.cli import replacing
from hub.cli.exits import ExitCode
from hub.message import Caller
from tests.support import raadsverzoeken as rv


@pytest.fixture
def three(desk):
    """Three parked messages, the last for another code."""
    ids = [desk.send(kenmerk=f"CJG-2026-00000{number}") for number in (1, 2, 3)]
    desk.park(*ids[:2])
    desk.park(ids[2], code="refused")
    return ids


def test_the_list_tells_what_is_parked_and_why(desk, three):
    out, err = desk.run("parked", "list")
    assert [line.split()[0] for line in out.splitlines()] == three[::-1]
    assert "2 x attempts_used_up" in err
    assert [one["id"] for one in desk.json("parked", "list", "--code", "refused")] == [three[2]]


def test_a_parked_message_comes_with_help_and_what_can_be_done(desk, three):
    out, err = desk.run("parked", "show", three[2])
    assert "Vraagt aandacht" in out
    assert f"hub parked replace {three[2]}" in err
    shown = desk.json("parked", "show", three[2])
    assert shown["actions"] == ["resend", "send-as-new", "replace", "cancel"]
    assert "refused" in shown["help"]


def test_resending_takes_the_selection_of_that_moment_only(desk, three):
    assert desk.json("parked", "resend", "--all", "--code", "attempts_used_up", "--yes") == {
        "resent": three[1::-1],
        "left_alone": [],
    }
    assert [desk.state(one) for one in three] == ["waiting", "waiting", "parked"]


def test_a_dry_run_changes_nothing(desk, three):
    out, _ = desk.run("parked", "resend", "--all", "--dry-run")
    assert [line.split()[0] for line in out.splitlines()] == three[::-1]
    assert desk.json("parked", "resend", "--all", "--dry-run")["selected"] == three[::-1]
    assert {desk.state(one) for one in three} == {"parked"}


def test_what_is_not_parked_is_left_alone_and_told(desk, three):
    desk.run("parked", "resend", three[0], "--yes")
    _, err = desk.run("parked", "resend", three[0], three[1], "--yes", expect=ExitCode.NEGATIVE)
    assert f"{three[0]} left alone" in err
    assert desk.state(three[1]) == "waiting"


def test_without_a_terminal_nothing_happens_unless_told_to(desk, three):
    _, err = desk.run("parked", "resend", three[0], expect=ExitCode.CANNOT)
    assert "--yes" in err
    assert desk.state(three[0]) == "parked"


@pytest.mark.parametrize("words", [(), ("--all", "CJG-2026-000001"), ("CJG-2026-000001", "--code", "refused")])
def test_a_selection_is_either_named_or_all(desk, three, words):
    desk.run("parked", "resend", *words, "--yes", expect=ExitCode.CANNOT)
    assert {desk.state(one) for one in three} == {"parked"}


def test_cancelling_keeps_the_reason_in_the_timeline(desk, three):
    assert desk.json("parked", "cancel", three[0], "--reason", "dubbel", "--yes")["cancelled"] == [three[0]]
    view = desk.json("show", three[0])
    assert view["status"] == "cancelled"
    assert view["timeline"][-1]["reason"] == "dubbel"
    desk.run("parked", "cancel", three[0], "--reason", "nog eens", "--yes", expect=ExitCode.NEGATIVE)


def test_sending_as_new_links_both_ways_and_keeps_the_case_number(desk, three):
    out, err = desk.run("parked", "send-as-new", three[0], "--yes")
    new, old = desk.json("show", out.strip()), desk.json("show", three[0])
    assert "may hold both" in err
    assert (new["cause"], new["kenmerk"]) == (old["id"], old["kenmerk"])
    assert new["reference"] != old["reference"]
    assert (old["status"], old["timeline"][-1]["successor"]) == ("replaced", new["id"])
    assert new["id"] in old["related"]


def test_a_case_number_that_the_hub_gave_is_kept_too(desk):
    old = desk.send(kenmerk=None)
    desk.park(old)
    new = desk.json("parked", "send-as-new", old, "--yes")
    assert new["kenmerk"] == desk.json("show", old)["kenmerk"]


def test_only_what_is_parked_or_sent_can_be_replaced(desk):
    waiting = desk.send()
    _, err = desk.run("parked", "send-as-new", waiting, "--yes", expect=ExitCode.NEGATIVE)
    assert "is waiting" in err
    assert desk.state(waiting) == "waiting"


def test_replacing_takes_a_second_person(desk, three):
    _, err = desk.run("parked", "replace", three[0], desk.document(kenmerk="CJG-2026-000001"), expect=ExitCode.NEGATIVE)
    assert "another person" in err
    assert desk.state(three[0]) == "parked"


def test_the_same_name_from_another_door_is_no_second_person(desk, three, monkeypatch):
    name = desk.json("show", three[0])["caller"].partition(":")[2]
    monkeypatch.setattr(replacing, "caller", lambda: Caller("user", name))
    desk.run("parked", "replace", three[0], desk.document(kenmerk="CJG-2026-000001"), "--yes", expect=ExitCode.NEGATIVE)


def test_a_colleague_replaces_a_message_by_an_edited_document(desk, three, monkeypatch):
    monkeypatch.setattr(replacing, "caller", lambda: Caller("os_user", "collega"))
    new = desk.json("parked", "replace", three[0], desk.document(kenmerk="CJG-2026-000001", urgentie="Hoog"), "--yes")
    assert new["replaces"] == three[0]
    assert desk.state(three[0]) == "replaced"
    assert desk.json("show", new["id"])["caller"] == "os_user:collega"


def test_a_wrong_edited_document_leaves_the_old_message_parked(desk, three, monkeypatch):
    monkeypatch.setattr(replacing, "caller", lambda: Caller("os_user", "collega"))
    file = desk.document(kenmerk="CJG-2026-000001", kinderen=[rv.kind(bsn="999999048")])
    _, err = desk.run("parked", "replace", three[0], file, "--yes", expect=ExitCode.NEGATIVE)
    assert "/kinderen/0/bsn" in err
    assert desk.state(three[0]) == "parked"


def test_a_waiting_message_can_be_hurried(desk):
    message_id = desk.run("send", "raadsverzoek", desk.document(), "--hold", "30")[0].strip()
    assert desk.json("retry", message_id) == {"hurried": 1, "left_alone": 0}
    assert [entry["event"] for entry in desk.json("show", message_id)["timeline"]] == ["accepted", "hurried"]


def test_hurrying_what_does_not_wait_is_told(desk, three):
    _, err = desk.run("retry", three[0], expect=ExitCode.NEGATIVE)
    assert "not waiting" in err
