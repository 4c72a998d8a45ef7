"""What ``hub check`` looks at for this partner."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, ConnectionChecked


def look(checked: ConnectionChecked) -> Iterator[Check]:
    """Whether the depot is far away."""
    yield checked.at("url", "ok", "the depot has an address", "")
