"""Progress: whether what is due is tried, whatever the parts say of themselves.

Every part may be well and nothing leave: a queue of another type, a broker that swallows tickets, no worker for a connection.
A message that is due and has not been tried for minutes shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from hub.journal import reading
from hub.journal.database import Database
from hub.message import MessageId

#: Seconds that a due message may wait for an attempt, over a connection that is open.
PROGRESS_SECONDS = 120.0
#: Seconds that a role's trouble may last before it is told.
TROUBLE_SECONDS = 30


class Progress:
    """Looks at what is due, and remembers since when. For one thread.

    Args:
        connections: Names of those over which messages are to leave now.
        clock: Monotonic seconds.
    """

    def __init__(
        self, journal: Database, connections: Callable[[], Collection[str]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._journal = journal
        self._connections = connections
        self._clock = clock
        self._since: dict[tuple[str, MessageId, int], float] = {}

    def look(self) -> tuple[dict[str, str], set[str]]:
        """Per connection without progress, or role in trouble, the code of the task; and what cannot be judged yet."""
        now = self._clock()
        due = reading.due_messages(self._journal, sorted(self._connections()))
        self._since = {key: self._since.get(key, now) for key in due}
        stuck = {key[0] for key, since in self._since.items() if now - since >= PROGRESS_SECONDS}
        found = dict.fromkeys(stuck, "no_progress")
        for role, code in reading.troubles(self._journal, TROUBLE_SECONDS):
            found[role] = code
        return found, {key[0] for key in self._since} - stuck
