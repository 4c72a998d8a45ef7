"""What the registry loads for the routes: the routes as configured, and the documents that come in for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select

from hub.contracts.exchange import Document, EffectsMaking, RouteMaking
from hub.crypto.keyring import Keyring
from hub.errors import Finding
from hub.journal.database import Database
from hub.journal.opening import ExchangeTables
from hub.message import MessageId
from hub.routes.plekvrij import reading
from hub.routes.plekvrij.document import Plekopgave
from hub.routes.plekvrij.effects import PlekvrijEffects
from hub.routes.plekvrij.formats import PlekkenFile
from hub.routes.plekvrij.route import Plekken, Webhook
from hub.routes.plekvrij.settings import PlekkenSettings
from hub.routes.plekvrij.tables import history

TABLES = ExchangeTables("plekvrij", Path(__file__).parent / "migrations")


class AbonneeBericht(BaseModel):
    """Een gebeurtenis voor één abonnee; de hub maakt deze zelf."""

    abonnement: str
    adres: str
    generaties: list[int]
    event: dict[str, Any]


def _too_late(journal: Database, keyring: Keyring, message_id: MessageId, document: bytes) -> list[Finding]:
    """Say that a newer offer was there already: only the journal knows."""
    del keyring, document
    with journal.reading() as connection:
        late = connection.execute(select(history.c.late).where(history.c.message_id == message_id)).scalar()
    return [reading.finding("PV10", "/peilmoment", severity="warning")] if late else []


def _no_clash(kind: str, value: str) -> None:
    """Nothing of an offer has to be unique."""
    del kind, value


DOCUMENT = Document(model=Plekopgave, sentence=reading.sentence, clash=_no_clash, earlier=_too_late, formats=(PlekkenFile(),))
EVENT_DOCUMENT = Document(
    model=AbonneeBericht,
    sentence=reading.sentence,
    clash=_no_clash,
    earlier=lambda journal, keyring, message_id, document: [],
)


def make_plekken(making: RouteMaking) -> Plekken:
    """Offers of providers."""
    return Plekken(making.settings(PlekkenSettings, {}), connection=making.connection)


def make_webhook(making: RouteMaking) -> Webhook:
    """Events for subscribers."""
    return Webhook(making.settings(PlekkenSettings, {}), connection=making.connection)


def effects(making: EffectsMaking) -> PlekvrijEffects:
    """What it does in the journal's transactions."""
    del making
    return PlekvrijEffects()
