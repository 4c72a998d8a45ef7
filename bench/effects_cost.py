"""What effects of an exchange cost a message: its own, and above all those of others, which are none of its business.

One hub, everything in one process with PostgreSQL and RabbitMQ, is sent the same burst while there are no effects at all,
while only another route has some, and with the effects of the raadsverzoek itself. The order is turned round half-way a round,
so that a journal that grows counts for all alike.
"""

from __future__ import annotations

import statistics
from typing import Any

from bench import hub_job
from bench.services import Servers

#: As the driver's order ``effects`` knows them.
EFFECTS = ("none", "others", "own")


def measure(servers: Servers, *, count: int, rounds: int) -> dict[str, Any]:
    """Each twice a round, ``count`` messages at a time.

    Returns:
        ``rounds``: for each of ``EFFECTS`` ``cpu``, microseconds per message of the hub, PostgreSQL and RabbitMQ.
    """
    with hub_job.running(servers, embedded=False, together=True) as hub:
        hub_job.burst(hub, servers, count)  # what is first is dearer, whatever its effects
        return {"rounds": [_round(hub, servers, count) for _ in range(rounds)]}


def _round(hub: hub_job.RunningHub, servers: Servers, count: int) -> dict[str, dict[str, float]]:
    spent: dict[str, list[float]] = {name: [] for name in EFFECTS}
    for name in (*EFFECTS, *reversed(EFFECTS)):
        hub.order(do="effects", which=name)
        spent[name].append(hub_job.burst(hub, servers, count)["cpu_total"])
    return {name: {"cpu": statistics.mean(costs)} for name, costs in spent.items()}
