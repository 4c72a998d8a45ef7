"""The producer of the Celery job: builds the messages and calls ``delay``, from threads, as the hub's driver accepts.

Obeys the orders ``burst`` and ``steady`` of ``bench.driver``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.arrivals import at_random, share
from bench.celery_app import deliver
from bench.documents import documents
from hub.assembly import Hub
from hub.config import load
from hub.contracts.route import AMSTERDAM, Identity


class CeleryDriver:
    """Builds as the hub does, then hands over to Celery."""

    def __init__(self, config: Path) -> None:
        self._route = Hub(load(config)).routes["raadsverzoek"]
        self._documents: Iterator[bytes] = documents()

    def _send(self, document: bytes) -> str:
        reference = str(uuid.uuid4())
        identity = Identity(reference, "BENCH-2026-000001", dt.datetime.now(AMSTERDAM))
        built = self._route.build(document, identity)
        self._route.verify(built)
        deliver.delay(reference, built.body.decode())
        return reference

    def burst(self, count: int, threads: int) -> dict[str, Any]:
        """Send ``count`` as fast as ``threads`` threads can."""
        prepared = list(itertools.islice(self._documents, count))
        begun = time.monotonic()
        share(prepared, self._send, threads)
        return {"seconds": time.monotonic() - begun}

    def steady(self, count: int, rate: float, seed: int) -> dict[str, Any]:
        """Send ``count`` that arrive at random at this rate a second."""
        return {"accepted": at_random(self._documents, count, rate, seed, self._send)}


def main() -> None:
    """Obey until standard input ends."""
    driver = CeleryDriver(Path(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(driver, order.pop("do"))(**order)), flush=True)


if __name__ == "__main__":
    main()
