"""The way out to PartnerName: one HTTP request per message."""

from __future__ import annotations

from typing import ClassVar

from hub.adapters.partnername.settings import PartnerNameSettings
from hub.contracts.adapter import PartnerHealth
from hub.errors import TransientError
from hub.message import Outgoing, Receipt, Repeat
from hub.transports.http import HttpTransport
from hub.transports.http_reply import HttpReply


class PartnerNameAdapter:
    """One connection to PartnerName.

    Raises:
        ConfigError: The URL or a certificate cannot work.
    """

    partner: ClassVar[str] = "partnername"
    repeat: ClassVar[Repeat] = Repeat.UNSAFE
    can_ping: ClassVar[bool] = True

    def __init__(self, settings: PartnerNameSettings) -> None:
        self._transport = HttpTransport(
            settings.url,
            tls=settings.tls,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.read_timeout_seconds,
        )

    def open(self) -> None:
        """Allow calls."""
        self._transport.open()

    def close(self) -> None:
        """End a running call with ``connection_lost``."""
        self._transport.close()

    def send(self, outgoing: Outgoing) -> Receipt:
        """POST the body once. Raises: as the contract says."""
        # fill in: the headers that the partner asks for
        headers = {"Content-Type": "application/json", "X-Reference": outgoing.reference}
        return _receipt(self._transport.post("", outgoing.body, headers))

    def ping(self) -> PartnerHealth:
        """Connect, and no more."""
        try:
            self._transport.connect()
        except TransientError as error:
            return PartnerHealth(False, error.text)
        return PartnerHealth(True)


def _receipt(reply: HttpReply) -> Receipt:
    """What an answer means. Its text is never in an error: it may hold content.

    Raises:
        Refused: The partner understood and says no; repeating cannot help.
        Unavailable: Anything that is not the partner's own yes or no, such as a proxy's page; ``reached`` is maybe.
    """
    # fill in: which answer is the partner's own yes (a Receipt), which its no (Refused); all others are Unavailable
    raise NotImplementedError("fill in: what an answer means, in client.py")


def make(settings: PartnerNameSettings, connection: str) -> PartnerNameAdapter:
    """The adapter of one connection. Raises: ConfigError, as the class."""
    del connection
    return PartnerNameAdapter(settings)
