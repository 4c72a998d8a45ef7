"""Heartbeats: every role of every process says that it lives, so that one that stopped is missed."""

from __future__ import annotations

import time

from hub import telemetry
from hub.errors import TransientError
from hub.journal.database import Database
from hub.journal.units import keeping

#: Seconds between two beats.
PACE = 10.0


class Heartbeat:
    """Of one role in one process; for one thread."""

    def __init__(self, journal: Database, process: str, role: str) -> None:
        self._journal = journal
        self._name = f"{process}/{role}"
        self._role = role
        self._due = 0.0

    def beat(self) -> None:
        """Call it in every round of the role's loop; writes at most every ``PACE`` seconds. Never raises."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + PACE
        telemetry.HEARTBEAT.labels(self._role).set_to_current_time()
        try:
            self._journal.run(keeping.beat, self._name, self._role)
        except TransientError:
            return  # the loop itself tells that the journal is away
