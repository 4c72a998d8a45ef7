"""The way out to CORV: Digikoppeling Intern.

``Bv04`` means that the adapter took over; whether CORV and the Raad take the message is told hours later by ``Bv01`` or
``Fo01``, which come in by ``hub.adapters.corv.endpoint``.
"""

from __future__ import annotations

from typing import ClassVar

from hub.adapters.corv.settings import CorvSettings
from hub.transports.digikoppeling.client import DigikoppelingAdapter


class CorvAdapter(DigikoppelingAdapter):
    """One connection to CORV."""

    partner: ClassVar[str] = "corv"


def make(settings: CorvSettings, connection: str) -> CorvAdapter:
    """The adapter of one connection. Raises: ConfigError, as the class."""
    return CorvAdapter(settings, connection=connection)
