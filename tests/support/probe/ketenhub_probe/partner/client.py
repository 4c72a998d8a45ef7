"""The way out: an order is a POST of its element."""

from __future__ import annotations

from typing import ClassVar

from hub.contracts.adapter import PartnerHealth
from hub.errors import PermanentError, TransientError, Unavailable
from hub.message import Outgoing, Receipt, Repeat
from hub.transports.http import HttpTransport
from ketenhub_probe.partner.settings import ProbeSettings

_HTTP_OK = 200


class ProbeAdapter:
    """One connection to the depot."""

    partner: ClassVar[str] = "probe"
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    can_ping: ClassVar[bool] = True

    def __init__(self, settings: ProbeSettings) -> None:
        limits = {"connect_timeout": 5, "read_timeout": 10, "max_reply_bytes": 10_000}
        self._transport = HttpTransport(settings.url, tls=settings.tls, **limits)

    def open(self) -> None:
        self._transport.open()

    def close(self) -> None:
        self._transport.close()

    def send(self, outgoing: Outgoing) -> Receipt:
        headers = {"Content-Type": "text/xml", "X-Request-Id": outgoing.reference}
        reply = self._transport.post("", outgoing.body, headers)
        if reply.status == _HTTP_OK:
            return Receipt("taken")
        if 400 <= reply.status < 500:
            raise PermanentError(f"the depot refuses it with {reply.status}", code="refused")
        raise Unavailable(f"the depot answers {reply.status}", code="partner_unavailable")

    def ping(self) -> PartnerHealth:
        try:
            self._transport.connect()
        except TransientError as error:
            return PartnerHealth(False, error.text)
        return PartnerHealth(True)


def make(settings: ProbeSettings, connection: str) -> ProbeAdapter:
    """The adapter of one connection."""
    del connection
    return ProbeAdapter(settings)
