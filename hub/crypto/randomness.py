"""Random bytes for keys, nonces and identities.

From OpenSSL's generator (NIST SP 800-90A, seeded by the system, renewed by itself, one per thread and safe after a fork), which
needs no system call: ``os.urandom`` lets go of the interpreter each time, and a busy process waits to get it back.
"""

from __future__ import annotations

import uuid
from ssl import RAND_bytes as random_bytes

__all__ = ["random_bytes", "random_uuid"]


def random_uuid() -> uuid.UUID:
    """A random UUID (RFC 9562, version 4)."""
    return uuid.UUID(bytes=random_bytes(16), version=4)
