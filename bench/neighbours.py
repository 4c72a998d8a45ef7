"""What a partner notices of the others: four connections of which one is flooded and away, against a connection alone.

Each connection has a worker process of its own, as in production. Many messages wait for a partner that refuses every call,
while messages for the measured one arrive at random moments.
"""

from __future__ import annotations

from typing import Any

from bench import hub_job
from bench.services import Servers

#: Connections beside the measured one. Nobody answers there; the first is flooded.
AWAY = ("corv2", "corv3", "corv4")


def measure(servers: Servers, *, flood: int, count: int, rounds: int) -> dict[str, Any]:
    """Alone and among four, in turn.

    Args:
        flood: Messages that wait for the partner that is away.
        count: Messages that are measured on each side, at 100/s.

    Returns:
        ``rounds``: for ``alone`` and ``four`` what ``hub_job.steady`` found; ``flood``.
    """
    return {"rounds": [_round(servers, flood, count, seed) for seed in range(rounds)], "flood": flood}


def _round(servers: Servers, flood: int, count: int, seed: int) -> dict[str, Any]:
    made = {}
    for name, away in (("alone", ()), ("four", AWAY)):
        with hub_job.running(servers, embedded=False, away=away) as hub:
            if away:
                hub.order(do="flood", connection=away[0], count=flood)
            made[name] = hub_job.steady(hub, servers, rate=100, count=count, seed=seed)
            if away:
                hub.check_waiting(away[0], flood)
    return made
