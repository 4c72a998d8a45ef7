"""The route of these pages, in a hub that has it."""

from __future__ import annotations

from hub.assembly import Hub
from hub.routes.raadsverzoek.route import Raadsverzoek


def route_of(hub: Hub) -> Raadsverzoek | None:
    """The route that the form fills in, None when this hub does not send raadsverzoeken (any more)."""
    route = hub.routes.get(Raadsverzoek.name)
    return route if isinstance(route, Raadsverzoek) else None
