"""The options of ``hub simulate svb``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.contracts.simulation import Simulation
from hub.simulators.control import Controlled
from hub.simulators.faults import option_help
from hub.simulators.svb.faults import KNOWN
from hub.simulators.svb.simulator import SERVICE, SvbOptions, SvbSimulator

_HUB = "The hub's endpoint for this partner; without it nothing comes back."


def simulate(
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens; 0 takes a free port.")] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address it listens on; 0.0.0.0 in a container.")] = "127.0.0.1",
    hub: Annotated[str | None, typer.Option(metavar="URL", help=_HUB)] = None,
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME[:TIMES]", help=option_help(KNOWN))] = None,
    delay: Annotated[float, typer.Option(metavar="SECONDS", help="Between taking a message and the return.")] = 0.0,
    late: Annotated[float, typer.Option(metavar="SECONDS", help="How much later with the fault answer_late.")] = 30.0,
    drip: Annotated[float, typer.Option(metavar="SECONDS", help="Between two bytes with the fault drip.")] = 1.0,
    service: Annotated[str, typer.Option(metavar="URN", help="ebMS Service it was configured with.")] = SERVICE,
    code: Annotated[str, typer.Option(metavar="CODE", help="Code of the fault reject.")] = "S300",
    reject: Annotated[
        list[str] | None, typer.Option(metavar="BUDGET=CODE", help="Reject each message about a budget; repeatable.")
    ] = None,
    close: Annotated[
        list[str] | None,
        typer.Option(metavar="BUDGET=EUROS", help="Close a budget after its return, so much spent."),
    ] = None,
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="Remember taken messages here over a restart.")] = None,
) -> Simulation:
    """Run adapter, GGk and SVB in one until it is interrupted; strict in what it takes, and wilful when asked.

    Writes one line of JSON when it listens: {"listening": URL, "control": URL}. The control interface tells what it received
    and changes faults while it runs.

    Example: hub simulate svb --port 8082 --hub http://127.0.0.1:8000/partners/svb --reject B-1002=9056 --delay 1
    """
    rejected = dict(one.partition("=")[::2] for one in reject or ())
    closing = dict(one.partition("=")[::2] for one in close or ())
    options = SvbOptions(
        hub=hub, delay=delay, late=late, drip=drip, service=service, code=code, rejected=rejected, closing=closing
    )
    try:
        simulator = SvbSimulator(options, faults=fault or (), port=port, state=state, host=host)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    return Controlled(simulator)
