"""What ``hub check`` looks at for this partner."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, ConnectionChecked

#: Characters of a signing key that nobody guesses.
_LONG_ENOUGH = 32


def look(checked: ConnectionChecked) -> Iterator[Check]:
    """Whether the signing key is long, and whether webhooks may be aimed inward."""
    key = checked.settings.signing_key
    if key is not None and len(key.reveal()) < _LONG_ENOUGH:
        yield checked.at("signing_key", "fail", "the signing key is short", f"Make one of {_LONG_ENOUGH} characters or more.")
    if checked.settings.allow_private and checked.serious:
        yield checked.at("allow_private", "warn", "subscribers may be inside our own network", "Leave it out if none are.")
