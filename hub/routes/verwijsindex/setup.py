"""What the registry loads for the routes: the routes as configured, and the documents that come in for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.contracts.exchange import Document, EffectsMaking, RouteMaking
from hub.errors import Finding
from hub.journal.opening import ExchangeTables
from hub.routes.verwijsindex import wording
from hub.routes.verwijsindex.document import Beeindiging, Melding, Wijziging
from hub.routes.verwijsindex.effects import VerwijsindexEffects
from hub.routes.verwijsindex.route import BeeindigingRoute, MeldingRoute, WijzigingRoute
from hub.routes.verwijsindex.settings import VerwijsindexSettings

TABLES = ExchangeTables("verwijsindex", Path(__file__).parent / "migrations")


def make_melding(making: RouteMaking) -> MeldingRoute:
    """Reports."""
    return MeldingRoute(making.settings(VerwijsindexSettings, {}), connection=making.connection)


def make_wijziging(making: RouteMaking) -> WijzigingRoute:
    """Changes."""
    return WijzigingRoute(making.settings(VerwijsindexSettings, {}), connection=making.connection)


def make_beeindiging(making: RouteMaking) -> BeeindigingRoute:
    """Ends."""
    return BeeindigingRoute(making.settings(VerwijsindexSettings, {}), connection=making.connection)


def effects(making: EffectsMaking) -> VerwijsindexEffects:
    """What it does in the journal's transactions."""
    del making
    return VerwijsindexEffects()


def _earlier(*about: Any) -> list[Finding]:
    """Nothing that only the journal knows is warned of."""
    del about
    return []


def _reporter(document: Mapping[str, Any]) -> str:
    """A report that a system proposes waits for the reporter that it names."""
    named = document.get("melder")
    account = named.get("id") if isinstance(named, dict) else ""
    return account if isinstance(account, str) else ""


MELDING, WIJZIGING, BEEINDIGING = (
    Document(model=model, sentence=wording.sentence, clash=wording.clash, earlier=_earlier, assignee=assignee)
    for model, assignee in ((Melding, _reporter), (Wijziging, None), (Beeindiging, None))
)
