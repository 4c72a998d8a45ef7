"""The way out to CORV: Digikoppeling Intern, SOAP over HTTP to the Digikoppeling adapter.

``Bv04`` means that the adapter took over; whether CORV and the Raad take the message is told hours later by ``Bv01`` or
``Fo01``, which come in by ``hub.adapters.corv.endpoint``.
"""

from __future__ import annotations

from typing import ClassVar

from hub.adapters.corv.settings import CorvSettings
from hub.contracts.adapter import PartnerHealth
from hub.errors import TransientError
from hub.message import Outgoing, Receipt, Repeat
from hub.standards.stuf import Stuurgegevens, Systeem
from hub.transports.digikoppeling import envelope, outcomes
from hub.transports.digikoppeling.addressing import headers_for
from hub.transports.http import HttpTransport

#: Attributes of a message (``Built.attributes``) that this adapter reads; all may be absent.
ATTRIBUTES = (
    "ontvanger_organisatie",  # another receiver than the connection's, e.g. the police for a zorgmeldingTerugkoppeling
    "ontvanger_applicatie",
    "ontvanger_administratie",
    "cross_refnummer",  # when answering
    "conversation",  # another ConversationId than the default
)


class CorvAdapter:
    """One connection to a Digikoppeling adapter.

    Sending the same referentienummer again yields the same MessageID, by which the adapter recognises a repeat.

    Args:
        settings: Of this connection.
        connection: Its name in the configuration.

    Raises:
        ConfigError: The URL or a certificate file cannot work.
    """

    partner: ClassVar[str] = "corv"
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    #: Digikoppeling Intern has no operation without effect; ``ping`` only connects.
    can_ping: ClassVar[bool] = False

    def __init__(self, settings: CorvSettings, *, connection: str) -> None:
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
            PermanentError: Refused.
        """
        headers = headers_for(
            self._stuurgegevens(outgoing),
            self._settings.action(outgoing.type),
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
        """The identity the headers are made of. The route wrote the same into the message."""
        facts = outgoing.attributes
        receiver = self._receiver
        if "ontvanger_organisatie" in facts or "ontvanger_applicatie" in facts:
            receiver = Systeem(
                facts.get("ontvanger_organisatie", receiver.organisatie),
                facts.get("ontvanger_applicatie", receiver.applicatie),
                facts.get("ontvanger_administratie", ""),
            )
        return Stuurgegevens(
            berichtcode="",
            zender=self._own,
            ontvanger=receiver,
            referentienummer=outgoing.reference,
            cross_refnummer=facts.get("cross_refnummer", ""),
        )


def make(settings: CorvSettings, connection: str) -> CorvAdapter:
    """The adapter of one connection. Raises: ConfigError, as the class."""
    return CorvAdapter(settings, connection=connection)
