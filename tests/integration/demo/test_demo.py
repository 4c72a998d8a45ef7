"""``hub demo`` as a person starts it: a process, with its partner in another, everything real."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from hub import registry
from hub.cli.exits import ExitCode
from hub.contracts.demonstration import Demonstration
from hub.demo.play import CaseResult
from hub.message import new_id
from hub.routes.raadsverzoek.demo import DEMONSTRATION
from tests.support.processes import PATIENCE, ChildProcess, wait_until

ROOT = Path(__file__).resolve().parents[3]
BSNS = ("999999047", "999990342", "999900006", "111222333", "123456782")


def start(folder: Path, *words: str) -> ChildProcess[str]:
    """Start the demonstration in an empty folder, with its temporary files there too."""
    environment = os.environ | {
        "TMPDIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "HUB_CONFIG": str(folder / "not-for-the-demo.toml"),
    }
    command = [sys.executable, "-m", "hub", "demo", *words]
    return ChildProcess(command, cwd=folder, env=environment, stdout=PIPE, stderr=PIPE, text=True)


@pytest.fixture
def started(tmp_path) -> Iterator[ChildProcess[str]]:
    """A demonstration of everything that keeps running, on a port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as busy, start(tmp_path, "--port", str(busy.getsockname()[1])) as process:
        yield process


def until(process: ChildProcess[str], text: str) -> list[str]:
    """What it wrote up to the line with ``text``."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return seen
    _, errors = process.communicate(timeout=PATIENCE)
    raise AssertionError(f"{text!r} never came:\n{''.join(seen)}\n{errors}")


@pytest.mark.slow
def test_every_case_reaches_its_end_and_nothing_stays_behind(tmp_path):
    with start(tmp_path, "--once", "--json", "--port", "0") as process:
        out, story = process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.OK, story
    report = json.loads(out)
    assert out.count("\n") == 1
    assert set(report) == {"cases", "ok"}
    assert report["ok"] is True
    played = [(one["route"], one["name"], one["expected"]) for one in report["cases"]]
    demonstrations: list[Demonstration] = [registry.load(one.demo) for one in registry.exchanges().values() if one.demo]
    assert played == [(case.route, case.name, case.expected) for one in demonstrations for case in one.cases]
    assert len(demonstrations) > 1
    assert all(one["state"] == one["expected"] for one in report["cases"])
    assert list(tmp_path.iterdir()) == []
    assert not any(bsn in story for bsn in BSNS)


@pytest.mark.slow
def test_one_exchange_is_played_alone_and_tells_each_step(tmp_path):
    with start(tmp_path, "--once", "--json", "--port", "0", "--only", "raadsverzoek") as process:
        out, story = process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.OK, story
    report = json.loads(out)
    assert [(one["name"], one["expected"], one["state"]) for one in report["cases"]] == [
        ("accepted", "completed", "completed"),
        ("rejected", "rejected", "rejected"),
        ("partner away", "completed", "completed"),
    ]
    for one in report["cases"]:
        assert set(one) == {"name", "route", "id", "expected", "state", "seconds", "timeline"}
    events = [[entry["event"] for entry in one["timeline"]] for one in report["cases"]]
    assert events[0] == ["accepted", "taken_over", "confirmed"]
    assert events[1] == ["accepted", "taken_over", "rejected"]
    assert events[2] == ["accepted", "attempt_failed", "taken_over", "confirmed"]
    assert list(tmp_path.iterdir()) == []
    _shows_the_way_of_each(story)


def _shows_the_way_of_each(story: str) -> None:
    """The story for a person: every step, the partner's reason, and nobody's number or name."""
    for step in (
        "Bv04",
        "Bv01",
        "Fo01",
        "het mimetype van een document is niet toegestaan",
        "niet geïnformeerd",
        "Volgende poging",
    ):
        assert step in story
    assert story.count("De adapter ontving precies wat is vastgelegd") == 3
    assert story.count("zelf bevestigd met Bv03") == 3
    assert not any(bsn in story for bsn in BSNS)
    assert not any(name in story for name in ("Noor", "Proefouder", "Testvoogd", "Fenna"))


@pytest.mark.slow
def test_a_busy_port_is_told_and_nothing_outlives_a_kill(started, tmp_path):
    seen = "".join(until(started, "zaaknummer"))
    assert "is in use; the console is on port" in seen
    partners = psutil.Process(started.pid).children()
    assert len(partners) > 1, "each exchange has a partner of its own"
    started.send_signal(signal.SIGKILL)
    started.wait(PATIENCE)
    wait_until(lambda: not any(_lives(one) for one in partners), "the partner has ended")
    (left,) = tmp_path.glob("hub-demo-*")
    with start(tmp_path, "--port", "0") as again:
        until(again, "Console: ")
        assert not left.exists(), "the next demonstration cleans up"
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=PATIENCE)
    assert again.returncode == ExitCode.INTERRUPTED
    assert not list(tmp_path.glob("hub-demo-*"))


@pytest.mark.slow
def test_the_hub_keeps_running_for_other_commands_until_it_is_interrupted(started, tmp_path):
    line = until(started, "hub --config")[-1]
    config = line.split("--config ")[1].split()[0]
    listed = subprocess.run(
        [sys.executable, "-m", "hub", "--config", config, "list", "--out", "--json"],
        capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    statuses = {one["status"] for one in json.loads(listed.stdout)}
    assert statuses == {"completed", "rejected"}
    started.send_signal(signal.SIGTERM)
    assert started.wait(PATIENCE) == ExitCode.OK


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("case", DEMONSTRATION.cases, ids=lambda case: case.name)
def test_a_case_that_ends_otherwise_than_expected_is_not_ok(case):
    reached = CaseResult(case, new_id(), "CJG-2026-000001", case.expected, 1.0, [])
    missed = CaseResult(case, new_id(), "CJG-2026-000001", "waiting", 1.0, [])
    assert (reached.ok, missed.ok) == (True, False)
