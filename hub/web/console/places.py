"""The few places on the left: those of the exchanges first, by the rights that somebody's roles give, then the operator's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from hub import registry
from hub.contracts.exchange import Place
from hub.journal import reading
from hub.message import Caller
from hub.web.auth import Right, Visitor, may

if TYPE_CHECKING:
    from hub.web.site import Site

#: Places of no exchange, behind those of all exchanges.
GENERAL: tuple[Place, ...] = (
    Place("/inzage", "Inzage", Right.LOOKS),
    Place("/", "Overzicht", Right.SEE_ALL),
    Place("/partners", "Partners", Right.SEE_ALL),
    Place("/berichten", "Berichten", Right.SEE_ALL),
    Place("/geparkeerd", "Geparkeerd", Right.SEE_ALL),
)


class Shown(NamedTuple):
    """A place as a page shows it. ``waiting`` above zero: so much waits for somebody there."""

    path: str
    name: str
    waiting: int


def places() -> Iterator[Place]:
    """Every place, in order."""
    for exchange in registry.exchanges().values():
        yield from exchange.places
    yield from GENERAL


def places_of(site: Site, visitor: Visitor) -> list[Shown]:
    """The places of somebody's roles, with counts where something waits."""
    mine = [place for place in places() if site.may(visitor, place.right)]
    waiting = _waiting(site, visitor, {place.path for place in mine})
    return [Shown(place.path, place.name, waiting.get(place.path, 0)) for place in mine]


def home(caller: Caller) -> str:
    """Where somebody's own work is: the first place that their roles, and not the demo, give them."""
    return next((place.path for place in places() if may(caller, place.right)), "/")


def search_path(site: Site, visitor: Visitor) -> str:
    """Where the search at the top goes: among somebody's own work first; empty when there is none."""
    for exchange in registry.exchanges().values():
        if exchange.search and may(visitor.caller, exchange.places[0].right):
            return exchange.search
    return "/zoeken" if site.may(visitor, Right.SEE_ALL) else ""


def _waiting(site: Site, visitor: Visitor, paths: set[str]) -> Mapping[str, int]:
    waiting: dict[str, int] = {}
    if "/geparkeerd" in paths:
        states = reading.connection_states(site.hub.journal)
        waiting["/geparkeerd"] = sum(row["parked"] for row in states)
        waiting["/partners"] = sum(row["state"] == "paused" for row in states)
    for exchange in registry.exchanges().values():
        if exchange.counts and any(place.path in paths for place in exchange.places):
            waiting |= registry.load(exchange.counts)(site, visitor)
    return waiting
