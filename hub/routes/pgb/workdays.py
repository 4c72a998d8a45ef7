"""Working days in the Netherlands: until when a return may take. Weekends and public holidays do not count. Pure."""

from __future__ import annotations

import datetime as dt

from hub.contracts.route import AMSTERDAM

#: Days after the receipt within which a return is due (rule OP090 of the iStandaarden; assumed for the PGB too).
RETURN_WITHIN = 3

_SATURDAY = 5


def due_after(sent: dt.datetime, days: int = RETURN_WITHIN) -> dt.datetime:
    """The end, Amsterdam's midnight, of the ``days``-th working day after a moment."""
    day = sent.astimezone(AMSTERDAM).date()
    while days:
        day += dt.timedelta(days=1)
        days -= is_working_day(day)
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), AMSTERDAM)


def last_day(sent: dt.datetime) -> dt.datetime:
    """The last moment of the working day on which a return to what was sent then is still in time."""
    return due_after(sent) - dt.timedelta(seconds=1)


def is_working_day(day: dt.date) -> bool:
    """Whether people work on this day."""
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def holidays(year: int) -> frozenset[dt.date]:
    """The public holidays of a year, as the law has them (Algemene termijnenwet, article 3)."""
    easter = _easter(year)
    king = dt.date(year, 4, 27)
    moving = {easter + dt.timedelta(days=days) for days in (-2, 1, 39, 50)}  # Good Friday, Easter, Ascension, Whitsun
    fixed = {dt.date(year, 1, 1), dt.date(year, 5, 5), dt.date(year, 12, 25), dt.date(year, 12, 26)}
    celebrated = king - dt.timedelta(days=1) if king.weekday() > _SATURDAY else king
    return frozenset(moving | fixed | {celebrated})


def _easter(year: int) -> dt.date:
    """Easter Sunday (the anonymous Gregorian algorithm, Meeus 1991)."""
    golden, century, rest = year % 19, year // 100, year % 100
    skipped = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - skipped + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return dt.date(year, month, day + 1)
