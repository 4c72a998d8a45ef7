"""The routes: what a provider publishes becomes an event, and that event goes to each subscriber.

``plekken`` takes an offer; its message is the event. ``plek_webhook`` takes that event for one subscriber and is offered by the
effects only. An event carries what it is about in ``subject``: ``<agb>/<location>/<kind>``.
"""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from hub.contracts.route import Built, Identity, Policy, Series
from hub.errors import DecodeFailure, Finding, SchemaViolation
from hub.routes.plekvrij.document import Plekopgave, to_json
from hub.routes.plekvrij.kinds import KINDS
from hub.routes.plekvrij.reading import MAX_BYTES, read, read_object
from hub.routes.plekvrij.settings import PlekkenSettings
from hub.standards.cloudevents import check_event, source_of, write_event

PLEKKEN, WEBHOOK = "plekken", "plek_webhook"
#: Type of the events.
EVENT_TYPE = "nl.plekvrij.aanbod.gewijzigd"

#: What the document of a subscriber's event holds.
_OF_SUBSCRIBER = {"abonnement": str, "adres": str, "generaties": list, "event": dict}


class Published(NamedTuple):
    """What the effects are told about an offer: the offer, and its event as it leaves."""

    offer: Plekopgave
    event: bytes


class Plekken:
    """Offers of providers. Holds no state; any number of threads may build at once.

    Args:
        settings: Of the route.
        connection: It leaves by.
    """

    name = PLEKKEN
    title = "Vrije plekken"

    def __init__(self, settings: PlekkenSettings, *, connection: str) -> None:
        self.settings = settings
        self.connection = connection
        self.sending_system = settings.systeem
        self.policy = _policy(settings)

    def case_number_of(self, document: bytes) -> str | None:
        """Offers have none. Raises: DecodeFailure."""
        read_object(document)
        return None

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """No numbers are needed."""
        del document, moment
        return {}

    def scope_of(self, document: bytes) -> str | None:
        """The provider's AGB code. Raises: DecodeFailure."""
        provider = read_object(document).get("aanbieder")
        agb = provider.get("agb") if isinstance(provider, dict) else None
        return f"agb:{agb}" if isinstance(agb, str) and agb.isascii() and agb.isdigit() else None

    def build(self, document: bytes, identity: Identity) -> Built:
        """Check the offer and make its event. Raises: DecodeFailure, SchemaViolation."""
        offer, warnings = read(document, identity.moment)
        event = event_of(offer, identity.reference, self.settings)
        return Built(
            type=EVENT_TYPE,
            body=event,
            ordering_key="/".join(offer.key[:2]),
            found_by=(("plek", "/".join(offer.key)),),
            title=f"{KINDS[offer.plaatstype].name}: {offer.vrij} vrij van {offer.capaciteitTotaal}",
            warnings=warnings,
            facts=Published(offer, event),
        )

    def verify(self, built: Built) -> None:
        """Hold the event against the profile. Raises: HubError."""
        check_event(built.body)


class Webhook:
    """An event for one subscriber, in order for each. The document: ``{"abonnement", "adres", "generaties", "event"}``."""

    name = WEBHOOK
    title = "Vrije plekken aan een abonnee"

    def __init__(self, settings: PlekkenSettings, *, connection: str) -> None:
        self.settings = settings
        self.connection = connection
        self.sending_system = settings.systeem
        self.policy = _policy(settings)

    def case_number_of(self, document: bytes) -> str | None:
        """Events have none. Raises: DecodeFailure."""
        read_object(document)
        return None

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """No numbers are needed."""
        del document, moment
        return {}

    def scope_of(self, document: bytes) -> str | None:
        """No provider may offer these. Raises: DecodeFailure."""
        read_object(document)
        return None

    def build(self, document: bytes, identity: Identity) -> Built:
        """The event as it is, with where it goes. Raises: DecodeFailure, SchemaViolation."""
        given = read_object(document)
        wrong = [name for name, kind in _OF_SUBSCRIBER.items() if not isinstance(given.get(name), kind)]
        if not wrong and not all(isinstance(one, int) for one in given["generaties"]):
            wrong = ["generaties"]
        if not wrong and not str(given["adres"]).startswith(("https://", "http://")):
            wrong = ["adres"]
        if wrong:
            found = [Finding("PV91", "Dit ontbreekt of heeft niet de goede vorm.", field=f"/{name}") for name in wrong]
            raise SchemaViolation("the event for a subscriber is not whole", found)
        event: dict[str, Any] = given["event"]
        subscriber = str(given["abonnement"])
        return Built(
            type=str(event.get("type", "")),
            body=json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(),
            ordering_key=subscriber,
            found_by=(("abonnement", subscriber),),
            title="Gewijzigd aanbod",
            attributes={
                "url": str(given["adres"]),
                "subscriber": subscriber,
                "generations": ",".join(str(one) for one in given["generaties"]),
            },
        )

    def verify(self, built: Built) -> None:
        """Hold the event against the profile. Raises: HubError."""
        check_event(built.body)


def event_of(offer: Plekopgave, reference: str, settings: PlekkenSettings) -> bytes:
    """The event that tells of an offer; the same one each time."""
    return write_event(
        id=reference,
        source=source_of(settings.oin, settings.systeem),
        type=EVENT_TYPE,
        subject="/".join(offer.key),
        time=offer.peilmoment,
        data=to_json(offer),
        routingkey=routing_key(offer),
    )


def subscriber_document(subscriber: str, url: str, generations: tuple[int, ...], event: bytes) -> bytes:
    """The document of ``plek_webhook``. Raises: DecodeFailure: together they are too large."""
    whole = {"abonnement": subscriber, "adres": url, "generaties": generations, "event": json.loads(event)}
    document = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    if len(document) > MAX_BYTES:
        raise DecodeFailure("the event is too large", code="too_large")
    return document


def routing_key(offer: Plekopgave) -> str:
    """Where an event belongs in a topic exchange: ``plekvrij.<gemeente>.<plaatstype>``."""
    plain = unicodedata.normalize("NFKD", offer.locatie.gemeente).encode("ascii", "ignore").decode().lower()
    place = "-".join("".join(letter if letter.isalnum() else " " for letter in plain).split()) or "onbekend"
    return f"plekvrij.{place}.{offer.plaatstype}"


def _policy(settings: PlekkenSettings) -> Policy:
    return Policy(
        deliver_within=settings.deliver_within,
        max_attempts=settings.max_attempts,
        keep_content=settings.keep_content,
    )
