"""Partners for tests of the engine: one in memory and one over HTTP, both honest unless told otherwise."""

from __future__ import annotations

import threading
from collections import deque
from typing import ClassVar

from hub.contracts.adapter import PartnerHealth
from hub.errors import HubError, NotConnected, Reached, Refused, TransientError, Unavailable
from hub.message import Outgoing, Receipt, Repeat
from hub.transports.http import HttpTransport


class FakePartner:
    """The far side of ``FakeAdapter``: what arrived, and what happens next. For any number of threads.

    ``script`` holds one entry per coming call: an error to raise, or ``"hang"``; an empty script takes everything. While
    ``away`` is set nobody is there.
    """

    def __init__(self, *script: HubError | str) -> None:
        self.script: deque[HubError | str] = deque(script)
        self.away = False
        self.received: list[Outgoing] = []
        self.arrived = threading.Event()


class FakeAdapter:
    """An adapter in memory, the reference of the contract."""

    partner: ClassVar[str] = "fake"
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    can_ping: ClassVar[bool] = True

    def __init__(self, partner: FakePartner) -> None:
        self._partner = partner
        self._closed = threading.Event()
        self._closed.set()

    def open(self) -> None:
        """Allow calls."""
        self._closed.clear()

    def close(self) -> None:
        """End a running call with ``connection_lost``."""
        self._closed.set()

    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand the message to the partner and do as the script says."""
        if self._closed.is_set():
            raise NotConnected("closed", code="connection_lost")
        if self._partner.away:
            raise NotConnected("nobody there")
        order = self._partner.script.popleft() if self._partner.script else None
        self._partner.received.append(outgoing)
        self._partner.arrived.set()
        if isinstance(order, HubError):
            raise order
        if order == "hang":
            self._closed.wait(60)
            raise Unavailable("closed while sending", code="connection_lost", reached=Reached.MAYBE)
        return Receipt("taken")

    def ping(self) -> PartnerHealth:
        """Whether somebody is there."""
        return PartnerHealth(not self._partner.away)


class TinyHttpAdapter:
    """The smallest honest adapter over HTTP: 2xx with ``taken`` in it is a yes, 4xx a no, the rest is not now.

    ``repeat`` may be set per instance.
    """

    partner: ClassVar[str] = "tiny"
    repeat: Repeat = Repeat.UNSAFE  # type: ignore[misc]  # a class variable in the contract; here a test may choose
    can_ping: ClassVar[bool] = False

    def __init__(self, url: str, *, read_timeout: float = 10.0) -> None:
        self._transport = HttpTransport(url, read_timeout=read_timeout)

    def open(self) -> None:
        """Allow calls."""
        self._transport.open()

    def close(self) -> None:
        """End a running call with ``connection_lost``."""
        self._transport.close()

    def send(self, outgoing: Outgoing) -> Receipt:
        """POST the body."""
        reply = self._transport.post("", outgoing.body, {"X-Reference": outgoing.reference})
        if 200 <= reply.status < 300 and reply.body == b"taken":
            return Receipt("taken", evidence=reply.body)
        if 400 <= reply.status < 500:
            raise Refused(f"HTTP {reply.status}", partner_code=str(reply.status))
        raise Unavailable(f"HTTP {reply.status}", reached=Reached.MAYBE)

    def ping(self) -> PartnerHealth:
        """Connect, and no more."""
        try:
            self._transport.connect()
        except TransientError as error:
            return PartnerHealth(False, error.text)
        return PartnerHealth(True)
