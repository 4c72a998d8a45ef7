"""A chart of free places over time, drawn here as SVG; the page has the same in a table. Where nothing was known is a gap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from hub.contracts.route import AMSTERDAM
from hub.routes.plekvrij.pages.offers import Past

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 200, 34, 24, 8


def chart(rows: Sequence[Past], since: dt.datetime, now: dt.datetime) -> Markup:
    """Steps of how many were free between two moments; empty when nothing was said in between."""
    if not rows:
        return Markup("")
    highest = max(1, *(row.capacity for row in rows))
    span = (now - since).total_seconds()

    def across(moment: dt.datetime) -> float:
        part = min(1.0, max(0.0, (moment - since).total_seconds() / span))
        return _LEFT + part * (_WIDTH - _LEFT)

    def up(count: int) -> float:
        return _TOP + (1 - count / highest) * (_HEIGHT - _TOP - _BOTTOM)

    lines = "".join(
        f'<path d="M{across(begin):.1f} {up(count):.1f}H{across(end):.1f}" stroke-width="3"/>'
        for begin, end, count in _steps(rows, now)
    )
    marks = "".join(
        f'<text x="{_LEFT - 6}" y="{up(count) + 4:.1f}" text-anchor="end" fill="currentColor" stroke="none">{count}</text>'
        f'<path d="M{_LEFT} {up(count):.1f}H{_WIDTH}" opacity=".2"/>'
        for count in sorted({0, highest})
    )
    first, last = (moment.astimezone(AMSTERDAM).strftime("%d-%m") for moment in (since, now))
    label = f"Vrije plekken van {first} tot {last}; de tabel hieronder zegt hetzelfde"
    return Markup(  # numbers and dates only
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}" width="100%" '
        f'fill="none" stroke="currentColor" font-size="12"><g>{marks}{lines}</g>'
        f'<g fill="currentColor" stroke="none"><text x="{_LEFT}" y="{_HEIGHT - 6}">{first}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 6}" text-anchor="end">{last}</text></g></svg>'
    )


def _steps(rows: Sequence[Past], now: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime, int]]:
    """From when to when how many were free: until the next word, or until it could not be trusted any more."""
    for place, row in enumerate(rows):
        following = rows[place + 1].at if place + 1 < len(rows) else now
        yield row.at, min(following, row.valid_until, now), row.free
