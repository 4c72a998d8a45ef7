"""Settings of the connection to SVB: those of Digikoppeling Intern, with defaults of ours; or two folders, for the portal."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from hub.standards.istandaarden import MAX_BYTES
from hub.transports.digikoppeling import settings as digikoppeling


class InboundSettings(digikoppeling.InboundSettings):
    """What the Digikoppeling adapter delivers to us from SVB."""

    #: Where the hub listens for this partner.
    path: str = Field(default="/partners/svb", pattern=r"^/[A-Za-z0-9/_-]+$")
    #: Larger requests are refused before they are read whole.
    max_bytes: int = Field(default=MAX_BYTES + 1_000_000, gt=0)


class FileSettings(BaseModel):
    """The folders of a connection whose messages are files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Where messages are put; who uploads one moves it to ``verzonden`` in it.
    uit: Path
    #: Where what came back is put; the hub moves it to ``verwerkt`` or ``geweigerd`` in it.
    binnen: Path
    #: From one look in ``binnen`` to the next.
    every_seconds: float = Field(default=10.0, gt=0)
    #: A file is taken when it has not changed for this long.
    settle_seconds: float = Field(default=5.0, ge=0)


class SvbSettings(digikoppeling.DigikoppelingSettings):
    """The connection to SVB. ``own.organisatie`` is the code of a municipality; more of them stand in
    ``inbound.also_addressed_to``."""

    #: How users know the partner.
    display_name: str = "SVB"
    #: ebMS Service, not public: as agreed with the adapter's administrator.
    ebms_service: str = "urn:osb:services:ggk:2.1"
    #: What comes in.
    inbound: InboundSettings = InboundSettings()
    #: How messages go and come: over Digikoppeling, or as files that somebody brings to the portal.
    transport: Literal["digikoppeling", "files"] = "digikoppeling"
    #: Where the Digikoppeling adapter takes messages; not used with files.
    url: str = ""
    #: The folders, with ``transport = "files"``.
    files: FileSettings | None = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.transport == "files" and self.files is None:
            raise ValueError('transport = "files" needs files = { uit = "...", binnen = "..." }')
        if self.transport == "digikoppeling" and not self.url:
            raise ValueError("url is missing: where the Digikoppeling adapter takes messages")
        return self

    @model_validator(mode="after")
    def _asks_something(self, info: ValidationInfo) -> Self:
        """With files nobody calls, so nobody has to be asked."""
        if self.transport == "files":
            return self
        return super()._asks_something(info)  # type: ignore[operator,no-any-return]  # pydantic leaves a plain method here
