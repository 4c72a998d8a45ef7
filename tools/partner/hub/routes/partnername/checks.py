"""What ``hub check`` looks at for this exchange."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, RouteChecked


def look(checked: RouteChecked) -> Iterator[Check]:
    """Settings that people need and that have no good default."""
    # fill in: what an operator has to set; this only tells that the route can be used
    yield Check("routes", "ok", f"{checked.name} leaves by {checked.route.connection}")
