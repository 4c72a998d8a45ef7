"""What ``hub check`` looks at for this exchange."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, RouteChecked


def look(checked: RouteChecked) -> Iterator[Check]:
    """Nothing can be wrong."""
    yield Check("routes", "ok", f"{checked.name} knows its depot")
