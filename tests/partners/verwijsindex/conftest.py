"""The browser of the console's tests, and a hub beside an index on both set-ups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.conftest import chromium as chromium
from tests.partners.verwijsindex.rig import World, world


@pytest.fixture(params=["embedded", "apart"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Nothing runs in it until it is started."""
    with world(request, request.param, tmp_path) as made:
        yield made
