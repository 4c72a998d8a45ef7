"""``hub simulate`` listens where it is told to."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from subprocess import PIPE

from tests.support.processes import PATIENCE, ChildProcess


def told_by(*options: str) -> tuple[ChildProcess[bytes], dict[str, str]]:
    """A simulated partner in its own process, and what it says of itself."""
    command = [sys.executable, "-m", "hub", "simulate", "corv", "--until-stdin-closes", *options]
    process: ChildProcess[bytes] = ChildProcess(command, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.last_words()
    return process, json.loads(line)


def reached(url: str) -> bool:
    """Whether anything speaks HTTP there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=PATIENCE).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def test_it_listens_on_the_address_it_was_given_and_steering_stays_on_this_machine() -> None:
    process, told = told_by("--host", "127.0.0.2")
    with process:
        assert told["listening"].startswith("http://127.0.0.2:")
        assert told["control"].startswith("http://127.0.0.1:")
        assert reached(told["listening"])
        assert not reached(told["listening"].replace("127.0.0.2", "127.0.0.1"))
        process.communicate(timeout=PATIENCE)


def test_every_address_includes_this_machine() -> None:
    process, told = told_by("--host", "0.0.0.0")
    with process:
        assert reached(told["listening"])
        assert reached(told["listening"].replace("127.0.0.1", "127.0.0.2"))
        process.communicate(timeout=PATIENCE)
