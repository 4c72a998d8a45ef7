"""Every command explains itself, and the examples it gives are commands that exist."""

from __future__ import annotations

import importlib
import re
import shlex

import pytest
import typer

from hub import cli
from hub.cli import COMMANDS, main
from hub.cli.exits import ExitCode

#: Places in examples that stand for something of the reader.
_PIPE = re.compile(r"\s(?:\||&&|<|>)\s.*$")
#: Commands whose examples are run by tests of their own.
PRESENT = [name for name in COMMANDS if name in cli._Commands.list_commands(cli._Commands(), None)]


def commands(command, words=()):
    """(words, command) of a command and all below it that does something."""
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
        return
    for name, one in below.items():
        yield from commands(one, (*words, name))


def every():
    """(words, command) of everything that ``hub`` can do."""
    root = typer.main.get_command(cli.app)
    for name in PRESENT:
        yield from commands(root.get_command(None, name), (name,))


def examples(command):
    """The worked examples in a command's help: lines, or ends of lines after "Example:", that begin with ``hub``."""
    for line in (command.help or "").splitlines():
        found = re.search(r"(?:^|Example: |\|)\s*(hub .+)$", line.strip("\b "))
        if found:
            yield _PIPE.sub("", found[1].strip())


def parse(words):
    """Let the command line read its words, without doing anything."""
    command = typer.main.get_command(cli.app)
    context = command.make_context("hub", cli._options_of_hub_first(words))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, list(rest), parent=context)
    return context


ALL = [pytest.param(command, id=" ".join(words)) for words, command in every()]


@pytest.mark.parametrize("command", ALL)
def test_every_example_in_a_help_text_can_be_typed(command):
    for example in examples(command):
        parse(shlex.split(example)[1:])


@pytest.mark.parametrize(
    "words",
    [
        words
        for words, _ in every()
        if words[0] in {"demo", "check", "send", "show", "list", "trace", "retry", "parked", "partners"}
    ]
    + [words for words, _ in every() if words[0] in {"routes", "broker", "audit"}],
    ids=" ".join,
)
def test_every_command_has_help_with_an_example(words, capsys):
    assert main([*words, "-h"]) == ExitCode.OK
    assert re.search(r"hub " + " ".join(words), capsys.readouterr().out.split("Usage:")[-1].split("\n", 1)[-1])


def test_an_example_with_a_wrong_option_would_be_seen():
    with pytest.raises(Exception, match="No such option"):
        parse(["list", "--parked"])


def test_no_command_imports_the_whole_hub_to_be_listed():
    assert importlib.util.find_spec("hub.cli.demo")
    source = importlib.util.find_spec("hub.cli.messages").loader.get_source("hub.cli.messages")
    assert "from hub.assembly" not in source
