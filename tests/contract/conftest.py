"""Rigs on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.journal.opening import open_journal
from tests.contract.intake_rig import IntakeRig
from tests.support.journals import new_sqlite_journal, postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def intake_rig(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[..., str]) -> Iterator[IntakeRig]:
    if request.param == "sqlite":
        journal = new_sqlite_journal(tmp_path)
    else:
        server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
        journal = open_journal(postgres_journal_url(server_url, new_database))
    rig = IntakeRig(journal)
    yield rig
    rig.close()
    journal.close()
