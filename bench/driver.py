"""The driver: the process in which documents are accepted, and, embedded, in which the whole hub runs.

It obeys orders, one JSON object per line on standard input, and answers each with one JSON line::

    {"do": "burst", "count": 3000, "threads": 8}           as fast as it goes; answers when the last is accepted
    {"do": "steady", "count": 500, "rate": 100, "seed": 1} arrivals at random moments, whatever the hub does meanwhile
    {"do": "one", "bytes": 21000000}                       one large document
    {"do": "facts"}                                        memory, commits of the embedded journal

Arrivals of ``steady`` are a Poisson process, fixed beforehand; a latency counts from the moment that was fixed, so a hub
that stalls makes every arrival of that time late (no coordinated omission). Moments are CLOCK_MONOTONIC nanoseconds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.arrivals import at_random, share
from bench.documents import documents, large
from bench.resources import memory, peak_memory
from hub import telemetry
from hub.assembly import Hub, freeze_loaded
from hub.config import load
from hub.delivery.roles import Roles
from hub.message import Caller

CALLER = Caller("system", "bench")


class Driver:
    """Carries out orders on one hub."""

    def __init__(self, hub: Hub, prefix: str) -> None:
        self._hub = hub
        self._documents: Iterator[bytes] = documents(prefix=prefix)
        self._commits = 0

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
    driver = Driver(hub, given.prefix)
    _ = hub.keyring, hub.journal, hub.routes, hub.intake
    try:
        if given.deliver:
            driver.count_commits()
            _deliver(hub, roles)
        freeze_loaded()
        serve(driver)
    finally:
        roles.stop()
        hub.close()


if __name__ == "__main__":
    main()
