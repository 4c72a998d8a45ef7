"""Opening what is stored of a message: with its own key only, and nothing once it has been destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.crypto import ContentDamaged, ContentGone, KeyMissing, Keyring
from hub.intake.intake import Intake
from hub.journal import reading
from hub.journal.contents import open_content, open_sealed
from hub.journal.database import Database, Statement, Tx
from hub.journal.units import keeping, operating
from hub.message import Caller, MessageId, new_id
from tests.support.journals import new_sqlite_journal
from tests.support.routes import PlainRoute, plain_document


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    journal = new_sqlite_journal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.generate()


@pytest.fixture
def message_id(journal: Database, keyring: Keyring) -> MessageId:
    intake = Intake(journal, keyring, {"plain": PlainRoute()})
    try:
        return intake.accept("plain", plain_document(text="inhoud"), Caller("user", "anna")).message_id
    finally:
        intake.close()


def test_each_content_opens_and_one_that_never_was_is_none(journal: Database, keyring: Keyring, message_id: MessageId) -> None:
    assert open_content(journal, keyring, message_id, "document") == plain_document(text="inhoud")
    assert b"inhoud" in (open_content(journal, keyring, message_id, "message") or b"")
    assert open_content(journal, keyring, message_id, "evidence") is None
    assert open_content(journal, keyring, new_id(), "document") is None


def test_what_has_been_destroyed_is_none_also_for_who_had_read_it_sealed(
    journal: Database, keyring: Keyring, message_id: MessageId
) -> None:
    sealed = reading.content(journal, message_id, "document")
    assert sealed is not None
    assert message_id in journal.run(operating.cancel, [message_id], "user:anna", "test")
    assert journal.run(keeping.destroy_on_request, [message_id], "user:anna", "test") == [message_id]
    assert open_content(journal, keyring, message_id, "document") is None
    with pytest.raises(ContentGone):
        open_sealed(keyring, replace(sealed, data_key=None))


def test_a_content_whose_key_alone_has_been_destroyed_is_none(
    journal: Database, keyring: Keyring, message_id: MessageId
) -> None:
    assert journal.run(_destroy_key, message_id) == 1
    assert reading.content(journal, message_id, "document") is not None
    assert open_content(journal, keyring, message_id, "document") is None


def test_nothing_opens_with_another_key_or_as_another_content(
    journal: Database, keyring: Keyring, message_id: MessageId
) -> None:
    sealed = reading.content(journal, message_id, "document")
    assert sealed is not None
    with pytest.raises(KeyMissing):
        open_content(journal, Keyring.generate(), message_id, "document")
    for wrong in (replace(sealed, kind="message"), replace(sealed, message_id=new_id())):
        with pytest.raises(ContentDamaged):
            open_sealed(keyring, wrong)


def _destroy_key(tx: Tx, message_id: MessageId) -> int:
    return tx.run(Statement("UPDATE messages SET data_key = NULL WHERE id = :id"), id=message_id)
