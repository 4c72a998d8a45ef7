"""Settings: one TOML file and ``HUB_*`` variables become one frozen ``Config``.

``load`` is called once at start and raises ``ConfigError`` naming file and key, with the nearest known key when one is
misspelt. ``section`` gives an adapter or route the same treatment for its own table. Secrets are written as references
(``file:/run/secrets/x``, ``env:NAME``) and never appear in a repr.

This package reads settings; what they mean is for those who use them.
"""

from __future__ import annotations

from hub.config.loading import find_file, load, section
from hub.config.models import (
    BrokerSettings,
    Config,
    Connection,
    DeliverySettings,
    FolderSettings,
    HousekeepingSettings,
    HubSettings,
    JournalSettings,
    KeySettings,
    LogSettings,
    RouteSettings,
    Settings,
    WebSettings,
)
from hub.config.secrets import Secret, SecretUrl

__all__ = [
    "BrokerSettings",
    "Config",
    "Connection",
    "DeliverySettings",
    "FolderSettings",
    "HousekeepingSettings",
    "HubSettings",
    "JournalSettings",
    "KeySettings",
    "LogSettings",
    "RouteSettings",
    "Secret",
    "SecretUrl",
    "Settings",
    "WebSettings",
    "find_file",
    "load",
    "section",
]
