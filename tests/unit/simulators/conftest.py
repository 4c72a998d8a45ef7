"""A simulated partner for each test, with a tiny hub and the hub's adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.simulated import World


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(**simulator: Any) -> World:
        made.append(World(**simulator))
        return made[-1]

    yield make
    for one in made:
        one.close()
