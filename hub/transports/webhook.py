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
#: Addresses behind which a gateway reaches an IPv4 one, which stands in the last 32 bits (RFC 6052, 2.1).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
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
    """Whether an IP address is one of the open internet: no loopback, private, link-local, multicast or reserved one.

    Of an IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) the IPv4 address counts.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = _ipv4_within(found) or found
    return found.is_global and not found.is_multicast


def _ipv4_within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def _signature(body: bytes, secret: str, moment: int) -> str:
    return hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
