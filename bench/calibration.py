"""What the machine can do this minute: a fixed piece of work on the processor, and flushes to disk.

Figures of different minutes or machines can be compared by these; ratios within a round need no such help.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.postgres_server import find_programs

#: Share of the processors' time below which nothing else runs that matters.
QUIET = 0.05


def calibrate() -> dict[str, float]:
    """One round: ``loop_ms`` CPU and wall milliseconds of a fixed loop, ``fsync_ms`` median and 99th percentile."""
    cpu, wall = time.process_time(), time.perf_counter()
    _work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    flushes = _flushes(100)
    return {
        "loop_cpu_ms": cpu * 1000,
        "loop_wall_ms": wall * 1000,
        "fsync_p50_ms": quantile(flushes, 0.5),
        "fsync_p99_ms": quantile(flushes, 0.99),
    }


def wait_until_quiet(most: float = 20.0) -> float:
    """Wait until what ran before (a vacuum, processes that end) leaves the processors alone, at most so many seconds.

    Returns:
        The share of the processors' time that something else used in the last half second of waiting.
    """
    end = time.monotonic() + most
    while True:
        before = ticks()
        time.sleep(0.5)
        idle, _, total = ticks().since(before)
        busy = 1 - idle / max(1, total)
        if busy < QUIET or time.monotonic() > end:
            return busy


class Ticks(NamedTuple):
    """What all processors spent so far, in ticks; ``stolen`` had been wanted, and the hypervisor gave it to another machine."""

    idle: int
    stolen: int
    total: int

    def since(self, before: Ticks) -> Ticks:
        """What was spent after ``before``."""
        return Ticks(*(now - then for now, then in zip(self, before, strict=True)))


def ticks() -> Ticks:
    """The counters now (proc(5), /proc/stat)."""
    spent = [int(part) for part in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return Ticks(spent[3] + spent[4], spent[7], sum(spent))


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which this part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, least and most."""
    return statistics.median(values), min(values), max(values)


def _work() -> None:
    """About 0.2 s of interpreter, dictionary and hashing work."""
    digest = b""
    counts: dict[int, int] = {}
    for number in range(300_000):
        counts[number & 1023] = counts.get(number & 1023, 0) + number
        if number % 10 == 0:
            digest = hashlib.sha256(digest + b"hub").digest()


def _flushes(count: int) -> list[float]:
    with tempfile.NamedTemporaryFile() as file:
        taken = []
        for _ in range(count):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
        return taken


def machine() -> dict[str, Any]:
    """Facts that do not change during a run."""
    info = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), platform.processor())
    packages = ("psycopg", "pika", "kombu", "celery", "lxml", "pydantic", "cryptography", "sqlalchemy")
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": _first_line([str(find_programs() / "postgres"), "--version"]),
        "RabbitMQ": _rabbit_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
    }


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return (done.stdout or done.stderr).strip().partition("\n")[0]


def _rabbit_version() -> str:
    folders = [*Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"), *Path("/opt/rabbitmq/plugins").glob("rabbit-*")]
    if folders:
        return folders[0].name.rpartition("-")[2]
    return "unknown" if shutil.which("rabbitmq-server") is None else _first_line(["rabbitmq-server", "--version"])
