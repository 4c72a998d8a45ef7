"""Settings of the connection to SVB: those of Digikoppeling Intern, with defaults of ours."""

from __future__ import annotations

from pydantic import Field

from hub.standards.istandaarden import MAX_BYTES
from hub.transports.digikoppeling import settings as digikoppeling


class InboundSettings(digikoppeling.InboundSettings):
    """What the Digikoppeling adapter delivers to us from SVB."""

    #: Where the hub listens for this partner.
    path: str = Field(default="/partners/svb", pattern=r"^/[A-Za-z0-9/_-]+$")
    #: Larger requests are refused before they are read whole.
    max_bytes: int = Field(default=MAX_BYTES + 1_000_000, gt=0)


class SvbSettings(digikoppeling.DigikoppelingSettings):
    """The connection to SVB. ``own.organisatie`` is the code of a municipality; more of them stand in
    ``inbound.also_addressed_to``."""

    #: How users know the partner.
    display_name: str = "SVB"
    #: ebMS Service, not public: as agreed with the adapter's administrator.
    ebms_service: str = "urn:osb:services:ggk:2.1"
    #: What comes in.
    inbound: InboundSettings = InboundSettings()
