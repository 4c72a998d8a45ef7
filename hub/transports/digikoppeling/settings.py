"""Settings of a connection through a Digikoppeling adapter; bases for partners, who add their own names and defaults.

What is not public (ebMS Service and Action, addresses, identities) is a setting, never a constant.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from hub.config import Secret
from hub.standards.stuf import Systeem
from hub.transports.digikoppeling import addressing
from hub.transports.digikoppeling.outcomes import DEFAULT_REACTIONS, Reaction
from hub.transports.http import MAX_REPLY_BYTES
from hub.transports.settings import PartnerSettings

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
    """What the Digikoppeling adapter delivers to us. A partner gives ``path`` and ``max_bytes`` a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Where the hub listens for this partner.
    path: str = Field(pattern=r"^/[A-Za-z0-9/_-]+$")
    #: Larger requests are refused before they are read whole.
    max_bytes: int = Field(gt=0)
    #: wsa:To as the adapter was configured; absent is not compared.
    expected_to: str | None = None
    #: Values of wsa:From that the adapter may use; empty is not compared.
    expected_from: tuple[str, ...] = ()
    #: Values of wsa:Action that the adapter may use; empty is not compared.
    expected_actions: tuple[str, ...] = ()
    #: Organisations beside ``own.organisatie`` to whom a message may be addressed. A message to anybody else is refused (Fo03).
    also_addressed_to: tuple[str, ...] = ()
    #: Organisations beside the receiver of our message whose answer (Bv01, Fo01) counts. Anybody else's is kept, with a task.
    answers_from: tuple[str, ...] = ()
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
    #: In productie a hub without shared_secret and certificate_oins does not start, unless this says that anyone may deliver,
    #: because only the partner's adapter can reach this path.
    open_to: Literal["anyone"] | None = None


class DigikoppelingSettings(PartnerSettings):
    """A connection over Digikoppeling Intern."""

    #: Where the Digikoppeling adapter takes messages.
    url: str
    #: Who we are.
    own: SystemSettings
    #: To whom messages go unless the message itself names another receiver.
    partner: SystemSettings
    #: ebMS Service, not public: as agreed with the adapter's administrator.
    ebms_service: str
    #: ebMS Action per element name; others get the recommended one: namespace, slash, element name.
    ebms_actions: dict[str, str] = Field(default_factory=dict)
    #: Reactions to the partner's codes, over the defaults: StUF codes, ``http:<status>``, ``fault:<faultcode>``.
    reactions: dict[str, Reaction] = Field(default_factory=dict)
    #: Seconds for connecting.
    connect_timeout_seconds: float = Field(default=10.0, gt=0, le=3600)
    #: Seconds for each read and write; the total deadline of a call is the engine's.
    read_timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    #: Largest answer that is read.
    max_reply_bytes: int = Field(default=MAX_REPLY_BYTES, gt=0)
    #: What comes in.
    inbound: InboundSettings

    @model_validator(mode="after")
    def _asks_something(self, info: ValidationInfo) -> Self:
        """Whoever reaches an endpoint that asks nothing may end our messages with an answer of his own."""
        inbound = self.inbound
        asks = inbound.shared_secret is not None or inbound.certificate_oins or inbound.open_to is not None
        if (info.context or {}).get("environment") == "productie" and not asks:
            raise ValueError(
                "inbound takes what anybody delivers, which productie does not: set shared_secret, or certificate_oins behind "
                'a proxy that verifies certificates; or open_to = "anyone" where only the partner can reach it'
            )
        return self

    def reaction_table(self) -> dict[str, Reaction]:
        """Reactions, with the defaults where the settings are silent."""
        return {**DEFAULT_REACTIONS, **self.reactions}

    def action(self, namespace: str, element: str) -> str:
        """Value of wsa:Action for a message with this root element."""
        ebms_action = self.ebms_actions.get(element) or addressing.recommended_action(namespace, element)
        return addressing.action(self.ebms_service, ebms_action)
