"""The worker: takes tickets of one connection, leases their messages, calls the adapter and settles what happened.

Threads of one worker::

    broker -> [lease thread] -> calls -> [call threads, one adapter each] -> outcomes -> [settle thread] -> journal
                                               ^
                                     [watchdog: total deadline of every call]

* A ticket is acknowledged right after the lease is committed, before the call.
* No more is leased than there are call threads, so that a lease's time is spent calling and not waiting.
* Batches close by themselves: a batch forms while the previous commit runs, so one slow call never holds up others.
* A call that outlives its total deadline is closed from outside; if even that does not end it, its thread is given up and
  replaced, and the outcome is ``timed_out``.
* Outcomes are held until the journal has them; while it does not, nothing new is leased.
"""

from __future__ import annotations

import json
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hub import telemetry
from hub.adapters.contract import Adapter
from hub.broker.contract import Broker, Consumer
from hub.crashpoints import crashpoint
from hub.crypto.content import ContentGone
from hub.crypto.keyring import Keyring
from hub.delivery.retry import RetryPolicy, settle_failure, settle_success
from hub.delivery.throttle import Throttle
from hub.errors import HubError, Reached, TransientError, Unavailable
from hub.journal.database import Database
from hub.journal.records import Leased, Settlement
from hub.journal.units import leasing, settling
from hub.message import Outgoing
from hub.telemetry import LogEvent

log = telemetry.get_logger()

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How one worker works; times in seconds."""

    concurrency: int = 8
    #: Total deadline of one call, whatever the library's own time-outs.
    call_deadline: float = 60.0
    #: Added to the deadline for the lease: time to settle.
    lease_margin: float = 30.0
    #: After closing the adapter from outside, how long its thread gets to end.
    abandon_after: float = 5.0
    batch: int = 20
    #: How often to look whether to stop.
    tick: float = 0.2
    #: Pause before trying the journal again.
    journal_pause: float = 0.5


@dataclass(slots=True, eq=False)
class _Call:
    """A running call, as the watchdog sees it."""

    leased: Leased
    adapter: Adapter
    started: float
    closed_at: float | None = None
    settled: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def settle_once(self) -> bool:
        """True for the first who asks: the call's thread or the watchdog."""
        with self.lock:
            first, self.settled = not self.settled, True
            return first


class Worker:
    """Works for one connection until it is stopped. Any number of workers may serve the same connection."""

    def __init__(
        self,
        journal: Database,
        broker: Broker,
        keyring: Keyring,
        connection: str,
        new_adapter: Callable[[], Adapter],
        *,
        options: WorkerOptions | None = None,
        retry: RetryPolicy | None = None,
        throttle: Throttle | None = None,
        seed: int | None = None,
    ) -> None:
        self.connection = connection
        self._journal = journal
        self._broker = broker
        self._keyring = keyring
        self._new_adapter = new_adapter
        self._options = options or WorkerOptions()
        self._retry = retry or RetryPolicy()
        self._throttle = throttle or Throttle()
        self._chance = random.Random(seed)
        self._slots = threading.Semaphore(self._options.concurrency)
        self._calls: queue.SimpleQueue[Leased | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Settlement | None] = queue.SimpleQueue()
        self._running: set[_Call] = set()
        self._running_lock = threading.Lock()
        self._stopping = threading.Event()
        self._journal_well = threading.Event()
        self._journal_well.set()

    def stop(self) -> None:
        """Ask ``run`` to return: nothing new is leased, running calls end or reach their deadline, outcomes are settled."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped; blocks."""
        consumer = self._broker.consumer(self.connection, prefetch=max(self._options.concurrency, self._options.batch))
        settler = threading.Thread(target=self._settle_loop, name=f"{self.connection}-settle")
        watchdog = threading.Thread(target=self._watch_loop, name=f"{self.connection}-watchdog", daemon=True)
        settler.start()
        watchdog.start()
        for _ in range(self._options.concurrency):
            self._start_caller()
        try:
            self._lease_loop(consumer)
        finally:
            for _ in range(self._options.concurrency):
                self._calls.put(None)
            for _ in range(self._options.concurrency):  # every slot is back once its call has been handed to the settler
                self._slots.acquire()
            self._outcomes.put(None)
            settler.join()
            consumer.close()

    # Leasing.

    def _lease_loop(self, consumer: Consumer) -> None:
        length = int((self._options.call_deadline + self._options.abandon_after + self._options.lease_margin) * _MICROS)
        while not self._stopping.is_set():
            if not self._journal_well.wait(self._options.tick):
                continue
            free = self._take_slots()
            if not free:
                continue
            used = 0
            try:
                used = self._lease_some(consumer, free, length)
            finally:
                for _ in range(free - used):
                    self._slots.release()

    def _take_slots(self) -> int:
        if not self._slots.acquire(timeout=self._options.tick):
            return 0
        free = 1
        while free < self._options.batch and self._slots.acquire(blocking=False):
            free += 1
        return free

    def _lease_some(self, consumer: Consumer, free: int, length: int) -> int:
        deliveries = consumer.receive(free, timeout=self._options.tick)
        if not deliveries:
            return 0
        if self._stopping.is_set():
            consumer.give_back(deliveries)
            return 0
        try:
            leased = self._journal.run(leasing.lease, [delivery.ticket for delivery in deliveries], length)
        except TransientError as error:
            log.warning(LogEvent.LEASE_POSTPONED, connection=self.connection, code=error.code, text=error.text)
            consumer.give_back(deliveries)
            self._stopping.wait(self._options.journal_pause)
            return 0
        crashpoint("acknowledge.before")
        consumer.acknowledge(deliveries)
        crashpoint("acknowledge.after")
        for one in leased:
            self._calls.put(one)
        return len(leased)

    # Calling.

    def _start_caller(self) -> None:
        threading.Thread(target=self._call_loop, name=f"{self.connection}-call", daemon=True).start()

    def _call_loop(self) -> None:
        adapter = self._new_adapter()
        try:
            while (leased := self._calls.get()) is not None:
                if not self._call(adapter, leased):
                    return  # the watchdog gave this thread up and started another
        finally:
            adapter.close()

    def _call(self, adapter: Adapter, leased: Leased) -> bool:
        """Make one call and hand its outcome on; False when the watchdog was first."""
        call = _Call(leased, adapter, time.monotonic())
        with self._running_lock:
            self._running.add(call)
        outcome = self._outcome(adapter, leased, call)
        with self._running_lock:
            self._running.discard(call)
        first = call.settle_once()
        # A success is worth recording even after the watchdog spoke: the journal takes it as a late one.
        if first or outcome.final:
            self._outcomes.put(outcome)
        if first:
            self._slots.release()
        return first

    def _outcome(self, adapter: Adapter, leased: Leased, call: _Call) -> Settlement:
        try:
            data_key = self._keyring.unwrap(leased.data_key, leased.wrapping_key_id, leased.message_id)
            outgoing = self._outgoing(leased, data_key)
            adapter.open()
            crashpoint("call.before")
            receipt = adapter.send(outgoing)
            crashpoint("call.after")
            took = time.monotonic() - call.started
            self._measure("ok", took)
            evidence = None
            if receipt.evidence is not None:
                evidence = self._keyring.seal(receipt.evidence, data_key, message_id=leased.message_id, kind="evidence")
            return settle_success(leased, receipt, took, evidence)
        except Exception as error:
            took = time.monotonic() - call.started
            if call.closed_at is not None and isinstance(error, HubError):
                error = Unavailable("the call reached its total deadline", code="timed_out", reached=Reached.MAYBE)
            self._measure(error.code if isinstance(error, HubError) else "unexpected", took)
            if isinstance(error, HubError):
                log.info(
                    LogEvent.ATTEMPT_FAILED,
                    connection=self.connection,
                    message_id=str(leased.message_id),
                    attempt=leased.attempts,
                    code=error.code,
                )
            else:
                log.error(LogEvent.FAULT_MET, connection=self.connection, message_id=str(leased.message_id), exc_info=error)
            return settle_failure(leased, error, took, self._retry, self._chance)

    def _measure(self, code: str, took: float) -> None:
        telemetry.ATTEMPTS.labels(self.connection, code).inc()
        telemetry.CALL_SECONDS.labels(self.connection).observe(took)

    def _outgoing(self, leased: Leased, data_key: bytes) -> Outgoing:
        sealed = leased.content
        if sealed is None:
            sealed = self._journal.run(leasing.large_content, leased.message_id)
        if sealed is None:
            raise ContentGone(f"the content of message {leased.message_id} has been destroyed")
        body = self._keyring.open(sealed, data_key, message_id=leased.message_id, kind="message")
        return Outgoing(
            leased.message_id,
            leased.route,
            leased.connection,
            leased.type,
            leased.reference,
            body,
            leased.attempts,
            bool(leased.unsure),
            json.loads(leased.attributes),
        )

    # Watching.

    def _watch_loop(self) -> None:
        options = self._options
        while True:
            time.sleep(min(options.tick, options.call_deadline / 4))
            now = time.monotonic()
            with self._running_lock:
                overdue = [call for call in self._running if now - call.started > options.call_deadline]
                if not self._running and self._stopping.is_set():
                    return
            for call in overdue:
                if call.closed_at is None:
                    call.closed_at = now
                    log.warning(
                        LogEvent.CALL_DEADLINE_PASSED, connection=self.connection, message_id=str(call.leased.message_id)
                    )
                    call.adapter.close()
                elif now - call.closed_at > options.abandon_after and call.settle_once():
                    self._abandon(call)

    def _abandon(self, call: _Call) -> None:
        with self._running_lock:
            self._running.discard(call)
        log.error(LogEvent.CALL_ABANDONED, connection=self.connection, message_id=str(call.leased.message_id))
        error = Unavailable("the call reached its total deadline", code="timed_out", reached=Reached.MAYBE)
        self._outcomes.put(settle_failure(call.leased, error, time.monotonic() - call.started, self._retry, self._chance))
        self._slots.release()
        self._start_caller()

    # Settling.

    def _settle_loop(self) -> None:
        last = False
        while not last:
            batch = [self._outcomes.get()]
            while batch[-1] is not None and len(batch) < self._options.batch:
                try:
                    batch.append(self._outcomes.get_nowait())
                except queue.Empty:
                    break
            last = batch[-1] is None
            self._settle([one for one in batch if one is not None])

    def _settle(self, outcomes: Sequence[Settlement]) -> None:
        """Record outcomes, however long the journal takes to come back; nothing new is leased meanwhile."""
        while outcomes:
            try:
                self._journal.run(settling.settle, outcomes, self._throttle.react)
            except TransientError as error:
                self._journal_well.clear()
                log.warning(LogEvent.SETTLEMENT_POSTPONED, connection=self.connection, code=error.code, count=len(outcomes))
                time.sleep(self._options.journal_pause)
                continue
            self._journal_well.set()
            return
