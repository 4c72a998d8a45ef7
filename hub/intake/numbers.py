"""Numbers of a series, taken from the journal in blocks. What is left of a block at a stop is skipped."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Iterable

from hub.contracts.route import Series
from hub.errors import HubError
from hub.journal.database import Database, Tx
from hub.journal.units.numbering import MOST_SKIPPED, take_numbers

#: Numbers in a block: twice as many whenever one lasted less than a second, so that a file of many rows does not write for
#: every twentieth of them, and few otherwise, so that a stop skips few.
FIRST_BLOCK, LARGEST_BLOCK = 20, 320
_LASTS_SECONDS = 1.0


class _Block:
    """What is left of a block of one series, and what the next one should be."""

    def __init__(self) -> None:
        self.left: collections.deque[int] = collections.deque()
        self._many = FIRST_BLOCK
        self._since = -_LASTS_SECONDS  # monotonic

    def next_size(self) -> int:
        """How many numbers to take now that nothing is left."""
        now = time.monotonic()
        hasty = now - self._since < _LASTS_SECONDS
        self._many = min(self._many * 2, LARGEST_BLOCK) if hasty else FIRST_BLOCK
        self._since = now
        return self._many


class NumberBlocks:
    """Draws numbers. Thread-safe."""

    def __init__(self, journal: Database) -> None:
        self._journal = journal
        self._blocks: dict[str, _Block] = collections.defaultdict(_Block)
        self._lock = threading.Lock()

    def draw(self, series: Series, tx: Tx | None = None) -> str:
        """The next number that is free, as the series writes it.

        Args:
            tx: A running transaction to take it in: it is given again when that is rolled back, so no block is taken then.

        Raises:
            HubError: So many numbers in a row are in use that somebody else must be counting on in this series.
            Unavailable: The journal is away.
        """
        if tx is not None:
            return series.write(_first(take_numbers(tx, series, 1), series))
        with self._lock:
            block = self._blocks[series.name]
            if not block.left:
                block.left.extend(self._journal.run(take_numbers, series, block.next_size()))
            _first(block.left, series)
            return series.write(block.left.popleft())

    def forget(self, series: Iterable[Series]) -> None:
        """Take new blocks from now on: somebody else uses numbers of these."""
        with self._lock:
            for one in series:
                self._blocks.pop(one.name, None)


def _first(numbers: Iterable[int], series: Series) -> int:
    for number in numbers:
        return number
    raise HubError(f"the next {MOST_SKIPPED} numbers of the series {series.name} are all in use")
