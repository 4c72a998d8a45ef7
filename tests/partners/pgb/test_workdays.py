"""Until when a return may take: Dutch working days, on Amsterdam's clock."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.contracts.route import AMSTERDAM
from hub.routes.pgb.workdays import due_after, holidays, is_working_day


@pytest.mark.parametrize(
    ("year", "easter_monday", "king"),
    [
        (2024, dt.date(2024, 4, 1), dt.date(2024, 4, 27)),
        (2025, dt.date(2025, 4, 21), dt.date(2025, 4, 26)),
        (2026, dt.date(2026, 4, 6), dt.date(2026, 4, 27)),
        (2027, dt.date(2027, 3, 29), dt.date(2027, 4, 27)),
        (2038, dt.date(2038, 4, 26), dt.date(2038, 4, 27)),
    ],
)
def test_holidays_are_those_of_the_calendar(year: int, easter_monday: dt.date, king: dt.date) -> None:
    found = holidays(year)
    assert len(found) == 9
    assert easter_monday in found
    assert easter_monday + dt.timedelta(days=38) in found, "Ascension Day"
    assert easter_monday + dt.timedelta(days=49) in found, "Whit Monday"
    assert king in found


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        (dt.datetime(2026, 11, 23, 9), dt.date(2026, 11, 27)),  # Monday: Tuesday, Wednesday and Thursday count
        (dt.datetime(2026, 11, 26, 23, 59), dt.date(2026, 12, 2)),  # Thursday: over a weekend
        (dt.datetime(2026, 11, 28, 12), dt.date(2026, 12, 3)),  # Saturday
        (dt.datetime(2026, 12, 24, 12), dt.date(2026, 12, 31)),  # Christmas: 25 and 26, and a weekend
        (dt.datetime(2026, 12, 30, 12), dt.date(2027, 1, 6)),  # over New Year's Day and a weekend
        (dt.datetime(2027, 4, 26, 12), dt.date(2027, 5, 1)),  # the king's birthday
    ],
)
def test_three_working_days_later(sent: dt.datetime, due: dt.date) -> None:
    moment = sent.replace(tzinfo=AMSTERDAM)
    assert due_after(moment) == dt.datetime.combine(due, dt.time(), AMSTERDAM)
    assert due_after(moment.astimezone(dt.UTC)) == due_after(moment)


def test_a_weekend_is_no_working_day() -> None:
    assert [is_working_day(dt.date(2026, 11, day)) for day in range(23, 30)] == [True] * 5 + [False] * 2
