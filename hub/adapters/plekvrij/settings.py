"""Settings of a connection by which events about free places leave."""

from __future__ import annotations

from pydantic import Field

from hub.config.secrets import Secret
from hub.transports.settings import PartnerSettings


class PlekvrijSettings(PartnerSettings):
    """One connection."""

    #: Key from which the secrets of subscribers are derived: ``file:PATH`` or ``env:NAME``. Another key is another secret for
    #: every subscriber. Without it there are no subscribers, and what goes to the collector is not signed.
    signing_key: Secret | None = None
    #: Where each event goes beside the subscribers, such as the organisation's own collector of events; empty: nowhere.
    collector_url: str = ""
    #: Whether subscribers may be on this machine or in a private network.
    allow_private: bool = False
    #: Seconds for connecting to a subscriber.
    connect_timeout_seconds: float = Field(default=5.0, gt=0, le=3600)
    #: Seconds for each read from or write to a subscriber.
    read_timeout_seconds: float = Field(default=10.0, gt=0, le=3600)
