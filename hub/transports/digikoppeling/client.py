"""The way out over Digikoppeling Intern: SOAP over HTTP to a Digikoppeling adapter, for any partner behind one.

``Bv04`` means that the adapter took over. Whether the partner behind it takes the message is told later, by a message that
comes in (``hub.transports.digikoppeling.endpoint``).
"""

from __future__ import annotations

from typing import ClassVar

from hub.contracts.adapter import PartnerHealth
from hub.errors import TransientError
from hub.message import Outgoing, Receipt, Repeat
from hub.standards.stuf import Stuurgegevens, Systeem
from hub.transports.digikoppeling import envelope, outcomes
from hub.transports.digikoppeling.addressing import headers_for
from hub.transports.digikoppeling.settings import DigikoppelingSettings
from hub.transports.http import HttpTransport

#: Attributes of a message (``Built.attributes``) that are read here; all may be absent. The route writes the same systems into
#: the message: To, From and MessageID must agree with its stuurgegevens.
ATTRIBUTES = (
    "from_organisatie",  # another sender than the connection's own system
    "from_applicatie",
    "from_administratie",
    "to_organisatie",  # another receiver than the connection's partner
    "to_applicatie",
    "to_administratie",
    "cross_refnummer",  # when answering
    "conversation",  # another ConversationId than the default
)


class DigikoppelingAdapter:
    """One connection to a Digikoppeling adapter; a partner's class adds its name.

    Sending the same referentienummer again yields the same MessageID, by which the adapter recognises a repeat.

    Args:
        settings: Of this connection.
        connection: Its name in the configuration.

    Raises:
        ConfigError: The URL or a certificate file cannot work.
    """

    partner: ClassVar[str]
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    #: Digikoppeling Intern has no operation without effect; ``ping`` only connects.
    can_ping: ClassVar[bool] = False

    def __init__(self, settings: DigikoppelingSettings, *, connection: str) -> None:
        self.connection = connection
        self._settings = settings
        self._reactions = settings.reaction_table()
        self._own = settings.own.systeem()
        self._receiver = settings.partner.systeem()
        self._transport = HttpTransport(
            settings.url,
            tls=settings.tls,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.read_timeout_seconds,
            max_reply_bytes=settings.max_reply_bytes,
        )

    def open(self) -> None:
        """Get ready; cheap to call again. Does not connect."""
        envelope.prepare()
        self._transport.open()

    def close(self) -> None:
        """Let go of the connection; from any thread. A running ``send`` ends at once with ``connection_lost``."""
        self._transport.close()

    def send(self, outgoing: Outgoing) -> Receipt:
        """Deliver one message to the Digikoppeling adapter; returns on Bv04.

        Raises:
            NotConnected: Surely not sent.
            TransientError: Not now.
            ConnectionFault: TLS, credentials or address are wrong.
            PermanentError: Refused, or no XML.
        """
        headers = headers_for(
            self._stuurgegevens(outgoing),
            self._settings.action(*envelope.root_of(outgoing.body)),
            conversation=outgoing.attributes.get("conversation"),
        )
        pieces = envelope.splice(headers, outgoing.body)
        reply = self._transport.post("", pieces, envelope.HTTP_HEADERS)
        return outcomes.judge(reply, outgoing, self._reactions)

    def ping(self) -> PartnerHealth:
        """Connect without sending anything: tells that something listens and that TLS works, no more.

        Raises:
            ConnectionFault: TLS does not come about.
        """
        try:
            self._transport.connect()
        except TransientError as error:
            return PartnerHealth(False, error.text)
        return PartnerHealth(True, "connected; Digikoppeling Intern knows no question without effect")

    def _stuurgegevens(self, outgoing: Outgoing) -> Stuurgegevens:
        """The identity that the headers are made of."""
        return Stuurgegevens(
            berichtcode="",
            zender=_system(outgoing, "from", self._own),
            ontvanger=_system(outgoing, "to", self._receiver),
            referentienummer=outgoing.reference,
            cross_refnummer=outgoing.attributes.get("cross_refnummer", ""),
        )


def _system(outgoing: Outgoing, side: str, usual: Systeem) -> Systeem:
    """The system on one side of a message: the one that it names, else the connection's."""
    facts = outgoing.attributes
    organisatie = facts.get(f"{side}_organisatie", usual.organisatie)
    applicatie = facts.get(f"{side}_applicatie", usual.applicatie)
    if (organisatie, applicatie) == (usual.organisatie, usual.applicatie):
        return usual
    return Systeem(organisatie, applicatie, facts.get(f"{side}_administratie", ""))
