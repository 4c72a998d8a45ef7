"""The few places on the left, per role. An area that comes later adds its row here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hub.journal import reading
from hub.web.auth import Right, Visitor

if TYPE_CHECKING:
    from hub.web.site import Site


class Place(NamedTuple):
    """A place on the left. ``waiting`` above zero: so much waits for somebody there."""

    path: str
    name: str
    right: Right
    waiting: int = 0


PLACES: tuple[Place, ...] = (
    Place("/raadsverzoeken/nieuw", "Nieuw raadsverzoek", Right.REQUESTS),
    Place("/raadsverzoeken/concepten", "Concepten", Right.REQUESTS),
    Place("/", "Overzicht", Right.SEE_ALL),
    Place("/partners", "Partners", Right.SEE_ALL),
    Place("/berichten", "Berichten", Right.SEE_ALL),
    Place("/geparkeerd", "Geparkeerd", Right.SEE_ALL),
)


def places_of(site: Site, visitor: Visitor) -> list[Place]:
    """The places of somebody's roles, with counts where something waits."""
    mine = [place for place in PLACES if site.may(visitor, place.right)]
    if not mine:
        return []
    states = reading.connection_states(site.hub.journal)
    waiting = {
        "/geparkeerd": sum(row["parked"] for row in states),
        "/partners": sum(row["state"] == "paused" for row in states),
    }
    return [place._replace(waiting=waiting.get(place.path, 0)) for place in mine]
