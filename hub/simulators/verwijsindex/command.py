"""``hub simulate verwijsindex``."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.contracts.simulation import Simulation
from hub.simulators.control import Controlled
from hub.simulators.faults import option_help
from hub.simulators.verwijsindex.simulator import FAULTS, IndexSimulator


def simulate(
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens; 0 takes a free port.")] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    hub: Annotated[str, typer.Option(metavar="URL", help="Not used: this index is asked for its signals.")] = "",
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME[:TIMES]", help=option_help(FAULTS))] = None,
    known: Annotated[list[str] | None, typer.Option(metavar="BSN", help="Another organisation has reported this one.")] = None,
) -> Simulation:
    """Run an index that matches reports by the rules of the law, over its own register of synthetic people.

    Writes one line of JSON when it listens: {"listening": URL, "control": URL}. The control interface tells what it knows
    (reports, signals), takes reports of other organisations (report) and changes faults.

    Example: hub simulate verwijsindex --port 8083 --known 999990019
    """
    del hub
    try:
        simulator = IndexSimulator(faults=fault or (), port=port, host=host)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    for bsn in known or ():
        simulator.orders["report"]({"bsn": bsn})
    return Controlled(simulator)
