"""``hub`` finds its commands, explains errors in a line, and ends with codes that mean something."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import types

import pytest

from hub import cli, registry
from hub.cli import COMMANDS, frame, main
from hub.cli.exits import ExitCode
from hub.contracts.exchange import Command, Exchange
from hub.errors import ConfigError, ConnectionFault, Finding, HubError, NotConnected, Refused, SchemaViolation

PRESENT = [name for name, row in COMMANDS.items() if importlib.util.find_spec(row.module)]


@pytest.fixture
def command(monkeypatch):
    """A way to make the command ``hub try-out`` run a function."""

    def install(function):
        module = types.ModuleType("hub.cli.try_out")
        module.__spec__ = importlib.util.spec_from_loader("hub.cli.try_out", loader=None)
        module.function = function
        monkeypatch.setitem(sys.modules, "hub.cli.try_out", module)
        monkeypatch.setitem(COMMANDS, "try-out", frame.Row("hub.cli.try_out", "function", "Tried out."))

    return install


def test_help_lists_the_commands_that_are_there_without_importing_them():
    code = "import sys, hub.cli; hub.cli.main(['-h']); print(sorted(m for m in sys.modules if m.startswith('hub.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert all(name in done.stdout for name in PRESENT)
    assert "Exit codes" in done.stdout
    imported = done.stdout.splitlines()[-1]
    manifests = {f"hub.routes.{name}" for name in registry.exchanges()}
    general = {"hub.adapters", "hub.contracts", "hub.contracts.exchange", "hub.entry_points", "hub.registry", "hub.routes"}
    own = {"hub.cli", "hub.cli.exits", "hub.cli.frame", "hub.errors"}
    assert set(ast.literal_eval(imported)) == own | general | manifests


def test_a_command_of_the_hub_itself_looks_at_no_exchange():
    code = "import sys, hub.cli; hub.cli.main(['schemas', '-h']); print('hub.routes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_an_exchange_brings_a_command(monkeypatch, capsys):
    ours = Exchange(
        name="there",
        partner="nobody",
        title="There",
        commands=(
            Command("there", "hub.cli.routes:app", "What is there."),
            Command("list", "hub.cli.routes:app", "Takes nobody's place."),
        ),
    )
    monkeypatch.setattr(registry, "exchanges", lambda: {"there": ours})
    assert main(["-h"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert re.search(r"^  there +What is there\.$", shown, re.MULTILINE)
    assert "Takes nobody's place." not in shown
    assert main(["there", "-h"]) == ExitCode.OK
    assert "hub there" in capsys.readouterr().out


@pytest.mark.parametrize("name", PRESENT)
def test_every_command_that_is_there_explains_itself(name, capsys):
    assert main([name, "-h"]) == ExitCode.OK
    assert f"hub {name}" in capsys.readouterr().out


def test_a_row_without_its_module_does_not_appear(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "absent-one", frame.Row("hub.cli.absent_one", "x", "Never seen."))
    assert main(["-h"]) == ExitCode.OK
    assert "absent-one" not in capsys.readouterr().out
    assert main(["absent-one"]) == ExitCode.CANNOT


def test_a_module_that_cannot_be_imported_is_not_hidden(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "broken", frame.Row("hub.cli.frame", "no_such_attribute", "Broken."))
    assert main(["broken"]) == ExitCode.FAULT
    assert "AttributeError" in capsys.readouterr().err


def test_a_misspelt_command_gets_its_nearest(capsys):
    assert main(["kyes"]) == ExitCode.CANNOT
    assert "Did you mean 'keys'?" in capsys.readouterr().err


def test_without_a_command_there_is_help(capsys):
    assert main([]) == ExitCode.CANNOT
    assert "Commands" in "".join(capsys.readouterr())


def test_the_version_is_a_result(capsys):
    assert main(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("ketenhub ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("wrong", file="hub.toml", key="web.port"), ExitCode.CANNOT),
        (NotConnected("nobody there"), ExitCode.AWAY),
        (ConnectionFault("wrong certificate"), ExitCode.AWAY),
        (Refused("no"), ExitCode.NEGATIVE),
        (HubError("odd"), ExitCode.NEGATIVE),
    ],
)
def test_an_error_is_a_line_and_a_line_of_help(command, capsys, error, code):
    def fail() -> None:
        raise error

    command(fail)
    assert main(["try-out"]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [f"hub: {error}", f"  {error.help}"]


def test_findings_are_shown_with_their_line(command, capsys):
    def fail() -> None:
        raise SchemaViolation("2 findings", [Finding("r1", "too long", line=7), Finding("r2", "absent")])

    command(fail)
    assert main(["try-out"]) == ExitCode.NEGATIVE
    assert "  line 7: too long\n  absent\n" in capsys.readouterr().err


def test_debug_shows_the_traceback_wherever_it_stands(command, capsys):
    def fail() -> None:
        raise Refused("no")

    command(fail)
    assert main(["try-out", "--debug"]) == ExitCode.NEGATIVE
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_of_ours_does_not_show_its_text_unless_asked(command, capsys):
    def fail() -> None:
        raise ZeroDivisionError("Jan Jansen")

    command(fail)
    assert main(["try-out"]) == ExitCode.FAULT
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "Jansen" not in shown
    assert main(["--debug", "try-out"]) == ExitCode.FAULT
    assert "Jansen" in capsys.readouterr().err


def test_settings_come_from_the_file_that_is_named(command, capsys, tmp_path):
    file = tmp_path / "other.toml"
    file.write_text("[web]\nport = 1234")
    command(lambda: frame.result_json(frame.configuration().web.port))
    for words in (["--config", str(file), "try-out"], ["try-out", "--config", str(file)], ["try-out", f"--config={file}"]):
        assert main(words) == ExitCode.OK
        assert json.loads(capsys.readouterr().out) == 1234


def test_settings_come_from_hub_config(command, capsys, tmp_path, monkeypatch):
    file = tmp_path / "other.toml"
    file.write_text("[web]\nport = 1234")
    monkeypatch.setenv("HUB_CONFIG", str(file))
    command(lambda: frame.result_json(frame.configuration().web.port))
    assert main(["try-out"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == 1234


def test_after_two_dashes_nothing_is_an_option_of_hub():
    assert cli._options_of_hub_first(["a", "--debug", "--", "--debug"]) == ["--debug", "a", "--", "--debug"]


def test_ctrl_c_has_its_own_code(command):
    def interrupted() -> None:
        raise KeyboardInterrupt

    command(interrupted)
    assert main(["try-out"]) == ExitCode.INTERRUPTED


def test_a_closed_pipe_is_no_traceback():
    script = f"{sys.executable} -m hub -h | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, env=os.environ)
    assert "Traceback" not in done.stderr


def test_every_row_names_something_that_exists():
    for name in PRESENT:
        row = COMMANDS[name]
        assert hasattr(importlib.import_module(row.module), row.attribute), name


def test_what_a_terminal_would_obey_is_written_out(capsys):
    words = "ken\x1b[2Jmerk \u202egnp.exe\x9b31m\u200b\ufeff\r\x07"
    frame.result(f"één\t{words}\n")
    frame.note(words)
    frame.result_json({"kenmerk": words})
    shown = capsys.readouterr()
    told = "ken\\u001b[2Jmerk \\u202egnp.exe\\u009b31m\\u200b\\ufeff\\u000d\\u0007"
    first, _, rest = shown.out.partition("\n")
    assert first == f"één\t{told}"
    assert shown.err == f"{told}\n"
    assert json.loads(rest) == {"kenmerk": words}
    assert not set(shown.out + shown.err) & set("\x1b\x9b\u202e\u200b\ufeff\r\x07")
