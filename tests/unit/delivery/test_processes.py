"""Which processes are known to be gone: only those of which that can be known from here."""

from __future__ import annotations

import subprocess
import sys

from hub.delivery.processes import known_gone, own_name
from tests.support.engine import Engine

_TELL = "from hub.delivery.processes import own_name; print(own_name(), flush=True); input()"


def test_a_process_is_gone_when_it_has_ended_and_not_before() -> None:
    with subprocess.Popen([sys.executable, "-c", _TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not known_gone(name)
        process.kill()
        process.wait()
        assert known_gone(name)


def test_one_that_has_ended_and_was_not_waited_for_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", _TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        process.kill()
        Engine.wait_until(lambda: known_gone(name), "its end is seen, though its exit code is still to be taken")


def test_another_process_with_the_same_id_is_another() -> None:
    host, pid, mark = own_name().rsplit(":", 2)
    space, _, started = mark.partition(".")
    assert not known_gone(own_name())
    assert known_gone(f"{host}:{pid}:{space}.{int(started) - 1}")


def test_of_other_machines_and_containers_nothing_is_known() -> None:
    for name in ("", "x", "elsewhere:1:abcdef01.5", "elsewhere:1:x.5", "host:1"):
        assert not known_gone(name)
