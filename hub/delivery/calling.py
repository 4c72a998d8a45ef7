"""Calling: the threads that call a partner, and the watchdog that bounds every call in total.

The time-outs of libraries are per socket operation, so a partner that drips a byte a minute would hold a call for hours. Here
a call that outlives its deadline is closed from outside; if even that does not end it, its thread is given up and replaced.
Every call that was begun gives exactly one outcome, or two when a given-up call ends well after all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from hub import telemetry
from hub.contracts.adapter import Adapter
from hub.delivery.handover import Handover
from hub.delivery.retry import NOT_BEGUN, NotBegun, timed_out
from hub.errors import HubError, PermanentError
from hub.journal.records import Leased, Settlement
from hub.message import Receipt
from hub.telemetry import LogEvent

log = telemetry.get_logger()


class Judge(NamedTuple):
    """What the owner of the calls does with them.

    Attributes:
        call: Makes the call, unless its last argument says that it was broken off; whatever it raises goes to ``failed``.
        taken: The settlement of a call that ended well, after so many seconds.
        failed: The settlement of one that did not.
        settle: Takes a settlement.
        free: Called once per message: its slot is free.
    """

    call: Callable[[Adapter, Leased, Callable[[], bool]], Receipt]
    taken: Callable[[Leased, Receipt, float], Settlement]
    failed: Callable[[Leased, BaseException, float], Settlement]
    settle: Callable[[Settlement], None]
    free: Callable[[], None]


@dataclass(slots=True, eq=False)
class _Call:
    """A running call, as the watchdog sees it."""

    leased: Leased
    started: float
    adapter: Adapter | None = None
    closed_at: float | None = None
    decided: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def broken_off(self) -> bool:
        """Whether the watchdog has closed it. After opening the adapter: what is closed later ends a request by itself."""
        return self.closed_at is not None

    def decide(self) -> bool:
        """True for the first who asks: the call's own thread or the watchdog."""
        with self.lock:
            first, self.decided = not self.decided, True
            return first


class CallThreads:
    """A fixed number of threads, each with an adapter of its own.

    Args:
        deadline: Seconds a call may take in total.
        abandon_after: Seconds after closing it from outside until its thread is given up.
    """

    def __init__(
        self,
        connection: str,
        new_adapter: Callable[[], Adapter],
        judge: Judge,
        *,
        threads: int,
        deadline: float,
        abandon_after: float,
    ) -> None:
        self._connection = connection
        self._new_adapter = new_adapter
        self._judge = judge
        self._threads = threads
        self._deadline = deadline
        self._abandon_after = abandon_after
        self._waiting: Handover[tuple[Leased, float] | None] = Handover()
        self._running: set[_Call] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._owed = 0  # threads to start in the place of given-up ones; the watchdog's own

    def start(self) -> None:
        """Start the threads and the watchdog."""
        for _ in range(self._threads):
            self._start_thread()
        threading.Thread(target=self._watch, name=f"{self._connection}-watchdog", daemon=True).start()

    def put(self, leased: Leased, start_by: float) -> None:
        """Have a message sent. Not begun after ``start_by`` (monotonic): then its lease may already be somebody else's."""
        self._waiting.put((leased, start_by))

    def about_to_wait(self) -> None:
        """The calling thread is going to wait for the partner: another may use the time."""
        self._waiting.pass_on()

    def busy(self) -> bool:
        """Whether calls are running now."""
        return bool(self._running)

    def finish(self) -> None:
        """End the threads after what was put."""
        for _ in range(self._threads):
            self._waiting.put(None)

    def end_watching(self) -> None:
        """End the watchdog; only after every message that was put has given its slot back."""
        self._ended.set()

    def _start_thread(self) -> None:
        threading.Thread(target=self._serve, name=f"{self._connection}-call", daemon=True).start()

    def _serve(self) -> None:
        adapter: Adapter | None = None
        try:
            while (next_one := self._waiting.get()) is not None:
                leased, start_by = next_one
                if time.monotonic() > start_by:
                    log.warning(LogEvent.CALL_NOT_BEGUN, connection=self._connection, message_id=str(leased.message_id))
                    self._judge.settle(self._judge.failed(leased, NOT_BEGUN, 0.0))
                    self._judge.free()
                    continue
                call = _Call(leased, time.monotonic(), adapter)
                if not self._run(call):
                    return  # given up, and replaced
                adapter = call.adapter
        finally:
            self._waiting.pass_on()  # a thread that goes on takes the next item itself
            if adapter is not None:
                adapter.close()

    def _run(self, call: _Call) -> bool:
        """Make one call and hand its outcome on; False when the watchdog was first."""
        with self._lock:
            self._running.add(call)
        outcome = self._outcome(call)
        with self._lock:
            self._running.discard(call)
        first = call.decide()
        # What the partner's side itself said is worth recording even after the watchdog spoke: as a late outcome.
        if first or outcome.final:
            self._judge.settle(outcome)
        if first:
            self._judge.free()
        return first

    def _outcome(self, call: _Call) -> Settlement:
        leased = call.leased
        try:
            if call.adapter is None:
                call.adapter = self._new_adapter()
            receipt = self._judge.call(call.adapter, leased, call.broken_off)
            took = time.monotonic() - call.started
            self._measure("ok", took)
            return self._judge.taken(leased, receipt, took)
        except Exception as error:
            took = time.monotonic() - call.started
            # Closed from outside, the call breaks with whatever the transport makes of that.
            told = isinstance(error, PermanentError | NotBegun)
            reason = timed_out(error) if call.closed_at is not None and not told else error
            self._tell(leased, reason, took)
            return self._judge.failed(leased, reason, took)

    def _tell(self, leased: Leased, error: BaseException, took: float) -> None:
        message_id = str(leased.message_id)
        if isinstance(error, HubError):
            self._measure(error.code, took)
            attempt = leased.attempts
            log.info(
                LogEvent.ATTEMPT_FAILED, connection=self._connection, message_id=message_id, attempt=attempt, code=error.code
            )
        else:
            self._measure("unexpected", took)
            log.error(LogEvent.FAULT_MET, connection=self._connection, message_id=message_id, exc_info=error)

    def _measure(self, code: str, took: float) -> None:
        telemetry.ATTEMPTS.labels(self._connection, code).inc()
        telemetry.CALL_SECONDS.labels(self._connection).observe(took)

    def _watch(self) -> None:
        while not self._ended.wait(min(0.2, self._deadline / 4)):
            try:
                self._look()
            except Exception as error:  # no room for a thread now, for instance; without a watchdog a call has no end
                log.error(LogEvent.FAULT_MET, connection=self._connection, exc_info=error)

    def _look(self) -> None:
        now = time.monotonic()
        with self._lock:
            overdue = [call for call in self._running if now - call.started > self._deadline]
        for call in overdue:
            if call.closed_at is not None and now - call.closed_at > self._abandon_after and call.decide():
                self._give_up(call)
        while self._owed:
            self._start_thread()
            self._owed -= 1
        for call in overdue:
            if call.closed_at is None:
                call.closed_at = now
                self._break_off(call)

    def _break_off(self, call: _Call) -> None:
        message_id = str(call.leased.message_id)
        log.warning(LogEvent.CALL_DEADLINE_PASSED, connection=self._connection, message_id=message_id)
        if call.adapter is not None:
            # An adapter whose close() hangs must not hold the watchdog.
            threading.Thread(target=call.adapter.close, name=f"{self._connection}-close", daemon=True).start()

    def _give_up(self, call: _Call) -> None:
        with self._lock:
            self._running.discard(call)
        log.error(LogEvent.CALL_ABANDONED, connection=self._connection, message_id=str(call.leased.message_id))
        self._judge.settle(self._judge.failed(call.leased, timed_out(), time.monotonic() - call.started))
        self._owed += 1
        self._judge.free()
