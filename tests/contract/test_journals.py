"""The conformance suite on every journal: SQLite, and PostgreSQL on a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.journal.opening import open_journal
from tests.contract.journal_rig import Rig
from tests.contract.journal_suite import Check, checks, hold
from tests.support.journals import new_sqlite_journal, postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES


@pytest.fixture
def sqlite_rig(tmp_path: Path) -> Iterator[Rig]:
    journal = new_sqlite_journal(tmp_path)
    yield Rig(journal)
    journal.close()


@pytest.fixture
def postgres_rig(request: pytest.FixtureRequest, new_database: Callable[..., str]) -> Iterator[Rig]:
    server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
    journal = open_journal(postgres_journal_url(server_url, new_database))
    yield Rig(journal)
    journal.close()


def _name(promise: Check) -> str:
    return promise.__name__


@pytest.mark.parametrize("promise", checks(), ids=_name)
def test_sqlite_keeps_its_word(promise: Check, sqlite_rig: Rig) -> None:
    hold(promise, sqlite_rig)


@pytest.mark.postgres
@pytest.mark.parametrize("promise", checks(), ids=_name)
def test_postgresql_keeps_its_word(promise: Check, postgres_rig: Rig) -> None:
    hold(promise, postgres_rig)
