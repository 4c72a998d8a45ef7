"""Running the floor driver (``bench.floor``) on servers of its own and measuring what it uses."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

from bench.resources import cpu_seconds
from bench.services import ROOT, DatabaseMark, Servers
from bench.setup import SetUp, on_processor
from tests.support.processes import ChildProcess


@contextlib.contextmanager
def running(servers: Servers) -> Iterator[ChildProcess[str]]:
    """The driver, warm, on an empty database and virtual host."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder, servers.database() as database:
        broker = servers.rabbit.url_of(servers.rabbit.new_vhost())
        file = SetUp(Path(folder), servers.partner.url, database, broker).write()
        command = [*on_processor(0), sys.executable, "-m", "bench.floor", str(file)]
        with ChildProcess(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError(f"the floor driver did not start: {process.last_words()}")
            yield process
            process.stdin.close()
            process.wait(30)


def burst(process: ChildProcess[str], servers: Servers, count: int) -> dict[str, Any]:
    """Carry ``count`` messages; ``cpu`` in microseconds per message by process, ``throughput`` in messages a second."""
    assert process.stdin is not None
    assert process.stdout is not None
    mark, cpu = DatabaseMark.now(servers.postgres.url), {"driver": cpu_seconds(process.pid), **servers.cpu()}
    process.stdin.write(f"{count}\n")
    process.stdin.flush()
    seconds = float(process.stdout.readline())
    now = {"driver": cpu_seconds(process.pid), **servers.cpu()}
    used = {name: 1e6 * (now[name] - cpu[name]) / count for name in now}
    partner = used.pop("partner")
    after = DatabaseMark.now(servers.postgres.url)
    return {
        "count": count,
        "throughput": count / seconds,
        "cpu": used,
        "cpu_total": sum(used.values()),
        "cpu_partner": partner,
        "commits": (after.transactions - mark.transactions) / count,
        "wal_bytes": (after.wal - mark.wal) / count,
    }
