"""What the settings of every connection to a partner have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hub.transports.tls import TlsSettings


class PartnerSettings(BaseModel):
    """Base of ``connections.<name>.settings``; general code knows no more of a partner's settings than this."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: How users know the partner; empty shows the connection's name.
    display_name: str = ""
    #: TLS towards the partner.
    tls: TlsSettings = TlsSettings()
