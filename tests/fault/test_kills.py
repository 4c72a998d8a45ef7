"""Processes that are killed at random or stand still, and servers that are killed in the middle of traffic."""

from __future__ import annotations

import random
import signal
import time

import pytest

from hub.journal import tables
from tests.fault.conftest import World
from tests.support.engine_process import LEASE_SECONDS
from tests.support.services import PostgresServer, RabbitServer, wait_until


def test_kills_at_random_moments_lose_nothing(world: World) -> None:
    chance = random.Random(20261123)
    process, number = world.start(), 0
    process, _ = world.insist(process, do="ready")
    for _ in range(4):
        kill_at = time.monotonic() + chance.uniform(0.05, 0.5)
        while time.monotonic() < kill_at:
            process = world.accept(process, number)
            number += 1
        process.kill()
        process = world.replace()
    world.wait_until_all_are("completed")
    process.stop()
    assert all(many <= 1 + world.deaths for many in world.partner.calls().values())
    world.verify()


def test_a_worker_that_stood_still_beyond_its_lease_settles_once(world: World) -> None:
    """SIGSTOP in the middle of a call; another process takes over; SIGCONT lets the first one speak late."""
    world.partner.hold.clear()
    sleeper = world.start(roles="dispatch work" if world.kind == "embedded" else "dispatch work housekeep")
    sleeper = world.accept(sleeper, 1)
    world.partner.wait_for(1)
    world.stop_between_writes(sleeper)
    try:
        world.partner.hold.set()
        time.sleep(LEASE_SECONDS)
        other = world.start()
        world.wait_until_all_are("completed")
    finally:
        sleeper.signal(signal.SIGCONT)
    rig = world.rig()

    def events() -> list[str]:
        return [row["event"] for row in sorted(rig.rows(tables.timeline), key=lambda row: row["seq"])]

    wait_until(lambda: "late_outcome" in events(), "the first one speaks")
    assert events() == ["accepted", "lease_ended", "delivered", "late_outcome"]
    assert sum(world.partner.calls().values()) == 2
    other.stop()
    sleeper.stop()
    world.verify()


@pytest.mark.rabbit
@pytest.mark.postgres
def test_a_killed_rabbitmq_loses_nothing(servers: World, rabbit_server: RabbitServer) -> None:
    process, number = servers.start(), 0
    for moment in range(2):
        for _ in range(15):
            process = servers.accept(process, number)
            number += 1
        if moment == 0:
            rabbit_server.flush()
            rabbit_server.restart(kill=True)
    servers.wait_until_all_are("completed")
    process.stop()
    assert servers.deaths == 0
    assert all(many == 1 for many in servers.partner.calls().values())
    servers.verify()


@pytest.mark.rabbit
@pytest.mark.postgres
def test_a_killed_postgresql_loses_nothing(servers: World, postgres_server: PostgresServer) -> None:
    process = servers.start()
    for number in range(15):
        process = servers.accept(process, number)
    postgres_server.restart(kill=True)
    for number in range(15, 30):
        process = servers.accept(process, number)
    servers.wait_until_all_are("completed")
    process.stop()
    assert servers.deaths == 0
    servers.verify()
