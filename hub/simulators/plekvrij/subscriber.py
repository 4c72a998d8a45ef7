"""A simulated receiver of events: takes each event once, looks at order and signature, and misbehaves when asked."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hub.errors import DecodeFailure, HubError
from hub.simulators import faults
from hub.simulators.deliveries import Deliverer, Delivery, Said
from hub.simulators.faults import Faults
from hub.simulators.partner import Options, SimulatedPartner
from hub.simulators.received import Log, Received
from hub.simulators.serving import Reply, Request
from hub.standards.cloudevents import check_event
from hub.transports import webhook

#: What a receiver can do wrong beside what any partner can.
WIRE: Mapping[str, str] = {
    **faults.WIRE,
    "http_500": "answer 500",
    "http_410": "answer 410: never send me anything again",
    "slow": "answer after five seconds",
}
_STATUS = {"http_500": 500, "http_410": 410}
_SLOW_SECONDS = 5.0


class SubscriberSimulator(SimulatedPartner):
    """One receiver. ``start`` it, and ``stop`` it at the end.

    Args:
        options: Set-up.
        faults: As on the command line, e.g. ``("http_500:3",)``.
        port: Where it listens; 0 takes a free port.
        host: Address to listen on.
        state: File in which what was taken survives a restart.
        secret: With which events have to be signed; empty does not look.

    Raises:
        ValueError: An unknown fault.
        OSError: The port is in use.
    """

    path: ClassVar[str] = "/events"
    wire: ClassVar[Mapping[str, str]] = WIRE

    def __init__(
        self,
        options: Options | None = None,
        *,
        faults: Sequence[str] = (),
        port: int = 0,
        host: str = "127.0.0.1",
        state: Path | None = None,
        secret: str = "",
    ) -> None:
        deliverer = Deliverer(None, {}, lambda reply: Said(f"http:{reply.status}"))
        super().__init__(
            options or Options(), faults=Faults(WIRE, faults), log=Log(state), deliverer=deliverer, port=port, host=host
        )
        self.secret = secret
        self._lock = threading.Lock()
        self._moments: dict[str, str] = {}

    def identity(self, request: Request) -> str:
        """The identity that the hub gave the request."""
        return request.headers.get("idempotency-key", "")

    def resume(self) -> None:
        """Nothing goes back."""

    def deliver(self, body: bytes, *, times: int = 1) -> Delivery:
        """A receiver sends nothing. Raises: DecodeFailure."""
        raise DecodeFailure("a receiver of events sends nothing")

    def instead_of_taking(self, fault: str, request: Request) -> Reply:
        """Its own statuses, else as any partner. Raises: Hang, Reset."""
        if fault == "slow":
            time.sleep(_SLOW_SECONDS)
            return self.take(request)[0]
        return Reply(_STATUS[fault]) if fault in _STATUS else super().instead_of_taking(fault, request)

    def take(self, request: Request) -> tuple[Reply, str]:
        """Take an event, or recognise it."""
        try:
            event = check_event(request.body)
        except HubError as error:
            self.log.violation(error.text)
            return Reply(400), "unreadable"
        header = request.headers.get(webhook.SIGNATURE.lower(), "")
        if self.secret and not webhook.is_signed(header, request.body, self.secret, int(time.time())):
            self.log.violation("the event is not signed with the secret of this subscriber")
            return Reply(401), "unsigned"
        received = _received(event, request)
        earlier = self.log.take(received)
        if earlier is not None:
            self.log.repeated(earlier)
            return Reply(200), "repeated"
        self._look_at_order(event)
        return Reply(202), "taken"

    def _look_at_order(self, event: Mapping[str, Any]) -> None:
        """Events of one location may not run back in time."""
        place = str(event.get("subject", "")).rpartition("/")[0]
        with self._lock:
            before = self._moments.get(place, "")
            self._moments[place] = max(before, str(event.get("time", "")))
        if before and str(event.get("time", "")) < before:
            self.log.violation("an event came behind a newer one of its location")


def _received(event: Mapping[str, Any], request: Request) -> Received:
    digest = hashlib.sha256(request.body).hexdigest()
    return Received(
        sender=str(event["source"]),
        reference=str(event["id"]),
        type=str(event["type"]),
        digest=digest,
        sha256=digest,
        message_id=request.headers.get("idempotency-key", ""),
        details={"subject": str(event.get("subject", "")), "free": json.loads(request.body)["data"].get("vrij")},
    )
