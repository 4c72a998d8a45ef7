"""The few places on the left, per role. An area that comes later adds its row here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hub.journal import reading
from hub.message import Caller
from hub.web.auth import Right, Visitor, may
from hub.web.console.cases import tasks

if TYPE_CHECKING:
    from hub.web.site import Site


class Place(NamedTuple):
    """A place on the left. ``waiting`` above zero: so much waits for somebody there."""

    path: str
    name: str
    right: Right
    waiting: int = 0


PLACES: tuple[Place, ...] = (
    Place("/raadsverzoeken", "Raadsverzoeken", Right.REQUESTS),
    Place("/raadsverzoeken/nieuw", "Nieuw raadsverzoek", Right.REQUESTS),
    Place("/raadsverzoeken/concepten", "Concepten", Right.REQUESTS),
    Place("/meldingen", "Meldingen zonder zaak", Right.REQUESTS),
    Place("/taken", "Taken", Right.REQUESTS),
    Place("/inzage", "Inzage", Right.LOOKS),
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
    waiting: dict[str, int] = {}
    if site.may(visitor, Right.SEE_ALL):
        states = reading.connection_states(site.hub.journal)
        waiting["/geparkeerd"] = sum(row["parked"] for row in states)
        waiting["/partners"] = sum(row["state"] == "paused" for row in states)
    if site.may(visitor, Right.REQUESTS):
        waiting |= tasks.counts(site)
    return [place._replace(waiting=waiting.get(place.path, 0)) for place in mine]


def home(caller: Caller) -> str:
    """Where somebody's own work is: the first place that their roles, and not the demo, give them."""
    return next((place.path for place in PLACES if may(caller, place.right)), "/")
