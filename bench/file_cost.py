"""What a file of many rows costs: rows accepted per CPU-second of the process and PostgreSQL, against a bare loop."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from subprocess import PIPE
from typing import Any

from bench.resources import cpu_seconds
from bench.services import ROOT, Servers
from bench.setup import SetUp, on_processor
from tests.support.processes import ChildProcess


def measure(servers: Servers, *, rows: int, rounds: int) -> dict[str, Any]:
    """Both ways in turn, each with new files of ``rows`` rows.

    Returns:
        ``rounds``: for ``hub`` and ``bare`` ``rate``, rows per CPU-second; ``rows``.
    """
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name, servers.database() as database:
        folder = Path(name)
        file = SetUp(folder, servers.partner.url, database).write()
        command = [*on_processor(0), sys.executable, "-m", "bench.file_rows", str(file)]
        with ChildProcess(command, log=folder / "log", cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
            _answer(process)
            made = []
            for number in range(rounds):
                ways = ("hub", "bare") if number % 2 == 0 else ("bare", "hub")
                made.append({way: {"rate": _rate(process, servers, way, rows)} for way in ways})
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)
    return {"rounds": made, "rows": rows}


def _rate(process: ChildProcess[str], servers: Servers, way: str, rows: int) -> float:
    assert process.stdin is not None
    before = cpu_seconds(servers.postgres.pid)
    process.stdin.write(f"{way} {rows}\n")
    process.stdin.flush()
    spent = float(_answer(process))
    return rows / (spent + cpu_seconds(servers.postgres.pid) - before)


def _answer(process: ChildProcess[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the process that reads files ended: {process.last_words()}")
    return line
