"""A queue between one thread that gives and several that take, in which the one that became idle last takes next.

A first-in-first-out queue goes round its waiting threads: in a quiet hour each of sixteen has a turn every sixteen messages,
and finds that its partner has closed the connection meanwhile. Here a quiet worker uses one thread, whose connection is still
open (no new TLS handshake) and whose memory is still in the processor's cache.

Of twenty items that come at once only the first wakes a thread; that one wakes the next (``pass_on``) when it is about to wait
for something. Twenty threads that wake together would only queue for the interpreter, and one that has soon finished takes
another item without anybody being woken at all.
"""

from __future__ import annotations

import collections
import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Handover(Generic[Item]):
    """Items leave in the order in which they came. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: collections.deque[Item] = collections.deque()
        self._idle: list[threading.Lock] = []
        self._waking = False  # a thread was woken and has not looked yet

    def put(self, item: Item) -> None:
        """Add an item, for the thread that became idle last or the first that comes. Never waits."""
        with self._lock:
            self._items.append(item)
            self._wake_one()

    def get(self) -> Item:
        """The next item; waits for it. Nobody is woken for the rest until who took it calls ``pass_on``, or ``get`` again."""
        sleeping: threading.Lock | None = None
        while True:
            with self._lock:
                if sleeping is not None:
                    self._waking = False
                if self._items:
                    return self._items.popleft()
                if sleeping is None:
                    sleeping = threading.Lock()
                    sleeping.acquire()
                self._idle.append(sleeping)
            sleeping.acquire()

    def pass_on(self) -> None:
        """Wake the next thread if something is left for it. Safe to repeat."""
        with self._lock:
            self._wake_one()

    def _wake_one(self) -> None:
        """Wake a thread if there is something for it and none is on its way. The lock is held."""
        if self._items and self._idle and not self._waking:
            self._waking = True
            self._idle.pop().release()
