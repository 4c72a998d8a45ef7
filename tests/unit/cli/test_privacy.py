"""``hub privacy``: what a person is told, and destroying on request, also after a restore."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from hub.cli.exits import ExitCode
from hub.message import Caller
from hub.privacy import access, destroying
from tests.support import raadsverzoeken as rv

BSN, PARENT = rv.BSNS[0], rv.BSNS[4]
NOTHING = {"messages": [], "proposals": [], "kept": [], "looks": []}


@pytest.fixture
def piped(monkeypatch):
    """Pipe a line into the next command."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))


@pytest.fixture
def ended(desk):
    """A message that was cancelled: final, with content."""
    message_id = desk.send()
    desk.run("parked", "cancel", message_id, "--reason", "dubbel", "--yes")
    return message_id


def test_a_person_is_found_by_the_bsn_and_no_other(desk, piped):
    message_id = desk.send()
    piped(BSN)
    report = desk.json("privacy", "report")
    assert [one["id"] for one in report["messages"]] == [message_id]
    assert report["messages"][0]["has_content"] is True
    assert [(one["object"], one["what"]) for one in report["kept"]] == [(f"message:{message_id}", "de zaak loopt")]
    piped("111222333" if BSN != "111222333" else "123456782")
    assert desk.json("privacy", "report", expect=ExitCode.NEGATIVE) == NOTHING


def test_a_parent_is_found_too(desk, piped):
    message_id = desk.send(betrokkenen=[{**rv.raadsverzoek()["betrokkenen"][0], "bsn": PARENT}])
    piped(PARENT)
    assert [one["id"] for one in desk.json("privacy", "report")["messages"]] == [message_id]


def test_attachments_that_were_opened_are_looks_too(desk, piped):
    message_id = desk.send()
    with desk.hub() as hub:
        for what in ("", "/bijlage:1", "x"):
            access.record(hub.journal, Caller("user", "a"), "read", f"message:{message_id}{what}", "Overleg", "127.0.0.1")
    piped(BSN)
    found = [look["object"].partition(message_id)[2] for look in desk.json("privacy", "report")["looks"]]
    assert sorted(found) == ["", "/bijlage:1"]


def test_the_search_itself_is_told_the_next_time(desk, piped):
    message_id = desk.send()
    piped(BSN)
    assert desk.json("privacy", "report")["looks"] == []
    piped(BSN)
    (look,) = desk.json("privacy", "report")["looks"]
    assert (look["action"], look["object"], look["purpose"]) == ("export", f"message:{message_id}", "Verzoek van betrokkene")
    piped(BSN)
    out, err = desk.run("privacy", "report")
    assert message_id in out
    assert "about this person: 1; looks at them: 2" in err


@pytest.mark.parametrize("text", ["", "12345678x", "999999048", "9999990470"])
def test_what_is_no_bsn_is_not_searched_for_and_not_repeated(desk, piped, text):
    desk.send()
    piped(text)
    out, err = desk.run("privacy", "report", expect=ExitCode.CANNOT)
    assert "elfproef" in err
    assert not text or text not in out + err


def test_the_bsn_stands_nowhere_in_what_is_written(desk, piped):
    desk.send()
    piped(BSN)
    out, err = desk.run("privacy", "report")
    assert BSN not in out + err
    assert BSN.encode() not in (desk.folder / "var" / "hub.sqlite3").read_bytes()


def test_content_is_destroyed_on_request_and_the_timeline_says_why(desk, ended):
    done = desk.json("privacy", "destroy", ended, "--reason", "verzoek 2026-14", "--yes")
    assert (done["destroyed"], done["left_alone"]) == ([ended], {})
    view = desk.json("show", ended)
    assert view["has_content"] is False
    assert (view["timeline"][-1]["event"], view["timeline"][-1]["reason"]) == ("destroyed_on_request", "verzoek 2026-14")
    assert desk.json("audit", "verify")["ok"] is True
    out, _ = desk.run("show", ended)
    assert "vernietigd omdat daarom is gevraagd" in out
    again = desk.json("privacy", "destroy", ended, "--reason", "nog eens", "--yes")
    assert (again["destroyed"], list(again["left_alone"])) == ([], [ended])


def test_nothing_goes_without_being_asked(desk, ended):
    desk.run("privacy", "destroy", ended, "--reason", "verzoek", expect=ExitCode.CANNOT)
    out, err = desk.run("privacy", "destroy", ended, "--reason", "verzoek", "--dry-run")
    assert ended in out
    assert "nothing was changed" in err
    assert desk.json("show", ended)["has_content"] is True
    assert not (desk.folder / "var" / "destroyed.jsonl").exists()


def test_what_is_still_on_its_way_is_left_alone(desk):
    waiting = desk.send()
    _, err = desk.run("privacy", "destroy", waiting, "--reason", "verzoek", "--yes", expect=ExitCode.NEGATIVE)
    assert "it is waiting: finish that first" in err
    assert desk.json("show", waiting)["has_content"] is True


@pytest.mark.parametrize("written", [BSN, f"{BSN[:4]}.{BSN[4:6]}.{BSN[6:]}", f"{BSN[:3]} {BSN[3:6]} {BSN[6:]}"])
def test_a_bsn_does_not_become_a_reason(desk, ended, written):
    _, err = desk.run("privacy", "destroy", ended, "--reason", f"van {written}", "--yes", expect=ExitCode.CANNOT)
    assert written not in err
    assert desk.json("show", ended)["has_content"] is True


def test_without_a_list_nothing_is_destroyed(desk, ended):
    (desk.folder / "var" / "destroyed.jsonl").mkdir()
    _, err = desk.run("privacy", "destroy", ended, "--reason", "verzoek", "--yes", expect=ExitCode.CANNOT)
    assert "housekeeping.destroyed_file" in err
    assert desk.json("show", ended)["has_content"] is True


def test_after_a_restore_it_is_destroyed_again(desk, ended):
    database = desk.folder / "var" / "hub.sqlite3"
    backup = desk.folder / "backup.sqlite3"
    with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    desk.run("privacy", "destroy", ended, "--reason", "verzoek", "--yes")
    for rest in database.parent.glob("hub.sqlite3-*"):
        rest.unlink()
    shutil.copy(backup, database)
    assert desk.json("show", ended)["has_content"] is True
    assert desk.json("privacy", "destroy-again") == {"destroyed": [ended], "left_alone": {}}
    assert desk.json("show", ended)["has_content"] is False
    assert desk.json("privacy", "destroy-again") == {"destroyed": [], "left_alone": {}}


def test_what_a_restored_journal_does_not_know_as_ended_is_named(desk):
    message_id = desk.send()
    (desk.folder / "var" / "destroyed.jsonl").write_text(json.dumps({"id": message_id}) + "\n")
    told = desk.json("privacy", "destroy-again", expect=ExitCode.NEGATIVE)
    assert told == {"destroyed": [], "left_alone": {message_id: "waiting"}}
    desk.run("parked", "cancel", message_id, "--reason", "dubbel", "--yes")
    assert desk.json("privacy", "destroy-again") == {"destroyed": [message_id], "left_alone": {}}


def test_a_torn_line_costs_itself_only(desk, ended):
    file = desk.folder / "var" / "destroyed.jsonl"
    file.write_text('{"id": "0b0f5a')
    desk.run("privacy", "destroy", ended, "--reason", "verzoek", "--yes")
    assert [str(one) for one in destroying.listed(file)] == [ended]


def test_a_list_that_is_not_there_is_told(desk):
    desk.send()
    assert "put the newest list there" in desk.run("privacy", "destroy-again")[1]


def test_a_case_number_leads_to_the_request_and_its_correction(desk, ended):
    old = desk.send(kenmerk="CJG-2026-000777")
    desk.park(old)
    new = desk.json("parked", "send-as-new", old, "--yes")["id"]
    desk.run("parked", "cancel", new, "--reason", "dubbel", "--yes")
    done = desk.json("privacy", "destroy", "CJG-2026-000777", "--reason", "verzoek", "--yes")
    assert set(done["destroyed"]) == {old, new}
    assert desk.json("show", ended)["has_content"] is True


def test_a_case_number_of_two_cases_is_no_answer(desk):
    for _ in range(2):  # the number is free again when a request did not leave
        one = desk.send(kenmerk="CJG-2026-000778")
        desk.run("parked", "cancel", one, "--reason", "dubbel", "--yes")
    _, err = desk.run("privacy", "destroy", "CJG-2026-000778", "--reason", "verzoek", "--yes", expect=ExitCode.NEGATIVE)
    assert "different cases" in err


def test_the_list_holds_ids_and_no_persons(desk, ended):
    desk.run("privacy", "destroy", ended, "--reason", "verzoek", "--yes")
    (line,) = (desk.folder / "var" / "destroyed.jsonl").read_text().splitlines()
    assert json.loads(line).keys() == {"id", "at", "by"}
