"""The options of ``hub simulate corv``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.contracts.simulation import Simulation
from hub.simulators.control import Controlled
from hub.simulators.corv.faults import KNOWN
from hub.simulators.corv.simulator import SERVICE, CorvOptions, CorvSimulator
from hub.simulators.faults import option_help

_HUB = "The hub's endpoint for this partner; without it nothing comes back."


def simulate(
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens; 0 takes a free port.")] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address it listens on; 0.0.0.0 in a container.")] = "127.0.0.1",
    hub: Annotated[str | None, typer.Option(metavar="URL", help=_HUB)] = None,
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME[:TIMES]", help=option_help(KNOWN))] = None,
    delay: Annotated[float, typer.Option(metavar="SECONDS", help="Between taking a message and the business answer.")] = 0.0,
    late: Annotated[float, typer.Option(metavar="SECONDS", help="How much later with the fault answer_late.")] = 30.0,
    drip: Annotated[float, typer.Option(metavar="SECONDS", help="Between two bytes with the fault drip.")] = 1.0,
    service: Annotated[str, typer.Option(metavar="URN", help="ebMS Service it was configured with.")] = SERVICE,
    notify: Annotated[bool, typer.Option(help="Follow each accepted request with a notification per child.")] = False,
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="Remember taken messages here over a restart.")] = None,
) -> Simulation:
    """Run adapter, CORV and Raad in one until it is interrupted; strict in what it takes, and wilful when asked.

    Writes one line of JSON when it listens: {"listening": URL, "control": URL}. The control interface tells what it received
    and changes faults while it runs.

    Example: hub simulate corv --port 8081 --hub http://127.0.0.1:8000/partners/corv --fault html_502:2 --delay 1
    """
    options = CorvOptions(hub=hub, delay=delay, late=late, drip=drip, service=service, notify=notify)
    try:
        simulator = CorvSimulator(options, faults=fault or (), port=port, state=state, host=host)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    return Controlled(simulator)
