"""Where a hub listens: with port 0 it takes a free one and says which; a port that is taken ends it at once."""

from __future__ import annotations

import json
import os
import socket
import sys
import urllib.request
from pathlib import Path

import pytest

from hub.cli.exits import ExitCode
from tests.support.processes import PATIENCE, ChildProcess, wait_until

ROOT = Path(__file__).resolve().parents[3]


def hub(folder: Path, *words: str, port: int) -> ChildProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HUB_WEB__PORT": str(port), "HUB_LOG__FORMAT": "json"}
    return ChildProcess([sys.executable, "-m", "hub", *words], log=folder / "log", cwd=folder, env=environment)


def events(folder: Path) -> dict[str, dict[str, str]]:
    """The events of the log, by name; a line that is being written is left for the next look."""
    lines = (folder / "log").read_text(encoding="utf-8").split("\n")[:-1]
    return {one["event"]: one for line in lines if line.startswith("{") for one in [json.loads(line)]}


@pytest.mark.slow
def test_a_hub_with_port_0_takes_a_free_one_and_says_which(tmp_path: Path) -> None:
    with hub(tmp_path, "run", port=0) as process:
        wait_until(lambda: "web_listening" in events(tmp_path), "it listens", watched=[process])
        url = events(tmp_path)["web_listening"]["url"]
        assert not url.endswith(":0")
        with urllib.request.urlopen(f"{url}/_healthz/livez/", timeout=PATIENCE) as answer:
            assert answer.status == 200
        wait_until(lambda: f"status page on {url}/" in process.last_words(), "it says so", watched=[process])
        process.terminate()
        assert process.wait(PATIENCE) == ExitCode.OK


@pytest.mark.slow
def test_a_port_that_is_taken_ends_the_command_at_once_and_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with hub(tmp_path, "run", port=port) as process:
            assert process.wait(PATIENCE) == ExitCode.CANNOT
            assert f"cannot listen on 127.0.0.1:{port}" in process.last_words()
            assert "role_failed" not in events(tmp_path)
