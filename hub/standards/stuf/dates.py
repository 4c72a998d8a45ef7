"""Moments as StUF 03.01 writes them: digits of Amsterdam time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

#: Time zone of tijdstipBericht.
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def stamp(moment: dt.datetime | None = None) -> str:
    """``moment`` (default: now) as seventeen digits of Amsterdam time, yyyymmddhhmmssmmm."""
    local = (moment or dt.datetime.now(dt.UTC)).astimezone(AMSTERDAM)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
