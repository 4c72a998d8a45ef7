"""What the registry loads for the route: the route as configured, and the document that comes in for it."""

from __future__ import annotations

from pathlib import Path

from hub.adapters.corv.settings import CorvSettings
from hub.contracts.exchange import Document, EffectsMaking, RouteMaking
from hub.journal.opening import ExchangeTables
from hub.routes.raadsverzoek import wording
from hub.routes.raadsverzoek.document import Verzoek
from hub.routes.raadsverzoek.earlier import earlier_requests
from hub.routes.raadsverzoek.effects import RaadsverzoekEffects
from hub.routes.raadsverzoek.route import Raadsverzoek
from hub.routes.raadsverzoek.settings import RaadsverzoekSettings


def make(making: RouteMaking) -> Raadsverzoek:
    """The route as configured. Sender and receiver are the connection's own, unless the route's settings say otherwise."""
    corv: CorvSettings = making.partner
    names = {
        "zender": corv.own.model_dump(include={"organisatie", "applicatie"}),
        "ontvanger": corv.partner.model_dump(include={"organisatie", "applicatie"}),
    }
    return Raadsverzoek(making.settings(RaadsverzoekSettings, names), connection=making.connection)


DOCUMENT = Document(model=Verzoek, sentence=wording.sentence, clash=wording.clash, earlier=earlier_requests)


TABLES = ExchangeTables("raadsverzoek", Path(__file__).parent / "migrations")


def effects(making: EffectsMaking) -> RaadsverzoekEffects:
    """What it does in the journal's transactions."""
    del making
    return RaadsverzoekEffects()
