"""The stamp of a message: Amsterdam's wall clock, which the journal never lets run back."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contracts.route import Slot
from hub.journal import stamp


def _micros(*when: int) -> int:
    return int(dt.datetime(*when, tzinfo=dt.UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("utc", "digits"),
    [
        ((2026, 7, 1, 10, 0, 0), "20260701120000000"),
        ((2026, 12, 1, 10, 0, 0), "20261201110000000"),
        ((2026, 12, 31, 23, 0, 0), "20270101000000000"),
        ((2026, 10, 25, 0, 59, 59), "20261025025959000"),  # the first 2:59:59, summer time
        ((2026, 10, 25, 1, 0, 0), "20261025020000000"),  # the clock has been set back
        ((2026, 3, 29, 1, 0, 0), "20260329030000000"),  # 2:00 does not exist
    ],
)
def test_the_stamp_is_the_wall_clock_of_amsterdam(utc: tuple[int, ...], digits: str) -> None:
    assert stamp.digits(stamp.wall_clock(_micros(*utc))) == digits


def test_milliseconds_are_kept() -> None:
    assert stamp.digits(stamp.wall_clock(_micros(2026, 7, 1, 10, 0, 0) + 7_900)).endswith("000007")


def test_the_rule_of_the_journal_keeps_rising_through_the_hour_that_comes_twice() -> None:
    last, seen = 0, []
    for minute in range(0, 180, 7):
        wall = stamp.wall_clock(_micros(2026, 10, 25, 0, 0, 0) + minute * 60_000_000)
        last = max(wall, last + 1)
        seen.append(stamp.digits(last))
    assert seen == sorted(set(seen))
    assert len({len(one) for one in seen}) == 1


@given(st.integers(0, 4_000_000_000_000_000))
def test_seventeen_digits_at_any_moment(micros: int) -> None:
    digits = stamp.digits(stamp.wall_clock(micros))
    assert len(digits) == 17
    assert digits.isdigit()
    assert stamp.date_of(micros).strftime("%Y%m%d") == digits[:8]


def test_slots_are_filled_and_nothing_else() -> None:
    body = b"<a>00000000000000000</a><b>00000000</b>"
    filled = stamp.fill(body, (Slot(3, 17), Slot(27, 8)), "20261025025959123")
    assert filled == b"<a>20261025025959123</a><b>20261025</b>"
    assert stamp.fill(body, (), "20261025025959123") is body
