"""The wish that this process ends: heard at any moment, acted upon where the main thread looks.

Handlers of signals do not raise here. Python drops what is raised while a weak reference's callback or a finaliser runs, which
is much of the time while modules are imported or SQL is compiled, and the wish would be lost. Raised just after a lock was
taken, it would leave that lock taken for good. Nor do they set a ``threading.Event``: ``set`` waits for the lock that the
interrupted ``wait`` of the same thread may hold.
"""

from __future__ import annotations

import contextlib
import signal
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Self


class Ending:
    """Whether this process was asked to end. ``ask`` is for any thread and for handlers of signals, the rest for one thread.

    Attributes:
        asked: It should end; never taken back.
    """

    def __init__(self) -> None:
        self.asked = False
        self._wake: SimpleQueue[None] = SimpleQueue()  # whose put is made for handlers

    @classmethod
    def by_signals(cls) -> Self:
        """Let SIGTERM and Ctrl-C ask, as long as the process lives. For the main thread, as the first thing of a command."""
        ending = cls()

        def ask(number: int, frame: FrameType | None) -> None:
            ending.ask()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ask)
        return ending

    def ask(self) -> None:
        """Ask it to end. Idempotent."""
        self.asked = True
        self._wake.put(None)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it should end, or so many seconds; whether it should end."""
        if not self.asked:
            with contextlib.suppress(Empty):
                self._wake.get(timeout=seconds)
        return self.asked

    def pause(self, seconds: float) -> None:
        """Wait so many seconds.

        Raises:
            KeyboardInterrupt: It should end.
        """
        if self.wait(seconds):
            raise KeyboardInterrupt
