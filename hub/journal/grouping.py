"""Group commit: what waits at the same moment is done together, by the thread of one of those who wait.

There is no timer and no thread of its own: whoever comes while nobody is at it leads, does everything that waits by then in one
go, and hands the lead to the first who came meanwhile (leader and followers; *flat combining*: Hendler, Incze, Shavit and
Tzafrir, 2010). So a group forms while the previous one commits, and one that comes alone pays for no change of threads.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from hub.errors import Reached, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Place(Generic[Item, Result]):
    """One caller in the queue."""

    __slots__ = ("done", "error", "item", "leads", "result", "taken", "wake")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: BaseException | None = None
        self.leads = self.taken = self.done = False
        self.wake = threading.Lock()  # held until there is an outcome, or it is this caller's turn to lead
        self.wake.acquire()


class Grouping(Generic[Item, Result]):
    """Serves callers that have one item each in groups. Thread-safe; at most one group is served at a time.

    Args:
        serve: Takes the items of a group, in the order in which they came, and returns for each its result or the exception
            that its caller gets. What it raises itself, every caller of the group gets. Runs in the thread of any caller.
            The second argument may be called once, before something that takes long: then the next group begins meanwhile.
        most: Items in one group, so that the first of a flood does not wait for the last.
    """

    def __init__(
        self, serve: Callable[[Sequence[Item], Callable[[], None]], Sequence[Result | Exception]], *, most: int
    ) -> None:
        self._serve = serve
        self._most = most
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: collections.deque[_Place[Item, Result]] = collections.deque()
        self._led = False
        self._serving = 0  # groups
        self._closed = False

    def __len__(self) -> int:
        """How many wait now, beside the group that is being served."""
        return len(self._waiting)

    def run(self, item: Item) -> Result:
        """Have the item served, perhaps with others; returns its result.

        Raises:
            Unavailable: ``close`` came first; or the thread that served the group was interrupted, and how far it came is not
                known (``reached`` is ``maybe``).
        """
        place: _Place[Item, Result] = _Place(item)
        with self._lock:
            if self._closed:
                raise Unavailable("the journal is closed", code="journal_away")
            self._waiting.append(place)
            place.leads = not self._led
            self._led = True
        if not place.leads:
            self._follow(place)
        if not place.done:
            self._lead()
        if place.error is not None:
            raise place.error
        return place.result  # type: ignore[return-value]  # done without an error: it has a result

    def _follow(self, place: _Place[Item, Result]) -> None:
        """Wait for the outcome or for the lead."""
        try:
            place.wake.acquire()
        except BaseException:  # Ctrl-C in a command: nobody may wait for the lead of one who left
            with self._lock:
                if not place.taken:
                    self._waiting.remove(place)
                    if place.leads:
                        self._pass_on()
            raise

    def _lead(self) -> None:
        """Serve everything that waits; the own item is the first of it."""
        leading = True

        def next_may_begin() -> None:
            nonlocal leading
            with self._lock:
                if leading:
                    leading = False
                    self._pass_on()

        group: list[_Place[Item, Result]] = []
        outcomes: Sequence[Result | Exception] | None = None
        try:
            with self._lock:
                self._serving += 1
                while self._waiting and len(group) < self._most:
                    group.append(self._waiting.popleft())
                    group[-1].taken = True
            outcomes = self._serve([place.item for place in group], next_may_begin)
        except Exception as error:
            outcomes = [error] * len(group)
        finally:
            next_may_begin()  # at the latest, so that the next group is under way while these wake up
            for place, outcome in zip(group, outcomes or [_interrupted()] * len(group), strict=True):
                if isinstance(outcome, Exception):
                    place.error = outcome
                else:
                    place.result = outcome
                place.done = True
                place.wake.release()
            with self._lock:
                self._serving -= 1
                self._idle.notify_all()

    def _pass_on(self) -> None:
        """Give the lead to the first who waits. The lock is held."""
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].wake.release()
        else:
            self._led = False
            self._idle.notify_all()

    def close(self) -> None:
        """Take nothing more, and wait until everything that waited has been served. Idempotent."""
        with self._lock:
            self._closed = True
            while self._led or self._serving > 0:
                self._idle.wait()


def _interrupted() -> Unavailable:
    return Unavailable("the thread that served this was interrupted", code="journal_away", reached=Reached.MAYBE)
