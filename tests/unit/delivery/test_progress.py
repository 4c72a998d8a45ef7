"""Progress: what is due and not tried is told, also when every part says that it is well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.contracts.broker import Confirmation
from hub.delivery.dispatcher import Dispatcher
from hub.delivery.heartbeat import Heartbeat
from hub.delivery.housekeeper import Housekeeper
from hub.delivery.progress import PROGRESS_SECONDS, Progress
from hub.delivery.roles import KEEPS_FAILING, Roles
from hub.journal import reading, tables
from hub.journal.units import keeping
from hub.message import Event
from tests.contract.journal_rig import HOUR, SECOND, Rig
from tests.support.engine import Engine
from tests.support.journals import new_sqlite_journal


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    journal = new_sqlite_journal(tmp_path)
    yield Rig(journal)
    journal.close()


class Watch:
    """A watch with a clock of its own."""

    def __init__(self, rig: Rig) -> None:
        self.now = 0.0
        self.progress = Progress(rig.db, lambda: ["svb"], clock=lambda: self.now)

    def after(self, seconds: float) -> dict[str, str]:
        self.now += seconds
        return self.progress.look()[0]


def test_a_due_message_that_nobody_tries_is_told(rig: Rig) -> None:
    rig.accept()
    watch = Watch(rig)
    assert watch.after(0) == {}
    assert watch.after(PROGRESS_SECONDS - 1) == {}
    assert watch.after(1) == {"svb": "no_progress"}


def test_tickets_that_lead_to_nothing_are_no_progress(rig: Rig) -> None:
    message_id = rig.accept()
    watch = Watch(rig)
    for _ in range(5):
        assert rig.claim()
        watch.after(PROGRESS_SECONDS / 4)
        rig.hasten(message_id)
    assert watch.after(0) == {"svb": "no_progress"}


def test_an_attempt_is_progress(rig: Rig) -> None:
    message_id = rig.accept()
    watch = Watch(rig)
    watch.after(0)
    rig.settle(rig.outcome(rig.take(message_id), Event.FAILED))
    rig.hasten(message_id)
    assert watch.after(PROGRESS_SECONDS) == {}
    assert watch.after(PROGRESS_SECONDS) == {"svb": "no_progress"}


def test_what_waits_for_a_reason_is_not_told(rig: Rig) -> None:
    rig.accept(hold_for=HOUR)
    rig.sending()
    rig.connect("off")
    rig.accept(connection="off")
    watch = Watch(rig)
    watch.after(0)
    assert watch.after(PROGRESS_SECONDS) == {}


@pytest.mark.parametrize("state", ["paused", "broken"])
def test_a_connection_that_is_told_anyway_is_not_told_twice(rig: Rig, state: str) -> None:
    rig.accept()
    rig.sql("UPDATE connections SET state = :state", state=state)
    watch = Watch(rig)
    watch.after(0)
    assert watch.after(PROGRESS_SECONDS) == {}


def test_trouble_of_a_role_is_told_when_it_lasts(rig: Rig) -> None:
    rig.db.run(keeping.beat, "a/dispatcher", "dispatcher", "broker_away")
    assert Watch(rig).after(0) == {}
    rig.sql("UPDATE heartbeats SET trouble_since = trouble_since - :age", age=31 * SECOND)
    rig.db.run(keeping.beat, "a/dispatcher", "dispatcher", "broker_away")
    assert Watch(rig).after(0) == {"dispatcher": "broker_away"}
    rig.db.run(keeping.beat, "a/dispatcher", "dispatcher")
    assert Watch(rig).after(0) == {}


def test_what_is_told_is_a_task_until_it_is_over(rig: Rig) -> None:
    found: dict[str, str] = {"svb": "no_progress"}
    housekeeper = Housekeeper(rig.db, pace=0.01, health=lambda: (found, set()))
    thread = threading.Thread(target=housekeeper.run)
    thread.start()
    Engine.wait_until(lambda: reading.degraded(rig.db) == [("svb", "no_progress")], "a task")
    found.clear()
    Engine.wait_until(lambda: reading.degraded(rig.db) == [], "it is closed")
    housekeeper.stop()
    thread.join()


class Publisher:
    """Of a broker that is blocked, or says nothing about what it gets."""

    def __init__(self, ready: bool) -> None:
        self._ready = ready

    def ready(self) -> bool:
        return self._ready

    def publish(self, tickets: list[Any], *, timeout: float) -> list[Confirmation]:
        return [Confirmation.UNKNOWN] * len(tickets)

    def close(self) -> None:
        """Nothing."""


@pytest.mark.parametrize("ready", [False, True])
def test_a_broker_that_takes_nothing_troubles_the_dispatcher(rig: Rig, ready: bool) -> None:
    class Broker:
        def publisher(self) -> Publisher:
            return Publisher(ready)

    broker: Any = Broker()
    dispatcher = Dispatcher(rig.db, broker, {"svb": ["r"]}, poll=0.05, heartbeat=Heartbeat(rig.db, "here", "dispatcher"))
    thread = threading.Thread(target=dispatcher.run)
    thread.start()
    rig.accept()
    Engine.wait_until(lambda: [row["trouble"] for row in rig.rows(tables.heartbeats)] == ["broker_away"], "it is told")
    dispatcher.stop()
    thread.join()


def test_a_role_that_keeps_failing_is_told() -> None:
    class Fails:
        def run(self) -> None:
            raise ZeroDivisionError

        def stop(self) -> None:
            """Nothing."""

    told = threading.Event()
    roles = Roles(lambda _: told.set())
    roles.start("bad", Fails)
    assert told.wait(10 * KEEPS_FAILING)
    roles.stop()
