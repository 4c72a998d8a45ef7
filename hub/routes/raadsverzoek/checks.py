"""What ``hub check`` looks at for this exchange."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contracts.check import Check, RouteChecked
from hub.routes.raadsverzoek.settings import RaadsverzoekSettings


def look(checked: RouteChecked) -> Iterator[Check]:
    """Settings that people need and that have no good default."""
    unknown: str = RaadsverzoekSettings.model_fields["telefoon_raad"].default
    if checked.serious and checked.route.settings.telefoon_raad == unknown:
        remedy = "Set it: the pages about acute danger and about a missing confirmation tell whom to call."
        yield checked.at("telefoon_raad", "warn", "the Raad's telephone number is not set", remedy)
