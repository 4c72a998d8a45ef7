"""The few places on the left: those of the exchanges first, by the rights that somebody's roles give, then the operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from hub import registry
from hub.assembly import Hub
from hub.contracts.exchange import Place
from hub.journal import reading
from hub.message import Caller
from hub.web.auth import Right, Visitor, may_look
from hub.web.console.task_presenting import TaskPresenter

#: Whether the visitor of a page has a right.
May = Callable[[str], bool]

#: Places of no exchange, behind those of all exchanges.
GENERAL: tuple[Place, ...] = (
    Place("/inzage", "Inzage", Right.LOOKS),
    Place("/", "Overzicht", Right.SEE_ALL),
    Place("/taken", "Taken", Right.TASKS),
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


def places_of(hub: Hub, visitor: Visitor, may: May) -> list[Shown]:
    """The places of somebody's roles, with counts where something waits."""
    mine = [place for place in places() if may(place.right)]
    waiting = _waiting(hub, visitor, may, {place.path for place in mine})
    return [Shown(place.path, place.name, waiting.get(place.path, 0)) for place in mine]


def home(caller: Caller) -> str:
    """Where somebody's own work is: the first place that their roles, and not the demo, give them."""
    return next((place.path for place in places() if may_look(caller, place.right)), "/")


class Search(NamedTuple):
    """The search at the top: where it goes, and what it is by."""

    path: str
    label: str


def search_of(visitor: Visitor, may_see_all: bool) -> Search | None:
    """Whose search stands at the top: among somebody's own work first; None when there is none."""
    for exchange in registry.exchanges().values():
        if exchange.search and may_look(visitor.caller, exchange.places[0].right):
            return Search(exchange.search, exchange.search_label)
    return Search("/zoeken", "Zoek op kenmerk of nummer") if may_see_all else None


def _waiting(hub: Hub, visitor: Visitor, may: May, paths: set[str]) -> Mapping[str, int]:
    waiting: dict[str, int] = {}
    if "/geparkeerd" in paths:
        states = reading.connection_states(hub.journal)
        waiting["/geparkeerd"] = sum(row["parked"] for row in states)
        waiting["/partners"] = sum(row["state"] == "paused" for row in states)
    if "/taken" in paths:
        waiting["/taken"] = len(TaskPresenter(hub, visitor, may).rows())
    for exchange in registry.exchanges().values():
        if exchange.counts and any(place.path in paths for place in exchange.places):
            waiting |= registry.load(exchange.counts)(hub, visitor)
    return waiting
