"""Every duty runs the conformance suite; deliberately broken ones fail it, each on the check that is there for it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.contracts.duty import Duty, DutyContext
from hub.crypto.keyring import Keyring
from hub.inbound.poller import Poller
from hub.inbound.reception import Reception
from hub.journal import tables
from hub.testing import duty_suite as suite
from tests.contract.journal_rig import Rig
from tests.support.journals import new_sqlite_journal
from tests.support.sources import FakeSource, Mailbox

DAY = dt.timedelta(days=1)


class MemoryBench:
    """A list of letters to be answered, each once: the reference of the contract."""

    patience = 10.0

    def __init__(self, make: Callable[[MemoryBench], Duty[Any]] | None = None) -> None:
        self.open: list[int] = []
        self.answered: list[int] = []
        self._duty = (make or good)(self)

    def duty(self) -> Duty[Any]:
        return self._duty

    def parts(self) -> None:
        return None

    def prepare(self) -> None:
        self.open += [1, 2, 3]

    def state(self) -> list[int]:
        return list(self.answered)

    def answer(self, context: DutyContext[Any]) -> None:
        while self.open and context.go_on():
            self.answered.append(self.open[0])
            del self.open[0]


def good(bench: MemoryBench) -> Duty[Any]:
    return Duty("tests.answer", DAY, bench.answer)


def without_a_name(bench: MemoryBench) -> Duty[Any]:
    return Duty("Answer!", DAY, bench.answer)


def always_with_more(bench: MemoryBench) -> Duty[Any]:
    return Duty("tests.answer", DAY, lambda _: True)


def not_repeatable(bench: MemoryBench) -> Duty[Any]:
    return Duty("tests.answer", DAY, lambda _: bench.answered.append(1))


def lost_when_broken_off(bench: MemoryBench) -> Duty[Any]:
    def run(context: DutyContext[Any]) -> None:
        if bench.open and not context.go_on():
            bench.open.clear()
            raise RuntimeError("half done")
        bench.answer(context)

    return Duty("tests.answer", DAY, run)


def deaf(bench: MemoryBench) -> Duty[Any]:
    return Duty("tests.answer", DAY, lambda _: bool(threading.Event().wait(3)))


def once_interruptible(bench: MemoryBench) -> Duty[Any]:
    handles = [1]
    return Duty("tests.answer", DAY, bench.answer, interrupt=lambda: handles.remove(1))


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_the_reference_keeps_its_word(check: suite.Check) -> None:
    check(MemoryBench())


class PollBench:
    """Fetching from a partner, the hub's own duty."""

    patience = 10.0

    def __init__(self, folder: Path) -> None:
        self.journal = new_sqlite_journal(folder)
        self.rig = Rig(self.journal)
        self.mailbox = Mailbox()
        reception = Reception(self.journal, Keyring.generate(), None, connection="svb", partner="fake")
        self.poller = Poller(self.journal, lambda: FakeSource(self.mailbox), reception, process="here")

    def duty(self) -> Duty[Any]:
        return self.poller.duty

    def parts(self) -> None:
        return None

    def prepare(self) -> None:
        self.mailbox.letters += [b"one x", b"two x", b"three x"]

    def state(self) -> list[str]:
        return sorted(row["reference"] for row in self.rig.rows(tables.messages))


@pytest.fixture
def polling(tmp_path: Path) -> Iterator[PollBench]:
    bench = PollBench(tmp_path)
    yield bench
    bench.journal.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_polling_keeps_its_word(check: suite.Check, polling: PollBench) -> None:
    check(polling)


BROKEN = [
    (without_a_name, suite.it_says_what_it_is),
    (always_with_more, suite.it_comes_to_an_end),
    (not_repeatable, suite.a_second_time_changes_nothing),
    (lost_when_broken_off, suite.what_was_broken_off_is_finished_by_the_next_run),
    (deaf, suite.told_to_end_it_ends),
    (once_interruptible, suite.interrupting_it_is_harmless),
]


@pytest.mark.parametrize(("broken", "check"), BROKEN, ids=lambda value: value.__name__)
def test_a_broken_duty_fails_the_suite(broken: Callable[[MemoryBench], Duty[Any]], check: suite.Check) -> None:
    bench = MemoryBench(broken)
    bench.patience = 0.3
    with pytest.raises((AssertionError, RuntimeError, ValueError)):
        check(bench)


def test_every_check_bites() -> None:
    """Each check has a broken duty above that fails it."""
    assert {check for _, check in BROKEN} == set(suite.CHECKS)
