"""A hub of its own for each test of a command: embedded, in a temporary folder, with a partner that is away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Desk, quiet_log


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """A hub whose partner is away, and a keyboard."""
    with quiet_log():
        yield Desk(tmp_path, capsys)
