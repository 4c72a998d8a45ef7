"""``hub broker``: the queues, which hold nothing that matters: all of this may be done while everything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, configuration, group, note, result, result_json
from hub.cli.session import refuse

if TYPE_CHECKING:
    from hub.assembly import Hub

app = group("Declare, check and purge the broker's queues. They hold tickets only: the journal makes new ones.")


@app.command(short_help="Make exchange and queues; safe to repeat.")
def declare(as_json: JsonOption = False) -> None:
    """Make the exchange and the queues of all connections; safe to repeat.

    Exit code 2 when a queue exists with other properties: delete it and declare again. Exit code 3 when the broker is away.

    Example: hub broker declare
    """
    hub = _hub()
    try:
        names = hub.sending_connections()
        hub.broker.declare(names)
    finally:
        hub.close()
    if as_json:
        result_json({"declared": names})
    else:
        note(f"hub: {len(names)} queues are there" + (f": {', '.join(names)}" if names else ""))


@app.command(short_help="Show the tickets ready per queue.")
def check(as_json: JsonOption = False) -> None:
    """Show how many tickets stand ready per queue, and whether the broker can be reached.

    Exit code 3 when it cannot.

    Example: hub broker check --json
    """
    hub = _hub()
    try:
        depths = {name: hub.broker.depth(name) for name in hub.sending_connections()}
    finally:
        hub.close()
    if as_json:
        result_json({"depths": depths})
        return
    for name, depth in depths.items():
        result(f"{name:<14} {depth} tickets ready")
    if hub.embedded:
        note("hub: the broker is embedded, so this process has one of its own: look in the console of the running hub")


@app.command()
def purge(
    connection: Annotated[str | None, typer.Argument(metavar="NAME", help="One connection; all when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Throw away the tickets that stand ready. No message is lost: each gets a new ticket when its old one has lapsed.

    Example: hub broker purge NAME
    """
    purged = _each(connection, "purge")
    if as_json:
        result_json({"purged": purged})
    else:
        note("hub: " + (", ".join(f"{count} tickets of {name} thrown away" for name, count in purged.items()) or "no queues"))


@app.command(short_help="Delete a queue; workers make it again.")
def delete(
    connection: Annotated[str, typer.Argument(metavar="NAME", help="The connection whose queue goes.")],
    as_json: JsonOption = False,
) -> None:
    """Delete a queue, e.g. because it was made with other properties. Workers make it again; no message is lost.

    Example: hub broker delete NAME && hub broker declare
    """
    deleted = list(_each(connection, "delete"))
    if as_json:
        result_json({"deleted": deleted})
    else:
        note(f"hub: the queue of {connection} is deleted")


def _hub() -> Hub:
    from hub import telemetry
    from hub.assembly import Hub

    telemetry.configure(level="error", format="console")
    return Hub(configuration())


def _each(connection: str | None, what: str) -> dict[str, int]:
    hub = _hub()
    try:
        names = list(hub.config.connections)
        if connection is not None and connection not in names:
            refuse(f"there is no connection {connection!r}.", f"Configured: {', '.join(names) or 'none'}.", ExitCode.CANNOT)
        chosen = names if connection is None else [connection]
        return {name: getattr(hub.broker, what)(name) or 0 for name in chosen}
    finally:
        hub.close()
