"""What this exchange does in the journal's transactions: show an offer and hand its event to each subscriber, or nothing.

An offer that is older than what is shown was late: it is in the history, overwrites nothing and tells nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from hub.journal.database import Row, Statement
from hub.journal.effects import Context, Effects
from hub.journal.occurrences import StatusChange
from hub.journal.records import NewMessage
from hub.message import Event, Status
from hub.routes.plekvrij import SUBSCRIBE
from hub.routes.plekvrij.document import Plekopgave
from hub.routes.plekvrij.route import PLEKKEN, WEBHOOK, Published, subscriber_document

#: A provider is reminded before its offer expires; the operator hears of a subscriber that was paused.
EXPIRING, PAUSED = "expiring", "paused"
#: Failures in a row after which a subscriber is paused: with the usual pauses this takes about an hour.
FAILURES_ALLOWED = 12

_OFFER = {
    "agb": "text",
    "location": "text",
    "kind": "text",
    "message_id": "uuid",
    "at": "bigint",
    "valid_until": "bigint",
    "municipality": "text",
    "age_from": "int",
    "age_to": "int",
    "sex": "text",
    "security": "text",
    "free": "int",
    "intake": "text",
    "published_by": "text",
    "document": "text",
}
_PUT = Statement(
    f"""
    INSERT INTO plekvrij_offers ({", ".join(_OFFER)}, accepted_at)
    SELECT {", ".join(_OFFER)}, :now FROM batch WHERE TRUE
    ON CONFLICT (agb, location, kind) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in (*list(_OFFER)[3:], "accepted_at"))}
    WHERE plekvrij_offers.at <= excluded.at
    """,
    batch=_OFFER,
)
#: What is shown now; asked after writing, when the rows are ours until the commit.
_SHOWN = Statement(
    """
    SELECT o.agb, o.location, o.kind, o.at FROM batch b
    JOIN plekvrij_offers o ON o.agb = b.agb AND o.location = b.location AND o.kind = b.kind
    """,
    batch={"agb": "text", "location": "text", "kind": "text"},
)
_HISTORY = {
    "message_id": "uuid",
    "agb": "text",
    "location": "text",
    "kind": "text",
    "municipality": "text",
    "at": "bigint",
    "valid_until": "bigint",
    "accepted_at": "bigint",
    "capacity": "int",
    "free": "int",
    "reserved": "int",
    "intake": "text",
    "late": "boolean",
}
_TELL = Statement(
    f"""
    INSERT INTO plekvrij_history ({", ".join(_HISTORY)}) SELECT {", ".join(_HISTORY)} FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING
    """,
    batch=_HISTORY,
)
_SUBSCRIBERS = Statement(
    "SELECT id, url, municipality, kind, generation FROM plekvrij_subscribers WHERE paused_at IS NULL ORDER BY id"
)
_SUBSCRIBER_OF = Statement(
    "SELECT r.value FROM batch b JOIN refs r ON r.message_id = b.id WHERE r.kind = 'abonnement'", batch={"id": "uuid"}
)
_WORKS = Statement("UPDATE plekvrij_subscribers SET failures = 0 WHERE id = :id AND failures > 0")
_FAILED = Statement(
    """
    UPDATE plekvrij_subscribers SET failures = failures + 1,
        paused_at = CASE WHEN failures + 1 >= :allowed THEN COALESCE(paused_at, :now) ELSE paused_at END
    WHERE id = :id
    """
)
_IS_PAUSED = Statement("SELECT paused_at FROM plekvrij_subscribers WHERE id = :id")


class Subscriber(NamedTuple):
    """Who is told."""

    id: str
    url: str
    municipality: str
    kind: str
    generation: int

    @property
    def generations(self) -> tuple[int, ...]:
        """Of the secrets with which an event is signed: this one and the one before, so that a receiver may change at ease."""
        return tuple(number for number in (self.generation, self.generation - 1) if number > 0)

    def wants(self, offer: Plekopgave) -> bool:
        """Whether it asked for offers like this one."""
        here = self.municipality in ("", offer.locatie.gemeente.casefold())
        return here and self.kind in ("", offer.plaatstype)


class PlekvrijEffects(Effects):
    """See the module."""

    exchange = "plekvrij"

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        """Show what is new, keep all of it, and hand over an event per subscriber."""
        published = [(message, message.facts) for message in messages if isinstance(message.facts, Published)]
        if not published:
            return
        # Keys in order, so that two transactions wait for one another in one direction only.
        newest: dict[tuple[str, str, str], tuple[NewMessage, Plekopgave]] = {}
        for message, (offer, _) in published:
            known = newest.get(offer.key)
            if known is None or known[1].peilmoment <= offer.peilmoment:
                newest[offer.key] = message, offer
        context.tx.run(_PUT, [_row(message, offer) for _, (message, offer) in sorted(newest.items())], now=context.now)
        shown = {(agb, place, kind): at for agb, place, kind, at in context.tx.rows(_SHOWN, sorted(newest))}
        told = [(message, one, micros(one.offer.peilmoment) < shown[one.offer.key]) for message, one in published]
        context.tx.run(_TELL, [_told(message, one.offer, context.now, late=late) for message, one, late in told])
        for key in sorted(newest):
            context.close_task(EXPIRING, "/".join(key))
        self._tell_subscribers(context, [(message, one) for message, one, late in told if not late])

    def changed(self, context: Context, changes: Sequence[StatusChange]) -> None:
        """Count what fails in a row with one subscriber, and pause it in the end."""
        for change in changes:
            if change.route != WEBHOOK or change.event not in (Event.FAILED, Event.PARKED, Event.DELIVERED):
                continue
            for (subscriber,) in context.tx.rows(_SUBSCRIBER_OF, [(change.message_id,)]):
                if change.status == Status.COMPLETED:
                    context.tx.run(_WORKS, id=subscriber)
                else:
                    self._failed(context, subscriber)

    def _failed(self, context: Context, subscriber: str) -> None:
        context.tx.run(_FAILED, id=subscriber, now=context.now, allowed=FAILURES_ALLOWED)
        if any(paused is not None for (paused,) in context.tx.rows(_IS_PAUSED, id=subscriber)):
            context.open_task(PAUSED, subscriber, right=SUBSCRIBE, route=PLEKKEN)

    def _tell_subscribers(self, context: Context, published: Sequence[tuple[NewMessage, Published]]) -> None:
        subscribers = [Subscriber(*row) for row in context.tx.rows(_SUBSCRIBERS)] if published else []
        for message, one in published:
            for subscriber in subscribers:
                if subscriber.wants(one.offer):
                    document = subscriber_document(subscriber.id, subscriber.url, subscriber.generations, one.event)
                    context.follow_up(WEBHOOK, document, cause=message.id)


def micros(moment: dt.datetime) -> int:
    """An aware moment in microseconds since 1970 UTC."""
    return round(moment.timestamp() * 1_000_000)


def _row(message: NewMessage, offer: Plekopgave) -> Row:
    return (
        *offer.key,
        message.id,
        micros(offer.peilmoment),
        micros(offer.valid_until),
        offer.locatie.gemeente.casefold(),
        offer.leeftijdVan,
        offer.leeftijdTot,
        offer.geslacht,
        offer.beveiliging,
        offer.vrij,
        offer.status.soort,
        message.caller,
        offer.model_dump_json(exclude_none=True),
    )


def _told(message: NewMessage, offer: Plekopgave, now: int, *, late: bool) -> Row:
    moments = (micros(offer.peilmoment), micros(offer.valid_until), now)
    counts = (offer.capaciteitTotaal, offer.vrij, offer.gereserveerd, offer.status.soort)
    return (message.id, *offer.key, offer.locatie.gemeente.casefold(), *moments, *counts, late)
