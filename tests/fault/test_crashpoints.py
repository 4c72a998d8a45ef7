"""SIGKILL at every named place, in turn: before and after each commit, publish, acknowledgement and call."""

from __future__ import annotations

import time

import pytest

from hub import crashpoints
from tests.fault.conftest import EMBEDDED, Kill, World
from tests.support.engine_process import LEASE_SECONDS, EngineProcess
from tests.support.processes import PATIENCE, wait_until

#: The quick sibling of each of these is the embedded one.
SERVERS = pytest.param("servers", id="servers", marks=[pytest.mark.rabbit, pytest.mark.postgres, pytest.mark.slow])


def _traffic(world: World, process: EngineProcess) -> EngineProcess:
    """Three messages, two of them of one key, and one that is answered."""
    for number in range(3):
        process = world.accept(process, number, key=f"k{number // 2}")
    return world.accept(process, 1, route="answered")


def _answer(world: World, process: EngineProcess) -> EngineProcess:
    process, first = world.insist(process, do="answer", reference=world.references["answered-1"], inbound="in-1")
    process, again = world.insist(process, do="answer", reference=world.references["answered-1"], inbound="in-1")
    assert again["again"] is True
    assert first["status"] == again["status"] == "handled"
    return process


@pytest.mark.parametrize("world", [EMBEDDED, SERVERS], indirect=True)
@pytest.mark.parametrize("name", crashpoints.NAMES)
def test_a_kill_at_a_crash_point_loses_nothing(name: str, world: World, kills: list[Kill]) -> None:
    if name.startswith("expire"):
        _leave_a_lease(world)
    first = process = world.start(crash_at=name)
    process = _traffic(world, process)
    end = time.monotonic() + PATIENCE
    while set(world.references.values()) - world.done():
        assert time.monotonic() < end, world.last_words()
        process = world.replace() if process.killed else process
        time.sleep(0.02)
    process = _answer(world, process)
    # What a role commits can be seen before the same thread passes the crash point behind it.
    wait_until(lambda: first.killed, f"{name} is passed")
    process = world.replace() if process.killed else process
    world.wait_until_all_are("completed")
    process.stop()
    assert world.deaths == 1
    assert all(many <= 2 for many in world.partner.calls().values())
    world.verify()
    kills.append((name, world.kind, len(world.references), sum(world.partner.calls().values())))


def _leave_a_lease(world: World) -> None:
    """A message whose worker died while it was sending, and whose lease has ended."""
    process = world.start(crash_at="call.after")
    process = world.accept(process, 0, key="k0")
    process.wait()
    assert process.killed
    time.sleep(LEASE_SECONDS)
