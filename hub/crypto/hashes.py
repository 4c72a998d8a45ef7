"""Keyed hashes: finding a person without storing who it is, and recognising a repeated request.

HMAC-SHA-256 with a key of the key file. A BSN has only nine digits, so without the key a hash could be reversed by
trying them all: the hash keys deserve the same care as the master keys.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping


class Hasher:
    """Hashes with the active key, and with older ones to find what was hashed before a rotation.

    Args:
        keys: Hash keys by id, 32 bytes each.
        active: Id of the key for new hashes.
    """

    def __init__(self, keys: Mapping[str, bytes], active: str) -> None:
        self.active = active
        # One sub-key per purpose, so that equal inputs of different purposes have unrelated hashes.
        self._bsn = {name: hmac.digest(key, b"ketenhub bsn 1", "sha256") for name, key in keys.items()}
        self._fingerprint = {name: hmac.digest(key, b"ketenhub fingerprint 1", "sha256") for name, key in keys.items()}

    def hash_bsn(self, bsn: str) -> tuple[str, str]:
        """(key id, hash in hexadecimal) of a BSN, to store.

        Raises:
            ValueError: It is not nine digits. Whether it passes the elfproef is for the route to check.
        """
        return self.active, _hash_bsn(bsn, self._bsn[self.active])

    def all_hashes_of_bsn(self, bsn: str) -> list[tuple[str, str]]:
        """(key id, hash) under every key, the active one first: look for all of these.

        Raises:
            ValueError: It is not nine digits.
        """
        names = [self.active, *(name for name in self._bsn if name != self.active)]
        return [(name, _hash_bsn(bsn, self._bsn[name])) for name in names]

    def fingerprint(self, data: bytes) -> str:
        """Digest to tell whether a later request under the same idempotency key is the same: ``<key id>:<hex>``."""
        return f"{self.active}:{hmac.digest(self._fingerprint[self.active], data, 'sha256').hex()}"

    def all_fingerprints(self, data: bytes) -> list[str]:
        """The digest under every key, the active one first: to find what was stored before a rotation."""
        names = [self.active, *(name for name in self._fingerprint if name != self.active)]
        return [f"{name}:{hmac.digest(self._fingerprint[name], data, 'sha256').hex()}" for name in names]

    def matches(self, fingerprint: str, data: bytes) -> bool:
        """Whether ``data`` has this fingerprint, also when it was made with an older key. False when that key is gone."""
        name, _, digest = fingerprint.partition(":")
        key = self._fingerprint.get(name)
        return key is not None and hmac.compare_digest(digest, hmac.digest(key, data, "sha256").hex())


def _hash_bsn(bsn: str, key: bytes) -> str:
    if len(bsn) != 9 or not (bsn.isascii() and bsn.isdigit()):
        raise ValueError("a BSN is nine digits")
    return hmac.digest(key, bsn.encode("ascii"), "sha256").hex()
