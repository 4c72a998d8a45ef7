"""The table: every aim of the architecture with what was measured, and whether it is met."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.calibration import quantile, spread

Rounds = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One aim. ``values`` holds a figure per round for each of ``gates``, in the same order."""

    what: str
    unit: str
    gates: tuple[float, ...]
    stretches: tuple[float, ...]
    values: tuple[Sequence[float], ...]
    at_least: bool = False  # the figure must be at least, not at most, the aim

    def verdict(self) -> str:
        """``stretch``, ``gate`` or ``miss``, by the medians; ``-`` when it was not measured."""
        if not all(self.values):
            return "-"
        if self._within(self.stretches):
            return "stretch"
        return "gate" if self._within(self.gates) else "miss"

    def _within(self, aims: tuple[float, ...]) -> bool:
        medians = [statistics.median(found) for found in self.values]
        return all(got >= aim if self.at_least else got <= aim for got, aim in zip(medians, aims, strict=True))

    def measured(self) -> str:
        """Medians, with the least and the most of the rounds."""
        if not all(self.values):
            return "not measured"
        parts = []
        for found in self.values:
            middle, least, most = spread(found)
            parts.append(f"{figure(middle)} [{figure(least)}–{figure(most)}]")
        return f"{' / '.join(parts)} {self.unit}".strip()

    def aim(self, aims: tuple[float, ...]) -> str:
        """The aim as the table writes it."""
        return f"{'≥' if self.at_least else '≤'} {' / '.join(figure(aim) for aim in aims)} {self.unit}".strip()


def figure(value: float) -> str:
    """Three significant figures, thousands with a comma."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def lines(found: Mapping[str, Any]) -> list[Line]:
    """The table of the architecture's "What a message costs"."""
    rounds: Rounds = found.get("rounds", [])
    both = [one for one in rounds if "servers" in one and "floor" in one]
    against = [one for one in rounds if "servers" in one and "celery" in one]
    full = found.get("search", {}).get("ratios", {})
    return [
        Line(
            "CPU of all hub processes, PostgreSQL and RabbitMQ per message / that of the floor", "", (4,), (2.5,),
            ([one["servers"]["cpu_total"] / one["floor"]["cpu_total"] for one in both],),
        ),
        Line(
            "end to end / Celery as documented, interleaved", "", (2,), (3,),
            ([one["servers"]["throughput"] / one["celery"]["throughput"] for one in against],), at_least=True,
        ),
        Line("PostgreSQL + RabbitMQ, durable path", "/s", (600,), (1000,), (_each(rounds, "servers"),), at_least=True),
        Line("embedded, durable path", "/s", (600,), (1000,), (_each(rounds, "embedded"),), at_least=True),
        Line(
            "accepted at 100/s, PostgreSQL + RabbitMQ, p50 / p99", "ms", (5, 15), (3, 6),
            _both(rounds, "servers", "accepted"),
        ),
        Line("the same, embedded", "ms", (5, 15), (3, 6), _both(rounds, "embedded", "accepted")),
        Line(
            "accept to delivered at 100/s, PostgreSQL + RabbitMQ, p50 / p99", "ms", (25, 60), (10, 20),
            _both(rounds, "servers", "delivered"),
        ),
        Line("the same, embedded", "ms", (6, 20), (3, 10), _both(rounds, "embedded", "delivered")),
        *(
            Line(f"cost per {name} in a full journal / in an empty one", "", (1.2,), (1.05,), (values,))
            for name, values in (full or {"message or search": []}).items()
        ),
    ]  # fmt: skip


def _each(rounds: Rounds, name: str) -> list[float]:
    return [one[name]["throughput"] for one in rounds if name in one]


def _both(rounds: Rounds, set_up: str, what: str) -> tuple[list[float], list[float]]:
    """p50 and p99 per round."""
    taken = [one[f"{set_up}_steady"][what] for one in rounds if f"{set_up}_steady" in one]
    return [quantile(one, 0.5) for one in taken], [quantile(one, 0.99) for one in taken]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Markdown of rows, the first of which is the head."""
    head, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *rest])


def aims_table(found: Mapping[str, Any]) -> str:
    """The aims as Markdown."""
    rows = [["what", "gate", "stretch", "measured: median [least–most]", "met"]]
    rows += [[one.what, one.aim(one.gates), one.aim(one.stretches), one.measured(), one.verdict()] for one in lines(found)]
    return table(rows)
