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
        self._trouble = ""

    def beat(self, trouble: str = "") -> None:
        """Call it in every round of the role's loop; writes every ``PACE`` seconds, and news at once. Never raises.

        Args:
            trouble: Code of what keeps the role from its work now.
        """
        now = time.monotonic()
        if now < self._due and trouble == self._trouble:
            return
        self._due, self._trouble = now + PACE, trouble
        telemetry.HEARTBEAT.labels(self._role).set_to_current_time()
        try:
            self._journal.run(keeping.beat, self._name, self._role, trouble)
        except TransientError:
            return  # the loop itself tells that the journal is away
