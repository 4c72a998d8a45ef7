"""The way out to SVB: Digikoppeling Intern.

``Bv04`` means that the adapter took over; whether the message is taken is told later by a return (``ggk_Du01``) or a ``Fo01``,
which come in by ``hub.adapters.svb.endpoint``.
"""

from __future__ import annotations

from typing import ClassVar

from hub.adapters.svb.settings import SvbSettings
from hub.transports.digikoppeling.client import DigikoppelingAdapter


class SvbAdapter(DigikoppelingAdapter):
    """One connection to SVB."""

    partner: ClassVar[str] = "svb"


def make(settings: SvbSettings, connection: str) -> SvbAdapter:
    """The adapter of one connection. Raises: ConfigError, as the class."""
    return SvbAdapter(settings, connection=connection)
