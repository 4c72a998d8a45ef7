"""Keeping drafts, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select

from hub.assembly import Hub
from hub.crypto import ContentDamaged, Keyring
from hub.journal.database import Database
from hub.journal.opening import open_journal
from hub.journal.tables import access_log, draft_files
from hub.message import Caller, new_id
from hub.privacy import access
from hub.routes.raadsverzoek.pages.form.state import Paper, State
from hub.routes.raadsverzoek.pages.form.store import Draft, DraftStore
from hub.web.console.drafts import NewFile
from tests.support.journals import new_sqlite_journal, postgres_journal_url

ANNA = Caller("user", "anna", frozenset({"secretary"}))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty journal."""
    if request.param == "sqlite":
        opened = new_sqlite_journal(tmp_path)
    else:
        new_database: Callable[..., str] = request.getfixturevalue("new_database")
        opened = open_journal(postgres_journal_url(request.getfixturevalue("postgres_url"), new_database))
    yield opened
    opened.close()


@pytest.fixture
def store(journal: Database) -> DraftStore:
    """Drafts in that journal."""
    return DraftStore(cast(Hub, SimpleNamespace(journal=journal, keyring=Keyring.generate())))


def test_a_draft_comes_back_as_it_was_saved(store: DraftStore):
    draft_id = store.create(ANNA, State({"onderwerp": "één"}))
    draft = store.open(draft_id)
    assert draft is not None
    assert (draft.owner, draft.version, draft.state.request) == ("user:anna", 1, {"onderwerp": "één"})
    assert [one.id for one in store.listed()] == [draft_id]


def test_a_change_that_was_overtaken_is_made_again_on_what_is_there(store: DraftStore):
    draft_id = store.create(ANNA, State())
    overtaken = []

    def change(draft: Draft) -> None:
        if not overtaken:
            overtaken.append(True)
            store.change(draft_id, lambda other: other.state.request.update(onderwerp="van een ander"))
        draft.state.request["kenmerk"] = "K-00001"

    store.change(draft_id, change)
    draft = store.open(draft_id)
    assert draft is not None
    assert draft.state.request == {"onderwerp": "van een ander", "kenmerk": "K-00001"}
    assert draft.version == 3


def test_a_file_is_kept_with_its_draft_and_opens_nowhere_else(store: DraftStore, journal: Database):
    file = NewFile(new_id(), bytearray(b"%PDF-" + b"x" * 1_500_000))
    one, other = store.create(ANNA, State(), files=[file]), store.create(ANNA, State())
    paper = Paper(str(file.id), len(file.data), "", "", "application/pdf")
    store.change(one, lambda draft: draft.state.papers.append(paper))
    draft, stranger = store.open(one), store.open(other)
    assert draft is not None
    assert stranger is not None
    assert store.file(draft, str(file.id)) == bytes(file.data)
    with pytest.raises(KeyError):
        store.file(stranger, str(file.id))
    stranger.id = draft.id
    with pytest.raises(ContentDamaged):
        store.file(stranger, str(file.id))
    assert store.destroy(one)
    assert not store.destroy(one)
    with journal.reading() as connection:
        assert connection.execute(select(draft_files)).first() is None
    assert store.open(other) is not None


def test_only_drafts_that_nobody_touches_are_destroyed(store: DraftStore):
    store.create(ANNA, State())
    assert store.destroy_untouched(dt.timedelta(hours=1)) == 0
    assert store.destroy_untouched(-dt.timedelta(hours=1)) == 1


def test_a_look_is_recorded_with_the_moment_of_the_database(journal: Database):
    access.record(journal, ANNA, "read", "draft:1", "raadsverzoek opstellen", "127.0.0.1")
    with journal.reading() as connection:
        row = connection.execute(select(access_log)).mappings().one()
    assert (row["caller"], row["action"], row["object"], row["remote"]) == ("user:anna", "read", "draft:1", "127.0.0.1")
    assert row["at"] > 0
