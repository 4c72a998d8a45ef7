"""Running the floor driver (``bench.floor``) on servers of its own and measuring what it uses."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.resources import cpu_seconds
from bench.services import ROOT, DatabaseMark, Servers
from bench.setup import SetUp, on_processor


@contextlib.contextmanager
def running(servers: Servers) -> Iterator[subprocess.Popen[str]]:
    """The driver, warm, on an empty database and virtual host."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder, servers.database() as database:
        broker = servers.rabbit.url_of(servers.rabbit.new_vhost())
        file = SetUp(Path(folder), servers.partner.url, database, broker).write()
        process = subprocess.Popen(
            [*on_processor(0), sys.executable, "-m", "bench.floor", str(file)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError("the floor driver did not start")
            yield process
        finally:
            process.stdin.close()
            process.wait(30)
            process.stdout.close()


def burst(process: subprocess.Popen[str], servers: Servers, count: int) -> dict[str, Any]:
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
