"""Moving what was committed from SQLite's write-ahead log to its place, beside the writer.

SQLite does it within the commit that finds the log long enough, and everybody who waits for a commit waits for it too: 20 to 35
ms, once in some 800 messages (measured). Here a thread of its own does it while commits go on. What was committed meanwhile is
little; the writer moves that itself right after its next commit, and only then the log can begin from its start again.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable

#: Changed rows after which the log is moved: some 2,000 pages of 4 KB.
EVERY = 4_000
_MOVE = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpointer:
    """Checkpoints of one file. ``committed`` is for the writer alone; ``close`` for anyone.

    Args:
        connect: Opens a connection to the file, for the thread that is started when there is something to do.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._wanted = threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._moved_at = 0  # rows changed until the last time
        self._busy = self._nearly_done = self._closed = False

    def committed(self, writer: sqlite3.Connection) -> None:
        """Look whether it is time, after each commit of this connection."""
        if self._nearly_done:
            self._nearly_done = self._busy = False
            with contextlib.suppress(sqlite3.Error):
                writer.execute(_MOVE)
        elif not self._busy and writer.total_changes - self._moved_at >= EVERY:
            self._moved_at = writer.total_changes
            self._busy = self._has_thread()
            if self._busy:
                self._wanted.release()

    def _has_thread(self) -> bool:
        """Whether the thread runs; it is started at need. No room for one now must not look like a commit that failed."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="journal-checkpoint", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
        return True

    def close(self) -> None:
        """End the thread. Idempotent."""
        self._closed = True
        self._wanted.release()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wanted.acquire()
            if self._closed:
                return
            # A disk that is full is the writer's to tell of: it tries itself when the log has grown long (CHECKPOINT_PAGES).
            with contextlib.suppress(sqlite3.Error), contextlib.closing(self._connect()) as connection:
                connection.execute(_MOVE)
                connection.execute(_MOVE)  # what was committed during the first
            self._nearly_done = True
