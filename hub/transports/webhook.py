"""What a signed POST to somebody else's address needs: a signature that can be renewed, and a look at where it would go.

Secrets are derived and never stored: the secret of a subscriber follows from the hub's own signing key, its number and a
generation. A new generation is a new secret. A request carries the signatures of the generations that it is given, so that a
receiver may change at its own moment.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable

#: Header with the signatures: ``t=<seconds since 1970>,v1=<hex>[,v1=<hex>]``.
SIGNATURE = "Hub-Signature"
#: Seconds that a receiver should allow between the moment in a signature and its own clock.
TOLERANCE_SECONDS = 300


def secret_of(signing_key: str, subscriber: str, generation: int) -> str:
    """The secret of a subscriber: 64 hexadecimal digits, always the same for the same three."""
    return hmac.new(signing_key.encode(), f"webhook:{subscriber}:{generation}".encode(), hashlib.sha256).hexdigest()


def sign(body: bytes, secrets: Iterable[str], moment: int) -> str:
    """The value of the header for a body that is sent at ``moment`` (seconds since 1970)."""
    signatures = [f"v1={_signature(body, secret, moment)}" for secret in secrets]
    return ",".join((f"t={moment}", *signatures))


def is_signed(header: str, body: bytes, secret: str, now: int, *, tolerance: int = TOLERANCE_SECONDS) -> bool:
    """Whether a body carries a signature of this secret, not older or newer than ``tolerance`` seconds."""
    parts = [part.partition("=")[::2] for part in header.split(",")]
    moment = next((value for name, value in parts if name == "t"), "")
    if not (moment.isascii() and moment.isdigit()) or abs(now - int(moment)) > tolerance:
        return False
    expected = _signature(body, secret, int(moment))
    return any(hmac.compare_digest(value, expected) for name, value in parts if name == "v1")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: no loopback, private, link-local, multicast or reserved one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast


def _signature(body: bytes, secret: str, moment: int) -> str:
    return hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
