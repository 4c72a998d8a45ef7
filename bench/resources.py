"""What processes use: CPU seconds and memory of process trees, read from /proc.

The CPU of a tree is that of its living members and of all their children that have ended and been waited for, so it also
counts PostgreSQL's backends that come and go. Figures move in steps of 10 ms: measure hundreds of messages at once.
"""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """This process and its living descendants."""
    found, wanted = [], [pid]
    while wanted:
        one = wanted.pop()
        found.append(one)
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                wanted += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it has ended
    return found


def cpu_seconds(pid: int) -> float:
    """CPU seconds (user and system) that this process tree has used so far."""
    return sum(_cpu_of(one) for one in tree(pid))


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(value) for value in fields[11:15]) / _TICKS


def peak_memory(pid: int) -> int:
    """The most bytes this one process has held in memory."""
    return _status(pid, "VmHWM")


def memory(pid: int) -> int:
    """Bytes that this one process holds in memory now."""
    return _status(pid, "VmRSS")


def _status(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)
