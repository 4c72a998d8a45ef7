"""A queue between one thread that gives and several that take, in which the one that became idle last takes next.

A first-in-first-out queue goes round its waiting threads: in a quiet hour each of sixteen has a turn every sixteen messages,
and finds that its partner has closed the connection meanwhile. Here a quiet worker uses one thread, whose connection is still
open (no new TLS handshake) and whose memory is still in the processor's cache.
"""

from __future__ import annotations

import collections
import queue
import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Handover(Generic[Item]):
    """Items leave in the order in which they came. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: collections.deque[Item] = collections.deque()
        self._idle: list[queue.SimpleQueue[Item]] = []

    def put(self, item: Item) -> None:
        """Give an item to the thread that became idle last, or keep it for the first that comes. Never waits."""
        with self._lock:
            if not self._idle:
                self._items.append(item)
                return
            place = self._idle.pop()
        place.put(item)

    def get(self) -> Item:
        """The next item; waits for it."""
        with self._lock:
            if self._items:
                return self._items.popleft()
            place: queue.SimpleQueue[Item] = queue.SimpleQueue()
            self._idle.append(place)
        return place.get()
