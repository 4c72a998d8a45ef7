"""A watched folder for each test, whose time passes when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.folders import Bench, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def bench(**settings: Any) -> Bench:
        benches.append(Bench(tmp_path, clock=clock, **settings))
        return benches[-1]

    yield bench
    for each in benches:
        each.close()


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()
