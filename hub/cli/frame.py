"""What all commands share: how they are found, how they get their settings, and where they write.

Human text goes to standard error, results to standard output, so that a result can be piped. A command is loaded when
it is used: ``hub -h`` imports none of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from hub.config import Config

#: The ``--json`` of a command: ``def show(..., as_json: JsonOption = False)``.
JsonOption = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]


class Row(NamedTuple):
    """One command: where it lives, and its line in ``hub -h``.

    ``attribute`` is a function, or a ``typer.Typer`` for a group of commands.
    """

    module: str
    attribute: str
    help: str

    @classmethod
    def of(cls, target: str, help: str) -> Self:
        """The row of what a manifest names as ``module:attribute``."""
        module, _, attribute = target.partition(":")
        return cls(module, attribute, help)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What was asked of ``hub`` itself, before the command."""

    config_file: Path | None = None
    debug: bool = False


_invocation: ContextVar[Invocation | None] = ContextVar("invocation", default=None)


def invoked(invocation: Invocation) -> None:
    """Remember the options of ``hub`` itself for the command that follows."""
    _invocation.set(invocation)


def debugging() -> bool:
    """Whether ``--debug`` was given."""
    return (_invocation.get() or Invocation()).debug


def configuration() -> Config:
    """The settings, from ``--config FILE``, $HUB_CONFIG or the usual places.

    Raises:
        ConfigError: Something in them is wrong.
    """
    from hub.config import load  # pydantic is slow to import, and not every command has settings

    return load((_invocation.get() or Invocation()).config_file)


#: Control characters but tab and line end, and those that hide or turn what follows: a partner's words may hold them, and a
#: terminal obeys them.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def printable(text: str) -> str:
    """A text with every character that a terminal obeys written as JSON writes it (``\\u001b``)."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def result(text: str) -> None:
    """Write a result, for a person or the next program."""
    typer.echo(printable(text))


def result_json(value: Any) -> None:
    """Write a result as one line of JSON; dates, ids and paths as text."""
    typer.echo(printable(json.dumps(value, ensure_ascii=False, default=str)))


def note(text: str) -> None:
    """Tell the person at the keyboard something that is not the result."""
    typer.echo(printable(text), err=True)


def group(help: str, cls: type[TyperGroup] | None = None) -> typer.Typer:
    """An empty group of commands, for a row of the table: ``app = group("...")`` and then ``@app.command()``."""
    app = typer.Typer(help=help, cls=cls, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.callback()(lambda: None)  # keeps a group with one command a group
    return app


class LazyGroup(TyperGroup):
    """Commands that are imported one by one when they are used. Rows whose module is absent do not appear."""

    def rows(self) -> Mapping[str, Row]:
        """The commands by name, in the order of the list."""
        raise NotImplementedError

    def row(self, name: str) -> Row | None:
        """One of the rows."""
        return self.rows().get(name)

    def adapt(self, found: Any) -> Any:
        """What a row leads to, as it becomes a command: for groups that dress all of theirs alike."""
        return found

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands that are there, in the order of the rows."""
        return [name for name, row in self.rows().items() if _is_there(row)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported now; None when there is no such command."""
        row = self.row(cmd_name)
        if row is None or not _is_there(row):
            return None
        found = self.adapt(getattr(importlib.import_module(row.module), row.attribute))
        if isinstance(found, typer.Typer):
            command: Any = typer.main.get_group(found)
        else:
            app = typer.Typer(add_completion=False, rich_markup_mode=None)
            app.command(cmd_name, help=None if found.__doc__ else row.help)(found)
            command = typer.main.get_command(app)
        return _plain(command)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in ``hub -h``, from the rows alone."""
        rows = [(name, self.rows()[name].help) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As the base class; a misspelt command gets its nearest without any command being imported."""
        if not ctx.resilient_parsing and not args[0].startswith("-") and not _is_there(self.row(args[0])):
            from hub.near_names import nearest

            close = nearest(args[0], self.list_commands(ctx))
            hint = f" Did you mean '{close}'?" if close else ""
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)


def _is_there(row: Row | None) -> bool:
    return row is not None and importlib.util.find_spec(row.module) is not None


def _plain(command: Any) -> Any:
    """Help as plain text for a command and all below it: quick, and the same in a log as on a screen."""
    command.rich_markup_mode = None
    for below in getattr(command, "commands", {}).values():
        _plain(below)
    return command
