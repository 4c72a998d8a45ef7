"""A budget of bytes for large documents, shared by everything in a process that holds one in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import Stage, Throttled

#: Smaller documents take nothing from the budget.
FREE_BYTES = 1_000_000
#: What a caller beyond the budget is asked to wait.
WAIT_SECONDS = 5.0


class ByteBudget:
    """Thread-safe. A single document larger than the whole budget is let through when it is the only one."""

    def __init__(self, most: int = 150_000_000) -> None:
        self._most = most
        self._used = 0
        self._lock = threading.Lock()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Take ``size`` bytes for the duration of the block.

        Raises:
            Throttled: Beyond the budget.
        """
        weight = size if size > FREE_BYTES else 0
        with self._lock:
            if weight and self._used and self._used + weight > self._most:
                raise Throttled("too many large documents at once", after=WAIT_SECONDS, stage=Stage.RECEIVING)
            self._used += weight
        try:
            yield
        finally:
            with self._lock:
                self._used -= weight
