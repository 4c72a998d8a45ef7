"""The reference lists behind a connection: what institutions are called and what roles mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hub import configured
from hub.adapters.corv.reference_lists import ReferenceLists
from hub.config import Config


def institutions(config: Config, connection: str) -> Mapping[str, str]:
    """Names of institutions by code; empty where the connection is gone or has no lists."""
    return {} if connection not in config.connections else _lists(config, connection).institutions


def explanations_of_roles(config: Config, connection: str) -> Mapping[str, str]:
    """What the standard says each role of an interested party means; empty without the reference list."""
    return {name: role.explanation for name, role in _lists(config, connection).roles.items()}


def _lists(config: Config, connection: str) -> ReferenceLists:
    settings: Any = configured.connection_settings(config, connection)
    return _in(settings.reference_lists)


@cache
def _in(folder: Path | None) -> ReferenceLists:
    return ReferenceLists(folder)
