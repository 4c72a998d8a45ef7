"""A request from a file to the Raad's confirmation with the commands that people use, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from hub.cli.exits import ExitCode
from hub.transports.held_port import HeldPort
from tests.support import raadsverzoeken as rv
from tests.support.processes import PATIENCE, ChildProcess, answers, wait_until

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = """\
[hub]
data_dir = {folder}
[web]
port = {port}
[connections.corv]
partner = "corv"
[connections.corv.settings]
url = {url}
own = {{ organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }}
partner = {{ organisatie = "00000002003214436001_OTA", applicatie = "RvdK-applicatie" }}
"""


class Shell:
    """Runs `hub` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"PYTHONPATH": str(ROOT), "HUB_CONFIG": str(folder / "hub.toml")}

    def start(self, *words: str) -> ChildProcess[str]:
        """Start one in the background; its log is in the folder."""
        return ChildProcess(
            [sys.executable, "-m", "hub", *words], log=self.folder / f"{words[0]}.log",
            cwd=self.folder, env=self.environment, stdin=PIPE, stdout=PIPE, text=True,
        )  # fmt: skip

    def run(self, *words: str, expect: int = ExitCode.OK) -> str:
        """Run one to its end; what it wrote to standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "hub", *words],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == expect, done.stderr
        return done.stdout

    def wait_for(self, message_id: str, *events: str) -> Any:
        """Wait until its timeline has these entries, and show it. An answer may be written down before what it answers."""
        found: list[Any] = []

        def told() -> bool:
            found.append(json.loads(self.run("show", message_id, "--json")))
            return sorted(entry["event"] for entry in found[-1]["timeline"]) == sorted(events)

        wait_until(told, f"{message_id} with {events}")
        return found[-1]


@pytest.fixture
def shell(tmp_path) -> Iterator[Shell]:
    """A shell beside a running hub and a running partner."""
    shell = Shell(tmp_path)
    with ExitStack() as ending:
        port = ending.enter_context(HeldPort()).number
        inbound = f"http://127.0.0.1:{port}/partners/corv"
        partner = ending.enter_context(shell.start("simulate", "corv", "--hub", inbound, "--until-stdin-closes"))
        assert partner.stdout is not None
        line = partner.stdout.readline()
        assert line, partner.last_words()
        url = json.dumps(json.loads(line)["listening"])
        settings = SETTINGS.format(folder=json.dumps(str(tmp_path / "var")), port=port, url=url)
        (tmp_path / "hub.toml").write_text(settings)
        hub = ending.enter_context(shell.start("run"))
        wait_until(lambda: answers(port), "the hub listens", watched=[hub, partner])
        yield shell
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(PATIENCE) == ExitCode.OK, hub.last_words()


@pytest.mark.slow
def test_a_request_goes_from_a_file_to_the_raads_confirmation(shell):
    file = shell.folder / "verzoek.json"
    file.write_bytes(rv.encoded(rv.raadsverzoek(kenmerk=None)))
    message_id = shell.run("send", "raadsverzoek", str(file)).strip()
    view = shell.wait_for(message_id, "accepted", "taken_over", "confirmed")
    assert view["status"] == "completed"
    assert {one["type"] for one in json.loads(shell.run("trace", view["kenmerk"], "--json"))} == {"vtoDi01", "Bv01Bericht"}
    assert json.loads(shell.run("check", "--connect", "--json"))["ok"]
    assert json.loads(shell.run("audit", "verify", "--json"))["ok"]


@pytest.mark.slow
def test_a_paused_connection_keeps_a_message_until_it_is_resumed(shell):
    file = shell.folder / "verzoek.json"
    file.write_bytes(rv.encoded(rv.raadsverzoek()))
    shell.run("partners", "pause", "corv")
    message_id = shell.run("send", "raadsverzoek", str(file)).strip()
    assert json.loads(shell.run("show", message_id, "--json"))["reason"] == "paused"
    shell.run("partners", "resume", "corv")
    assert shell.wait_for(message_id, "accepted", "taken_over", "confirmed")["status"] == "completed"
