"""Keys, encryption of contents and keyed hashes.

``Keyring`` is what the rest of the hub uses; the key file is described in ``keys``, the format of an encrypted content in
``content`` and what hashes promise in ``hashes``. A keyring is immutable and may be used by any number of threads.

Every key, nonce and salt comes from the kernel (``os.urandom``, ``secrets``). A generator inside the process, OpenSSL's for
instance, repeats its numbers when a virtual machine is started twice from one copy of its memory (decision 18).
"""

from __future__ import annotations

from hub.crypto.content import ContentDamaged, ContentGone, seal, unseal, unseal_segments
from hub.crypto.hashes import Hasher
from hub.crypto.keyring import DataKey, KeyMissing, Keyring
from hub.crypto.keys import KeyFile

__all__ = [
    "ContentDamaged",
    "ContentGone",
    "DataKey",
    "Hasher",
    "KeyFile",
    "KeyMissing",
    "Keyring",
    "seal",
    "unseal",
    "unseal_segments",
]
