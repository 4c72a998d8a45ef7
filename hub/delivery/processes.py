"""Names of processes, and which of them are known to be gone.

A name holds what tells one start of a program from another: machine, kernel, space of process ids, id and start time. So a
process of this machine that is no longer there is *known* to be gone; about others only their heartbeats tell.
"""

from __future__ import annotations

import os
import socket
import uuid
from hashlib import sha256
from pathlib import Path

from hub import telemetry
from hub.journal.database import Database
from hub.journal.units import processes as units
from hub.telemetry import LogEvent

log = telemetry.get_logger()

#: Microseconds without a heartbeat (three of them) after which a process counts as silent.
SILENT = 30_000_000

_PROC = Path("/proc")


def _space() -> str:
    """The space in which a process id means something: one boot of one kernel, one name space of ids."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return sha256(f"{boot} {(_PROC / 'self/ns/pid').readlink()}".encode()).hexdigest()[:8]
    except OSError:  # another operating system: then nobody is known to be gone
        return ""


def _started(pid: int) -> str | None:
    """When a process of this space started, in the kernel's ticks; None when it is not there, or only its exit code is."""
    try:
        status = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    facts = status.rpartition(")")[2].split()  # the program's name may hold anything
    return None if facts[0] in ("Z", "X") else facts[19]


def own_name() -> str:
    """The name of this process, another for every start."""
    pid, space = os.getpid(), _space()
    mark = _started(pid) if space else None
    return f"{socket.gethostname()}:{pid}:{space or 'x'}.{mark or uuid.uuid4().hex[:8]}"


def known_gone(name: str) -> bool:
    """Whether a process is surely no more. False also when that cannot be known from here."""
    if name.count(":") < 2:
        return False
    _, pid, mark = name.rsplit(":", 2)
    space, _, started = mark.partition(".")
    if not space or space != _space() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def release_the_dead(journal: Database) -> int:
    """Free what processes hold that are gone or silent; returns how many tickets and leases."""
    gone, silent = [], []
    for holder in journal.run(units.holders):
        if known_gone(holder.name):
            gone.append(holder.name)
        elif holder.silent_for is not None and holder.silent_for > SILENT:
            silent.append(holder.name)
    if not gone and not silent:
        return 0
    count = journal.run(units.release, gone, silent)
    if count:
        log.warning(LogEvent.PROCESS_GONE, processes=sorted((*gone, *silent)), count=count)
    return count
