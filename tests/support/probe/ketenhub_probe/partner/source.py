"""The way in: the depot is asked for what it sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator

from hub.contracts.adapter import Incoming
from hub.errors import Unavailable
from hub.transports.http import HttpTransport
from ketenhub_probe.partner.settings import ProbeSettings

_HTTP_OK = 200
#: Inbound route of what the depot sent.
SENT = "probe_sent"


class ProbeSource:
    """One connection to the depot's list of what it sent."""

    partner = "probe"

    def __init__(self, settings: ProbeSettings) -> None:
        self.every = dt.timedelta(seconds=settings.every_seconds)
        limits = {"connect_timeout": 5, "read_timeout": 10, "max_reply_bytes": 100_000}
        self._transport = HttpTransport(settings.url, tls=settings.tls, **limits)

    def open(self) -> None:
        self._transport.open()

    def close(self) -> None:
        self._transport.close()

    def poll(self) -> Iterator[Incoming]:
        for item in json.loads(self._ask("GET", "/outbox")):
            body = json.dumps(item).encode()
            yield Incoming(
                type="sent",
                sender="depot",
                reference=item["id"],
                digest=hashlib.sha256(body).digest(),
                body=body,
                route=SENT,
                title="Verzonden",
                meaning=item,
            )
            self._ask("POST", f"/outbox/{item['id']}/taken")

    def _ask(self, method: str, target: str) -> bytes:
        reply = self._transport.request(method, target, b"", {})
        if reply.status != _HTTP_OK:
            raise Unavailable(f"the depot answers {reply.status}", code="partner_unavailable")
        return reply.body


def make(settings: ProbeSettings, connection: str) -> ProbeSource:
    """The source of one connection."""
    del connection
    return ProbeSource(settings)
