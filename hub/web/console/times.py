"""Times as people say them: in words near now, exact on hover and in print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from markupsafe import Markup

from hub.journal.stamp import AMSTERDAM

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_DAYS = {-1: "gisteren", 0: "vandaag", 1: "morgen"}


def from_micros(micros: int) -> dt.datetime:
    """A moment of the journal that is always there."""
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC)


def near(moment: dt.datetime, now: dt.datetime) -> str:
    """A moment in words, seen from ``now``: "zojuist", "over 3 minuten", "gisteren om 14:05", "12 maart om 14:05"."""
    seconds = (moment - now).total_seconds()
    minutes = round(abs(seconds) / 60)
    if abs(seconds) < 45:
        return "zo meteen" if seconds > 0 else "zojuist"
    if minutes < 60:
        words = f"{max(minutes, 1)} {'minuut' if minutes <= 1 else 'minuten'}"
        return f"over {words}" if seconds > 0 else f"{words} geleden"
    local, here = moment.astimezone(AMSTERDAM), now.astimezone(AMSTERDAM)
    clock = f"om {local:%H:%M}"
    day = _DAYS.get((local.date() - here.date()).days)
    if day:
        return f"{day} {clock}"
    year = f" {local.year}" if local.year != here.year else ""
    return f"{local.day} {_MONTHS[local.month - 1]}{year} {clock}"


def since(moment: dt.datetime, now: dt.datetime) -> str:
    """A moment from which something lasts: "14:05", "gisteren 14:05", "12 maart 14:05"."""
    local, here = moment.astimezone(AMSTERDAM), now.astimezone(AMSTERDAM)
    days = (local.date() - here.date()).days
    day = "" if days == 0 else _DAYS.get(days) or f"{local.day} {_MONTHS[local.month - 1]}"
    return f"{day} {local:%H:%M}".strip()


def exact(moment: dt.datetime) -> str:
    """A moment to the second, in Amsterdam: "22 november 2026, 14:05:12"."""
    local = moment.astimezone(AMSTERDAM)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M:%S}"


def clock(moment: dt.datetime) -> str:
    """The time of day, in Amsterdam: "14:05:12"."""
    return f"{moment.astimezone(AMSTERDAM):%H:%M:%S}"


def element(moment: dt.datetime, now: dt.datetime, say: Callable[[dt.datetime, dt.datetime], str] = near) -> Markup:
    """A moment in words as a ``time`` element, which tells the exact moment on hover and in print."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact(moment), say(moment, now))
