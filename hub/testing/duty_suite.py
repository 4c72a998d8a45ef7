"""The conformance suite of ``hub.contracts.duty.Duty``: what every duty must do.

An exchange's duty runs it with a bench of some ten lines: see ``test_duties.py``, which also proves that each check can fail.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import threading
from collections.abc import Callable
from typing import Any, Protocol

from hub.contracts.duty import Duty, DutyContext

#: Rounds after which a duty that always has more is taken to go on for ever.
_ENDLESS = 1000
_NOW = dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC)


class Bench(Protocol):
    """What a duty works on, under control."""

    #: Seconds to wait for what should happen soon.
    patience: float

    def duty(self) -> Duty[Any]:
        """The duty."""

    def parts(self) -> Any:
        """What it is handed."""

    def prepare(self) -> None:
        """Have it something to do, in more than one step where it can have that."""

    def state(self) -> Any:
        """What it has done so far, comparable."""


Check = Callable[[Bench], None]


def run(bench: Bench, go_on: Callable[[], bool] = lambda: True, *, now: dt.datetime = _NOW) -> bool:
    """One run; True when it says that more is left."""
    duty = bench.duty()
    return bool(duty.run(DutyContext(duty.name, bench.parts(), now, None, now, go_on)))


def finish(bench: Bench) -> None:
    """Run it until nothing is left."""
    for _ in range(_ENDLESS):
        if not run(bench):
            return
    raise AssertionError("it says for ever that more is left")


def it_says_what_it_is(bench: Bench) -> None:
    """Facts that the engine reads; the name goes into tasks, log and metrics."""
    duty = bench.duty()
    assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", duty.name), "named <exchange>.<what>"
    assert duty.every > dt.timedelta(0)
    assert duty.within > dt.timedelta(0)


def it_comes_to_an_end(bench: Bench) -> None:
    """What says for ever that more is left would run all the time."""
    bench.prepare()
    finish(bench)


def a_second_time_changes_nothing(bench: Bench) -> None:
    """A crash just after the work and before its record runs it again."""
    bench.prepare()
    finish(bench)
    before = bench.state()
    finish(bench)
    assert bench.state() == before


def what_was_broken_off_is_finished_by_the_next_run(bench: Bench) -> None:
    """Told to end at any of its steps, it leaves nothing half done that a later run cannot finish."""
    bench.prepare()
    for step in range(20):
        steps = itertools.count()
        run(bench, lambda steps=steps, step=step: next(steps) < step)  # type: ignore[misc]
    finish(bench)
    broken_off = bench.state()
    finish(bench)
    assert bench.state() == broken_off


def told_to_end_it_ends(bench: Bench) -> None:
    """A process that stops does not wait long for it."""
    bench.prepare()
    running = threading.Thread(target=run, args=(bench, lambda: False), daemon=True)
    running.start()
    running.join(bench.patience)
    assert not running.is_alive()


def interrupting_it_is_harmless(bench: Bench) -> None:
    """The engine may do so at any moment, also when nothing runs, and more than once."""
    duty = bench.duty()
    duty.interrupt()
    duty.interrupt()
    bench.prepare()
    finish(bench)


CHECKS: tuple[Check, ...] = (
    it_says_what_it_is,
    it_comes_to_an_end,
    a_second_time_changes_nothing,
    what_was_broken_off_is_finished_by_the_next_run,
    told_to_end_it_ends,
    interrupting_it_is_harmless,
)
