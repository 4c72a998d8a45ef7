"""Absent official data are said aloud on a laptop, and are a failure in continuous integration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.official import corv_dir

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.official
def test_the_data_are_there():
    assert corv_dir().is_dir()


def run_without_data(tmp_path: Path, ci: str) -> subprocess.CompletedProcess[str]:
    words = ["-p", "no:cacheprovider", "-k", "test_the_data_are_there or test_always", f"--rootdir={ROOT}", __file__]
    env = os.environ | {"HUB_TEST_DATA": str(tmp_path / "absent"), "CI": ci}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_always():
    assert ROOT.is_dir()


def test_without_the_data_one_line_says_what_was_left_out(tmp_path):
    done = run_without_data(tmp_path, "")
    assert done.returncode == 0
    assert "1 tests of the official data were left out" in done.stdout
    assert "1 passed" in done.stdout.splitlines()[-1]


def test_with_ci_the_absence_of_the_data_is_a_failure(tmp_path):
    done = run_without_data(tmp_path, "true")
    assert done.returncode != 0
    assert "official data" in done.stdout + done.stderr
