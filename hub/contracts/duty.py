"""The contract of a duty: what an exchange, or the hub itself, does by the clock.

A duty runs in a role of its own (``hub.delivery.duties``), so that a slow one never delays a message, and each in a thread of
its own, so that none delays another. When it is due is kept in the journal and compared with the database's clock: a hub that
was down on the day does it when it is up, once for all the times that it missed.

``hub/testing/duty_suite.py`` is the conformance suite.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Parts = TypeVar("Parts")


@dataclass(frozen=True, slots=True)
class DutyContext(Generic[Parts]):
    """One run of a duty.

    Attributes:
        name: Of the duty.
        parts: What the hub hands to its duties; see ``hub.assembly.DutyParts``.
        due_at: The moment for which it runs; the earliest one when several were missed.
        last_done: When it last ended well, None when it never did.
        now: The database's clock when this run began.
        go_on: Whether the run may go on: ask between steps. False when the process is to stop, when the run has taken too long,
            or when this process stood still for so long that the run may be another's by now. What is left is done next time.
    """

    name: str
    parts: Parts
    due_at: dt.datetime
    last_done: dt.datetime | None
    now: dt.datetime
    go_on: Callable[[], bool]


def _nothing() -> None:
    """By default nothing has to be broken off."""


@dataclass(frozen=True, slots=True)
class Duty(Generic[Parts]):
    """Something to do every so often, by one process at a time.

    ``run`` may be broken off anywhere by a crash and is then run again: each of its steps must be repeatable. What it raises
    is logged, and it is tried again with growing pauses; after some failures in a row there is a task. It returns True when
    more is left and it wants to go on at once.

    Attributes:
        name: Unique in the hub, as ``<exchange>.<what>``; part of task, log and metric.
        every: From one due moment to the next; a duty keeps its time of the day.
        run: Does it. Never by two processes at the same time, unless one of them stood still (see ``DutyContext.go_on``).
        within: Longer than this it may not take; then ``interrupt`` is called and the run counts as failed.
        interrupt: Called by another thread to end a run that waits for something outside; idempotent.
    """

    name: str
    every: dt.timedelta
    run: Callable[[DutyContext[Parts]], bool | None]
    within: dt.timedelta = dt.timedelta(minutes=15)
    interrupt: Callable[[], None] = _nothing
