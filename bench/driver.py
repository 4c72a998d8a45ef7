"""The driver: the process in which documents are accepted, and, embedded, in which the whole hub runs.

It obeys orders, one JSON object per line on standard input, and answers each with one JSON line::

    {"do": "burst", "count": 3000, "threads": 8}           as fast as it goes; answers when the last is accepted
    {"do": "steady", "count": 500, "rate": 100, "seed": 1} arrivals at random moments, whatever the hub does meanwhile
    {"do": "one", "bytes": 21000000}                       one large document
    {"do": "flood", "connection": "corv2", "count": 2000}  documents that leave by another connection
    {"do": "effects", "which": "none"}                     the effects from now on, while nothing is under way
    {"do": "facts"}                                        memory, commits of the embedded journal

Arrivals of ``steady`` are a Poisson process, fixed beforehand; a latency counts from the moment that was fixed, so a hub
that stalls makes every arrival of that time late (no coordinated omission). Moments are CLOCK_MONOTONIC nanoseconds.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.arrivals import STEADY_THREADS, at_random, share
from bench.documents import documents, large
from bench.resources import memory, peak_memory
from hub import telemetry
from hub.assembly import Hub, freeze_loaded
from hub.config import load
from hub.delivery.roles import Roles
from hub.intake.intake import Intake
from hub.journal.database import NO_EFFECTS, AfterUnit
from hub.journal.effects import Effects, EffectsTable
from hub.message import Caller

CALLER = Caller("system", "bench")


class _OfOthers(Effects):
    """Of an exchange that nothing happens to here."""

    exchange = "another"


class Driver:
    """Carries out orders on one hub."""

    def __init__(self, hub: Hub, prefix: str) -> None:
        self._hub = hub
        self._documents: Iterator[bytes] = documents(prefix=prefix)
        self._commits = 0
        self._effects: dict[str, AfterUnit] = {
            "none": NO_EFFECTS,
            "others": EffectsTable({"another": _OfOthers()}),
            "own": hub.journal.effects,
        }

    def burst(self, count: int, threads: int) -> dict[str, Any]:
        """Accept ``count`` documents as fast as ``threads`` threads can."""
        failures: list[str] = []

        def accept(document: bytes) -> None:
            try:
                self._accept(document)
            except Exception as error:
                failures.append(repr(error))

        prepared = list(itertools.islice(self._documents, count))
        begun = time.monotonic()
        share(prepared, accept, threads)
        return {"seconds": time.monotonic() - begun, "failures": failures[:5], "failed": len(failures)}

    def steady(self, count: int, rate: float, seed: int) -> dict[str, Any]:
        """Accept ``count`` documents that arrive at random at this rate a second."""
        return {"accepted": at_random(self._documents, count, rate, seed, self._accept)}

    def flood(self, connection: str, count: int) -> dict[str, Any]:
        """Accept ``count`` documents as if the route were configured to leave by this connection."""
        route: Any = copy.copy(self._hub.routes["raadsverzoek"])
        route.connection = connection
        intake = Intake(self._hub.journal, self._hub.keyring, {route.name: route})
        try:
            prepared = list(itertools.islice(self._documents, count))
            share(prepared, lambda document: intake.accept(route.name, document, CALLER), STEADY_THREADS)
        finally:
            intake.close()
        return {}

    def effects(self, which: str) -> dict[str, Any]:
        """What follows a unit of work: nothing, the effects of another route only, or the raadsverzoek's own."""
        self._hub.journal.effects = self._effects[which]
        return {}

    def _accept(self, document: bytes) -> str:
        return self._hub.intake.accept("raadsverzoek", document, CALLER).reference

    def one(self, size: int) -> dict[str, Any]:
        """Accept one document with an attachment of ``size`` bytes."""
        document = large(size, f"BENCH-GROOT-{size}")
        before = peak_memory(os.getpid())
        begun = time.monotonic()
        self._hub.intake.accept("raadsverzoek", document, CALLER)
        return {"seconds": time.monotonic() - begun, "document": len(document), "peak_before": before}

    def count_commits(self) -> None:
        """Count the commits of the embedded journal from now on."""
        database: Any = self._hub.journal
        commit = database._commit_group

        def counted(*group: Any) -> Any:
            self._commits += 1
            return commit(*group)

        database._units._serve = counted

    def facts(self) -> dict[str, Any]:
        """What this process knows about itself."""
        return {"memory": memory(os.getpid()), "peak": peak_memory(os.getpid()), "commits": self._commits}


def serve(driver: Driver) -> None:
    """Obey until standard input ends."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(driver, order.pop("do"))(**order)
        print(json.dumps(answer), flush=True)


def _deliver(hub: Hub, roles: Roles) -> None:
    """Start what ``hub run`` starts, without the web server."""
    names = hub.sending_connections()
    hub.broker.declare(names)
    for name in names:
        roles.start(f"worker-{name}", lambda name=name: hub.worker(name))  # type: ignore[misc]
    roles.start("dispatcher", hub.dispatcher)
    roles.start("housekeeper", hub.housekeeper)


def main() -> None:
    """Make the hub and obey."""
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("--deliver", action="store_true", help="Run the whole hub here (embedded).")
    parser.add_argument("--prefix", default="BENCH-2026", help="Of the case numbers; new for a journal that was used before.")
    given = parser.parse_args()
    config = load(given.config)
    telemetry.configure(level=config.log.level, format=config.log.format)
    hub, roles = Hub(config), Roles()
    _ = hub.keyring, hub.journal, hub.routes, hub.intake
    driver = Driver(hub, given.prefix)
    try:
        if given.deliver:
            if hub.embedded:
                driver.count_commits()
            _deliver(hub, roles)
        freeze_loaded()
        serve(driver)
    finally:
        roles.stop()
        hub.close()


if __name__ == "__main__":
    main()
