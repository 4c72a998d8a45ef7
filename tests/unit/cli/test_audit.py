"""``hub audit verify`` sees every change behind the hub's back."""

from __future__ import annotations

import shutil
import sqlite3
import uuid

import pytest

from hub.cli.exits import ExitCode
from hub.delivery.housekeeper import Housekeeper
from hub.journal.timeline import START, link
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


def forge(desk):
    """Make chains, heads and seals right again, as the database's owner can; lines of the seals."""
    with sqlite3.connect(desk.folder / "var" / "hub.sqlite3") as connection:
        for (stored,) in connection.execute("SELECT DISTINCT message_id FROM timeline").fetchall():
            message_id = uuid.UUID(bytes=stored) if isinstance(stored, bytes) else uuid.UUID(stored)
            chain = START
            query = "SELECT seq, at, event, detail, actor FROM timeline WHERE message_id = ? ORDER BY seq"
            for seq, *written in connection.execute(query, (stored,)).fetchall():
                chain = link(chain, message_id, seq, *written)
                connection.execute("UPDATE timeline SET hash = ? WHERE message_id = ? AND seq = ?", (chain, stored, seq))
            for table, key in (("work", "message_id"), ("messages", "id")):
                connection.execute(f"UPDATE {table} SET chain = ?, seq = ? WHERE {key} = ?", (chain, seq, stored))
        ends = connection.execute("SELECT number, upto FROM seals ORDER BY number").fetchall()
    lines = []
    with desk.hub() as hub:
        since, previous = 0, bytes(32)
        for number, upto in ends:
            previous, entries = hub.journal.run(keeping.digest_of, since, upto, previous)
            lines.append((number, upto, entries, previous))
            since = upto
    with sqlite3.connect(desk.folder / "var" / "hub.sqlite3") as connection:
        connection.execute("DELETE FROM seals")
        connection.executemany("INSERT INTO seals (number, upto, entries, hash) VALUES (?, ?, ?, ?)", lines)
    connection.close()
    return "".join(f"{number} {upto} {entries} {digest.hex()}\n" for number, upto, entries, digest in lines)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE timeline SET actor = 'somebody' WHERE seq = 1",
        "DELETE FROM timeline WHERE seq = 3",
        "UPDATE timeline SET at = at + 1 WHERE seq = 2",
    ],
)
def test_a_forged_history_appended_to_the_copy_is_seen(desk, sealed, sql):
    """The copy can only be added to: its first line of a seal counts, not the last."""
    tamper(desk, sql)
    forged = forge(desk)
    assert desk.json("audit", "verify", "--seals", str(write(desk, forged)))["ok"], "the forgery itself must be whole"
    with sealed.open("a") as file:
        file.write(forged)
    faults = desk.json("audit", "verify", expect=ExitCode.NEGATIVE)["faults"]
    assert {fault["kind"] for fault in faults} == {"copy"}
    assert any("the first one counts" in fault["text"] for fault in faults)
    assert any("differs from its copy" in fault["text"] for fault in faults)


def write(desk, text):
    file = desk.folder / "forged.jsonl"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda first, second: [second, first], "left out or moved"),  # reordered
        (lambda first, second: [second], "is not in"),  # the beginning cut off
        (lambda first, second: [first], "is not in"),  # the end cut off
        (lambda first, second: [], "is not in"),
        (lambda first, second: [first, "0" * 90, second], "is no seal"),  # something between
        (lambda first, second: [first, second.replace("2 ", "9 ", 1)], "left out or moved"),
        (lambda first, second: [first, second, "3" + second[1:]], "no longer in the database"),  # one too many
        (lambda first, second: [first, second[:-1] + ("0" if second[-1] != "0" else "1"), second], "the first one counts"),
    ],
)
def test_a_copy_that_was_touched_is_seen(desk, sealed, change, text):
    sealed.write_text("".join(f"{line}\n" for line in change(*sealed.read_text().splitlines())))
    faults = desk.json("audit", "verify", expect=ExitCode.NEGATIVE)["faults"]
    assert any(text in fault["text"] for fault in faults), faults


def test_the_same_line_twice_is_no_fault(desk, sealed):
    """Two housekeepers may write the same seal to one file."""
    first, second = sealed.read_text().splitlines(keepends=True)
    sealed.write_text(first + first + second + second)
    assert desk.json("audit", "verify")["ok"]


def test_an_old_database_that_was_put_back_is_seen(desk, sealed):
    database = desk.folder / "var" / "hub.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copy(database, desk.folder / "old.sqlite3")
    desk.send(kenmerk="CJG-2026-000003")
    seal(desk, sealed)
    for beside in database.parent.glob("hub.sqlite3-*"):
        beside.unlink()
    shutil.copy(desk.folder / "old.sqlite3", database)
    faults = desk.json("audit", "verify", expect=ExitCode.NEGATIVE)["faults"]
    assert [(fault["place"], "no longer in" in fault["text"]) for fault in faults] == [("seal 3", True)]
    desk.send(kenmerk="CJG-2026-000004")  # and going on does not cover it up
    with desk.hub() as hub:
        hub.journal.run(keeping.seal, -1)
        Housekeeper(hub.journal, seals=sealed).seal()
    faults = desk.json("audit", "verify", expect=ExitCode.NEGATIVE)["faults"]
    assert [(fault["place"], "differs" in fault["text"]) for fault in faults] == [("seal 3", True)]


def test_old_entries_without_any_seal_are_a_fault_and_young_ones_are_not(desk):
    desk.send(kenmerk="CJG-2026-000001")
    assert desk.json("audit", "verify")["ok"]
    tamper(desk, "UPDATE timeline SET at = at - 7200000000")
    forge(desk)
    faults = desk.json("audit", "verify", expect=ExitCode.NEGATIVE)["faults"]
    assert [(fault["kind"], "no seal at all" in fault["text"]) for fault in faults] == [("seal", True)]
