"""How messages arrive: as fast as some threads can, or at random moments whatever the hub does meanwhile."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
#: Enough that one that waits for a commit does not make the next arrival late.
STEADY_THREADS = 16


def share(items: Iterable[Item], do: Callable[[Item], object], threads: int) -> None:
    """Do each item once, in so many threads; returns when all are done."""
    work, lock = iter(list(items)), threading.Lock()

    def one_after_another() -> None:
        while True:
            with lock:
                item = next(work, None)
            if item is None:
                return
            do(item)

    running = [threading.Thread(target=one_after_another) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def at_random(
    documents: Iterable[bytes], count: int, rate: float, seed: int, send: Callable[[bytes], str]
) -> list[tuple[str, int, int]]:
    """Send ``count`` documents at the moments of a Poisson process of ``rate`` a second, fixed beforehand.

    Returns:
        Reference, moment it was due and moment it was accepted, in CLOCK_MONOTONIC nanoseconds.
    """
    chance = random.Random(seed)
    begin = time.monotonic_ns() + 100_000_000
    due = [begin + int(at * 1e9) for at in itertools.accumulate(chance.expovariate(rate) for _ in range(count))]
    found: list[tuple[str, int, int]] = []

    def arrive(one: tuple[int, bytes]) -> None:
        moment, document = one
        time.sleep(max(0, moment - time.monotonic_ns()) / 1e9)
        found.append((send(document), moment, time.monotonic_ns()))

    share(zip(due, itertools.islice(documents, count), strict=True), arrive, STEADY_THREADS)
    return found
