"""What keeps a hub from starting is told at once, with what to do; after a kill it starts with the work of the dead."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.cli.exits import ExitCode
from tests.support.hub_processes import HubProcesses
from tests.support.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]


def start(folder: Path, *words: str, port: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hub", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HUB_WEB__PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(folder: Path, *words: str) -> Iterator[str]:
    """A process that is ready; gives what it said by then."""
    with start(folder, *words) as process:
        assert process.stderr is not None
        said = ""
        while "hub_started" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        try:
            yield said
        finally:
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
            assert process.wait(60) == ExitCode.OK


def refused(folder: Path, *words: str, port: int = 0) -> str:
    """What a process says that does not start."""
    with start(folder, *words, port=port) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == ExitCode.CANNOT, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("words", [("run",), ("serve",)])
def test_a_taken_port_is_told_and_nothing_is_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused(tmp_path, *words, port=taken.getsockname()[1])
    assert "web.port" in said
    assert "choose another port" in said
    assert not (tmp_path / "var" / "hub.sqlite3").exists()
    assert not (tmp_path / "var" / "keys.toml").exists()


def test_a_second_hub_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with running(tmp_path, "run") as said:
        url = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert url, "it says which port it took"
        assert "stop it first" in refused(tmp_path, "run")
        assert "stop it first" in refused(tmp_path, "housekeep")
        with socket.create_connection(("127.0.0.1", int(url[1])), timeout=10):
            pass
    with running(tmp_path, "run"):
        pass


def test_a_kill_during_a_probe_costs_seconds(tmp_path: Path) -> None:
    """The lease of the dead would last more than a minute, and with it nothing would leave."""
    with HubProcesses(tmp_path) as hub:
        text = hub.config_file.read_text()
        slow = text.replace("call_deadline_seconds = 3", "call_deadline_seconds = 60").replace(
            "ticket_life_seconds = 3", "ticket_life_seconds = 60"
        )
        assert slow != text
        hub.stop()
        hub.config_file.write_text(slow)
        hub.partner.stop()
        hub.start()
        first = hub.accept()
        hub.wait_for_connection("broken")
        hub.partner.start()
        hub.tell("faults", {"faults": ["hang"]})
        wait_until(lambda: hub.view(first.message_id).status == "sending", "the probe runs", seconds=20)
        others = [hub.accept() for _ in range(3)]
        hub.kill()
        hub.tell("faults", {"faults": []})
        begun = time.monotonic()
        hub.start()
        for one in (first, *others):
            hub.wait(one.message_id, "sent", "completed")
        assert time.monotonic() - begun < 40, "the lease of the dead lasts 67 seconds"
