"""``hub simulate``: simulated partners, each in a process of its own, with options of its own."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from hub import registry
from hub.cli.ending import Ending
from hub.cli.frame import LazyGroup, Row, group, result_json
from hub.contracts.simulation import Simulation


class _Simulators(LazyGroup):
    """A command per partner that can be simulated."""

    def rows(self) -> Mapping[str, Row]:
        """Of every partner whose manifest names a simulator."""
        found = {name: one for name, one in registry.partners().items() if one.simulator}
        return {name: Row.of(one.simulator, f"Simulate {one.title}.") for name, one in found.items()}

    def adapt(self, found: Any) -> Any:
        """A command that starts the partner, tells where it listens, and waits."""
        return _until_ended(found)


app = group("Run a simulated partner, with faults if wanted; each has options of its own.", cls=_Simulators)


def _until_ended(start: Callable[..., Simulation]) -> Callable[..., None]:
    """A command with the options of ``start`` and one that every simulated partner has."""

    @functools.wraps(start)
    def run(*, until_stdin_closes: bool, **options: Any) -> None:
        ending = Ending.by_signals()
        simulation = start(**options)
        try:
            result_json({"listening": simulation.url, "control": simulation.control_url})
            sys.stdout.flush()
            if until_stdin_closes:
                threading.Thread(target=_ask_at_the_end_of_stdin, args=(ending,), daemon=True).start()
            ending.wait()
        finally:
            simulation.stop()

    own = inspect.signature(start, eval_str=True)
    option = typer.Option("--until-stdin-closes", help="End with the process that started it.")
    more = inspect.Parameter(
        "until_stdin_closes", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, option]
    )
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), more])  # type: ignore[attr-defined]
    return run


def _ask_at_the_end_of_stdin(ending: Ending) -> None:
    while sys.stdin.buffer.read(1):
        pass
    ending.ask()
