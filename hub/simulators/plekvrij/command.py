"""The options of ``hub simulate plekvrij``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.contracts.simulation import Simulation
from hub.simulators.control import Controlled
from hub.simulators.faults import option_help
from hub.simulators.partner import Options
from hub.simulators.plekvrij.providers import BEHAVIOURS, Providers
from hub.simulators.plekvrij.subscriber import WIRE, SubscriberSimulator

_HUB = "The hub; with it and a key, simulated providers publish there."


class _WithProviders:
    """A receiver, and providers beside it."""

    def __init__(self, receiver: Controlled, providers: Providers) -> None:
        self._receiver = receiver
        self._providers = providers
        self.url, self.control_url = receiver.url, receiver.control_url
        providers.start()

    def stop(self) -> None:
        """Stop both."""
        self._providers.stop()
        self._receiver.stop()


def simulate(
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens; 0 takes a free port.")] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address it listens on; 0.0.0.0 in a container.")] = "127.0.0.1",
    hub: Annotated[str | None, typer.Option(metavar="URL", help=_HUB)] = None,
    key: Annotated[str, typer.Option(metavar="KEY", help="API key with which the providers publish.")] = "",
    agb: Annotated[list[str] | None, typer.Option(metavar="CODE", help="AGB code of a provider; may be repeated.")] = None,
    every: Annotated[float, typer.Option(metavar="SECONDS", help="Between two rounds of publishing.")] = 10.0,
    behaviour: Annotated[str, typer.Option(metavar="NAME", help=f"One of {', '.join(BEHAVIOURS)}.")] = "honest",
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME[:TIMES]", help=option_help(WIRE))] = None,
    drip: Annotated[float, typer.Option(metavar="SECONDS", help="Between two bytes with the fault drip.")] = 1.0,
    secret: Annotated[str, typer.Option(metavar="SECRET", help="Refuse what is not signed with it.")] = "",
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="Remember what was taken here over a restart.")] = None,
) -> Simulation:
    """Run a receiver of events, and providers that publish, until interrupted; wilful when asked.

    Writes one line of JSON when it listens: {"listening": URL, "control": URL}.

    Example: hub simulate plekvrij --port 8082 --hub http://127.0.0.1:8000 --key KEY --agb 99000001 --behaviour late
    """
    if behaviour not in BEHAVIOURS:
        raise typer.BadParameter(f"known are {', '.join(BEHAVIOURS)}", param_hint="--behaviour")
    try:
        receiver = SubscriberSimulator(Options(drip=drip), faults=fault or (), port=port, host=host, state=state, secret=secret)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    controlled = Controlled(receiver)
    if hub is None or not key:
        return controlled
    return _WithProviders(controlled, Providers(hub, key, agb or ["99000001"], behaviour=behaviour, every=every))
