"""Numbers of a series, taken from the journal in blocks. What is left of a block at a stop is skipped."""

from __future__ import annotations

import collections
import threading
from collections.abc import Iterable

from hub.contracts.route import Series
from hub.errors import HubError
from hub.journal.database import Database, Tx
from hub.journal.units.numbering import MOST_SKIPPED, take_numbers

#: Numbers in a block.
NUMBER_BLOCK = 20


class NumberBlocks:
    """Draws numbers. Thread-safe."""

    def __init__(self, journal: Database) -> None:
        self._journal = journal
        self._blocks: dict[str, collections.deque[int]] = collections.defaultdict(collections.deque)
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
            if not block:
                block.extend(self._journal.run(take_numbers, series, NUMBER_BLOCK))
            _first(block, series)
            return series.write(block.popleft())

    def forget(self, series: Iterable[Series]) -> None:
        """Take new blocks from now on: somebody else uses numbers of these."""
        with self._lock:
            for one in series:
                self._blocks.pop(one.name, None)


def _first(numbers: Iterable[int], series: Series) -> int:
    for number in numbers:
        return number
    raise HubError(f"the next {MOST_SKIPPED} numbers of the series {series.name} are all in use")
