"""The duty runner: slow, failing and endless duties beside good ones, and processes that end or die."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.contracts.duty import Duty, DutyContext
from hub.delivery.duties import DutyOptions, DutyRunner
from hub.errors import Unavailable
from hub.journal import reading, tables
from hub.journal.database import Database
from tests.contract.journal_rig import Rig
from tests.support.engine import Engine
from tests.support.journals import new_sqlite_journal

DAY = dt.timedelta(days=1)
QUICK = DutyOptions(pace=0.02, hold=0.6, retry_base=0.05, retry_max=0.1, stop_within=0.5)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    opened = new_sqlite_journal(tmp_path)
    yield opened
    opened.close()


class Running:
    """A runner in a thread."""

    def __init__(self, journal: Database, *duties: Duty[Any], options: DutyOptions = QUICK) -> None:
        self.runner: DutyRunner[Any] = DutyRunner(journal, duties, "parts", process="here", options=options)
        self.thread = threading.Thread(target=self.runner.run)

    def __enter__(self) -> Running:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()


def wait(look: Callable[[], object], what: str) -> None:
    Engine.wait_until(look, what, timeout=10)


def row(journal: Database, name: str) -> dict[str, Any]:
    rig = Rig.__new__(Rig)
    rig.db = journal
    return next((found for found in rig.rows(tables.duties) if found["name"] == name), {"last_done": None})


def test_a_duty_is_told_what_it_needs(journal: Database) -> None:
    seen: list[DutyContext[Any]] = []
    with Running(journal, Duty("x.daily", DAY, seen.append)):
        wait(lambda: row(journal, "x.daily")["last_done"], "it ran")
    (context,) = seen
    assert (context.name, context.parts, context.last_done) == ("x.daily", "parts", None)
    assert context.now - context.due_at < dt.timedelta(seconds=20)
    assert context.now.utcoffset() == dt.timedelta(0)


def test_a_duty_with_more_to_do_goes_on_and_then_waits_for_its_moment(journal: Database) -> None:
    rounds = iter([True, True, False])
    runs: list[int] = []

    def run(_: DutyContext[Any]) -> bool:
        runs.append(1)
        return next(rounds)

    with Running(journal, Duty("x.chunks", DAY, run)):
        wait(lambda: len(runs) == 3, "three rounds")
        threading.Event().wait(0.2)
    assert len(runs) == 3


def test_neither_a_failing_nor_an_endless_duty_holds_up_another(journal: Database) -> None:
    release, times = threading.Event(), []

    def fail(_: DutyContext[Any]) -> None:
        times.append(time.monotonic())
        raise Unavailable("the list cannot be fetched", code="timed_out")

    def hang(_: DutyContext[Any]) -> None:
        release.wait(30)

    done: list[object] = []
    duties = [Duty("x.fails", DAY, fail), Duty("x.hangs", DAY, hang), Duty("x.good", dt.timedelta(seconds=0.05), done.append)]
    with Running(journal, *duties):
        wait(lambda: len(times) >= 4 and len(done) >= 4, "both go on")
        tasks = [(task["kind"], task["subject"], task["code"]) for task in reading.open_tasks(journal)]
        assert tasks == [("duty", "x.fails", "timed_out")]
        release.set()
    assert times[1] - times[0] >= 0.05, "it waits before it tries again"


def test_a_fault_of_a_duty_is_tried_again_and_told(journal: Database) -> None:
    def run(_: DutyContext[Any]) -> None:
        raise ZeroDivisionError

    with Running(journal, Duty("x.faulty", DAY, run)):
        wait(lambda: reading.open_tasks(journal), "a task")
    assert row(journal, "x.faulty")["code"] == "unexpected"


def test_a_run_that_goes_on_keeps_its_hold(journal: Database) -> None:
    release, began = threading.Event(), []

    def run(_: DutyContext[Any]) -> None:
        began.append(1)
        release.wait(10)

    duty = Duty("x.slow", DAY, run)
    with Running(journal, duty), Running(journal, duty):
        threading.Event().wait(3 * QUICK.hold)
        release.set()
        wait(lambda: row(journal, "x.slow")["last_done"], "it ended")
    assert began == [1]


def test_a_duty_that_takes_too_long_is_broken_off_and_tried_again(journal: Database) -> None:
    interrupted, began = threading.Event(), []

    def run(context: DutyContext[Any]) -> None:
        began.append(context)
        if len(began) == 1:
            interrupted.wait(10)
            assert not context.go_on()

    duty = Duty("x.stuck", DAY, run, within=dt.timedelta(seconds=0.2), interrupt=interrupted.set)
    with Running(journal, duty):
        wait(lambda: row(journal, "x.stuck")["last_done"], "the second run")
    assert len(began) == 2


def test_a_run_that_never_ends_does_not_end_the_duty(journal: Database) -> None:
    began: list[int] = []
    never = threading.Event()

    def run(_: DutyContext[Any]) -> None:
        began.append(1)
        if len(began) == 1:
            never.wait(30)

    with Running(journal, Duty("x.lost", DAY, run, within=dt.timedelta(seconds=0.1))):
        wait(lambda: row(journal, "x.lost")["last_done"], "another thread does it")
    never.set()


def test_stopping_tells_a_running_duty_and_leaves_it_due(journal: Database) -> None:
    began = threading.Event()

    def run(context: DutyContext[Any]) -> None:
        began.set()
        while context.go_on():
            threading.Event().wait(0.01)

    with Running(journal, Duty("x.long", DAY, run)):
        assert began.wait(10)
    found = row(journal, "x.long")
    assert (found["holder"], found["last_done"], found["failures"]) == ("", None, 0)


def test_stopping_does_not_wait_for_ever(journal: Database) -> None:
    began, never = threading.Event(), threading.Event()

    def run(_: DutyContext[Any]) -> None:
        began.set()
        never.wait(30)

    begun = time.monotonic()
    with Running(journal, Duty("x.deaf", DAY, run)):
        assert began.wait(10)
    assert time.monotonic() - begun < 8
    never.set()


_DIES = """
import datetime as dt, pathlib, sys, threading
from hub.contracts.duty import Duty
from hub.delivery.duties import DutyRunner
from hub.journal.opening import open_journal
from tests.unit.delivery.test_duties import QUICK
def run(_):
    pathlib.Path(sys.argv[2]).touch()
    threading.Event().wait(60)
DutyRunner(open_journal(sys.argv[1]), [Duty("x.killed", dt.timedelta(days=1), run)], None, process="dies", options=QUICK).run()
"""


def test_a_duty_whose_process_is_killed_is_done_by_another(journal: Database, tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    process = subprocess.Popen([sys.executable, "-c", _DIES, f"sqlite:///{tmp_path}/journal.db", str(mark)])
    try:
        wait(mark.exists, "the first process is at it")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Running(journal, Duty("x.killed", DAY, lambda _: None)):
        wait(lambda: row(journal, "x.killed")["last_done"], "the second process does it")
