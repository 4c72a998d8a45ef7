"""Settings of the connection to CORV (JUBES) through a Digikoppeling adapter.

What is not public (ebMS Service and Action, addresses, identities) is a setting, never a constant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hub.adapters.corv.namespaces import JZ
from hub.config import Secret
from hub.standards.stuf import STUF, Systeem
from hub.transports.digikoppeling import addressing
from hub.transports.digikoppeling.outcomes import DEFAULT_REACTIONS, Reaction
from hub.transports.http import MAX_REPLY_BYTES
from hub.transports.settings import PartnerSettings

#: CORV refuses XML above this (MB = 1,000,000 bytes).
MAX_XML_BYTES = 35_000_000

_Organisatie = Annotated[str, StringConstraints(max_length=200, pattern=r"^\S*$")]
_Applicatie = Annotated[str, StringConstraints(min_length=3, max_length=50, pattern=addressing.DOMAIN_PART)]
_Administratie = Annotated[str, StringConstraints(max_length=50, pattern=addressing.DOMAIN_PART)]


class SystemSettings(BaseModel):
    """Identity of a system in stuurgegevens and in the WS-Addressing headers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: In practice the OIN.
    organisatie: _Organisatie
    #: 3 to 50 letters, digits, dots, underscores and hyphens: it becomes part of a domain (Digikoppeling Intern, appendix B).
    applicatie: _Applicatie
    #: Usually absent.
    administratie: _Administratie = ""

    def systeem(self) -> Systeem:
        """The identity as StUF knows it."""
        return Systeem(self.organisatie, self.applicatie, self.administratie)


class FaultCodes(BaseModel):
    """Codes of the Fo03 we answer. They come from one informal source, so they are settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: The message cannot be read or does not conform to its schema.
    invalid: str = Field(default="StUF055", max_length=7)
    #: We do not handle this kind of message.
    unknown_message: str = Field(default="StUF055", max_length=7)
    #: The combination of sender and referentienummer was used before.
    duplicate: str = Field(default="StUF016", max_length=7)
    #: Processing failed on our side.
    failed: str = Field(default="StUF058", max_length=7)


class InboundSettings(BaseModel):
    """What the Digikoppeling adapter delivers to us."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Where the hub listens for this partner.
    path: str = Field(default="/partners/corv", pattern=r"^/[A-Za-z0-9/_-]+$")
    #: Larger requests are refused before they are read whole.
    max_bytes: int = Field(default=MAX_XML_BYTES + 1_000_000, gt=0)
    #: wsa:To as the adapter was configured; absent is not compared.
    expected_to: str | None = None
    #: Values of wsa:From that the adapter may use; empty is not compared.
    expected_from: tuple[str, ...] = ()
    #: Values of wsa:Action that the adapter may use; empty is not compared.
    expected_actions: tuple[str, ...] = ()
    #: What to do with an identical repeat: a lost Bv03 makes an adapter repeat, so answering again is the default. The
    #: standard's test scenario SCN 8 expects a refusal.
    duplicate_identical: Literal["answer-again", "refuse"] = "answer-again"
    #: Codes of refusals.
    fault_codes: FaultCodes = FaultCodes()
    #: When set (file:PATH or env:NAME), requests must carry it in ``shared_secret_header``.
    shared_secret: Secret | None = None
    #: Name of the header with the shared secret.
    shared_secret_header: str = "x-hub-secret"
    #: OINs of client certificates that may deliver; empty means that none is asked. The proxy before the hub verifies the
    #: certificate and tells its OIN in a header: see ``web.proxy_addresses`` and ``web.oin_header``.
    certificate_oins: tuple[str, ...] = ()


class CorvSettings(PartnerSettings):
    """The connection to CORV."""

    #: How users know the partner; the standard's own pages now say JUBES.
    display_name: str = "CORV"
    #: Where the Digikoppeling adapter takes messages.
    url: str
    #: Who we are.
    own: SystemSettings
    #: To whom messages go unless the message itself names another receiver.
    partner: SystemSettings
    #: ebMS Service, not public: as agreed with the adapter's administrator.
    ebms_service: str = "urn:osb:services:corv:1.0"
    #: ebMS Action per element name; others get the recommended one: namespace, slash, element name.
    ebms_actions: dict[str, str] = Field(default_factory=dict)
    #: Reactions to the partner's codes, over the defaults: StUF codes, ``http:<status>``, ``fault:<faultcode>``.
    reactions: dict[str, Reaction] = Field(default_factory=dict)
    #: Seconds for connecting.
    connect_timeout_seconds: float = Field(default=10.0, gt=0)
    #: Seconds for each read and write; the total deadline of a call is the engine's.
    read_timeout_seconds: float = Field(default=60.0, gt=0)
    #: Largest answer that is read.
    max_reply_bytes: int = Field(default=MAX_REPLY_BYTES, gt=0)
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

    def reaction_table(self) -> dict[str, Reaction]:
        """Reactions, with the defaults where the settings are silent."""
        return {**DEFAULT_REACTIONS, **self.reactions}

    def action(self, element: str) -> str:
        """Value of wsa:Action for a message with this root element."""
        namespace = STUF if element.endswith("Bericht") else JZ
        return addressing.action(
            self.ebms_service, self.ebms_actions.get(element) or addressing.recommended_action(namespace, element)
        )
