"""What ``hub check`` tells, and what a partner or an exchange is given to look at something of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.config import Config

#: Environments in which people count on what they read.
SERIOUS = ("acceptatie", "productie")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``state`` is ok, warn or fail."""

    name: str
    state: str
    text: str
    file: str = ""
    key: str = ""
    remedy: str = ""


class ConnectionChecked(NamedTuple):
    """A connection that is looked at: its name and the adapter's settings."""

    config: Config
    name: str
    settings: Any

    @property
    def serious(self) -> bool:
        """Whether people count on this hub."""
        return self.config.hub.environment in SERIOUS

    def at(self, setting: str, state: str, text: str, remedy: str) -> Check:
        """A check of one setting of this connection."""
        key = f"connections.{self.name}.settings.{setting}"
        return Check("connections", state, text, self.config.file_of(key), key, remedy)


class RouteChecked(NamedTuple):
    """A route that can be used and is looked at."""

    config: Config
    name: str
    route: Any

    @property
    def serious(self) -> bool:
        """Whether people count on this hub."""
        return self.config.hub.environment in SERIOUS

    def at(self, setting: str, state: str, text: str, remedy: str) -> Check:
        """A check of one setting of this route."""
        key = f"routes.{self.name}.settings.{setting}"
        return Check("routes", state, text, self.config.file_of(key), key, remedy)
