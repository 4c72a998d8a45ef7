"""The stamp of a message: Amsterdam wall-clock time in milliseconds that never runs back.

StUF's ``tijdstipBericht`` is local time without a zone. Per sending system it is ``max(now, last + 1 ms)``, so that it also
keeps rising in the hour that the clock repeats in autumn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hub.routes.contract import Slot

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone


def wall_clock(micros: int) -> int:
    """Amsterdam's wall clock at this instant, as milliseconds since 1970 counted as if there were no zones."""
    utc = dt.datetime.fromtimestamp(micros // 1_000_000, dt.UTC)
    offset = utc.astimezone(AMSTERDAM).utcoffset() or dt.timedelta()
    return micros // 1000 + int(offset.total_seconds()) * 1000


def digits(wall_ms: int) -> str:
    """Seventeen digits: yyyymmddhhmmssmmm."""
    moment = _EPOCH + dt.timedelta(milliseconds=wall_ms)
    return f"{moment:%Y%m%d%H%M%S}{wall_ms % 1000:03d}"


def date_of(micros: int) -> dt.date:
    """The date in Amsterdam at this instant."""
    return (_EPOCH + dt.timedelta(milliseconds=wall_clock(micros))).date()


def fill(body: bytes, slots: Sequence[Slot], stamp: str) -> bytes:
    """The body with the stamp written over its slots; the length does not change."""
    if not slots:
        return body
    filled = bytearray(body)
    for slot in slots:
        filled[slot.offset : slot.offset + slot.length] = stamp[: slot.length].encode("ascii")
    return bytes(filled)
