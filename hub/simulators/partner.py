"""What every simulated partner on HTTP does: it takes messages, misbehaves when asked, answers questions, and can be steered.

A partner says what it makes of a message, and what goes back. See ``hub.simulators.faults`` for how it misbehaves and
``hub.simulators.control`` for the interface to look inside.
"""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hub.simulators import control, faults
from hub.simulators.deliveries import Deliverer, Delivery
from hub.simulators.faults import Faults
from hub.simulators.received import Call, Log
from hub.simulators.serving import Reply, Request, Reset, Server

#: Faults of the wire with which the message is taken all the same.
_TAKEN_ALL_THE_SAME = frozenset({"drip", "deliver_but_lose_answer"})
#: Faults of the wire that strike before a request has been read.
_BEFORE_READING = frozenset({"refuse", "reset_before_read"})


@dataclass(slots=True)
class Options:
    """How a simulated partner is set up; ``delay``, ``late`` and ``drip`` may change while it runs.

    Attributes:
        hub: URL of the hub's inbound endpoint; None sends nothing back.
        delay: Seconds between taking a message and the business answer.
        late: Seconds more when the fault ``answer_late`` is on.
        drip: Seconds between the bytes of an answer that drips.
    """

    hub: str | None = None
    delay: float = 0.0
    late: float = 30.0
    drip: float = 1.0


class SimulatedPartner(ABC):
    """One simulated partner. ``start`` it, and ``stop`` it at the end.

    Args:
        options: Set-up.
        faults: With all that this partner can do wrong.
        log: What it remembers.
        deliverer: Sends to the hub.
        port: Where it listens; 0 takes a free port.
        host: Address to listen on.

    Raises:
        OSError: The port is in use, or the address is none of this machine.
    """

    #: Path at which messages are taken.
    path: ClassVar[str] = "/"
    #: Faults of the way there and back, its own among them.
    wire: ClassVar[Mapping[str, str]] = faults.WIRE
    #: Options that may change while it runs.
    changeable: frozenset[str] = frozenset({"delay", "late", "drip"})

    def __init__(
        self, options: Options, *, faults: Faults, log: Log, deliverer: Deliverer, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self.options: Any = options
        self.faults = faults
        self.log = log
        self.deliverer = deliverer
        self.server = Server(self, port, host)

    @abstractmethod
    def take(self, request: Request) -> tuple[Reply, str]:
        """Judge a message; take it, refuse it, or recognise it. The reply, and in a word what came of it."""

    @abstractmethod
    def resume(self) -> None:
        """Go on with business answers that a restart interrupted."""

    @abstractmethod
    def deliver(self, body: bytes, *, times: int = 1) -> Delivery:
        """Deliver a message to the hub as it is, valid or not. Raises: HubError when it cannot even be addressed."""

    def identity(self, request: Request) -> str:
        """The caller's identity of a request, as far as it can be read; for the list of calls."""
        return request.headers.get("x-request-id", "")

    def instead_of_taking(self, fault: str, request: Request) -> Reply:
        """What comes of a request that is not taken because of a fault of the wire. Raises: Hang, Reset."""
        del request
        return faults.instead_of_taking(fault)

    @property
    def questions(self) -> Mapping[str, Callable[[], Any]]:
        """Its own questions at the control interface."""
        return {}

    @property
    def orders(self) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
        """Its own orders at the control interface."""
        return {}

    @property
    def url(self) -> str:
        """Where messages are taken."""
        return f"{self.server.url}{self.path}"

    def start(self) -> None:
        """Listen, and go on with what a restart interrupted."""
        self.server.start()
        self.apply_refuse()
        self.resume()

    def stop(self) -> None:
        """Stop listening and delivering. Idempotent."""
        self.server.stop()
        self.deliverer.stop()
        self.log.close()

    def apply_refuse(self) -> None:
        """Listen or not, as the fault ``refuse`` says."""
        refuse = next((fault for fault in self.faults.active() if fault.startswith("refuse:") or fault == "refuse"), None)
        if refuse is None:
            self.server.accept_again()
            return
        self.server.refuse()
        seconds = refuse.partition(":")[2]
        if seconds:
            timer = threading.Timer(float(seconds), self._refused_long_enough)
            timer.daemon = True
            timer.start()

    def before_body(self, path: str) -> None:
        """Break off at the head of a request when told to. Raises: Reset."""
        if not path.startswith(control.PATH) and self.faults.take(("reset_before_read",)):
            raise Reset

    def handle(self, request: Request) -> Reply:
        """Take a message, or answer a question about what was taken. Raises: Hang, Reset."""
        if request.path.startswith(control.PATH):
            return control.handle(self, request)
        fault = self.faults.take(self.wire.keys() - _BEFORE_READING)
        untouched = None if fault in _TAKEN_ALL_THE_SAME else fault
        reply, outcome = (Reply(0), untouched) if untouched else self.take(request)
        digest = hashlib.sha256(request.body).hexdigest()
        self.log.call(Call(self.identity(request), digest, fault or outcome or ""), request.body)
        if untouched:
            return self.instead_of_taking(untouched, request)
        if fault == "deliver_but_lose_answer":
            raise Reset
        return Reply(reply.status, reply.body, reply.headers, self.options.drip) if fault == "drip" else reply

    def _refused_long_enough(self) -> None:
        self.server.accept_again()
        self.faults.replace([fault for fault in self.faults.active() if not fault.startswith("refuse:")])
