"""Dates of a raadsverzoek: full ones, and birth dates of which only the month or the year is known.

Not for instants: those are microseconds, see ``hub.message``.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day, or the month and the day, may be unknown (``2014``, ``2014-03``, ``2014-03-09``)."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ``jjjj``, ``jjjj-mm`` or ``jjjj-mm-dd``.

        Raises:
            ValueError: The text has another form or the day does not exist.
        """
        match = _PARTIAL.fullmatch(text)
        if match is None:
            raise ValueError("not a date")
        year, month, day = (None if part is None else int(part) for part in match.groups())
        assert year is not None
        dt.date(year, month or 1, day or 1)
        return cls(year, month, day)

    def first(self) -> dt.date:
        """The earliest day it can be."""
        return dt.date(self.year, self.month or 1, self.day or 1)

    def last(self) -> dt.date:
        """The latest day it can be."""
        month = self.month or 12
        return dt.date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def digits(self) -> str:
        """Eight digits, unknown parts filled with ``01`` (as in public StUF samples; to be verified)."""
        return f"{self.year:04d}{self.month or 1:02d}{self.day or 1:02d}"

    @property
    def incomplete(self) -> str | None:
        """Value of ``StUF:indOnvolledigeDatum``: ``D`` day unknown, ``M`` month and day unknown, None for a full date."""
        if self.month is None:
            return "M"
        return "D" if self.day is None else None

    def __str__(self) -> str:
        parts = (f"{self.year:04d}", *(f"{part:02d}" for part in (self.month, self.day) if part is not None))
        return "-".join(parts)


def full_date(text: str) -> dt.date:
    """Read ``jjjj-mm-dd``.

    Raises:
        ValueError: The text has another form or the day does not exist.
    """
    partial = PartialDate.parse(text)
    if partial.day is None:
        raise ValueError("not a full date")
    return partial.first()


def digits(day: dt.date) -> str:
    """The eight digits of a day. ``strftime`` would drop leading zeros of early years on some platforms."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months on (or back), or the last day of that month when it has no such day.

    What lies outside the calendar is its first or last day: people type the year 9999, and a rule that compares still answers.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.max if year > dt.MAXYEAR else dt.date.min
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
