"""The pages of the documentation as the tests read them, and the parts of them that are made from code.

A made part stands between ``<!-- made: NAME -->`` and ``<!-- end -->``. ``python -m tests.docs.pages`` writes all of them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from hub import telemetry
from hub.config import DeliverySettings
from hub.delivery import retry
from hub.errors import CODES
from hub.message import FINAL, TRANSITIONS, Status
from hub.routes.raadsverzoek.pages.cases.presenting import CASE_STATES
from hub.telemetry import LogEvent

ROOT = Path(__file__).resolve().parents[2]

_MADE = re.compile(r"(?P<begin><!-- made: (?P<name>[\w-]+) -->\n)(?P<text>.*?)(?P<end>\n?<!-- end -->)", re.DOTALL)


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    """How a page is called in messages."""
    return str(page.relative_to(ROOT))


def made_parts(text: str) -> dict[str, str]:
    """Name and text of every made part of a page."""
    return {found["name"]: found["text"].strip("\n") for found in _MADE.finditer(text)}


def with_made_parts(text: str) -> str:
    """The page with its made parts made anew."""
    return _MADE.sub(lambda found: f"{found['begin']}\n{MAKERS[found['name']]()}\n\n{found['end'].lstrip()}", text)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def error_codes() -> str:
    return _table(("code", "what it means, and what to do"), [(f"`{code}`", help_) for code, help_ in CODES.items()])


def reactions() -> str:
    """The table of the module that decides, without its outer marks."""
    found = re.search(r"^\| outcome .*?(?=\n\n)", retry.__doc__ or "", re.DOTALL | re.MULTILINE)
    assert found, "hub.delivery.retry has lost its table"
    return found[0].replace("``", "`")


class _Edge:
    """Stands in for chance, so that the schedule's own arithmetic gives its earliest and latest moments."""

    def __init__(self, *, late: bool) -> None:
        self._late = late

    def uniform(self, low: float, high: float) -> float:
        return high if self._late else low


def pauses(attempts: int) -> list[tuple[float, float]]:
    """Shortest and longest pause in seconds after each attempt, with the default settings."""
    settings = DeliverySettings()
    policy = retry.RetryPolicy(settings.retry_base_seconds, settings.retry_max_seconds)
    ends = [_Edge(late=False), _Edge(late=True)]
    return [
        (policy.delay(number, ends[0]) / 1e6, policy.delay(number, ends[1]) / 1e6)  # type: ignore[arg-type]
        for number in range(1, attempts + 1)
    ]


def retry_moments() -> str:
    shown, last = 10, 20
    rows, earliest, latest = [], 0.0, 0.0
    for number, (low, high) in enumerate(pauses(last - 1), start=1):
        earliest, latest = earliest + low, latest + high
        if number < shown or number == last - 1:
            moment = f"{_span(earliest)} to {_span(latest)}"
            rows.append((f"{number + 1}", f"{_span(low)} to {_span(high)}", moment))
        elif number == shown:
            rows.append(("...", f"{_span(low)} to {_span(high)}", "..."))
    return _table(("attempt", "pause before it", "after the first attempt"), rows)


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(whole / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"


def _sources() -> str:
    """All code of the hub but the module that only names things."""
    files = sorted((ROOT / "hub").rglob("*.py"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.name != "telemetry.py")


def log_events() -> str:
    """Events that some code really logs."""
    used = set(re.findall(r"\bLogEvent\.([A-Z_]+)", _sources()))
    return _table(("event", "meaning"), [(f"`{event.value}`", event.description) for event in LogEvent if event.name in used])


def metrics() -> str:
    """Metrics that some code really sets."""
    used = set(re.findall(r"\b([A-Z_]+)\.labels\(", _sources()))
    rows = []
    for name, metric in vars(telemetry).items():
        if name in used and hasattr(metric, "_labelnames"):
            (family,) = metric.describe()
            full = f"{family.name}_total" if family.type == "counter" else family.name
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            rows.append((f"`{full}`", family.type, labels, family.documentation))
    return _table(("metric", "kind", "labels", "meaning"), rows)


def statuses() -> str:
    """The status table, one row per status that can be left."""
    rows = []
    for status in Status:
        if status in FINAL:
            continue
        after: dict[str, list[str]] = {}
        for (before, event), to in TRANSITIONS.items():
            if before == status:
                after.setdefault(to.value, []).append(event.value)
        moves = "; ".join(f"{' or '.join(events)} → `{to}`" for to, events in after.items())
        rows.append((f"`{status.value}`", moves))
    return _table(("status", "event → next status"), rows)


#: Stand in for what the console fills in, so that a sentence of a case can be read without one.
EXAMPLES: Mapping[str, str] = {
    "clock": "14:05",
    "attempts": "drie keer",
    "probe": "; volgende poging 14:05",
    "sent": "gisteren 14:05",
    "sent_near": "gisteren 14:05",
    "since": "gisteren 14:05",
    "last": "gisteren 14:05",
    "title": "intake afgerond",
    "closed": "gisteren 14:05",
    "reason": ": (de reden)",
    "what": "(de reden).",
    "do": "Wat u kunt doen, staat erbij.",
    "perhaps": "",
}


def case_states() -> str:
    """Every state of a case as the secretary reads it, in the words of the page itself."""
    rows = []
    for key, state in CASE_STATES.items():
        values = {**EXAMPLES, "next": "over 14 minuten" if key == "held" else "morgen 14:05"}
        rows.append((f"**{state.label}**", state.sentence.format_map(values), state.next.format_map(values)))
    return _table(("stand", "wat er staat", "wat er gebeurt, of wat u doet"), rows)


MAKERS: Mapping[str, Callable[[], str]] = {
    "error-codes": error_codes,
    "reactions": reactions,
    "retry-moments": retry_moments,
    "log-events": log_events,
    "metrics": metrics,
    "statuses": statuses,
    "case-states": case_states,
}


def write() -> None:
    """Write every made part anew."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        page.write_text(with_made_parts(text), encoding="utf-8")


if __name__ == "__main__":
    write()
