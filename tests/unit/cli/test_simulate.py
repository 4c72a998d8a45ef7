"""``hub simulate`` listens where it is told to."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request

PATIENCE = 60


def told_by(*options: str) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """A simulated partner in its own process, and what it says of itself."""
    command = [sys.executable, "-m", "hub", "simulate", "corv", "--until-stdin-closes", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


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
