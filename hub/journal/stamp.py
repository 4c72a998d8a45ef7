"""The stamp of a message: Amsterdam wall-clock time in milliseconds that never runs back.

The stamp of a message is local time without a zone. Per sending system it is ``max(now, last + 1 ms)``, so that it also
keeps rising in the hour that the clock repeats in autumn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.contracts.route import Slot

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone

_QUARTER = 900_000_000


def wall_clock(micros: int) -> int:
    """Amsterdam's wall clock at this instant, as milliseconds since 1970 counted as if there were no zones."""
    return micros // 1000 + _offset_ms(micros // _QUARTER)


@lru_cache(maxsize=8)
def _offset_ms(quarter: int) -> int:
    """Zones change on the quarter of an hour at most."""
    utc = dt.datetime.fromtimestamp(quarter * _QUARTER // 1_000_000, dt.UTC)
    offset = utc.astimezone(AMSTERDAM).utcoffset() or dt.timedelta()
    return int(offset.total_seconds()) * 1000


def digits(wall_ms: int) -> str:
    """Seventeen digits: yyyymmddhhmmssmmm."""
    return f"{_to_the_second(wall_ms // 1000)}{wall_ms % 1000:03d}"


@lru_cache(maxsize=8)
def _to_the_second(seconds: int) -> str:
    return f"{_EPOCH + dt.timedelta(seconds=seconds):%Y%m%d%H%M%S}"


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
