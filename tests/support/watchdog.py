"""Ends the servers of a test run and removes their folders when the run itself is gone, even by SIGKILL.

Runs as a program of its own. Reads lines from standard input: ``group <n>`` (a process that leads its group), ``forget <n>``
and ``folder <path>``. When standard input ends, because the other side closed it or died, everything that is still known is
killed and removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path


def started_at(pid: int) -> str:
    """When the process started, in clock ticks since boot; "" when there is none. Guards against a pid that was reused."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def main() -> None:
    """Listen until the end, then clean up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the test run; its end is our signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    processes: dict[int, str] = {}
    folders: list[str] = []
    for line in sys.stdin:
        order, _, argument = line.rstrip("\n").partition(" ")
        if order == "group":
            processes[int(argument)] = started_at(int(argument))
        elif order == "forget":
            processes.pop(int(argument), None)
        elif order == "folder":
            folders.append(argument)
    for pid, since in processes.items():
        # A leader that is gone leaves its number to nobody else as long as its group has members.
        if started_at(pid) in (since, ""):
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                continue
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        if Path(folder).exists():  # a dying server may still have written something
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
