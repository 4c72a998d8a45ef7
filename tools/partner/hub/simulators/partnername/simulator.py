"""The simulated PartnerName: strict in what it takes, and wilful when asked (``hub.simulators.faults``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hub.contracts.simulation import Simulation
from hub.simulators import faults
from hub.simulators.control import Controlled
from hub.simulators.deliveries import Deliverer, Delivery, Said
from hub.simulators.faults import Faults
from hub.simulators.partner import Options, SimulatedPartner
from hub.simulators.received import Log, Received
from hub.simulators.serving import Reply, Request, json_reply


class PartnerNameSimulator(SimulatedPartner):
    """One simulated PartnerName.

    Args:
        fault: How it misbehaves.
        state: What it took is remembered here over a restart.
        host: Address to listen on.
    """

    def __init__(self, fault: Sequence[str] = (), port: int = 0, state: Path | None = None, host: str = "127.0.0.1") -> None:
        super().__init__(
            Options(),
            faults=Faults(faults.WIRE, fault),
            log=Log(state),
            deliverer=Deliverer(None, {}, lambda reply: Said(f"http:{reply.status}")),
            port=port,
            host=host,
        )

    def identity(self, request: Request) -> str:
        """The hub's reference of the message."""
        return request.headers.get("x-reference", "")

    def take(self, request: Request) -> tuple[Reply, str]:
        """Take a message once; refuse what the real partner would refuse."""
        wrong = _wrong(request)
        if wrong:
            self.log.violation(wrong)
            return json_reply({"error": wrong}, 422), "refused"
        digest = hashlib.sha256(request.body).hexdigest()
        message = Received("hub", self.identity(request), "partnername_message", digest, digest)
        earlier = self.log.take(message)
        if earlier is not None and earlier.digest != digest:
            return json_reply({"error": "the reference is in use"}, 422), "refused"
        if earlier is not None:
            self.log.repeated(earlier)
        return json_reply({"taken": message.reference}), "taken"

    def resume(self) -> None:
        """Nothing to go on with: no business answer comes."""

    def deliver(self, body: bytes, *, times: int = 1) -> Delivery:
        """Keep it: this partner does not call the hub."""
        return self.deliverer.add(Delivery("", "", body, times))


def _wrong(request: Request) -> str:
    """What the partner would refuse; empty for a good message."""
    # fill in: the checks and the answers of the real partner, from its own documents and not from client.py
    if not request.headers.get("x-reference"):
        return "there is no reference"
    try:
        json.loads(request.body)
    except ValueError:
        return "the body is not JSON"
    return ""


def simulate(
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens; 0 takes a free port.")] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address it listens on; 0.0.0.0 in a container.")] = "127.0.0.1",
    hub: Annotated[str, typer.Option(metavar="URL", help="Not used: this partner does not call the hub.")] = "",
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME[:TIMES]", help=faults.option_help(faults.WIRE))] = None,
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="Remember taken messages here over a restart.")] = None,
) -> Simulation:
    """Run a simulated PartnerName until it is interrupted.

    Example: hub simulate partnername --port 8081 --fault html_502:2
    """
    del hub
    try:
        simulator = PartnerNameSimulator(fault or (), port, state, host)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    return Controlled(simulator)
