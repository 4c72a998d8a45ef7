"""``hub audit verify`` sees every change behind the hub's back."""

from __future__ import annotations

import sqlite3

import pytest

from hub.cli.exits import ExitCode
from hub.delivery.housekeeper import Housekeeper
from hub.journal.units import keeping


@pytest.fixture
def sealed(desk):
    """A hub with two messages, of which one was parked and sent again, sealed twice; the file of the seals."""
    copy = desk.folder / "var" / "seals.jsonl"
    ids = [desk.send(kenmerk=f"CJG-2026-00000{number}") for number in (1, 2)]
    seal(desk, copy)
    desk.park(ids[0])
    desk.run("parked", "resend", ids[0], "--yes")
    seal(desk, copy)
    return copy


def seal(desk, copy):
    with desk.hub() as hub, copy.open("a") as file:
        made = hub.journal.run(keeping.seal, -1)
        file.write(f"{made.number} {made.upto} {made.entries} {made.hash.hex()}\n")


def tamper(desk, sql):
    with sqlite3.connect(desk.folder / "var" / "hub.sqlite3") as connection:
        assert connection.execute(sql).rowcount > 0
    connection.close()


def test_what_was_not_touched_is_as_it_was_written(desk, sealed):
    report = desk.json("audit", "verify")
    assert report == {"ok": True, "messages": 2, "entries": 4, "seals": 2, "copies": 2, "faults": []}
    assert "all as it was written" in desk.run("audit", "verify")[1]


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("UPDATE timeline SET actor = 'x' WHERE seq = 1", {"entry"}),
        ("UPDATE timeline SET at = at + 1 WHERE seq = 3", {"entry"}),
        ("DELETE FROM timeline WHERE seq = 2", {"missing", "seal"}),
        ("DELETE FROM timeline WHERE seq = 3", {"head", "seal"}),
        ("DELETE FROM timeline", {"head", "seal"}),
        ("UPDATE work SET chain = zeroblob(32)", {"head"}),
        ("DELETE FROM messages", {"orphan"}),
        ("UPDATE seals SET hash = zeroblob(32) WHERE number = 1", {"seal", "copy"}),
        ("DELETE FROM seals WHERE number = 2", {"copy"}),
        ("DELETE FROM seals WHERE number = 1", {"seal"}),
    ],
)
def test_a_change_behind_the_hubs_back_is_seen(desk, sealed, sql, kinds):
    tamper(desk, sql)
    report = desk.json("audit", "verify", expect=ExitCode.NEGATIVE)
    assert kinds <= {fault["kind"] for fault in report["faults"]}
    assert not report["ok"]


def test_a_seal_that_is_not_in_the_copy_is_seen(desk, sealed):
    sealed.write_text(sealed.read_text().splitlines()[0])
    report = desk.json("audit", "verify", expect=ExitCode.NEGATIVE)
    assert [(fault["kind"], fault["place"]) for fault in report["faults"]] == [("copy", "seal 2")]


def test_a_rewritten_history_is_seen_by_the_copy_outside(desk, sealed):
    """Whoever owns the database can make chains and seals right again, but not the copy."""
    tamper(desk, "DELETE FROM seals")
    with desk.hub() as hub:
        hub.journal.run(keeping.seal, -1)
    report = desk.json("audit", "verify", "--seals", str(sealed), expect=ExitCode.NEGATIVE)
    assert {fault["kind"] for fault in report["faults"]} == {"copy"}


@pytest.mark.parametrize("left", [1, 15, 40, 93])
def test_a_line_that_a_full_disk_tore_is_written_again(desk, sealed, left):
    """Nobody touched anything, so nothing may look touched."""
    whole = sealed.read_text()
    last = whole.splitlines()[-1]
    sealed.write_text(whole[: -len(last) - 1] + last[:left])
    desk.send(kenmerk="CJG-2026-000003")
    with desk.hub() as hub:
        hub.journal.run(keeping.seal, -1)
        Housekeeper(hub.journal, seals=sealed).seal()
    report = desk.json("audit", "verify")
    assert (report["seals"], report["copies"], report["faults"]) == (3, 3, [])
