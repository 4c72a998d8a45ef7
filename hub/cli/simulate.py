"""``hub simulate``: a simulated partner in a process of its own."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.ending import Ending
from hub.cli.frame import result_json
from hub.simulators.control import ControlPort
from hub.simulators.corv.simulator import SERVICE, CorvOptions, CorvSimulator
from hub.simulators.faults import KNOWN

#: Partners that can be simulated.
PARTNERS = ("corv",)

_HUB = "The hub's endpoint for this partner; without it nothing comes back."
_FAULTS = "How it misbehaves, repeatable. " + "; ".join(f"{name}: {does}" for name, does in KNOWN.items()) + "."


def simulate(
    partner: Annotated[str, typer.Argument(help=f"One of: {', '.join(PARTNERS)}.")],
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens; 0 takes a free port.")] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address it listens on; 0.0.0.0 in a container.")] = "127.0.0.1",
    hub: Annotated[str | None, typer.Option(metavar="URL", help=_HUB)] = None,
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME[:TIMES]", help=_FAULTS)] = None,
    delay: Annotated[float, typer.Option(metavar="SECONDS", help="Between taking a message and the business answer.")] = 0.0,
    late: Annotated[float, typer.Option(metavar="SECONDS", help="How much later with the fault answer_late.")] = 30.0,
    drip: Annotated[float, typer.Option(metavar="SECONDS", help="Between two bytes with the fault drip.")] = 1.0,
    service: Annotated[str, typer.Option(metavar="URN", help="ebMS Service it was configured with.")] = SERVICE,
    notify: Annotated[bool, typer.Option(help="Follow each accepted request with a notification per child.")] = False,
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="Remember taken messages here over a restart.")] = None,
    until_stdin_closes: Annotated[bool, typer.Option(help="End with the process that started it.")] = False,
) -> None:
    """Run a simulated partner until it is interrupted.

    Writes one line of JSON when it listens: {"listening": URL, "control": URL}. The control interface tells what it received
    and changes faults while it runs.

    Example: hub simulate corv --port 8081 --hub http://127.0.0.1:8000/partners/corv --fault html_502:2 --delay 1
    """
    if partner not in PARTNERS:
        raise typer.BadParameter(f"known are {', '.join(PARTNERS)}", param_hint="PARTNER")
    options = CorvOptions(hub=hub, delay=delay, late=late, drip=drip, service=service, notify=notify)
    try:
        simulator = CorvSimulator(options, faults=fault or (), port=port, state=state, host=host)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    control = ControlPort(simulator)
    simulator.start()
    control.server.start()
    result_json({"listening": simulator.url, "control": f"{control.server.url}/_sim/"})
    sys.stdout.flush()
    _wait(until_stdin_closes)
    control.server.stop()
    simulator.stop()


def _wait(until_stdin_closes: bool) -> None:
    """Until SIGINT or SIGTERM, or the end of standard input when asked."""
    ending = Ending.by_signals()
    if until_stdin_closes:

        def read() -> None:
            while sys.stdin.buffer.read(1):
                pass
            ending.ask()

        threading.Thread(target=read, daemon=True).start()
    ending.wait()
