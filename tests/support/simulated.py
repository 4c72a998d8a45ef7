"""A simulated partner between the hub's adapter and a tiny hub that takes what comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from hub.adapters.corv.client import CorvAdapter
from hub.adapters.corv.endpoint import CorvEndpoint
from hub.adapters.corv.settings import CorvSettings
from hub.contracts.adapter import HttpAnswer, InboundRequest
from hub.errors import HubError
from hub.message import Outgoing, new_id
from hub.simulators.corv.simulator import CorvOptions, CorvSimulator
from hub.simulators.serving import Reply, Request, Server
from hub.transports.digikoppeling import envelope
from hub.transports.digikoppeling.endpoint import DigikoppelingIncoming
from hub.transports.digikoppeling.settings import SystemSettings
from hub.transports.http import HttpTransport
from hub.transports.http_reply import HttpReply
from tests.support.berichten import OURS, RAAD, vto

PATIENCE = 60.0


def settings(url: str) -> CorvSettings:
    return CorvSettings(
        url=url,
        own=SystemSettings(organisatie=OURS.organisatie, applicatie=OURS.applicatie),
        partner=SystemSettings(organisatie=RAAD.organisatie, applicatie=RAAD.applicatie),
        read_timeout_seconds=PATIENCE,
    )


class TinyHub:
    """The hub's inbound side with nothing behind it: keeps what comes in, answers as the endpoint says."""

    def __init__(self) -> None:
        self.endpoint = CorvEndpoint(settings("http://127.0.0.1:1/"))
        self.got: list[DigikoppelingIncoming] = []
        self.answers: list[Callable[[DigikoppelingIncoming], HttpAnswer]] = []
        self.came = threading.Condition()
        self.server = Server(self)
        self.server.start()
        self.url = f"{self.server.url}/partners/corv"

    def before_body(self, path: str) -> None:
        """Nothing to do."""

    def handle(self, request: Request) -> Reply:
        asked = InboundRequest(request.headers, request.body)
        try:
            incoming = self.endpoint.parse(asked)
        except HubError as error:
            answer = self.endpoint.refuse(asked, error)
        else:
            with self.came:
                self.got.append(incoming)
                say = self.answers.pop(0) if self.answers else self.endpoint.confirm
                self.came.notify_all()
            answer = say(incoming)
        return Reply(answer.status, answer.body, answer.headers)

    def wait(self, count: int) -> list[DigikoppelingIncoming]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= count, PATIENCE)
            return list(self.got)


class World:
    """A simulated partner, a tiny hub, and the hub's adapter between them."""

    def __init__(self, **simulator: Any) -> None:
        self.hub = TinyHub()
        options = CorvOptions(hub=self.hub.url, **simulator.pop("options", {}))
        self.partner = CorvSimulator(options, **simulator)
        self.partner.start()
        self.adapter = CorvAdapter(settings(self.partner.url), connection="corv")
        self.adapter.open()

    def send(self, reference: str, *, earlier_maybe: bool = False, **content: Any) -> str:
        return self.adapter.send(self.outgoing(reference, earlier_maybe=earlier_maybe, **content)).code

    def outgoing(self, reference: str, *, earlier_maybe: bool = False, **content: Any) -> Outgoing:
        return Outgoing(new_id(), "raadsverzoek", "corv", "vtoDi01", reference, vto(reference, **content), 1, earlier_maybe)

    def raw(self, body: bytes, headers: dict[str, str] | None = None) -> HttpReply:
        transport = HttpTransport(self.partner.url, read_timeout=PATIENCE)
        try:
            return transport.post("", body, headers or envelope.HTTP_HEADERS)
        finally:
            transport.close()

    def close(self) -> None:
        self.adapter.close()
        self.partner.stop()
        self.hub.server.stop()
