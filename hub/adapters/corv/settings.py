"""Settings of the connection to CORV (JUBES): those of Digikoppeling Intern, with CORV's defaults, and the reference lists."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from hub.transports.digikoppeling import settings as digikoppeling

#: CORV refuses XML above this (MB = 1,000,000 bytes).
MAX_XML_BYTES = 35_000_000


class InboundSettings(digikoppeling.InboundSettings):
    """What the Digikoppeling adapter delivers to us from CORV."""

    #: Where the hub listens for this partner.
    path: str = Field(default="/partners/corv", pattern=r"^/[A-Za-z0-9/_-]+$")
    #: Larger requests are refused before they are read whole.
    max_bytes: int = Field(default=MAX_XML_BYTES + 1_000_000, gt=0)


class CorvSettings(digikoppeling.DigikoppelingSettings):
    """The connection to CORV."""

    #: How users know the partner; the standard's own pages now say JUBES.
    display_name: str = "CORV"
    #: ebMS Service, not public: as agreed with the adapter's administrator.
    ebms_service: str = "urn:osb:services:corv:1.0"
    #: Folder with the reference lists ``instanties.csv`` and ``jeugdzorgrollen.csv``; absent shows codes instead of names.
    reference_lists: Path | None = None
    #: What comes in.
    inbound: InboundSettings = InboundSettings()

    @model_validator(mode="after")
    def _systems_differ(self) -> CorvSettings:
        """Return routing of a Fo01 broke in practice where sender and receiver carried the same applicatie."""
        if self.own.applicatie == self.partner.applicatie:
            raise ValueError("own.applicatie and partner.applicatie must differ")
        return self
