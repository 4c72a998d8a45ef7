"""The ``hub`` command. Adding a command is one row in ``COMMANDS`` and a function in a module beside this one."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from hub import __version__
from hub.cli.exits import ExitCode, code_of
from hub.cli.frame import Invocation, LazyGroup, Row, invoked, note, result
from hub.errors import HubError, SchemaViolation

#: command: (module, attribute, help). The order is that of `hub -h`; a row whose module is absent does not appear.
COMMANDS: dict[str, Row] = {
    "demo": Row("hub.cli.demo", "demo", "Try everything here and now, with simulated partners."),
    "run": Row("hub.cli.processes", "run", "Run the whole hub in one process."),
    "serve": Row("hub.cli.processes", "serve", "Run the API, the console and the endpoints for partners."),
    "dispatch": Row("hub.cli.processes", "dispatch", "Run a dispatcher: journal to broker."),
    "worker": Row("hub.cli.processes", "worker", "Run a worker: broker to partner."),
    "housekeep": Row("hub.cli.processes", "housekeep", "Run the housekeeper: what happens by the clock."),
    "migrate": Row("hub.cli.processes", "migrate", "Bring the tables of the journal to this version."),
    "check": Row("hub.cli.check", "check", "Check settings, schemas, keys, certificates and connections."),
    "send": Row("hub.cli.messages", "send", "Accept a document for a route; writes its id."),
    "show": Row("hub.cli.messages", "show", "Show a message: where it stands and how it came there."),
    "list": Row("hub.cli.messages", "list_messages", "List messages."),
    "trace": Row("hub.cli.messages", "trace", "Find a message by any reference."),
    "parked": Row("hub.cli.parked", "app", "Look at what needs a person, and decide."),
    "tasks": Row("hub.cli.tasks", "app", "List and close what needs a person."),
    "retry": Row("hub.cli.parked", "retry", "Try a waiting message again now."),
    "validate": Row("hub.cli.validate", "validate", "Check documents against their standard."),
    "schemas": Row("hub.cli.schemas", "app", "List, install and compare schemas."),
    "routes": Row("hub.cli.routes", "app", "List routes."),
    "partners": Row("hub.cli.partners", "app", "List, pause, resume and ping partners."),
    "simulate": Row("hub.cli.simulate", "app", "Run a simulated partner, with faults if wanted."),
    "broker": Row("hub.cli.broker", "app", "Declare, check and purge the broker's queues."),
    "users": Row("hub.cli.users", "app", "Local accounts."),
    "keys": Row("hub.cli.keys", "app", "Make, list and rotate keys."),
    "audit": Row("hub.cli.audit", "app", "Verify that nothing in the timeline was changed."),
    "privacy": Row("hub.cli.privacy", "app", "What was processed about a person; destroying contents."),
}


class _Commands(LazyGroup):
    def rows(self) -> Mapping[str, Row]:
        """The hub's own, then those of exchanges."""
        from hub.registry import exchanges

        brought = [one for exchange in exchanges().values() for one in exchange.commands if one.name not in COMMANDS]
        return COMMANDS | {one.name: Row.of(one.target, one.help) for one in brought}

    def row(self, name: str) -> Row | None:
        """One of them; for its own the hub looks at no exchange."""
        return COMMANDS.get(name) or self.rows().get(name)


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 the answer is no, 2 wrong usage or setting, 3 something is away, 70 a fault in the hub.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        result(f"ketenhub {__version__}")
        raise typer.Exit


@app.callback()
def _hub(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings; else $HUB_CONFIG, ./config/hub.toml, /etc/hub/hub.toml.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Ketenhub: exchanges messages with chain partners, and can prove all of it.

    Try `hub demo`. `hub COMMAND -h` explains a command; --config and --debug may stand anywhere.
    """
    invoked(Invocation(config, debug))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; see ``hub.cli.exits``.

    Args:
        arguments: What follows ``hub``; the process's own when absent.
    """
    words = _options_of_hub_first(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        app(args=words, prog_name="hub")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK if end.code is None else ExitCode.CANNOT
    except HubError as error:
        if debug:
            _show_traceback()
        _explain(error)
        return code_of(error)
    except Exception as error:
        if debug:  # the text may hold content, so it is shown only when asked for
            _show_traceback()
        note(f"hub: a fault in the hub itself ({type(error).__name__}). Run it again with --debug and report what it shows.")
        return ExitCode.FAULT
    return ExitCode.OK


def _show_traceback() -> None:
    import traceback  # slow to import

    traceback.print_exc()


def _options_of_hub_first(arguments: Sequence[str]) -> list[str]:
    """Let ``--config`` and ``--debug`` stand anywhere before a ``--``."""
    own: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == "--debug" or word.startswith("--config="):
            own.append(word)
        elif word == "--config":
            own += [word, *[value for value in [next(words, None)] if value is not None]]
        else:
            rest.append(word)
    return own + rest


def _explain(error: HubError) -> None:
    """One line on what is wrong, what was found, and one line on what to do."""
    note(f"hub: {error}")
    if isinstance(error, SchemaViolation):
        for finding in error.findings[:20]:
            place = f"line {finding.line}: " if finding.line else ""
            note(f"  {place}{finding.message}")
        if len(error.findings) > 20:
            note(f"  and {len(error.findings) - 20} more")
    note(f"  {error.help}")
