"""The table: every aim of the architecture with what was measured, and whether it is met.

Every figure in it is a ratio inside one run, so that both sides had the same machine. Absolute figures are for the reader of
the report and bind nobody.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.calibration import quantile, spread

Rounds = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One ratio. ``values`` holds a series for each figure that is told (p50 and p99, say), with a value per round.

    Attributes:
        what: The two sides, as ``one / the other``.
        gate: What each figure has to reach.
        aim: What it is meant to reach one day.
        values: Series of ratios, all held against the same gate and aim.
        at_least: The figure must be at least, not at most, the gate.
    """

    what: str
    gate: float
    aim: float
    values: tuple[Sequence[float], ...]
    at_least: bool = False

    def verdict(self) -> str:
        """``aim``, ``gate`` or ``miss``, by the medians; ``-`` when it was not measured."""
        if not all(self.values):
            return "-"
        if self._reaches(self.aim):
            return "aim"
        return "gate" if self._reaches(self.gate) else "miss"

    def _reaches(self, bound: float) -> bool:
        medians = [statistics.median(series) for series in self.values]
        return all(median >= bound if self.at_least else median <= bound for median in medians)

    def measured(self) -> str:
        """Medians, with the least and the most of the rounds."""
        if not all(self.values):
            return "not measured"
        parts = []
        for series in self.values:
            middle, least, most = spread(series)
            parts.append(f"{figure(middle)} [{figure(least)}–{figure(most)}]")
        return " / ".join(parts)

    def bound(self, value: float) -> str:
        """A gate or aim as the table writes it."""
        return f"{'≥' if self.at_least else '≤'} {figure(value)}"


def figure(value: float) -> str:
    """Three significant figures, thousands with a comma."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def lines(found: Mapping[str, Any]) -> list[Line]:
    """The table of the architecture's "What a message costs", but for events and boards, which have no user yet."""
    rounds: Rounds = found.get("rounds", [])
    neighbours, effects, files = (found.get(part, {}).get("rounds", []) for part in ("neighbours", "effects", "file"))
    full = found.get("search", {}).get("ratios", {})
    return [
        Line("CPU of all processes per message / that of the floor", 3, 2, (_each(rounds, "servers", "floor", "cpu_total"),)),
        Line(
            "end to end / Celery as documented, interleaved", 2.3, 3.5, (_each(rounds, "servers", "celery", "throughput"),),
            at_least=True,
        ),
        Line(
            "throughput on servers / that of the floor's single driver", 0.5, 0.75,
            (_each(rounds, "servers", "floor", "throughput"),), at_least=True,
        ),
        Line(
            "throughput embedded / on servers", 0.7, 1, (_each(rounds, "embedded", "servers", "throughput"),), at_least=True
        ),
        Line(
            "accept to delivered at 100/s, p50 / p99 of it, on servers / Celery's own in the same round", 2.2, 1.2,
            _delivered(rounds, "servers_steady", "celery_steady"),
        ),
        Line(
            "the same, four connections of which one is flooded and away / one connection alone", 1.2, 1.05,
            _delivered(neighbours, "four", "alone"),
        ),
        *(
            Line(f"cost per {name} in a full journal / in an empty one", 1.2, 1.05, (values,))
            for name, values in (full or {"message or search": []}).items()
        ),
        Line(
            "a file: rows accepted per CPU-second / bare parse, validate, encrypt and insert", 0.4, 0.7,
            (_each(files, "hub", "bare", "rate"),), at_least=True,
        ),
        Line(
            "CPU per message of a route without effects, while another route has some / while none has", 1.03, 1.01,
            (_each(effects, "others", "none", "cpu"),),
        ),
    ]  # fmt: skip


def _each(rounds: Rounds, one: str, other: str, what: str) -> list[float]:
    """one / other per round in which both were measured."""
    return [made[one][what] / made[other][what] for made in rounds if one in made and other in made]


def _delivered(rounds: Rounds, one: str, other: str) -> tuple[list[float], list[float]]:
    """Ratios of p50 and of p99, from the moment a message was due until the partner had it, per round."""
    taken = [(made[one]["delivered"], made[other]["delivered"]) for made in rounds if one in made and other in made]
    p50, p99 = ([quantile(ours, part) / quantile(theirs, part) for ours, theirs in taken] for part in (0.5, 0.99))
    return p50, p99


def table(rows: Sequence[Sequence[str]]) -> str:
    """Markdown of rows, the first of which is the head."""
    head, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *rest])


def aims_table(found: Mapping[str, Any]) -> str:
    """The aims as Markdown."""
    rows = [["ratio", "gate", "aim", "measured: median [least–most]", "reached"]]
    rows += [[one.what, one.bound(one.gate), one.bound(one.aim), one.measured(), one.verdict()] for one in lines(found)]
    return table(rows)
