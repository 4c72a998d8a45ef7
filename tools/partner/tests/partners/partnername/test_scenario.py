"""A whole hub and the simulated partner in a process of its own: every case of the demonstration ends as it should."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.processes import PATIENCE


def test_every_case_of_the_demonstration_ends_as_expected() -> None:
    command = [sys.executable, "-m", "hub", "demo", "--only", "partnername", "--once", "--json", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    cases = json.loads(done.stdout)["cases"]
    assert {case["route"] for case in cases} == {"partnername"}
    for case in cases:
        events = {entry["event"] for entry in case["timeline"]}
        assert events & {"taken_over", "delivered"}, f"{case['name']} did not reach the partner: {events}"
