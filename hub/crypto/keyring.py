"""All that the hub does with keys, in one immutable object."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.crypto.content import ContentDamaged, ContentGone, seal, unseal
from hub.crypto.hashes import Hasher
from hub.crypto.keys import KEY_BYTES, KeyFile
from hub.errors import ConfigError, Unavailable

_NONCE = 12


class KeyMissing(Unavailable):
    """The master key of this message is not in the key file: for instance, this machine has not got the new file yet.

    Nothing is wrong with the message, so it is tried again; `hub check` names the key.
    """

    default_code = "config_invalid"


class DataKey(NamedTuple):
    """The key of one message. Store ``wrapped`` and ``key_id``; never store ``key``.

    Overwriting ``wrapped`` destroys every content of the message.
    """

    key: bytes
    wrapped: bytes
    key_id: str

    def __repr__(self) -> str:
        return f"DataKey(key_id={self.key_id!r})"


class Keyring:
    """Master keys, contents and hashes. Immutable; any thread.

    Args:
        keys: What the key file holds.
        active: Id of the master key for new messages; the key file's own choice when absent.

    Raises:
        ConfigError: ``active`` is not in the key file.
    """

    seal = staticmethod(seal)
    open = staticmethod(unseal)

    def __init__(self, keys: KeyFile, *, active: str | None = None) -> None:
        self.active = active or keys.active_master
        if self.active not in keys.masters:
            raise ConfigError("this names no master key in the key file.", key="keys.active")
        self._masters = {name: AESGCM(key) for name, key in keys.masters.items()}
        self.hasher = Hasher(keys.hashes, keys.active_hash)
        self.hash_bsn = self.hasher.hash_bsn
        self.all_hashes_of_bsn = self.hasher.all_hashes_of_bsn
        self.fingerprint = self.hasher.fingerprint
        self.all_fingerprints = self.hasher.all_fingerprints
        self.matches = self.hasher.matches

    @classmethod
    def load(cls, path: Path, *, active: str | None = None) -> Self:
        """Read the key file at ``path``.

        Raises:
            ConfigError: It is absent, readable by others, no key file, or lacks ``active``.
        """
        return cls(KeyFile.load(path), active=active)

    @classmethod
    def load_or_create(cls, path: Path, *, active: str | None = None) -> Self:
        """As ``load``, but makes the key file when it is absent. Only for a new, embedded hub: a lost key file must be
        restored, not replaced.
        """
        if not path.exists():
            KeyFile.generate().create(path)
        return cls.load(path, active=active)

    @classmethod
    def generate(cls) -> Self:
        """New keys that are kept nowhere, for tests."""
        return cls(KeyFile.generate())

    @property
    def key_ids(self) -> frozenset[str]:
        """Ids of the master keys: every id in the journal should be among them."""
        return frozenset(self._masters)

    def new_data_key(self, message_id: UUID) -> DataKey:
        """A new key for the contents of one message."""
        key = os.urandom(KEY_BYTES)
        return DataKey(key, self._wrap(key, message_id), self.active)

    def unwrap(self, wrapped: bytes | None, key_id: str, message_id: UUID) -> bytes:
        """The data key of a message, from what is stored.

        Raises:
            ContentGone: It has been destroyed (nothing is stored).
            KeyMissing: The key file has no master key ``key_id``.
            ContentDamaged: It was changed, or is another message's.
        """
        if not wrapped:
            raise ContentGone(f"the content of message {message_id} has been destroyed")
        master = self._masters.get(key_id)
        if master is None:
            raise KeyMissing(f"master key {key_id} of message {message_id} is not in the key file")
        try:
            return master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound(message_id, key_id))
        except (InvalidTag, ValueError):
            raise ContentDamaged(f"the data key of message {message_id} is damaged or not of this message") from None

    def rewrap(self, wrapped: bytes, key_id: str, message_id: UUID) -> tuple[bytes, str]:
        """The same data key under the active master key: (wrapped, key id) to store in place of the old pair.

        Raises:
            As ``unwrap``.
        """
        if key_id == self.active:
            return wrapped, key_id
        return self._wrap(self.unwrap(wrapped, key_id, message_id), message_id), self.active

    def _wrap(self, key: bytes, message_id: UUID) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._masters[self.active].encrypt(nonce, key, _bound(message_id, self.active))


def _bound(message_id: UUID, key_id: str) -> bytes:
    return b"data key\x00" + message_id.bytes + key_id.encode()
