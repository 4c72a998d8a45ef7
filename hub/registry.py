"""The registry: finds partners and exchanges by their folders and entry points, and loads what their manifests name.

It knows no partner and no exchange by name; nothing else imports ``hub.adapters.<x>`` or ``hub.routes.<x>``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hub import adapters as adapter_folders
from hub import entry_points
from hub import routes as route_folders
from hub.contracts.exchange import Exchange, RouteEntry
from hub.errors import ConfigError

if TYPE_CHECKING:
    from hub.contracts.partner import Partner

#: Entry points by which an installed package brings partners and exchanges of its own.
PARTNERS_GROUP, EXCHANGES_GROUP = "ketenhub.partners", "ketenhub.exchanges"


@cache
def partners() -> Mapping[str, Partner]:
    """Every partner by name.

    Raises:
        ConfigError: Two have one name, or an entry point names no manifest.
    """
    from hub.contracts.partner import Partner  # commands need exchanges only, and should be listed quickly

    return _by_name(Partner, adapter_folders, "PARTNER", PARTNERS_GROUP)


@cache
def exchanges() -> Mapping[str, Exchange]:
    """Every exchange by name. Raises: ConfigError, as ``partners``."""
    return _by_name(Exchange, route_folders, "EXCHANGE", EXCHANGES_GROUP)


@cache
def routes() -> Mapping[str, tuple[Exchange, RouteEntry]]:
    """Every route by name, with its exchange. Raises: ConfigError, as ``partners``."""
    found: dict[str, tuple[Exchange, RouteEntry]] = {}
    for exchange in exchanges().values():
        for entry in exchange.routes:
            if entry.name in found:
                raise ConfigError(f"two exchanges have a route {entry.name!r}", key=f"routes.{entry.name}")
            found[entry.name] = exchange, entry
    return found


@cache
def load(name: str) -> Any:
    """What a manifest names as ``module:attribute``.

    Raises:
        ConfigError: There is no such module or attribute.
    """
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{name} cannot be loaded: {error}") from error


def folder_of(manifest: Exchange) -> str:
    """The package in which an exchange lives."""
    return _packages(Exchange, route_folders, "EXCHANGE", EXCHANGES_GROUP)[manifest.name]


def _by_name(kind: type[Any], folders: ModuleType, attribute: str, group: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for _, manifest in _manifests(kind, folders, attribute, group):
        if manifest.name in found:
            raise ConfigError(f"two packages bring {kind.__name__.lower()} {manifest.name!r}")
        found[manifest.name] = manifest
    return found


@cache
def _packages(kind: type[Any], folders: ModuleType, attribute: str, group: str) -> Mapping[str, str]:
    return {manifest.name: package for package, manifest in _manifests(kind, folders, attribute, group)}


def _manifests(kind: type[Any], folders: ModuleType, attribute: str, group: str) -> Iterator[tuple[str, Any]]:
    names = [f"{folders.__name__}.{one.name}:{attribute}" for one in pkgutil.iter_modules(folders.__path__) if one.ispkg]
    for name in names + entry_points.named(group):
        manifest = load(name)
        if not isinstance(manifest, kind):
            raise ConfigError(f"{name} is no {kind.__name__}")
        yield name.partition(":")[0], manifest
