"""The console's words hold against the engine's: nothing can happen that has no sentence."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.errors import CODES
from hub.message import InStatus, Reason, Status
from hub.web.console import times, words

NOW = dt.datetime(2026, 11, 22, 13, 0, tzinfo=dt.UTC)  # 14:00 in Amsterdam


def test_every_code_has_its_dutch_words_and_no_other_code_has():
    assert set(words.CODES) == set(CODES)


def test_every_help_is_two_whole_sentences():
    for code, help_ in {**words.CODES, **words.CONNECTION_CODES}.items():
        assert help_.what.endswith("."), code
        assert help_.do.endswith("."), code
        assert "misgegaan" not in help_.what + help_.do


def test_every_status_has_its_words():
    wanted = {(status.value, "") for status in (*Status, *InStatus)} - {("waiting", "")}
    assert set(words.STATES) == wanted | {("waiting", reason.value) for reason in Reason}


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, "zojuist"),
        (0.5, "zo meteen"),
        (3, "over 3 minuten"),
        (1, "over 1 minuut"),
        (-1, "1 minuut geleden"),
        (-59, "59 minuten geleden"),
        (90, "vandaag om 15:30"),
        (-60 * 23, "gisteren om 15:00"),
        (60 * 20, "morgen om 10:00"),
        (-60 * 24 * 3, "19 november om 14:00"),
        (60 * 24 * 60, "21 januari 2027 om 14:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(minutes: float, expected: str):
    assert times.near(NOW + dt.timedelta(minutes=minutes), NOW) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(0, "14:00"), (-60 * 24, "gisteren 14:00"), (-60 * 72, "19 november 14:00")])
def test_a_moment_from_which_something_lasts_is_a_time(minutes: float, expected: str):
    assert times.since(NOW + dt.timedelta(minutes=minutes), NOW) == expected


def test_a_moment_is_exact_on_hover():
    assert 'title="22 november 2026, 14:00:00"' in times.element(NOW, NOW)
