"""The same job in Celery, measured as the hub is: same documents, validation, encryption, partner and servers.

One Celery worker with as many prefork processes as the hub has call threads.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, TimeoutExpired
from typing import Any

import psycopg

from bench.celery_app import TABLE
from bench.resources import cpu_seconds
from bench.services import ROOT, Servers
from bench.setup import ACCEPTING_THREADS, CELERY_PROCESSES, SetUp
from tests.support.processes import ChildProcess

#: Seconds for a process to end in good order.
END_SECONDS = 30.0


class RunningCelery:
    """A producer and a worker."""

    def __init__(self, servers: Servers, folder: Path, database: str) -> None:
        with psycopg.connect(database) as connection:
            connection.execute(TABLE)
        broker = servers.rabbit.url_of(servers.rabbit.new_vhost())
        config = SetUp(folder, servers.partner.url).write()
        places = {"BENCH_AMQP": broker, "BENCH_POSTGRES": database, "BENCH_PARTNER": servers.partner.url}
        self._environment = {**os.environ, **places}
        self._log = folder / "log"
        worker = ("celery", "-A", "bench.celery_app", "worker", "-c", str(CELERY_PROCESSES), "-l", "warning")
        with contextlib.ExitStack() as ending:
            self.worker = ending.enter_context(self._start(*worker, "--without-gossip", "--without-mingle", "-O", "fair"))
            self.producer = ending.enter_context(self._start("bench.celery_driver", str(config)))
            self._answer()
            ending.pop_all()

    def _start(self, module: str, *arguments: str) -> ChildProcess[str]:
        command, stdout = [sys.executable, "-m", module, *arguments], PIPE if module.startswith("bench") else DEVNULL
        return ChildProcess(command, log=self._log, cwd=ROOT, env=self._environment, stdin=PIPE, stdout=stdout, text=True)

    def order(self, **order: Any) -> dict[str, Any]:
        """Give the producer an order and wait for its answer."""
        assert self.producer.stdin is not None
        self.producer.stdin.write(json.dumps(order) + "\n")
        self.producer.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.producer.stdout is not None
        line = self.producer.stdout.readline()
        if not line:
            raise RuntimeError(f"the Celery producer ended: {self.producer.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far."""
        return {"producer": cpu_seconds(self.producer.pid), "workers": cpu_seconds(self.worker.pid)}

    def close(self) -> None:
        """End both."""
        self.worker.terminate()
        for process in (self.producer, self.worker):
            assert process.stdin is not None
            process.stdin.close()
        for process in (self.producer, self.worker):
            with contextlib.suppress(TimeoutExpired):
                process.wait(END_SECONDS)
            process.end()


@contextlib.contextmanager
def running(servers: Servers) -> Iterator[RunningCelery]:
    """Celery on an empty database and virtual host, warm."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder, servers.database() as database:
        celery = RunningCelery(servers, Path(folder), database)
        try:
            servers.partner.reset()
            celery.order(do="burst", count=100, threads=4)
            servers.partner.wait_for(100, timeout=60)
            yield celery
        finally:
            celery.close()


def burst(celery: RunningCelery, servers: Servers, count: int) -> dict[str, Any]:
    """As ``bench.hub_job.burst``."""
    servers.partner.reset()
    cpu = {**celery.cpu(), **servers.cpu()}
    begun = time.monotonic()
    celery.order(do="burst", count=count, threads=ACCEPTING_THREADS)
    servers.partner.wait_for(count, timeout=300)
    took = time.monotonic() - begun
    used = {name: 1e6 * (now - cpu[name]) / count for name, now in {**celery.cpu(), **servers.cpu()}.items()}
    partner = used.pop("partner")
    return {
        "count": count,
        "throughput": count / took,
        "cpu": used,
        "cpu_total": sum(used.values()),
        "cpu_partner": partner,
    }


def steady(celery: RunningCelery, servers: Servers, *, rate: float, count: int, seed: int) -> dict[str, list[float]]:
    """As ``bench.hub_job.steady``."""
    servers.partner.reset()
    found = celery.order(do="steady", rate=rate, count=count, seed=seed)["accepted"]
    servers.partner.wait_for(len(found), timeout=60)
    seen = servers.partner.seen()
    return {
        "accepted": [(accepted - due) / 1e6 for _, due, accepted in found],
        "delivered": [(seen[reference] - due) / 1e6 for reference, due, _ in found],
    }
