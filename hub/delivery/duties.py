"""The duty runner: does what is due by the clock, each duty in a thread of its own, one process at a time per duty.

A run that dies with its process lapses and is done again by whoever looks next. See ``hub.contracts.duty`` for what a duty may
rely on, and ``hub.journal.units.duties`` for how one process gets it in hand.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hub import telemetry
from hub.contracts.duty import Duty, DutyContext
from hub.delivery.heartbeat import Heartbeat
from hub.errors import HubError, TransientError
from hub.journal.database import Database
from hub.journal.reading import moment
from hub.journal.units import duties as units
from hub.telemetry import LogEvent

log = telemetry.get_logger()

Parts = TypeVar("Parts")
_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class DutyOptions:
    """How duties are run; times in seconds."""

    #: Between looks for what is due.
    pace: float = 1.0
    #: A run is another's this long after its process was last heard of; prolonged at a third of it.
    hold: float = 30.0
    #: First pause after a failure; doubles, at most to ``retry_max``.
    retry_base: float = 5.0
    retry_max: float = 900.0
    #: Failures in a row after which there is a task.
    task_after: int = 3
    #: What running duties get to end when the process stops.
    stop_within: float = 10.0


@dataclass(eq=False)
class _Run(Generic[Parts]):
    """A run of a duty in this process; times are monotonic seconds."""

    duty: Duty[Parts]
    holder: str
    claimed: units.Claimed
    held_until: float
    started: float = field(default_factory=time.monotonic)
    ending: threading.Event = field(default_factory=threading.Event)
    late: bool = False  # it took too long and has been told so
    thread: threading.Thread | None = None

    def may_go_on(self) -> bool:
        return not self.ending.is_set() and time.monotonic() < self.held_until


class DutyRunner(Generic[Parts]):
    """Runs duties until it is stopped. ``run`` blocks; ``stop`` may be called by any thread. Any number of them may run.

    Args:
        parts: Handed to every duty.
        process: Of this process, for the journal.
    """

    def __init__(
        self,
        journal: Database,
        duties: Sequence[Duty[Parts]],
        parts: Parts,
        *,
        process: str,
        options: DutyOptions | None = None,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        names = [duty.name for duty in duties]
        if len(set(names)) < len(names):
            raise ValueError("two duties have the same name")
        self._journal = journal
        self._duties = tuple(duties)
        self._parts = parts
        self._process = process
        self._options = options or DutyOptions()
        self._heartbeat = heartbeat
        self._stopping = threading.Event()
        self._known = False
        self._running: dict[str, _Run[Parts]] = {}
        self._ended = threading.Condition()

    def stop(self) -> None:
        """Ask ``run`` to return: running duties are told, and get a while to end."""
        self._stopping.set()

    def run(self) -> None:
        """Do what is due until stopped. Never raises for a journal that is away."""
        try:
            while not self._stopping.is_set():
                if self._heartbeat is not None:
                    self._heartbeat.beat()
                try:
                    self._round()
                except TransientError as error:
                    log.warning(LogEvent.DUTIES_POSTPONED, code=error.code, text=error.text)
                self._stopping.wait(self._options.pace)
        finally:
            self._end_all()

    def _round(self) -> None:
        if not self._known:
            self._journal.run(units.ensure, [(duty.name, _micros(duty.every.total_seconds())) for duty in self._duties])
            self._known = True
        with self._ended:
            running = dict(self._running)
        for run in running.values():
            self._look_after(run)
        for duty in self._duties:
            if duty.name not in running:
                self._begin(duty)

    def _begin(self, duty: Duty[Parts]) -> None:
        holder, begun = f"{self._process}/{uuid.uuid4().hex[:12]}", time.monotonic()
        claimed = self._journal.run(units.claim_duty, duty.name, holder, _micros(self._options.hold))
        if claimed is None:
            return
        run = _Run(duty, holder, claimed, begun + self._options.hold)
        run.thread = threading.Thread(target=self._do, args=(run,), name=f"duty-{duty.name}", daemon=True)
        with self._ended:
            self._running[duty.name] = run
        run.thread.start()

    def _look_after(self, run: _Run[Parts]) -> None:
        """Prolong a run that goes on, and end one that takes too long or is no longer ours."""
        now = time.monotonic()
        if not run.late and now - run.started > run.duty.within.total_seconds():
            run.late = True
            self._break_off(run)
            self._settle(run, "timed_out")
            log.error(LogEvent.DUTY_FAILED, duty=run.duty.name, code="timed_out")
        if run.late:
            # Its thread may never end: what it holds is given up, so that the duty itself goes on.
            if now - run.started > run.duty.within.total_seconds() + self._options.stop_within:
                self._forget(run)
            return
        if run.held_until - now > self._options.hold * 2 / 3:
            return
        if self._journal.run(units.prolong, run.duty.name, run.holder, _micros(self._options.hold)):
            run.held_until = now + self._options.hold
        else:
            self._break_off(run)

    def _do(self, run: _Run[Parts]) -> None:
        duty, claimed = run.duty, run.claimed
        last = None if claimed.last_done is None else moment(claimed.last_done)
        context = DutyContext(duty.name, self._parts, moment(claimed.due_at), last, moment(claimed.now), run.may_go_on)
        try:
            more = bool(duty.run(context))
            if self._stopping.is_set() and not run.may_go_on():
                self._quietly(units.hand_back, duty.name, run.holder)
            elif not run.late:
                self._settle(run, "", more=more)
        except Exception as error:
            if not run.late:
                self._fail(run, error)
        finally:
            self._forget(run)

    def _fail(self, run: _Run[Parts], error: Exception) -> None:
        if self._stopping.is_set() and isinstance(error, TransientError):
            self._quietly(units.hand_back, run.duty.name, run.holder)  # broken off by us
            return
        code = error.code if isinstance(error, HubError) else "unexpected"
        if isinstance(error, HubError):
            log.warning(LogEvent.DUTY_FAILED, duty=run.duty.name, code=code, text=error.text)
        else:
            log.error(LogEvent.DUTY_FAILED, duty=run.duty.name, code=code, exc_info=error)
        self._settle(run, code)

    def _settle(self, run: _Run[Parts], code: str, *, more: bool = False) -> None:
        """Write how a run ended. While the journal is away it is left to lapse, and then done again."""
        telemetry.DUTIES.labels(run.duty.name, code or "ok").inc()
        every, options = run.duty.every.total_seconds(), self._options
        if not code:
            self._quietly(units.done, run.duty.name, run.holder, _micros(every), more=more)
            return
        ceiling = max(options.retry_base, min(options.retry_max, every))
        pause = min(ceiling, options.retry_base * 2.0 ** min(run.claimed.failures, 20))
        self._quietly(units.failed, run.duty.name, run.holder, code, _micros(pause), task_after=options.task_after)

    def _quietly(self, unit: Callable[..., object], *args: object, **facts: object) -> None:
        try:
            self._journal.run(unit, *args, **facts)
        except TransientError as error:
            log.warning(LogEvent.DUTIES_POSTPONED, code=error.code, text=error.text)

    def _break_off(self, run: _Run[Parts]) -> None:
        run.ending.set()
        # An interruption that hangs must not hold the runner.
        threading.Thread(target=self._interrupt, args=(run,), name=f"duty-{run.duty.name}-end", daemon=True).start()

    def _interrupt(self, run: _Run[Parts]) -> None:
        try:
            run.duty.interrupt()
        except Exception as error:
            log.error(LogEvent.FAULT_MET, duty=run.duty.name, exc_info=error)

    def _forget(self, run: _Run[Parts]) -> None:
        with self._ended:
            if self._running.get(run.duty.name) is run:
                del self._running[run.duty.name]
            self._ended.notify_all()

    def _end_all(self) -> None:
        """Tell every run to end, and wait for that, but not for ever: what goes on loses its hold by itself."""
        with self._ended:
            running = list(self._running.values())
        for run in running:
            self._break_off(run)
        with self._ended:
            if not self._ended.wait_for(lambda: not self._running, self._options.stop_within):
                log.warning(LogEvent.DUTIES_ABANDONED, duties=sorted(self._running))


def _micros(seconds: float) -> int:
    return int(seconds * _MICROS)
