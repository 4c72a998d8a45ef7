"""``hub privacy``: what a person is told, and destroying on request, also after a restore."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from hub.cli.exits import ExitCode
from tests.support import raadsverzoeken as rv

BSN = rv.BSNS[0]


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
    piped("111222333" if BSN != "111222333" else "123456782")
    assert desk.json("privacy", "report", expect=ExitCode.NEGATIVE) == {"messages": [], "looks": []}


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
    assert "vernietigd op verzoek" in out
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


def test_a_bsn_does_not_become_a_reason(desk, ended):
    _, err = desk.run("privacy", "destroy", ended, "--reason", f"van {BSN}", "--yes", expect=ExitCode.CANNOT)
    assert BSN not in err
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
    with (desk.folder / "var" / "destroyed.jsonl").open("a") as torn:
        torn.write('{"id": "0b0f5a')
    assert desk.json("privacy", "destroy-again") == {"destroyed": [ended]}
    assert desk.json("show", ended)["has_content"] is False
    assert desk.json("privacy", "destroy-again") == {"destroyed": []}


def test_a_list_that_never_was_is_no_trouble(desk):
    desk.send()
    assert "nothing was ever destroyed" in desk.run("privacy", "destroy-again")[1]


def test_the_list_holds_ids_and_no_persons(desk, ended):
    desk.run("privacy", "destroy", ended, "--reason", "verzoek", "--yes")
    (line,) = (desk.folder / "var" / "destroyed.jsonl").read_text().splitlines()
    assert json.loads(line).keys() == {"id", "at", "by"}
