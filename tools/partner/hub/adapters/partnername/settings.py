"""Settings of a connection to PartnerName."""

from __future__ import annotations

from pydantic import Field

from hub.transports.settings import PartnerSettings


class PartnerNameSettings(PartnerSettings):
    """One connection."""

    #: How users know the partner.
    display_name: str = "PartnerName"
    #: Where it takes messages.
    url: str
    #: Seconds for connecting.
    connect_timeout_seconds: float = Field(default=10, gt=0)
    #: Seconds for each read or write; the connection's ``call_deadline_seconds`` bounds the whole call.
    read_timeout_seconds: float = Field(default=60, gt=0)
    # fill in: what else a connection needs, such as our identity there and where credentials lie
