"""Pictures of numbers, drawn here as SVG: no script, no font of others. The page has the same numbers in a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

_WIDTH, _NAME, _ROW, _BAR, _NUMBER = 640, 190, 34, 20, 70


class Bar(NamedTuple):
    """One bar: what it counts in a few words, and its number."""

    name: str
    number: int


def bars(caption: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars with a name before and the number behind each; empty when there is nothing to see.

    Args:
        caption: What it shows, for who cannot see it; it may hold no personal data, nor may the names.
    """
    highest = max((row.number for row in rows), default=0)
    if highest <= 0:
        return Markup("")
    room = _WIDTH - _NAME - _NUMBER
    drawn = Markup("").join(
        Markup(
            '<text x="{right}" y="{middle}" text-anchor="end">{name}</text>'
            '<rect x="{left}" y="{top}" width="{width:.1f}" height="{height}"/>'
            '<text x="{end:.1f}" y="{middle}">{count}</text>'
        ).format(
            right=_NAME - 8,
            left=_NAME,
            top=place * _ROW + (_ROW - _BAR) // 2,
            middle=place * _ROW + _ROW // 2 + 5,
            width=max(row.number / highest * room, 1.0 if row.number else 0.0),
            height=_BAR,
            end=_NAME + row.number / highest * room + 8,
            name=row.name,
            count=row.number,
        )
        for place, row in enumerate(rows)
    )
    return Markup(
        '<svg viewBox="0 0 {width} {height}" role="img" aria-label="{caption}" width="100%" fill="currentColor" font-size="15">'
        "{drawn}</svg>"
    ).format(width=_WIDTH, height=len(rows) * _ROW, caption=escape(caption), drawn=drawn)
