"""A request from a file to the Raad's confirmation with the commands that people use, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli.exits import ExitCode
from tests.support import raadsverzoeken as rv
from tests.support.processes import answers, free_port, wait_until

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

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start one in the background; its log is in the folder."""
        with (self.folder / f"{words[0]}.log").open("w") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "hub", *words],
                cwd=self.folder, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    def run(self, *words: str, expect: int = ExitCode.OK) -> str:
        """Run one to its end; what it wrote to standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "hub", *words],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == expect, done.stderr
        return done.stdout


@pytest.fixture
def shell(tmp_path) -> Iterator[Shell]:
    """A shell beside a running hub and a running partner."""
    shell, port = Shell(tmp_path), free_port()
    partner = shell.start("simulate", "corv", "--hub", f"http://127.0.0.1:{port}/partners/corv", "--until-stdin-closes")
    assert partner.stdout is not None
    url = json.loads(partner.stdout.readline())["listening"]
    settings = SETTINGS.format(folder=json.dumps(str(tmp_path / "var")), port=port, url=json.dumps(url))
    (tmp_path / "hub.toml").write_text(settings)
    hub = shell.start("run")
    try:
        wait_until(lambda: answers(port), "the hub listens", seconds=60)
        yield shell
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.communicate(timeout=60)
        partner.communicate(timeout=60)
    assert hub.returncode == ExitCode.OK


@pytest.mark.slow
def test_a_request_goes_from_a_file_to_the_raads_confirmation(shell):
    file = shell.folder / "verzoek.json"
    file.write_bytes(rv.encoded(rv.raadsverzoek(kenmerk=None)))
    message_id = shell.run("send", "raadsverzoek", str(file)).strip()
    wait_until(lambda: json.loads(shell.run("show", message_id, "--json"))["status"] == "completed", "confirmed", seconds=60)
    view = json.loads(shell.run("show", message_id, "--json"))
    assert [entry["event"] for entry in view["timeline"]] == ["accepted", "taken_over", "confirmed"]
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
    wait_until(lambda: json.loads(shell.run("show", message_id, "--json"))["status"] == "completed", "confirmed", seconds=60)
