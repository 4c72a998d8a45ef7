"""The hub, measured: a burst of messages through everything, and arrivals at a steady rate, on both set-ups.

*Embedded*: one process with SQLite, the broker in memory, intake, dispatcher, worker and housekeeper.
*Servers*: the driver that accepts, ``hub dispatch``, ``hub worker`` and ``hub housekeep`` as processes of their own, with
PostgreSQL and RabbitMQ. Every message is a raadsverzoek of about 5 KB and is delivered by SOAP over HTTP to the fast partner.

Delivered means that the partner took over: the route waits for a business answer, which does not come here.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, TimeoutExpired
from typing import Any

import sqlalchemy

from bench.resources import cpu_seconds, peak_memory
from bench.services import ROOT, DatabaseMark, Servers
from bench.setup import ACCEPTING_THREADS, WORKERS, SetUp, on_processor
from hub.journal.database import Database
from hub.journal.opening import open_journal
from tests.support.processes import ChildProcess

#: Seconds for a burst to come out at the other end before the run is given up.
PATIENCE = 300.0
#: Seconds for a process to end in good order.
END_SECONDS = 30.0


class RunningHub:
    """A hub that runs, with the processes it consists of."""

    def __init__(self, set_up: SetUp, workers: int, prefix: str) -> None:
        self.set_up = set_up
        self._file = set_up.write()
        self.processes: dict[str, ChildProcess[str]] = {}
        try:
            self.driver = self._start_all(workers, prefix)
            self._answer()
            self.journal: Database = open_journal(self._journal_url())
        except BaseException:
            self._end_all()
            raise

    def _start_all(self, workers: int, prefix: str) -> ChildProcess[str]:
        """Start every process; the one that takes orders."""
        if self.set_up.embedded or self.set_up.together:
            self._start("hub", "bench.driver", str(self._file), "--prefix", prefix, "--deliver", processor=0)
            return self.processes["hub"]
        self._start("driver", "bench.driver", str(self._file), "--prefix", prefix, processor=0)
        hub = ("hub", "--config", str(self._file))
        self._start("dispatcher", *hub, "dispatch")
        for number in range(workers):
            self._start(f"worker {number + 1}", *hub, "worker", "corv", processor=number + 1)
        for name in self.set_up.away:
            self._start(f"worker {name}", *hub, "worker", name)
        self._start("housekeeper", *hub, "housekeep")
        return self.processes["driver"]

    def _start(self, name: str, module: str, *arguments: str, processor: int | None = None) -> None:
        kept = () if processor is None else on_processor(processor)
        command, log = [*kept, sys.executable, "-m", module, *arguments], self.set_up.folder / "log"
        self.processes[name] = ChildProcess(command, log=log, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)

    def _journal_url(self) -> str:
        return self.set_up.journal or f"sqlite:///{self.set_up.folder}/hub.sqlite3"

    def order(self, **order: Any) -> dict[str, Any]:
        """Give the driver an order and wait for its answer."""
        assert self.driver.stdin is not None
        self.driver.stdin.write(json.dumps(order) + "\n")
        self.driver.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.driver.stdout is not None
        line = self.driver.stdout.readline()
        if not line:
            raise RuntimeError(f"the driver ended: {self.driver.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far of every process of the hub."""
        return {name: cpu_seconds(process.pid) for name, process in self.processes.items()}

    def peaks(self) -> dict[str, int]:
        """The most memory each process has held."""
        return {name: peak_memory(process.pid) for name, process in self.processes.items()}

    def wait_until_settled(self, timeout: float) -> None:
        """Wait until the journal knows of every message that the partner took over.

        Raises:
            TimeoutError: Some stay waiting or parked; the text says in which state.
        """
        query = sqlalchemy.text(
            "SELECT status, count(*) FROM work WHERE status <> 'sent' AND connection = 'corv' GROUP BY status"
        )
        end = time.monotonic() + timeout
        while True:
            with self.journal.reading() as connection:
                left = [tuple(row) for row in connection.execute(query)]
            if not left:
                return
            if time.monotonic() > end:
                raise TimeoutError(f"not settled within {timeout:g} s: {left}")
            time.sleep(0.02)

    def check_waiting(self, connection: str, count: int) -> None:
        """Raises: RuntimeError: not just so many messages wait for this connection."""
        query = sqlalchemy.text("SELECT count(*) FROM work WHERE status IN ('waiting', 'sending') AND connection = :name")
        with self.journal.reading() as session:
            found = session.execute(query, {"name": connection}).scalar_one()
        if found != count:
            raise RuntimeError(f"{found} messages wait for {connection}, not {count}")

    def close(self) -> None:
        """End every process in good order, the driver last."""
        self.journal.close()
        for process in reversed(list(self.processes.values())):
            if process is not self.driver:
                process.terminate()
        for process in self.processes.values():
            assert process.stdin is not None
            process.stdin.close()
        for process in self.processes.values():
            with contextlib.suppress(TimeoutExpired):
                process.wait(END_SECONDS)
        self._end_all()

    def _end_all(self) -> None:
        for process in self.processes.values():
            process.end()


@contextlib.contextmanager
def running(
    servers: Servers,
    *,
    embedded: bool,
    workers: int = WORKERS,
    database: str | None = None,
    prefix: str = "BENCH-2026",
    **settings: Any,
) -> Iterator[RunningHub]:
    """A hub that has delivered a few messages already, so that nothing is measured for the first time.

    Args:
        database: A PostgreSQL database to use; a new one when absent.
        prefix: Of the case numbers: another one for a database that was used before.
        settings: Further arguments of ``SetUp``.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        if embedded:
            set_up = SetUp(folder, servers.partner.url, **settings)
        else:
            database = database or stack.enter_context(servers.database())
            broker = servers.rabbit.url_of(servers.rabbit.new_vhost())
            set_up = SetUp(folder, servers.partner.url, database, broker, **settings)
        hub = RunningHub(set_up, workers, prefix)
        stack.callback(hub.close)
        warm_up(hub, servers)
        yield hub


def warm_up(hub: RunningHub, servers: Servers, count: int = 100) -> None:
    """Deliver some messages that are not measured."""
    servers.partner.reset()
    hub.order(do="burst", count=count, threads=4)
    servers.partner.wait_for(count, timeout=60)
    hub.wait_until_settled(30)


def burst(hub: RunningHub, servers: Servers, count: int) -> dict[str, Any]:
    """Send ``count`` messages through everything at once.

    Returns:
        ``throughput`` in messages a second from the first accept to the last arrival at the partner; ``cpu`` in
        microseconds per message by process; ``commits`` and ``wal_bytes`` per message; ``repeats``; ``failed``.
    """
    servers.partner.reset()
    before, cpu = _mark(hub, servers), {**hub.cpu(), **servers.cpu()}
    begun = time.monotonic()
    answer = hub.order(do="burst", count=count, threads=ACCEPTING_THREADS)
    servers.partner.wait_for(count - answer["failed"], timeout=PATIENCE)
    took = time.monotonic() - begun
    hub.wait_until_settled(60)
    used = {name: 1e6 * (now - cpu[name]) / count for name, now in {**hub.cpu(), **servers.cpu()}.items()}
    partner = used.pop("partner")
    if hub.set_up.embedded:
        used.pop("postgresql"), used.pop("rabbitmq")
    commits, wal = _since(_mark(hub, servers), before)
    return {
        "count": count,
        "throughput": count / took,
        "accepting": count / answer["seconds"],
        "cpu": used,
        "cpu_total": sum(used.values()),
        "cpu_partner": partner,
        "commits": commits / count,
        "wal_bytes": wal / count,
        "repeats": servers.partner.reset() - count + answer["failed"],
        "failed": answer["failed"],
        "failures": answer["failures"],
        "peaks": hub.peaks(),
    }


def _mark(hub: RunningHub, servers: Servers) -> tuple[int, int]:
    if hub.set_up.embedded:
        return hub.order(do="facts")["commits"], 0
    mark = DatabaseMark.now(servers.postgres.url)
    return mark.transactions, mark.wal


def _since(now: tuple[int, int], before: tuple[int, int]) -> tuple[int, int]:
    return now[0] - before[0], now[1] - before[1]


def steady(hub: RunningHub, servers: Servers, *, rate: float, count: int, seed: int) -> dict[str, list[float]]:
    """Let ``count`` messages arrive at random moments.

    Returns:
        Milliseconds from each arrival: ``accepted`` until its id is there, ``delivered`` until the partner has it, and
        ``underway`` from the id until the partner has it (0 when it was there before).
    """
    servers.partner.reset()
    found = hub.order(do="steady", rate=rate, count=count, seed=seed)["accepted"]
    servers.partner.wait_for(len(found), timeout=60)
    seen = servers.partner.seen()
    hub.wait_until_settled(30)
    return {
        "accepted": [(accepted - due) / 1e6 for _, due, accepted in found],
        "delivered": [(seen[reference] - due) / 1e6 for reference, due, _ in found],
        "underway": [max(0.0, (seen[reference] - accepted) / 1e6) for reference, _, accepted in found],
    }
