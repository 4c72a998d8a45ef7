"""Who is told of changes: rows that the operator makes, and that are paused by themselves when nobody takes what is sent.

Secrets are derived from the connection's signing key and never stored. Any thread may call these.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select

from hub import configured
from hub.assembly import Hub
from hub.contracts.fileformat import Part
from hub.journal import reading
from hub.journal.database import Statement, Tx
from hub.journal.reading import moment
from hub.journal.units import tasks
from hub.message import Caller
from hub.routes.plekvrij.document import Plekopgave
from hub.routes.plekvrij.effects import PAUSED, Subscriber, micros
from hub.routes.plekvrij.kinds import KINDS
from hub.routes.plekvrij.pages.offers import settings_of
from hub.routes.plekvrij.route import WEBHOOK, event_of, subscriber_document
from hub.routes.plekvrij.tables import offers, subscribers
from hub.transports import webhook

#: Changed offers that one replay looks at; it says from when the next goes on.
MAX_REPLAY = 20_000

_ADD = Statement(
    """
    INSERT INTO plekvrij_subscribers (id, name, url, municipality, kind, generation, failures, made_at, made_by)
    VALUES (:id, :name, :url, :municipality, :kind, 1, 0, hub_now(), :who)
    """
)
_RENEW = Statement("UPDATE plekvrij_subscribers SET generation = generation + 1 WHERE id = :id")
_RESUME = Statement("UPDATE plekvrij_subscribers SET paused_at = NULL, failures = 0 WHERE id = :id")
_REMOVE = Statement("DELETE FROM plekvrij_subscribers WHERE id = :id")


class Unfit(Exception):
    """A subscription cannot be made; ``field`` is what is wrong, the text a Dutch sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class SubscriberView(NamedTuple):
    """A subscriber as it stands."""

    id: str
    name: str
    url: str
    municipality: str
    kind: str
    generation: int
    failures: int
    paused_at: dt.datetime | None
    made_at: dt.datetime
    made_by: str


def every(hub: Hub) -> list[SubscriberView]:
    """All of them, oldest first."""
    with hub.journal.reading() as connection:
        rows = connection.execute(select(subscribers).order_by(subscribers.c.made_at, subscribers.c.id)).all()
    return [
        SubscriberView(
            id=row.id,
            name=row.name,
            url=row.url,
            municipality=row.municipality,
            kind=row.kind,
            generation=row.generation,
            failures=row.failures,
            paused_at=None if row.paused_at is None else moment(row.paused_at),
            made_at=moment(row.made_at),
            made_by=row.made_by,
        )
        for row in rows
    ]


def find(hub: Hub, id_: str) -> SubscriberView | None:
    """The one with this id."""
    return next((one for one in every(hub) if one.id == id_), None)


def secret(hub: Hub, view: SubscriberView) -> str:
    """The secret with which its events are signed now. Raises: Unfit: this hub has no signing key."""
    return webhook.secret_of(_signing_key(hub), view.id, view.generation)


def add(hub: Hub, name: str, url: str, municipality: str, kind: str, by: Caller) -> SubscriberView:
    """Tell somebody of changes from now on. Raises: Unfit."""
    _signing_key(hub)
    if not name.strip():
        raise Unfit("/naam", "Geef de abonnee een naam.")
    if kind and kind not in KINDS:
        raise Unfit("/plaatstype", "Dit is geen soort plek.")
    _check_url(hub, url)
    id_ = secrets.token_hex(8)
    values = {"name": name.strip(), "url": url, "municipality": municipality.strip().casefold(), "kind": kind}

    def unit(tx: Tx) -> None:
        tx.run(_ADD, id=id_, who=str(by), **values)

    hub.journal.run(unit)
    found = find(hub, id_)
    assert found is not None
    return found


def renew(hub: Hub, id_: str) -> SubscriberView | None:
    """Give a subscriber a new secret; until the next one events carry the signature of the old one too."""
    hub.journal.run(lambda tx: tx.run(_RENEW, id=id_))
    return find(hub, id_)


def remove(hub: Hub, id_: str) -> None:
    """Tell somebody no more. What waits for them is still sent."""

    def unit(tx: Tx) -> None:
        tx.run(_REMOVE, id=id_)
        tasks.close_one(tx, f"plekvrij.{PAUSED}", id_, "system:hub")

    hub.journal.run(unit)


class Replay(NamedTuple):
    """What a replay sends: how many events, and from when the next one goes on; None when this was all."""

    sent: int
    following: dt.datetime | None


def resume(hub: Hub, view: SubscriberView, since: dt.datetime | None, by: Caller) -> Replay:
    """End a pause, and send what was missed: of every offer that changed since a moment the newest, ``MAX_REPLAY`` at most.

    The task about the pause is closed when all of it was handed over: after a fault or a kill in between it is still there.

    Args:
        since: An aware moment; None is the beginning of the pause, or nothing when there was none.
    """
    since = since or view.paused_at

    hub.journal.run(lambda tx: tx.run(_RESUME, id=view.id))
    replay = Replay(0, None) if since is None else _replay(hub, view, since, by)
    if replay.following is None:
        hub.journal.run(lambda tx: tasks.close_one(tx, f"plekvrij.{PAUSED}", view.id, str(by)))
    return replay


def _replay(hub: Hub, view: SubscriberView, since: dt.datetime, by: Caller) -> Replay:
    query = select(offers.c.message_id, offers.c.document, offers.c.accepted_at).where(offers.c.accepted_at >= micros(since))
    with hub.journal.reading() as connection:
        rows = connection.execute(query.order_by(offers.c.accepted_at, offers.c.message_id).limit(MAX_REPLAY + 1)).all()
    following = moment(rows[MAX_REPLAY].accepted_at) if len(rows) > MAX_REPLAY else None
    mark = secrets.token_hex(8)  # so that another replay of the same event is another message
    sent = hub.intake.accept_many(WEBHOOK, _missed(hub, view, rows[:MAX_REPLAY], mark), by)
    return Replay(sum(1 for _ in sent), following)


def _missed(hub: Hub, view: SubscriberView, rows: Sequence[Any], mark: str) -> Iterator[Part]:
    subscriber = Subscriber(view.id, view.url, view.municipality, view.kind, view.generation)
    messages = reading.views_of(hub.journal, [row.message_id for row in rows])
    for number, row in enumerate(rows, 1):
        offer = Plekopgave.model_validate_json(row.document)
        if subscriber.wants(offer) and row.message_id in messages:
            event = event_of(offer, messages[row.message_id].reference, settings_of(hub))
            document = subscriber_document(subscriber.id, subscriber.url, subscriber.generations, event)
            yield Part(number, json.dumps([view.id, str(row.message_id), mark]), document)


def _settings(hub: Hub) -> object:
    route = hub.routes.get(WEBHOOK)
    if route is None:
        raise Unfit("", "Deze uitwisseling staat hier niet aan.")
    return configured.connection_settings(hub.config, route.connection)


def _signing_key(hub: Hub) -> str:
    key = getattr(_settings(hub), "signing_key", None)
    if key is None:
        raise Unfit("", "Er is nog geen sleutel om mee te ondertekenen: stel signing_key in.")
    return str(key.reveal())


def _check_url(hub: Hub, url: str) -> None:
    inside = bool(getattr(_settings(hub), "allow_private", False))
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Unfit("/adres", "Dit is geen webadres.") from None
    if parts.scheme != "https" and not (inside and parts.scheme == "http"):
        raise Unfit("/adres", "Het adres begint met https://.")
    if not host or parts.username or parts.fragment or len(url) > 500:
        raise Unfit("/adres", "Dit is geen webadres.")
    if not inside and _is_inside(host):
        raise Unfit("/adres", "Dit adres ligt binnen het eigen netwerk.")


def _is_inside(host: str) -> bool:
    """Whether a host is one of this network by its very name; an innocent name is looked at again when it is connected to."""
    try:
        return not webhook.is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host
