"""What the registry loads for the route: the route as configured, and the document that comes in for it."""

from __future__ import annotations

from pathlib import Path

from hub.contracts.exchange import Document, EffectsMaking, RouteMaking
from hub.errors import ConfigError, Finding
from hub.journal.opening import ExchangeTables
from hub.routes.pgb import mapping, wording
from hub.routes.pgb.document import Toekenning
from hub.routes.pgb.earlier import compare
from hub.routes.pgb.effects import PgbEffects
from hub.routes.pgb.formats import ToekenningFile
from hub.routes.pgb.route import ToekenningRoute
from hub.routes.pgb.settings import PgbSettings


def make(making: RouteMaking) -> ToekenningRoute:
    """The route as configured.

    Raises:
        ConfigError: The folder with messages of our own cannot be used.
    """
    settings = making.settings(PgbSettings, {})
    families = {version: mapping.load(mapping.STAND_INS / version) for version in ("1.0", "2.0")}
    if settings.berichten is not None:
        try:
            families["eigen"] = mapping.load(settings.berichten)
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"the messages cannot be used: {error}", key="routes.toekenning.settings.berichten") from None
    return ToekenningRoute(settings, families, connection=making.connection)


def _earlier(*_asked: object) -> list[Finding]:
    """Nothing that only the journal knows is told about a toekenning that was accepted."""
    return []


DOCUMENT = Document(
    model=Toekenning,
    sentence=wording.sentence,
    clash=wording.clash,
    earlier=_earlier,
    formats=(ToekenningFile(),),
    compare=compare,
)

TABLES = ExchangeTables("pgb", Path(__file__).parent / "migrations")


def effects(making: EffectsMaking) -> PgbEffects:
    """What it does in the journal's transactions."""
    return PgbEffects(making.keyring)
