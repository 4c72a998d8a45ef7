"""Passwords of local accounts: scrypt (RFC 7914), with its parameters beside the hash so that they can be raised later."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading

#: 32 MiB and about 0.1 s a guess.
_N, _R, _P = 2**15, 8, 1
_MOST_MEMORY = 256 * 1024 * 1024
#: NIST SP 800-63B-4, 3.1.1.2: length matters, composition rules do not.
SHORTEST = 12
LONGEST = 256

#: Each check takes 32 MiB: a flood of sign-ins waits instead of filling the memory.
_at_once = threading.Semaphore(2)


def hash_password(password: str) -> str:
    """``scrypt$n$r$p$salt$hash``, to be stored."""
    salt = secrets.token_bytes(16)
    return "$".join(["scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_derive(password, salt, _N, _R, _P))])


def verify_password(password: str, stored: str) -> bool:
    """Whether this is the password; False for a stored text that is no hash."""
    parts = stored.split("$")
    if len(parts) != 6 or parts[0] != "scrypt" or len(password) > LONGEST:
        return False
    n, r, p = (int(part) for part in parts[1:4])
    salt, expected = base64.b64decode(parts[4]), base64.b64decode(parts[5])
    return hmac.compare_digest(_derive(password, salt, n, r, p), expected)


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    with _at_once:
        return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
