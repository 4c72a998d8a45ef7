"""The worker: takes tickets of one connection, leases their messages, has them sent and settles what happened.

Threads of one worker::

    broker -> [lease thread] -> [call threads, one adapter each] -> outcomes -> [settle thread] -> journal
                                         ^
                               [watchdog: total deadline of every call]

* A ticket is acknowledged right after the lease is committed, before the call.
* No more is leased than there are call threads, so that a lease's time is spent calling and not waiting.
* Batches close by themselves: a batch forms while the previous commit runs, so one slow call never holds up others.
* Outcomes are held until the journal has them; while it does not, nothing new is leased.
"""

from __future__ import annotations

import json
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hub import telemetry
from hub.contracts.adapter import Adapter
from hub.contracts.broker import Broker, Consumer
from hub.crashpoints import crashpoint
from hub.crypto.content import ContentGone
from hub.crypto.keyring import KeyMissing, Keyring
from hub.delivery.calling import CallThreads, Judge
from hub.delivery.heartbeat import Heartbeat
from hub.delivery.retry import NotBegun, RetryPolicy, settle_failure, settle_success, settle_unwritable
from hub.delivery.throttle import Throttle
from hub.errors import PermanentError, TransientError
from hub.journal.database import Database
from hub.journal.records import ConnectionRow, Leased, Settlement
from hub.journal.units import leasing, settling
from hub.message import MessageId, Outgoing, Receipt, Status
from hub.telemetry import LogEvent

log = telemetry.get_logger()

_MICROS = 1_000_000
#: Leases closer together than this (seconds) are a busy moment; then a batch is worth a moment's wait.
BUSY = 0.005
#: As long as the last lease took, at most so many seconds: a quiet hub waits for next to nothing.
LINGER_FOR_TICKETS = 0.002
#: An outcome waits for others while calls run. Without it, in turns on a busy machine: CPU the same, accepted and delivered at
#: 100/s 1.02 to 1.05 (p50) and 1.11 to 1.17 (p99). May go when that is measured on a quiet machine and is below 1.03.
LINGER_FOR_OUTCOMES = 0.005


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How one worker works; times in seconds."""

    concurrency: int = 8
    #: Total deadline of one call, whatever the library's own time-outs.
    call_deadline: float = 60.0
    #: Added to the deadline for the lease: time to begin and to settle.
    lease_margin: float = 30.0
    #: After closing the adapter from outside, how long its thread gets to end.
    abandon_after: float = 5.0
    batch: int = 20
    #: How often to look whether to stop.
    tick: float = 0.2
    #: Pause before trying the journal again.
    journal_pause: float = 0.5
    #: When the worker stops and the journal is away: how long it holds on to outcomes. Then their leases end by themselves.
    settle_within: float = 20.0


#: What a change of a connection's state is called.
_TURNS = {
    ("open", "broken"): LogEvent.BREAKER_OPENED,
    ("broken", "open"): LogEvent.BREAKER_CLOSED,
    ("open", "paused"): LogEvent.CONNECTION_PAUSED,
    ("broken", "paused"): LogEvent.CONNECTION_PAUSED,
}


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
        process: str = "",
        heartbeat: Heartbeat | None = None,
        seed: int | None = None,
    ) -> None:
        self.connection = connection
        self._journal = journal
        self._broker = broker
        self._keyring = keyring
        self._options = options or WorkerOptions()
        self._retry = retry or RetryPolicy()
        self._throttle = throttle or Throttle()
        self._process = process
        self._heartbeat = heartbeat
        self._chance = random.Random(seed)
        self._slots = threading.Semaphore(self._options.concurrency)
        self._outcomes: queue.SimpleQueue[Settlement | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._leased_at = self._lease_took = 0.0
        self._journal_well = threading.Event()
        self._journal_well.set()
        self._calls = CallThreads(
            connection,
            new_adapter,
            Judge(self._call, self._taken, self._failed, self._outcomes.put, self._slots.release),
            threads=self._options.concurrency,
            deadline=self._options.call_deadline,
            abandon_after=self._options.abandon_after,
        )

    def stop(self) -> None:
        """Ask ``run`` to return: nothing new is leased, running calls end or reach their deadline, outcomes are settled."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped; blocks."""
        consumer = self._broker.consumer(self.connection, prefetch=max(self._options.concurrency, self._options.batch))
        settler = threading.Thread(target=self._settle_loop, name=f"{self.connection}-settle")
        settler.start()
        self._calls.start()
        try:
            self._lease_loop(consumer)
        finally:
            self._calls.finish()
            for _ in range(self._options.concurrency):  # every slot is back once its outcome is with the settler
                self._slots.acquire()
            self._calls.end_watching()
            self._outcomes.put(None)
            settler.join()
            consumer.close()

    # Leasing.

    def _lease_loop(self, consumer: Consumer) -> None:
        while not self._stopping.is_set():
            if self._heartbeat is not None:
                self._heartbeat.beat()
            if not self._journal_well.wait(self._options.tick):
                continue
            free = self._take_slots()
            if not free:
                continue
            used = 0
            try:
                used = self._lease_some(consumer, free)
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

    def _lease_some(self, consumer: Consumer, free: int) -> int:
        deliveries = consumer.receive(free, timeout=self._options.tick)
        if not deliveries:
            return 0
        if len(deliveries) < free and time.monotonic() - self._leased_at < BUSY:
            deliveries += consumer.receive(free - len(deliveries), timeout=min(self._lease_took, LINGER_FOR_TICKETS))
        if self._stopping.is_set():
            consumer.give_back(deliveries)
            return 0
        options = self._options
        length = int((options.call_deadline + options.abandon_after + options.lease_margin) * _MICROS)
        begun = time.monotonic()
        start_by = begun + options.lease_margin
        try:
            leased = self._journal.run(leasing.lease, [delivery.ticket for delivery in deliveries], length, self._process)
        except TransientError as error:
            log.warning(LogEvent.LEASE_POSTPONED, connection=self.connection, code=error.code, text=error.text)
            consumer.give_back(deliveries)
            self._stopping.wait(options.journal_pause)
            return 0
        self._lease_took = time.monotonic() - begun
        crashpoint("acknowledge.before")
        consumer.acknowledge(deliveries)
        crashpoint("acknowledge.after")
        for one in leased:
            self._calls.put(one, start_by)
        self._leased_at = time.monotonic()
        return len(leased)

    # Calling: by the call threads.

    def _call(self, adapter: Adapter, leased: Leased, broken_off: Callable[[], bool]) -> Receipt:
        outgoing = self._outgoing(leased)
        adapter.open()
        if broken_off():  # the journal was slow: by now the message may be another's, or delivered
            raise NotBegun("the call was broken off before it began")
        crashpoint("call.before")
        self._calls.about_to_wait()
        receipt = adapter.send(outgoing)
        crashpoint("call.after")
        return receipt

    def _outgoing(self, leased: Leased) -> Outgoing:
        sealed = leased.content
        if sealed is None:
            try:
                sealed = self._journal.run(leasing.large_content, leased.message_id)
            except TransientError as error:
                raise NotBegun(error.text) from error
        if sealed is None:
            raise ContentGone(f"the content of message {leased.message_id} has been destroyed")
        try:
            data_key = self._data_key(leased)
        except KeyMissing as error:  # no trouble of the partner, so its breaker has nothing to count
            raise NotBegun(error.text, code=error.code) from error
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

    def _data_key(self, leased: Leased) -> bytes:
        return self._keyring.unwrap(leased.data_key, leased.wrapping_key_id, leased.message_id)

    def _taken(self, leased: Leased, receipt: Receipt, took: float) -> Settlement:
        return settle_success(leased, receipt, took, self._sealed(leased, receipt.evidence))

    def _failed(self, leased: Leased, error: BaseException, took: float) -> Settlement:
        settlement = settle_failure(leased, error, took, self._retry, self._chance)
        if isinstance(error, PermanentError):
            settlement = replace(settlement, evidence=self._sealed(leased, error.evidence))
        return settlement

    def _sealed(self, leased: Leased, evidence: bytes | None) -> bytes | None:
        """The partner's own words, encrypted. What cannot be kept of them is left out: the outcome itself matters more."""
        if evidence is None:
            return None
        try:
            return self._keyring.seal(evidence, self._data_key(leased), message_id=leased.message_id, kind="evidence")
        except Exception as error:
            log.error(LogEvent.FAULT_MET, connection=self.connection, message_id=str(leased.message_id), exc_info=error)
            return None

    # Settling.

    def _settle_loop(self) -> None:
        last = False
        while not last:
            batch = [self._outcomes.get()]
            until = time.monotonic() + LINGER_FOR_OUTCOMES
            while batch[-1] is not None and len(batch) < self._options.batch:
                # A settlement is not on the way of a message to its partner: while others are on their way, it waits for them.
                patience = until - time.monotonic() if self._calls.busy() else 0.0
                try:
                    batch.append(self._outcomes.get(timeout=patience) if patience > 0 else self._outcomes.get_nowait())
                except queue.Empty:
                    break
            last = batch[-1] is None
            self._settle([one for one in batch if one is not None])

    def _settle(self, outcomes: Sequence[Settlement]) -> None:
        """Record outcomes, however long the journal takes to come back; nothing new is leased meanwhile.

        A worker that is to stop does not wait for ever.
        """
        until = time.monotonic() + self._options.settle_within
        while outcomes:
            turns: list[tuple[ConnectionRow, ConnectionRow]] = []
            try:
                states = self._journal.run(settling.settle, outcomes, partial(self._react, turns))
            except TransientError as error:
                self._journal_well.clear()
                log.warning(LogEvent.SETTLEMENT_POSTPONED, connection=self.connection, code=error.code, count=len(outcomes))
                if not self._stopping.is_set():
                    until = time.monotonic() + self._options.settle_within
                elif time.monotonic() > until:
                    ids = [str(one.message_id) for one in outcomes]
                    log.error(LogEvent.OUTCOMES_LEFT, connection=self.connection, code=error.code, message_ids=ids)
                    return
                time.sleep(self._options.journal_pause)
                continue
            except Exception as error:
                log.error(LogEvent.FAULT_MET, connection=self.connection, exc_info=error)
                self._settle_apart(outcomes)
            else:
                self._tell(outcomes, states, turns)
            self._journal_well.set()
            return

    def _react(
        self,
        turns: list[tuple[ConnectionRow, ConnectionRow]],
        row: ConnectionRow,
        outcomes: Sequence[Settlement],
        now: int,
    ) -> ConnectionRow:
        after = self._throttle.react(row, outcomes, now)
        turns[:] = [(row, after)]
        return after

    def _tell(
        self,
        outcomes: Sequence[Settlement],
        states: Mapping[MessageId, Status | None],
        turns: Sequence[tuple[ConnectionRow, ConnectionRow]],
    ) -> None:
        """Log what was committed and deserves attention."""
        for one in outcomes:
            if states.get(one.message_id) == Status.PARKED:
                telemetry.PARKED.labels(self.connection, one.code).inc()
                log.warning(LogEvent.MESSAGE_PARKED, message_id=str(one.message_id), code=one.code)
        for before, after in turns:
            event = _TURNS.get((before.state, after.state))
            if event is not None:
                log.warning(event, connection=self.connection, code=after.code)

    def _settle_apart(self, outcomes: Sequence[Settlement]) -> None:
        """One outcome cannot be written as it is: the others are, and that one by its bare facts."""
        if len(outcomes) > 1:
            for one in outcomes:
                self._settle([one])
        elif outcomes[0].plain:
            log.error(LogEvent.ROLE_FAILED, connection=self.connection, message_id=str(outcomes[0].message_id))
        else:
            self._settle([settle_unwritable(outcomes[0])])
