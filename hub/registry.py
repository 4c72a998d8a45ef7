"""The registry: which partners and routes there are. The only place that imports all adapters and routes.

Adding a partner is one row in ``PARTNERS``; adding a business exchange is one row in ``ROUTES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from hub.adapters.corv.client import CorvAdapter
from hub.adapters.corv.endpoint import CorvEndpoint
from hub.adapters.corv.raadsverzoek import attachments, wording
from hub.adapters.corv.raadsverzoek import sentences as raad_sentences
from hub.adapters.corv.raadsverzoek.document import Verzoek
from hub.adapters.corv.raadsverzoek.dossier import Dossier as Dossier
from hub.adapters.corv.raadsverzoek.dossier import KindDossier as KindDossier
from hub.adapters.corv.raadsverzoek.dossier import Melding as Melding
from hub.adapters.corv.raadsverzoek.dossier import dossier, incoming, why_rejected
from hub.adapters.corv.raadsverzoek.earlier import earlier_requests, running_request
from hub.adapters.corv.raadsverzoek.settings import RaadsverzoekSettings
from hub.adapters.corv.reference_lists import ReferenceLists
from hub.adapters.corv.settings import CorvSettings
from hub.config import Config, section
from hub.contracts.adapter import Adapter, InboundEndpoint
from hub.contracts.duty import Duty
from hub.contracts.inbound import InboundSource
from hub.contracts.route import Route
from hub.crypto.keyring import Keyring
from hub.errors import ConfigError, Finding
from hub.journal.database import Database
from hub.message import MessageId, Repeat
from hub.routes.raadsverzoek import Raadsverzoek


class Partner(NamedTuple):
    """A kind of chain partner; a connection of the configuration names one."""

    title: str
    settings: type[BaseModel]
    repeat: Repeat
    adapter: Callable[[Any, str], Adapter]
    endpoint: Callable[[Any], InboundEndpoint] | None
    source: Callable[[Any], InboundSource] | None = None


#: Partner name, as ``connections.<name>.partner`` has it.
PARTNERS: Mapping[str, Partner] = {
    "corv": Partner(
        "CORV (JUBES), over Digikoppeling Intern",
        CorvSettings,
        CorvAdapter.repeat,
        lambda settings, connection: CorvAdapter(settings, connection=connection),
        CorvEndpoint,
    ),
}


def _raadsverzoek(config: Config, connection: str, settings: BaseModel) -> Route:
    """Sender and receiver are the connection's own, unless the route's settings say otherwise."""
    assert isinstance(settings, CorvSettings)
    names = {
        "zender": settings.own.model_dump(include={"organisatie", "applicatie"}),
        "ontvanger": settings.partner.model_dump(include={"organisatie", "applicatie"}),
    }
    return Raadsverzoek(_route_settings(config, "raadsverzoek", RaadsverzoekSettings, names), connection=connection)


class RouteRow(NamedTuple):
    """A business exchange."""

    connection: str  # the connection it leaves by when the configuration names none
    partner: str
    make: Callable[[Config, str, BaseModel], Route]


#: Route name, as ``routes.<name>`` has it.
ROUTES: Mapping[str, RouteRow] = {
    "raadsverzoek": RouteRow("corv", "corv", _raadsverzoek),
}


#: Route name -> what its exchange does by the clock.
DUTIES: Mapping[str, tuple[Duty[Any], ...]] = {}


class Document(NamedTuple):
    """What comes in for a route, for the doors that show it.

    Attributes:
        model: Its shape.
        sentence: A finding's sentence for its author's eyes.
        earlier: Warnings that only the journal knows, for a document that was just accepted.
    """

    model: type[BaseModel]
    sentence: Callable[[Finding, Mapping[str, object]], str]
    earlier: Callable[..., list[Finding]]


#: Route name -> its document.
DOCUMENTS: Mapping[str, Document] = {"raadsverzoek": Document(Verzoek, wording.sentence, earlier_requests)}

#: For the secretary's form, which asks the journal what the rules themselves cannot know.
RAADSVERZOEK_WORDING = wording
RAADSVERZOEK_ATTACHMENTS = attachments
running_raadsverzoek = running_request


def raadsverzoek_of(routes: Mapping[str, Route]) -> Raadsverzoek | None:
    """The route that the secretary's form fills in, None when this hub does not have it."""
    route = routes.get("raadsverzoek")
    return route if isinstance(route, Raadsverzoek) else None


def unanswered(routes: Mapping[str, Route]) -> list[tuple[str, str]]:
    """Route and key of each setting that people need and that has no good default."""
    route = raadsverzoek_of(routes)
    known = route is None or route.settings.telefoon_raad != RaadsverzoekSettings.model_fields["telefoon_raad"].default
    return [] if known else [("raadsverzoek", "telefoon_raad")]


class CaseFile(NamedTuple):
    """What the pages of a case ask beyond the journal.

    Attributes:
        dossier: A request and what came back about it, see ``hub.adapters.corv.raadsverzoek.dossier``.
        incoming: One message that came in, by itself.
        why_rejected: Why a request was rejected and what to mend, in the partner's words.
        closes: Whether nothing more is expected about a child after this status and result.
        phone: Whom to call about a request of this route.
    """

    dossier: Callable[..., Dossier | None]
    incoming: Callable[..., Melding | None]
    why_rejected: Callable[[Database, Keyring, MessageId], str]
    closes: Callable[[str, str], bool]
    phone: Callable[[Route], str]


#: Route name -> its case file, for exchanges that go on after delivery.
CASE_FILES: Mapping[str, CaseFile] = {
    "raadsverzoek": CaseFile(
        dossier,
        incoming,
        why_rejected,
        lambda status, result: raad_sentences.Notification("", status, result).closes,
        lambda route: route.settings.telefoon_raad if isinstance(route, Raadsverzoek) else "",
    )
}


def institutions(config: Config, connection: str) -> Mapping[str, str]:
    """Names of institutions by code, from the reference lists of a connection; empty where it has none."""
    settings = connection_settings(config, connection)
    return _lists(settings.reference_lists).institutions if isinstance(settings, CorvSettings) else {}


def missing_lists(config: Config, connection: str) -> list[str] | None:
    """Names of reference lists that a connection's folder lacks; None when it names no folder though it could."""
    settings = connection_settings(config, connection)
    if not isinstance(settings, CorvSettings):
        return []
    return None if settings.reference_lists is None else ReferenceLists(settings.reference_lists).missing()


def explanations_of_roles(config: Config, connection: str) -> Mapping[str, str]:
    """What the standard says each role of an interested party means; empty without the reference list."""
    settings = connection_settings(config, connection)
    if not isinstance(settings, CorvSettings):
        return {}
    return {name: role.explanation for name, role in _lists(settings.reference_lists).roles.items()}


@cache
def _lists(folder: Path | None) -> ReferenceLists:
    return ReferenceLists(folder)


def _route_settings(config: Config, route: str, model: type[BaseModel], defaults: Mapping[str, Any]) -> Any:
    table = config.routes[route].settings if route in config.routes else {}
    key = f"routes.{route}.settings"
    return section(model, {**defaults, **table}, file=config.file_of(key), key=key)


def connection_settings(config: Config, name: str) -> BaseModel:
    """The adapter's settings of a connection.

    Raises:
        ConfigError: The partner is not known, or a setting is wrong.
    """
    connection = config.connections[name]
    partner = PARTNERS.get(connection.partner)
    key = f"connections.{name}"
    if partner is None:
        known = ", ".join(PARTNERS)
        raise ConfigError(f"there is no partner {connection.partner!r}; known: {known}", file=config.file_of(key), key=key)
    key = f"{key}.settings"
    return section(partner.settings, connection.settings, file=config.file_of(key), key=key)


def make_routes(config: Config) -> dict[str, Route]:
    """Every route whose connection is configured and that is not switched off.

    Raises:
        ConfigError: A setting is wrong, or a route is configured that does not exist or leaves by a connection of another
            partner.
    """
    for name in config.routes:
        if name not in ROUTES:
            key = f"routes.{name}"
            raise ConfigError(f"there is no such route; known: {', '.join(ROUTES)}", file=config.file_of(key), key=key)
    routes = {}
    for name, row in ROUTES.items():
        own = config.routes.get(name)
        connection = (own.connection if own else None) or row.connection
        if own is not None and not own.enabled:
            continue
        if connection not in config.connections:
            if own is not None:
                key = f"routes.{name}.connection"
                raise ConfigError(f"there is no connection {connection!r}", file=config.file_of(key), key=key)
            continue
        if config.connections[connection].partner != row.partner:
            key = f"routes.{name}.connection"
            raise ConfigError(f"this route needs a connection to {row.partner}", file=config.file_of(key), key=key)
        routes[name] = row.make(config, connection, connection_settings(config, connection))
    return routes
