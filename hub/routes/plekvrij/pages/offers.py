"""Offers as pages and the API show them: found by what somebody looks for, each with how far it can be relied on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from hub.assembly import Hub
from hub.journal.reading import moment
from hub.routes.plekvrij.document import Plekopgave
from hub.routes.plekvrij.effects import micros
from hub.routes.plekvrij.kinds import ENDED, KINDS, Freshness, Kind, freshness
from hub.routes.plekvrij.route import PLEKKEN
from hub.routes.plekvrij.settings import PlekkenSettings
from hub.routes.plekvrij.tables import history, offers


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; empty and None ask nothing.

    Attributes:
        free: At least so many are free; what is unknown is never free.
        fresh: Only what is so reliable.
        agb: Only of these providers.
    """

    kind: str = ""
    age: int | None = None
    sex: str = ""
    security: str = ""
    municipality: str = ""
    free: int = 0
    fresh: str = ""
    agb: frozenset[str] | None = None


class OfferView(NamedTuple):
    """An offer as it is shown.

    Attributes:
        fresh: How far it can be relied on.
        free: How many are free; None when that is unknown by now.
        published_by: The caller who published it.
    """

    offer: Plekopgave
    fresh: Freshness
    free: int | None
    at: dt.datetime
    valid_until: dt.datetime
    accepted_at: dt.datetime
    published_by: str
    message_id: str

    @property
    def kind(self) -> Kind:
        """The kind of place."""
        return KINDS[self.offer.plaatstype]

    @property
    def subject(self) -> str:
        """By what it is known: provider, location and kind."""
        return "/".join(self.offer.key)


class Found(NamedTuple):
    """A page of offers, how many there are in all, and of how many it is not known whether they are free."""

    views: list[OfferView]
    total: int
    unknown: int


def settings_of(hub: Hub) -> PlekkenSettings:
    """The settings of the route; the defaults where this hub does not have it (any more)."""
    found: PlekkenSettings = getattr(hub.routes.get(PLEKKEN), "settings", None) or PlekkenSettings()
    return found


def search(hub: Hub, wanted: Wanted, now: dt.datetime, *, limit: int, offset: int = 0) -> Found:
    """Offers that fit: first those with a place, the most reliable first; the unknown last. The order is always the same."""
    settings = settings_of(hub)
    rank = _rank(settings, now)
    fits = _conditions(wanted)
    known = [rank < 2, offers.c.free >= wanted.free] if wanted.free else []
    if wanted.fresh:
        known.append(rank == list(Freshness).index(Freshness(wanted.fresh)))
    query = (
        select(offers)
        .where(*fits, *known)
        .order_by(
            _none_free(rank), rank, offers.c.free.desc(), offers.c.municipality, offers.c.agb, offers.c.location, offers.c.kind
        )
        .limit(limit)
        .offset(offset)
    )
    with hub.journal.reading() as connection:
        rows = connection.execute(query).mappings().all()
        total = connection.execute(select(func.count()).select_from(offers).where(*fits, *known)).scalar_one()
        unknown = connection.execute(select(func.count()).select_from(offers).where(*fits, rank == 2)).scalar_one()
    return Found([_view(row, settings, now) for row in rows], int(total), int(unknown))


def find(hub: Hub, key: tuple[str, str, str], now: dt.datetime) -> OfferView | None:
    """The offer of a provider, location and kind."""
    query = select(offers).where(offers.c.agb == key[0], offers.c.location == key[1], offers.c.kind == key[2])
    with hub.journal.reading() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _view(row, settings_of(hub), now)


def by_subject(hub: Hub, subjects: Collection[str], now: dt.datetime) -> dict[str, OfferView]:
    """Offers by ``<agb>/<location>/<kind>``."""
    keys = [tuple(subject.split("/")) for subject in subjects if subject.count("/") == 2]
    if not keys:
        return {}
    fits = or_(*(and_(offers.c.agb == agb, offers.c.location == place, offers.c.kind == kind) for agb, place, kind in keys))
    with hub.journal.reading() as connection:
        rows = connection.execute(select(offers).where(fits)).mappings().all()
    views = [_view(row, settings_of(hub), now) for row in rows]
    return {view.subject: view for view in views}


def municipalities(hub: Hub) -> list[str]:
    """Every municipality in which there is an offer, as it is written."""
    with hub.journal.reading() as connection:
        rows = connection.execute(
            select(offers.c.municipality, func.min(offers.c.document))
            .where(offers.c.intake != ENDED)
            .group_by(offers.c.municipality)
        )
        return sorted(Plekopgave.model_validate_json(document).locatie.gemeente for _, document in rows)


class Past(NamedTuple):
    """An offer of before, for the history."""

    at: dt.datetime
    valid_until: dt.datetime
    capacity: int
    free: int
    reserved: int
    intake: str
    late: bool


def past(hub: Hub, key: tuple[str, str, str], since: dt.datetime, *, limit: int = 2_000) -> list[Past]:
    """What was said about a provider's location and kind since a moment, oldest first."""
    query = (
        select(history)
        .where(history.c.agb == key[0], history.c.location == key[1], history.c.kind == key[2], history.c.at >= micros(since))
        .order_by(history.c.at.desc(), history.c.message_id.desc())
        .limit(limit)
    )
    with hub.journal.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        Past(moment(r["at"]), moment(r["valid_until"]), r["capacity"], r["free"], r["reserved"], r["intake"], bool(r["late"]))
        for r in reversed(rows)
    ]


def agb_of(scope: Collection[str]) -> frozenset[str]:
    """The AGB codes in a caller's scope."""
    return frozenset(one.removeprefix("agb:") for one in scope if one.startswith("agb:"))


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [offers.c.intake != ENDED]
    if wanted.kind:
        found.append(offers.c.kind == wanted.kind)
    if wanted.age is not None:
        found += [offers.c.age_from <= wanted.age, offers.c.age_to >= wanted.age]
    if wanted.sex:
        found.append(offers.c.sex.in_((wanted.sex, "beide")))
    if wanted.security:
        found.append(offers.c.security == wanted.security)
    if wanted.municipality:
        found.append(offers.c.municipality == wanted.municipality.strip().casefold())
    if wanted.agb is not None:
        found.append(offers.c.agb.in_(sorted(wanted.agb)))
    return found


def _none_free(rank: ColumnElement[int]) -> ColumnElement[int]:
    """0 for what has a place as far as is known, 1 for what has none, 2 for what is unknown."""
    return case((rank == 2, 2), (offers.c.free > 0, 0), else_=1)


def _rank(settings: PlekkenSettings, now: dt.datetime) -> ColumnElement[int]:
    """The place of an offer's freshness in ``Freshness``, in the database."""
    at = micros(now)
    current = {code: int(settings.current(kind).total_seconds() * 1e6) for code, kind in KINDS.items()}
    since = at - case(current, value=offers.c.kind, else_=0)
    return case((offers.c.valid_until <= at, 2), (offers.c.at > since, 0), else_=1)


def _view(row: Any, settings: PlekkenSettings, now: dt.datetime) -> OfferView:
    offer = Plekopgave.model_validate_json(row["document"])
    at, until = moment(row["at"]), moment(row["valid_until"])
    fresh = freshness(now, at, until, settings.current(KINDS[offer.plaatstype]))
    free = None if fresh is Freshness.UNKNOWN else offer.vrij
    return OfferView(offer, fresh, free, at, until, moment(row["accepted_at"]), row["published_by"], str(row["message_id"]))
