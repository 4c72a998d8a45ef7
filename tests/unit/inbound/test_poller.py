"""The poller: what a source yields is committed before it goes on, trouble pauses asking and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.crypto.keyring import Keyring
from hub.delivery.duties import DutyOptions
from hub.errors import ConnectionFault, Unavailable
from hub.inbound.poller import Poller
from hub.inbound.reception import Reception
from hub.journal import reading, tables
from hub.journal.database import Database
from hub.journal.units import connections
from tests.contract.journal_rig import Rig
from tests.support.engine import Engine
from tests.support.journals import new_sqlite_journal
from tests.support.sources import FakeSource, Mailbox

QUICK = DutyOptions(pace=0.02, hold=0.6, retry_base=0.05, retry_max=0.1, stop_within=2)


class Bench:
    """A mailbox, a journal, and pollers in threads."""

    def __init__(self, folder: Path) -> None:
        self.journal: Database = new_sqlite_journal(folder)
        self.rig = Rig(self.journal)
        self.mailbox = Mailbox()
        self.reception = Reception(self.journal, Keyring.generate(), None, connection="svb", partner="fake")
        self._running: list[tuple[Poller, threading.Thread]] = []

    def start(self) -> None:
        poller = Poller(self.journal, lambda: FakeSource(self.mailbox), self.reception, process="here", options=QUICK)
        thread = threading.Thread(target=poller.run)
        self._running.append((poller, thread))
        thread.start()

    def stop(self) -> None:
        for poller, _ in self._running:
            poller.stop()
        for _, thread in self._running:
            thread.join(20)
            assert not thread.is_alive()
        self._running.clear()

    def received(self) -> list[tuple[str, str]]:
        rows = sorted(self.rig.rows(tables.messages), key=lambda row: row["id"])
        return [(row["reference"], row["status"]) for row in rows]

    def tasks(self) -> list[tuple[str, str, str]]:
        return [(task["kind"], task["subject"], task["code"]) for task in reading.open_tasks(self.journal)]

    def wait(self, look: Callable[[], Any], what: str) -> None:
        Engine.wait_until(look, what, timeout=10)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.stop()
    made.journal.close()


def test_what_waits_is_stored_in_order(bench: Bench) -> None:
    bench.mailbox.letters += [b"one x", b"two x"]
    bench.start()
    bench.wait(lambda: not bench.mailbox.letters, "the mailbox is empty")
    assert [name for name, _ in bench.received()] == ["one", "two"]
    bench.mailbox.letters.append(b"three x")
    bench.wait(lambda: len(bench.received()) == 3, "the next one")
    assert all(status == "unmatched" for _, status in bench.received())


def test_a_message_that_was_fetched_twice_is_stored_once(bench: Bench) -> None:
    bench.mailbox.letters += [b"one x", b"one x", b"two x"]
    bench.start()
    bench.wait(lambda: not bench.mailbox.letters, "the mailbox is empty")
    assert [name for name, _ in bench.received()] == ["one", "two"]
    assert not [task for task in bench.tasks() if task[0] == "refused_inbound"]


def test_a_used_reference_with_other_content_does_not_vanish(bench: Bench) -> None:
    bench.mailbox.letters += [b"one x", b"one y"]
    bench.start()
    bench.wait(lambda: not bench.mailbox.letters, "the mailbox is empty")
    assert [status for _, status in bench.received()] == ["unmatched", "refused"]
    assert ("refused_inbound", "svb", "reference_clash") in bench.tasks()


def test_what_is_no_message_is_kept_for_a_person(bench: Bench) -> None:
    bench.mailbox.letters += [b"bad x", b"two x"]
    bench.start()
    bench.wait(lambda: not bench.mailbox.letters, "the mailbox is empty")
    assert [status for _, status in bench.received()] == ["refused", "unmatched"]
    assert ("refused_inbound", "svb", "undecodable") in bench.tasks()


def test_nothing_is_forgotten_at_the_partner_while_the_journal_is_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def away(*_: object) -> None:
        calls.append(1)
        raise Unavailable("away", code="journal_away")

    monkeypatch.setattr(bench.reception, "take", away)
    bench.mailbox.letters.append(b"one x")
    bench.start()
    bench.wait(lambda: len(calls) > 1, "it is tried again")
    assert bench.mailbox.letters == [b"one x"]
    monkeypatch.undo()
    bench.wait(lambda: bench.received() and not bench.mailbox.letters, "it is stored")


def test_a_partner_that_is_away_is_asked_again_and_told_of_when_it_lasts(bench: Bench) -> None:
    bench.mailbox.away = True
    bench.start()
    bench.wait(lambda: ("duty", "svb.poll", "not_connected") in bench.tasks(), "a task")
    bench.mailbox.letters.append(b"one x")
    bench.mailbox.away = False
    bench.wait(bench.received, "the message")
    bench.wait(lambda: not [task for task in bench.tasks() if task[0] == "duty"], "the task is closed")


def test_a_fault_of_the_connection_pauses_asking_with_one_task_until_a_person_resumes(bench: Bench) -> None:
    bench.mailbox.fault = ConnectionFault("who are you?", code="authentication_failed")
    bench.mailbox.letters.append(b"one x")
    bench.start()
    bench.wait(bench.tasks, "a task")
    bench.mailbox.fault = None
    threading.Event().wait(0.4)
    assert bench.tasks() == [("polling", "svb", "authentication_failed")]
    assert bench.received() == []
    assert bench.rig.connection_row()["state"] == "open", "sending goes on"
    bench.journal.run(connections.resume, "svb", "user:a")
    bench.wait(bench.received, "the message")
    assert not [task for task in bench.tasks() if task[0] == "polling"]


def test_a_paused_connection_is_not_asked(bench: Bench) -> None:
    bench.journal.run(connections.pause, "svb", "by_person", "user:a")
    bench.mailbox.letters.append(b"one x")
    bench.start()
    threading.Event().wait(0.4)
    assert bench.received() == []
    bench.journal.run(connections.resume, "svb", "user:a")
    bench.wait(bench.received, "the message")


def test_stopping_ends_a_poll_that_waits_for_the_partner(bench: Bench) -> None:
    bench.mailbox.silent = True
    bench.start()
    assert bench.mailbox.asked.wait(10)
    bench.stop()
    assert bench.tasks() == []


def test_several_pollers_ask_one_at_a_time(bench: Bench) -> None:
    bench.mailbox.letters += [b"%d x" % number for number in range(40)]
    for _ in range(3):
        bench.start()
    bench.wait(lambda: not bench.mailbox.letters, "the mailbox is empty")
    assert len(bench.received()) == 40
    entries = [row["event"] for row in bench.rig.rows(tables.timeline)]
    assert entries.count("received") == 40
    assert entries.count("received_again") <= 3
