"""Opening what is stored of a message. Whoever shows it to a person has recorded that look, see ``hub.privacy.access``."""

from __future__ import annotations

from hub.crypto import Keyring
from hub.crypto.content import ContentGone
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import SealedContent
from hub.message import MessageId


def open_content(database: Database, keyring: Keyring, message_id: MessageId, kind: str) -> bytes | None:
    """One content of a message (``message``, ``document``, ``text`` ...) in the clear. Any thread.

    None when there is none (any more): its message never had one of this kind, or it has been destroyed.

    Raises:
        KeyMissing: The key file has no master key that opens it.
        ContentDamaged: It was changed, cut off, or is another message's.
    """
    sealed = reading.content(database, message_id, kind)
    if sealed is None:
        return None
    try:
        return open_sealed(keyring, sealed)
    except ContentGone:
        return None


def open_sealed(keyring: Keyring, sealed: SealedContent) -> bytes:
    """A content that has been read already, in the clear. Any thread.

    Raises:
        ContentGone: Its key has been destroyed.
        KeyMissing, ContentDamaged: As for ``open_content``.
    """
    data_key = keyring.unwrap(sealed.data_key, sealed.key_id, sealed.message_id)
    return keyring.open(sealed.body, data_key, message_id=sealed.message_id, kind=sealed.kind)
