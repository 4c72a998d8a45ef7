"""Settings of a connection to the depot."""

from __future__ import annotations

from pydantic import Field

from hub.transports.settings import PartnerSettings


class ProbeSettings(PartnerSettings):
    """One connection."""

    #: Where the depot listens.
    url: str
    #: Seconds between two looks at what it sent.
    every_seconds: float = Field(default=0.3, gt=0)
