"""What the configuration makes of partners and exchanges: settings of connections, and routes that can be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from hub import registry
from hub.config import Config, section
from hub.contracts.adapter import Adapter
from hub.contracts.duty import Duty
from hub.contracts.exchange import Document, EffectsMaking, RouteEntry, RouteMaking
from hub.contracts.fileformat import FileFormat
from hub.contracts.inbound import InboundSource
from hub.contracts.partner import Partner
from hub.contracts.route import Route
from hub.errors import ConfigError
from hub.journal.effects import Effects
from hub.journal.opening import ExchangeTables


def partner_of(config: Config, connection: str) -> Partner:
    """The partner of a connection.

    Raises:
        ConfigError: It is not known.
    """
    name = config.connections[connection].partner
    partner = registry.partners().get(name)
    if partner is None:
        key, known = f"connections.{connection}", ", ".join(registry.partners()) or "none"
        raise ConfigError(f"there is no partner {name!r}; known: {known}", file=config.file_of(key), key=key)
    return partner


def connection_settings(config: Config, connection: str) -> BaseModel:
    """The adapter's settings of a connection.

    Raises:
        ConfigError: The partner is not known, or a setting is wrong.
    """
    model: type[BaseModel] = registry.load(partner_of(config, connection).settings)
    key = f"connections.{connection}.settings"
    table, environment = config.connections[connection].settings, config.hub.environment
    return section(model, table, file=config.file_of(key), key=key, environment=environment)


def adapter_of(config: Config, connection: str) -> Adapter:
    """A new adapter for a connection, not opened yet.

    Raises:
        ConfigError: The partner is not known, nothing is sent to it, or a setting is wrong.
    """
    partner = partner_of(config, connection)
    if not partner.adapter:
        raise ConfigError(f"nothing is sent to partner {partner.name}", key=f"connections.{connection}")
    adapter: Adapter = registry.load(partner.adapter)(connection_settings(config, connection), connection)
    return adapter


def source_of(config: Config, connection: str) -> InboundSource:
    """A new source for a connection whose partner has one, not opened yet.

    Raises:
        ConfigError: The partner is not known, it is not asked for messages, or a setting is wrong.
    """
    partner = partner_of(config, connection)
    if not partner.source:
        raise ConfigError(f"partner {partner.name} is not asked for messages", key=f"connections.{connection}")
    source: InboundSource = registry.load(partner.source)(connection_settings(config, connection), connection)
    return source


def duties(config: Config) -> list[Duty[Any]]:
    """What is done by the clock: by every exchange of whose partner there is a connection.

    Raises:
        ConfigError: A manifest names none.
    """
    partners = {one.partner for one in config.connections.values() if one.enabled}
    return [
        duty
        for exchange in registry.exchanges().values()
        if exchange.duties and exchange.partner in partners
        for duty in registry.load(exchange.duties)
    ]


def display_name(config: Config, connection: str) -> str:
    """What people call the partner of a connection; the connection's own name when it is not (rightly) configured.

    Raises:
        ConfigError: A setting is wrong.
    """
    if connection not in config.connections:
        return connection
    return str(getattr(connection_settings(config, connection), "display_name", "") or connection)


def document_of(route: str) -> Document:
    """What comes in for a route that exists."""
    found: Document = registry.load(registry.routes()[route][1].document)
    return found


def formats_of(route: str) -> tuple[FileFormat, ...]:
    """Formats of files with many documents for a route; none when it does not exist."""
    return document_of(route).formats if route in registry.routes() else ()


def make_routes(config: Config) -> dict[str, Route]:
    """Every route whose connection is configured and that is not switched off.

    Raises:
        ConfigError: A setting is wrong, or a route is configured that does not exist or leaves by a connection of another
            partner.
    """
    known = registry.routes()
    for name in config.routes:
        if name not in known:
            key = f"routes.{name}"
            raise ConfigError(f"there is no such route; known: {', '.join(known)}", file=config.file_of(key), key=key)
    made = {}
    for name, (exchange, entry) in known.items():
        connection = _connection(config, entry, exchange.partner)
        if connection is not None:
            made[name] = _make(config, entry, connection)
    return made


def _connection(config: Config, entry: RouteEntry, partner: str) -> str | None:
    """The connection that a route leaves by; None when it is switched off, or has no connection and nobody says it should."""
    own = config.routes.get(entry.name)
    connection = (own.connection if own else None) or entry.connection
    key = f"routes.{entry.name}.connection"
    if own is not None and not own.enabled:
        return None
    if connection not in config.connections:
        if own is not None:
            raise ConfigError(f"there is no connection {connection!r}", file=config.file_of(key), key=key)
        return None
    if config.connections[connection].partner != partner:
        raise ConfigError(f"this route needs a connection to {partner}", file=config.file_of(key), key=key)
    return connection


def _make(config: Config, entry: RouteEntry, connection: str) -> Route:
    def settings(model: type[Any], defaults: Mapping[str, Any]) -> Any:
        table = config.routes[entry.name].settings if entry.name in config.routes else {}
        key = f"routes.{entry.name}.settings"
        return section(model, {**defaults, **table}, file=config.file_of(key), key=key)

    making = RouteMaking(connection, connection_settings(config, connection), settings)
    route: Route = registry.load(entry.make)(making)
    return route


def exchange_tables() -> list[ExchangeTables]:
    """The own tables of every exchange, also of one whose routes are switched off. Raises: ConfigError."""
    return [registry.load(one.tables) for one in registry.exchanges().values() if one.tables]


def effects(making: EffectsMaking) -> dict[str, Effects]:
    """The effects of every exchange that has any, by the names of its routes of both directions.

    Also of routes that are switched off: what they accepted before still goes on.

    Raises:
        ConfigError: A manifest names what cannot be loaded, or two inbound routes have one name.
    """
    found: dict[str, Effects] = {}
    for exchange in registry.exchanges().values():
        if not exchange.effects:
            continue
        made: Effects = registry.load(exchange.effects)(making)
        for name in (*(route.name for route in exchange.routes), *exchange.inbound):
            if name in found:
                raise ConfigError(f"two exchanges have a route {name!r}", key=f"routes.{name}")
            found[name] = made
    return found
