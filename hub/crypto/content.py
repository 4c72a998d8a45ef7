"""How a content is encrypted with its message's data key. Knows nothing of master keys or files.

Two formats, told apart by their first byte; both are bound to message and kind by the associated data, so that a
ciphertext that is moved to another row does not open.

``1`` whole, up to ``SEGMENTED_ABOVE`` bytes::

    0x01 | nonce (12, random) | AES-256-GCM(data key, content)

``2`` in segments, so that a reader never needs room for all of it::

    0x02 | segment size as a power of two (1) | salt (16, random) | segment | segment | ...

Each segment is AES-256-GCM under a key of its own content, HMAC-SHA-256(data key, salt); its nonce is a counter and a
flag for the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015), so that leaving out,
repeating, swapping and cutting off segments are all noticed.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import PermanentError

WHOLE = 1
SEGMENTED = 2
#: Larger contents are encrypted in segments.
SEGMENTED_ABOVE = 1_048_576
#: Size of a segment before encryption, as a power of two: 2**19 is 512 KB.
SEGMENT_POWER = 19
#: Powers that are accepted when reading, so that a forged header cannot ask for silly sizes.
_POWERS = range(12, 25)
_NONCE = 12
_SALT = 16
_TAG = 16
_HEADER = 2 + _SALT


class ContentGone(PermanentError):
    """The content of this message has been destroyed."""

    default_code = "content_gone"


class ContentDamaged(PermanentError):
    """The stored content does not open: it was changed, cut off, or belongs to another message."""

    default_code = "undecodable"


def seal(plaintext: bytes, data_key: bytes, *, message_id: UUID, kind: str) -> bytes:
    """Encrypt a content.

    Args:
        plaintext: The content, any size.
        data_key: The message's data key, 32 bytes; may encrypt any number of contents of that message.
        message_id: The message it belongs to.
        kind: What it is of that message, e.g. ``body``; never holds personal data.
    """
    if len(plaintext) <= SEGMENTED_ABOVE:
        nonce = os.urandom(_NONCE)
        bound = _bound(WHOLE, 0, message_id, kind)
        return b"%c%b%b" % (WHOLE, nonce, AESGCM(data_key).encrypt(nonce, plaintext, bound))
    header = bytes((SEGMENTED, SEGMENT_POWER)) + os.urandom(_SALT)
    cipher = AESGCM(_content_key(data_key, header[2:]))
    bound = _bound(SEGMENTED, SEGMENT_POWER, message_id, kind)
    size = 1 << SEGMENT_POWER
    view = memoryview(plaintext)
    parts = [header]
    for number, start in enumerate(range(0, len(view), size)):
        last = start + size >= len(view)
        parts.append(cipher.encrypt(_counter(number, last=last), view[start : start + size], bound))
    return b"".join(parts)


def unseal(sealed: bytes, data_key: bytes, *, message_id: UUID, kind: str) -> bytes:
    """Decrypt what ``seal`` made.

    Raises:
        ContentDamaged: One bit differs, or message or kind is another.
    """
    return b"".join(unseal_segments(sealed, data_key, message_id=message_id, kind=kind))


def unseal_segments(sealed: bytes, data_key: bytes, *, message_id: UUID, kind: str) -> Iterator[bytes]:
    """As ``unseal``, piece by piece; a piece has been checked when it comes, the whole only when the last has come.

    Raises:
        ContentDamaged: While iterating, as for ``unseal``.
    """
    view = memoryview(sealed)
    try:
        if view and view[0] == WHOLE:
            nonce = view[1 : 1 + _NONCE]
            yield AESGCM(data_key).decrypt(nonce, view[1 + _NONCE :], _bound(WHOLE, 0, message_id, kind))
            return
        if len(view) <= _HEADER + _TAG or view[0] != SEGMENTED or view[1] not in _POWERS:
            raise ValueError("no known format")
        cipher = AESGCM(_content_key(data_key, bytes(view[2:_HEADER])))
        bound = _bound(SEGMENTED, view[1], message_id, kind)
        size = (1 << view[1]) + _TAG
        for number, start in enumerate(range(_HEADER, len(view), size)):
            last = start + size >= len(view)
            yield cipher.decrypt(_counter(number, last=last), view[start : start + size], bound)
    except (InvalidTag, ValueError):
        raise ContentDamaged(f"the stored {kind} of message {message_id} is damaged or not of this message") from None


def _bound(form: int, power: int, message_id: UUID, kind: str) -> bytes:
    return b"%c%c%b%b" % (form, power, message_id.bytes, kind.encode())


def _content_key(data_key: bytes, salt: bytes) -> bytes:
    return hmac.digest(data_key, b"ketenhub content segments 1" + salt, "sha256")


def _counter(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + (b"\x01" if last else b"\x00")
