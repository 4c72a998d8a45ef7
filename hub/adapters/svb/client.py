"""The way out to SVB: Digikoppeling Intern, or files for the portal where the settings say so.

Over Digikoppeling ``Bv04`` means that the adapter took over; whether the message is taken is told later by a return
(``ggk_Du01``) or a ``Fo01``, which come in by ``hub.adapters.svb.endpoint``.
"""

from __future__ import annotations

from typing import ClassVar

from hub.adapters.svb.files import SvbFiles
from hub.adapters.svb.settings import SvbSettings
from hub.contracts.adapter import Adapter
from hub.transports.digikoppeling.client import DigikoppelingAdapter


class SvbAdapter(DigikoppelingAdapter):
    """One connection to SVB."""

    partner: ClassVar[str] = "svb"


def make(settings: SvbSettings, connection: str) -> Adapter:
    """The adapter of one connection. Raises: ConfigError, as the classes."""
    return SvbFiles(settings) if settings.transport == "files" else SvbAdapter(settings, connection=connection)
