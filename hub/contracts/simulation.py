"""The contract of a simulated partner that runs in a process of its own: ``hub simulate <partner>``.

A partner's manifest names a function whose parameters are the options of its command, as typer reads them, each with a
default. It makes and starts the simulated partner and returns it; what is wrong with an option it raises as
``typer.BadParameter``. Its docstring is the command's help. Telling where it listens, waiting and ending is the frame's affair.

Every command has ``--port N`` (0 takes a free one), and ``--hub URL``, where the hub takes what this partner delivers, when it
delivers anything.
"""

from __future__ import annotations

from typing import Protocol


class Simulation(Protocol):
    """A simulated partner that was started, with its control interface."""

    @property
    def url(self) -> str:
        """Where it takes what the hub sends, as ``connections.<name>.settings`` has it."""

    @property
    def control_url(self) -> str:
        """Of its control interface, with a slash at the end; see ``hub.simulators.control``."""

    def stop(self) -> None:
        """Stop listening and delivering. Idempotent."""
