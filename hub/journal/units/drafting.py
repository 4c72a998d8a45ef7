"""Drafts of documents that somebody is still writing. Ciphertext only; the key of a draft dies with it.

A draft is no message yet: nothing is promised about it but that what was saved is still there. Two windows on one draft are
told apart by its version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.journal.database import Statement, Tx
from hub.message import MessageId

_CREATE = Statement(
    """
    INSERT INTO drafts (id, owner, route, kenmerk, cause, made_at, changed_at, version, key_id, data_key, body)
    VALUES (:id, :owner, :route, :kenmerk, :cause, hub_now(), hub_now(), 1, :key_id, :data_key, :body)
    """
)
_SAVE = Statement(
    """
    UPDATE drafts SET body = :body, kenmerk = :kenmerk, changed_at = hub_now(), version = version + 1
    WHERE id = :id AND version = :version
    """
)
_ADD_FILE = Statement("INSERT INTO draft_files (draft_id, file_id, size, body) VALUES (:draft_id, :file_id, :size, :body)")
_DROP_FILE = Statement("DELETE FROM draft_files WHERE draft_id = :draft_id AND file_id = :file_id")
_DROP_FILES = Statement("DELETE FROM draft_files WHERE draft_id IN (SELECT id FROM batch)", batch={"id": "uuid"})
_OVERWRITE = Statement(
    "UPDATE drafts SET data_key = :nothing, body = :nothing WHERE id IN (SELECT id FROM batch)", batch={"id": "uuid"}
)
_BEGUN_FROM = Statement("SELECT d.id FROM drafts d JOIN batch b ON b.id = d.cause", batch={"id": "uuid"}, ids=(0,))
_DELETE = Statement("DELETE FROM drafts WHERE id IN (SELECT id FROM batch)", batch={"id": "uuid"})
_UNTOUCHED = Statement("SELECT id FROM drafts WHERE changed_at < hub_now() - :keep LIMIT :most", ids=(0,))


class NewDraft(NamedTuple):
    """A draft to store; ``body`` is sealed, ``data_key`` wrapped."""

    id: MessageId
    owner: str
    route: str
    kenmerk: str
    cause: MessageId | None
    key_id: str
    data_key: bytes
    body: bytes


class SealedFile(NamedTuple):
    """An attachment of a draft: ``size`` before sealing, ``body`` sealed."""

    id: MessageId
    size: int
    body: bytes


def create(tx: Tx, draft: NewDraft, files: tuple[SealedFile, ...] = ()) -> None:
    """Store a new draft, version 1."""
    tx.run(_CREATE, **draft._asdict())
    for file in files:
        tx.run(_ADD_FILE, draft_id=draft.id, file_id=file.id, size=file.size, body=file.body)


def save(
    tx: Tx,
    draft_id: MessageId,
    version: int,
    kenmerk: str,
    body: bytes,
    added: SealedFile | None = None,
    dropped: MessageId | None = None,
) -> bool:
    """Store a next version; False, and nothing changes, when the draft has another version than ``version`` or is gone."""
    if not tx.run(_SAVE, id=draft_id, version=version, kenmerk=kenmerk, body=body):
        return False
    if added is not None:
        tx.run(_ADD_FILE, draft_id=draft_id, file_id=added.id, size=added.size, body=added.body)
    if dropped is not None:
        tx.run(_DROP_FILE, draft_id=draft_id, file_id=dropped)
    return True


def destroy(tx: Tx, draft_id: MessageId) -> bool:
    """Destroy a draft with its key and files; False when there was none."""
    return _destroy(tx, [draft_id]) > 0


def destroy_begun_from(tx: Tx, ids: Sequence[MessageId]) -> int:
    """Destroy drafts that began from one of these messages, to correct it; how many."""
    return _destroy(tx, [row[0] for row in tx.rows(_BEGUN_FROM, [(one,) for one in ids])])


def destroy_untouched(tx: Tx, keep: int, most: int = 50) -> int:
    """Destroy drafts in which nothing changed for ``keep`` microseconds; how many."""
    return _destroy(tx, [row[0] for row in tx.rows(_UNTOUCHED, keep=keep, most=most)])


def _destroy(tx: Tx, ids: list[MessageId]) -> int:
    rows = [(draft_id,) for draft_id in ids]
    tx.run(_DROP_FILES, rows)
    tx.run(_OVERWRITE, rows, nothing=b"")  # the key before the row: a page of the database that is kept holds no key
    return tx.run(_DELETE, rows)
