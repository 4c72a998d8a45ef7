"""What the registry loads for the routes."""

from __future__ import annotations

from pathlib import Path

from hub.contracts.exchange import Document, EffectsMaking, RouteMaking
from hub.journal.opening import ExchangeTables
from ketenhub_probe.exchange.csv_orders import OrdersFile
from ketenhub_probe.exchange.effects import Ledger
from ketenhub_probe.exchange.route import Order, OrderRoute

TABLES = ExchangeTables("probe", Path(__file__).parent / "migrations")

DOCUMENT = Document(
    model=Order,
    sentence=lambda finding, given: f"{finding.field}: {finding.message}.",
    clash=lambda kind, value: None,
    earlier=lambda journal, keyring, message_id, document: [],
    formats=(OrdersFile(),),
)


def make_probe_order(making: RouteMaking) -> OrderRoute:
    """Orders that leave at once."""
    return OrderRoute("probe_order", making.connection)


def make_probe_decided(making: RouteMaking) -> OrderRoute:
    """Orders that a person decides about."""
    return OrderRoute("probe_decided", making.connection, decided=True)


def effects(making: EffectsMaking) -> Ledger:
    """The ledger."""
    del making
    return Ledger()
