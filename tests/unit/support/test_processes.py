"""Processes of tests: what they said is shown when they end too soon, and nothing of them is left, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.support.processes import ChildProcess, EndedTooSoon, answers, refused_port, still_running, wait_until

ROOT = Path(__file__).resolve().parents[3]
#: A process with a child of its own, whose number it tells.
PARENT = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); import time; time.sleep(600)"


def python(code: str, **options: object) -> ChildProcess[str]:
    return ChildProcess([sys.executable, "-c", code], text=True, **options)


def gone(pid: int) -> bool:
    """Whether it has ended; a zombie that nobody waits for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_waiting_ends_at_once_with_the_last_words_of_a_process_that_ended() -> None:
    told = pytest.raises(EndedTooSoon, match=r"it listens: .* ended with 1: the port is taken")
    with python("import sys; sys.exit('the port is taken')") as process, told:
        wait_until(lambda: False, "it listens", seconds=3600, watched=[process])


def test_a_wait_that_takes_too_long_shows_what_the_process_says(tmp_path: Path) -> None:
    with python("print('retrying', flush=True); import time; time.sleep(600)", log=tmp_path / "log") as process:
        wait_until(lambda: "retrying" in process.last_words(), "it speaks")
        with pytest.raises(TimeoutError, match=r"it listens: not within 0 s\n.*retrying"):
            wait_until(lambda: False, "it listens", seconds=0, watched=[process])
    assert "retrying" in process.last_words(), "also afterwards"


def test_the_end_takes_children_along_and_closes_the_pipes() -> None:
    process = python(PARENT, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.end()
    wait_until(lambda: gone(child), "the child ends")
    assert process.stdout.closed
    assert process not in still_running()
    process.end()


def test_a_child_whose_parent_has_ended_before_is_ended_too() -> None:
    process = python(PARENT, stdout=PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    assert not gone(child)
    process.end()
    wait_until(lambda: gone(child), "the child ends")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_test_run_leaves_no_process(number: int) -> None:
    script = f"""
import sys, time
from tests.support.processes import ChildProcess
started = ChildProcess([sys.executable, "-c", {PARENT!r}], stdout=-1, text=True)
print(started.pid, started.stdout.readline(), flush=True)
time.sleep(600)
"""
    with python(script, cwd=ROOT, stdout=PIPE) as run:
        assert run.stdout is not None
        line = run.stdout.readline()
        assert line, run.last_words()
        numbers = [int(word) for word in line.split()]
        os.kill(run.pid, number)
        for each in numbers:
            wait_until(lambda each=each: gone(each), "what it started ends")  # type: ignore[misc]


def test_nobody_listens_at_the_refused_port() -> None:
    assert not answers(refused_port())
    assert refused_port() == refused_port()


def test_a_run_that_leaves_a_process_fails_and_ends_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from tests.support.processes import ChildProcess\n"
        "def test_forgets():\n"
        "    globals()['forgotten'] = ChildProcess(['sleep', '600'])\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.plugin", "-p", "no:cacheprovider", "-q", str(tmp_path)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "tests left these running: ['sleep 600']" in done.stdout
