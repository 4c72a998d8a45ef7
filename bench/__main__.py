"""``python -m bench``: measure the hub, in interleaved rounds, and write ``docs/performance.md``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import celery_job, effects_cost, file_cost, floor_job, hub_job, memory, neighbours, search_cost
from bench.calibration import calibrate, machine, ticks, wait_until_quiet
from bench.report import FULL_COUNT, write
from bench.results import aims_table
from bench.services import ROOT, Servers, servers
from tests.support.services import ServiceUnavailable

PAGE = ROOT / "docs" / "performance.md"
#: Parts that ``--only`` names; the first four are run in every round.
PARTS = ("servers", "floor", "celery", "embedded", "slow", "neighbours", "effects", "file", "search", "memory")
#: Exit code when a server that is needed cannot be started.
UNAVAILABLE = 69

_EXAMPLES = """\
examples:
  python -m bench --quick                a first look in under three minutes; writes no page
  python -m bench                        everything, about fifteen minutes; writes docs/performance.md
  python -m bench --only servers --only floor --rounds 3
  python -m bench --only search --finished 100000 --waiting 10000
"""


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        "python -m bench", description=__doc__, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small counts, two rounds; the page is not written")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=f"one of {', '.join(PARTS)}; repeatable")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (5)")
    parser.add_argument("--count", type=int, help="messages in a burst (3000)")
    parser.add_argument("--steady-seconds", type=float, help="length of the 100/s part of a round (8)")
    parser.add_argument("--flood", type=int, help="messages that wait for a partner that is away (2000)")
    parser.add_argument("--rows", type=int, help="rows of the file (10000)")
    parser.add_argument("--finished", type=int, help="finished messages in the full journal (1000000)")
    parser.add_argument("--waiting", type=int, help="messages that wait behind held keys in it (100000)")
    parser.add_argument("--messages", type=int, help="messages for the memory part (100000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure here")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md also after --quick or --only")
    options = parser.parse_args(given)
    usual = _QUICK if options.quick else _FULL
    for name, value in usual.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    options.parts = tuple(options.only or PARTS)
    return options


_FULL = {
    "rounds": 5,
    "count": FULL_COUNT,
    "steady_seconds": 8.0,
    "flood": 2_000,
    "rows": 10_000,
    "finished": 1_000_000,
    "waiting": 100_000,
    "messages": 100_000,
}
_QUICK = {
    "rounds": 2,
    "count": 800,
    "steady_seconds": 4.0,
    "flood": 500,
    "rows": 2_000,
    "finished": 20_000,
    "waiting": 2_000,
    "messages": 3_000,
}


def say(text: str) -> None:
    """Progress, for a person."""
    print(text, file=sys.stderr, flush=True)


def measure(options: argparse.Namespace, running: Servers) -> dict[str, Any]:
    """Run the parts that were asked for and return every figure."""
    begun = time.monotonic()
    found: dict[str, Any] = {"machine": machine(), "count": options.count, "rounds": []}
    every_round = [part for part in PARTS[:4] if part in options.parts]
    for number in range(options.rounds if every_round else 0):
        say(f"round {number + 1} of {options.rounds}")
        found["rounds"].append(_round(options, running, every_round, seed=number))
    if "slow" in options.parts:
        say("slow arrivals")
        found["slow"] = [one for embedded in (False, True) for one in _slow(options, running, embedded=embedded)]
    if "neighbours" in options.parts:
        say(f"four connections, {options.flood:,} messages waiting for one that is away")
        count = int(100 * options.steady_seconds)
        found["neighbours"] = neighbours.measure(running, flood=options.flood, count=count, rounds=options.rounds)
    if "effects" in options.parts:
        say("effects")
        found["effects"] = effects_cost.measure(running, count=options.count, rounds=options.rounds)
    if "file" in options.parts:
        say(f"a file of {options.rows:,} rows")
        found["file"] = file_cost.measure(running, rows=options.rows, rounds=options.rounds)
    if "memory" in options.parts:
        say(f"memory over {options.messages:,} messages")
        found["flat"] = memory.flat(running, count=options.messages)
        found["largest"] = memory.largest(running)
    if "search" in options.parts:
        say(f"a journal with {options.finished:,} finished and {options.waiting:,} waiting messages")
        found["search"] = search_cost.measure(
            running,
            finished=options.finished,
            waiting=options.waiting,
            count=max(200, options.count // 2),
            rounds=(options.rounds + 1) // 2,
        )
    found["minutes"] = (time.monotonic() - begun) / 60
    return found


def _round(options: argparse.Namespace, running: Servers, parts: list[str], *, seed: int) -> dict[str, Any]:
    made: dict[str, Any] = {"calibration": calibrate()}
    run: dict[str, Callable[[], None]] = {
        "servers": lambda: _hub(options, running, made, "servers", seed),
        "floor": lambda: _floor(options, running, made),
        "celery": lambda: _celery(options, running, made, seed),
        "embedded": lambda: _hub(options, running, made, "embedded", seed),
    }
    busy, before = [0.0], ticks()
    for part in parts:
        busy.append(wait_until_quiet())
        run[part]()
        one = made[part]
        say(f"  {part:9} {one['throughput']:6.0f}/s  {one['cpu_total']:6.0f} us CPU per message")
    spent = ticks().since(before)
    made["calibration"] |= {"busy": max(busy), "stolen": spent.stolen / max(1, spent.total)}
    return made


def _hub(options: argparse.Namespace, running: Servers, made: dict[str, Any], name: str, seed: int) -> None:
    with hub_job.running(running, embedded=name == "embedded") as hub:
        made[name] = hub_job.burst(hub, running, options.count)
        made[f"{name}_steady"] = hub_job.steady(hub, running, rate=100, count=int(100 * options.steady_seconds), seed=seed)


def _floor(options: argparse.Namespace, running: Servers, made: dict[str, Any]) -> None:
    with floor_job.running(running) as driver:
        made["floor"] = floor_job.burst(driver, running, options.count)


def _celery(options: argparse.Namespace, running: Servers, made: dict[str, Any], seed: int) -> None:
    with celery_job.running(running) as celery:
        made["celery"] = celery_job.burst(celery, running, options.count)
        count = int(100 * options.steady_seconds)
        made["celery_steady"] = celery_job.steady(celery, running, rate=100, count=count, seed=seed)


def _slow(options: argparse.Namespace, running: Servers, *, embedded: bool) -> list[dict[str, Any]]:
    """1/s and 20/s, for two and a half times as long as the 100/s part of one round."""
    wait_until_quiet()
    seconds = 2.5 * options.steady_seconds
    with hub_job.running(running, embedded=embedded) as hub:
        return [
            {
                "set_up": "embedded" if embedded else "servers",
                "rate": rate,
                "found": hub_job.steady(hub, running, rate=rate, count=max(5, int(rate * seconds)), seed=1),
            }
            for rate in (1.0, 20.0)
        ]


def main() -> int:
    """Measure and tell."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every server and process of ours is ended in order
    try:
        with servers() as running:
            found = measure(options, running)
    except ServiceUnavailable as error:
        say(str(error))
        return UNAVAILABLE
    print(aims_table(found))
    if options.json:
        options.json.write_text(json.dumps(found, default=str))
        say(f"every figure is in {options.json}")
    if options.write or not (options.quick or options.only):
        PAGE.write_text(write(found))
        say(f"written: {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
