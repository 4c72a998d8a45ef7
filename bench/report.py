"""``docs/performance.md``, written from the results of one run."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from bench.calibration import QUIET, quantile, spread
from bench.results import aims_table, figure, table
from bench.setup import ACCEPTING_THREADS, CELERY_PROCESSES, CONCURRENCY, WORKERS
from hub.intake.acceptance import MAX_GROUP

_INTRODUCTION = """\
# What a message costs

This page is written by `make bench`; do not edit it. The aims are those of the architecture, "What a message costs". Every aim
is a ratio inside one run, so that both sides had the same machine in the same minutes. The absolute figures further down are
for the reader and bind nobody: they are only as good as the machine was quiet, see the calibration.

The message is a synthetic *Verzoek tot Onderzoek* of about 5 KB that is built, validated against its schema, encrypted, stored
durably (`fsync` on), given a ticket, leased, decrypted and delivered by SOAP over HTTP to a partner on the same machine that
takes everything over at once. The partner's CPU is not counted.
"""

_HOW = """\
## How it is measured

- Each part begins when the processors have nothing else to do (below {quiet:.0%} for half a second, at most 20 s of waiting).
  *Stolen* is what the hypervisor gave to other machines while this one wanted it.
- **Burst**: {count:,} messages are accepted as fast as {accepting} threads can; throughput counts from the first acceptance to
  the last arrival at the partner. CPU is that of every process until the journal has settled the last message.
- **Hub, PostgreSQL + RabbitMQ**: one process that accepts, one dispatcher, {workers} worker process(es) of {concurrency} call
  threads, one housekeeper. **Embedded**: all of it in one process, with SQLite and a broker in memory. The embedded hub, the
  process that accepts, the worker and the floor each keep to one processor (`taskset`, as the operations manual advises).
- **Floor** (`bench/floor.py`): one process that does, per message, one parse and validation, one AES-GCM, two commits of the
  hub's rows in batches of 20, one confirmed publish and consume, and one keep-alive POST, and nothing of what a hub is for.
- **Celery** (`bench/celery_app.py`): the same job as one task, `acks_late`, {processes} prefork processes, two commits per
  task, no publisher confirms (its default), so it promises less.
- **Steady**: messages arrive at random moments (Poisson) that are fixed beforehand; a latency counts from that moment, also
  when the hub is late. *Accepted*: the caller has its id. *Delivered*: the partner has the whole request.
- **Full journal** (`bench/search_cost.py`): {finished:,} finished messages and {waiting:,} that wait behind held keys.
- **Four connections** (`bench/neighbours.py`): a worker process each; {flood:,} messages wait for a partner that refuses every
  call, and nobody answers at two more. Alone: the hub of the bursts, with one connection.
- **Effects** (`bench/effects_cost.py`): the hub in one process with PostgreSQL and RabbitMQ, the same burst with the effects
  switched in between, there and back.
- **File** (`bench/file_cost.py`): {rows:,} rows of a small CSV file, each a tiny message without a schema, so that the hub's
  own share is large. Bare is one loop that reads, builds and verifies the same, does one AES-GCM and inserts the hub's rows in
  groups of {group}.

"Reached" compares the median of the rounds with the gate and the aim; where two figures are told, both have to reach it. Events
and boards, which the architecture has aims for too, have no user yet, so nothing of them is measured.
`python -m bench --help` tells how to run parts.
"""


#: Messages in the bursts of a full run.
FULL_COUNT = 3000

_NAMES = {"servers": "hub, PostgreSQL + RabbitMQ", "embedded": "hub, embedded", "floor": "floor", "celery": "Celery"}


def write(found: Mapping[str, Any]) -> str:
    """The page."""
    parts = [_INTRODUCTION, f"Measured {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {found['minutes']:.0f} minutes.\n"]
    parts += [_caution(found)]
    parts += ["## The aims\n", aims_table(found) + "\n"]
    rounds = found.get("rounds", [])
    if rounds:
        parts += ["## Where the CPU goes\n", _cpu(rounds) + "\n", "## Commits, repeats, latency\n", _facts(rounds) + "\n"]
        parts += [_latencies(found) + "\n"]
    parts += _effects(found) + _memory(found)
    parts += ["## The machine\n", _machine(found) + "\n", _calibration(rounds) + "\n", _how(found)]
    return "\n".join(part for part in parts if part.strip())


def _caution(found: Mapping[str, Any]) -> str:
    """What a reader must know before believing an absolute figure."""
    rounds = found.get("rounds", [])
    notes = []
    if rounds and found["count"] < FULL_COUNT:
        notes.append(f"A short run: {len(rounds)} rounds with bursts of {found['count']:,} messages.")
    busy = max((one["calibration"]["busy"] for one in rounds), default=0.0)
    stolen = max((one["calibration"]["stolen"] for one in rounds), default=0.0)
    if busy > 2 * QUIET or stolen > QUIET:
        notes.append(
            f"Something else ran too (up to {busy:.0%} of the processors before a part; other machines on the same host took up"
            f" to {stolen:.0%} in a round): rates and latencies say little about the hub on a machine of its own; ratios suffer"
            " less."
        )
    return " ".join(notes) + "\n" if notes else ""


def _cpu(rounds: Sequence[Mapping[str, Any]]) -> str:
    rows = [["what runs", "CPU per message, microseconds: median [least–most]", "by process (median)"]]
    for name, title in _NAMES.items():
        taken = [one[name] for one in rounds if name in one]
        if taken:
            middle, least, most = spread([one["cpu_total"] for one in taken])
            by = ", ".join(f"{part} {figure(statistics.median(one['cpu'][part] for one in taken))}" for part in taken[0]["cpu"])
            rows.append([title, f"{figure(middle)} [{figure(least)}–{figure(most)}]", by])
    return table(rows)


def _facts(rounds: Sequence[Mapping[str, Any]]) -> str:
    rows = [["what runs", "messages/s: median [least–most]", "commits per message", "log bytes per message", "repeats"]]
    for name, title in _NAMES.items():
        taken = [one[name] for one in rounds if name in one]
        if taken:
            middle, least, most = spread([one["throughput"] for one in taken])
            commits = statistics.median(one["commits"] for one in taken) if "commits" in taken[0] else None
            wal = statistics.median(one.get("wal_bytes", 0) for one in taken)
            repeats = sum(one.get("repeats", 0) for one in taken)
            rows.append(
                [
                    title,
                    f"{figure(middle)} [{figure(least)}–{figure(most)}]",
                    "-" if commits is None else f"{commits:.2f}",
                    figure(wal) if wal else "-",
                    str(repeats) if name in ("servers", "embedded") else "-",
                ]
            )
    return table(rows)


def _latencies(found: Mapping[str, Any]) -> str:
    rows = [["set-up", "rate", "messages", "accepted, p50 / p99 ms", "delivered", "from id to delivered"]]
    pooled: dict[tuple[str, float], dict[str, list[float]]] = {}
    for one in found.get("rounds", []):
        for name in ("servers", "embedded", "celery"):
            if f"{name}_steady" in one:
                into = pooled.setdefault((name, 100.0), {})
                for what, values in one[f"{name}_steady"].items():
                    into.setdefault(what, []).extend(values)
    for number, one in ((1, "alone"), (4, "four")):
        for made in found.get("neighbours", {}).get("rounds", []):
            into = pooled.setdefault((f"servers, {number} connection(s)", 100.0), {})
            for what, values in made[one].items():
                into.setdefault(what, []).extend(values)
    for one in found.get("slow", []):
        pooled[one["set_up"], one["rate"]] = one["found"]
    for (name, rate), taken in sorted(pooled.items(), key=lambda item: (item[0][0], item[0][1])):
        rows.append([name, f"{rate:g}/s", str(len(taken["accepted"])), *(_p(taken.get(what)) for what in _WHATS)])
    return table(rows)


_WHATS = ("accepted", "delivered", "underway")


def _p(values: Sequence[float] | None) -> str:
    return f"{quantile(values, 0.5):.1f} / {quantile(values, 0.99):.1f}" if values else "-"


def _effects(found: Mapping[str, Any]) -> list[str]:
    """What the raadsverzoek's own effects cost it, for the reader."""
    rounds = found.get("effects", {}).get("rounds", [])
    if not rounds:
        return []
    middle, least, most = spread([one["own"]["cpu"] / one["none"]["cpu"] for one in rounds])
    told = f"{middle:.3f} [{least:.3f}–{most:.3f}]"
    return [f"CPU per message of the raadsverzoek with its own effects / without any: {told}.\n"]


def _memory(found: Mapping[str, Any]) -> list[str]:
    parts = []
    peaks = [one["servers"]["peaks"] for one in found.get("rounds", []) if "servers" in one]
    if peaks:
        each = ", ".join(f"{name} {max(one[name] for one in peaks) / 1e6:.0f}" for name in peaks[0])
        parts.append(f"Peak of each process over the bursts, in MB: {each}.\n")
    if "flat" in found:
        marks = found["flat"]["marks"]
        shown = ", ".join(f"{memory:.0f} after {sent:,}" for sent, memory in (marks[0], marks[len(marks) // 2], marks[-1]))
        parts.append(f"An embedded hub over {found['flat']['count']:,} messages, resident MB: {shown}.\n")
    if "largest" in found:
        one = found["largest"]
        parts.append(
            f"One message with 21 MB of attachments (a document of {one['document']:.0f} MB): peak {one['peak']:.0f} MB, from"
            f" {one['before']:.0f} MB; accepted in {one['accept_seconds']:.1f} s.\n"
        )
    return ["## Memory\n", *parts] if parts else []


def _machine(found: Mapping[str, Any]) -> str:
    return table([["fact", "value"], *([name, str(value)] for name, value in found["machine"].items())])


def _calibration(rounds: Sequence[Mapping[str, Any]]) -> str:
    rows = [["round", "fixed loop, CPU ms", "the same, wall ms", "fdatasync p50 ms", "p99 ms", "busy before", "stolen"]]
    names = ("loop_cpu_ms", "loop_wall_ms", "fsync_p50_ms", "fsync_p99_ms")
    for number, one in enumerate(rounds, 1):
        figures = one["calibration"]
        shares = (f"{figures[name]:.1%}" for name in ("busy", "stolen"))
        rows.append([str(number), *(figure(figures[name]) for name in names), *shares])
    return table(rows) if rounds else ""


def _how(found: Mapping[str, Any]) -> str:
    search = found.get("search", {})
    return _HOW.format(
        count=found["count"],
        accepting=ACCEPTING_THREADS,
        quiet=QUIET,
        workers=WORKERS,
        concurrency=CONCURRENCY,
        processes=CELERY_PROCESSES,
        flood=found.get("neighbours", {}).get("flood", 0),
        rows=found.get("file", {}).get("rows", 0),
        group=MAX_GROUP,
        finished=search.get("finished", 0),
        waiting=search.get("waiting", 0),
    )
