"""How long an answer asks to wait is read in one place, and never for longer than a day."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.errors import Reached, Throttled, Unavailable
from hub.transports.http_reply import HttpReply
from hub.transports.not_now import MAX_RETRY_AFTER, not_now, retry_after

NOW = dt.datetime(2026, 12, 1, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999", MAX_RETRY_AFTER),
        ("Tue, 01 Dec 2026 12:00:30 GMT", 30.0),
        ("Tue, 01 Dec 2026 11:00:00 GMT", 0.0),
        ("Wed, 01 Dec 2027 12:00:00 GMT", MAX_RETRY_AFTER),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("9" * 5000, None),
    ],
)
def test_a_wait_is_seconds_or_a_moment_and_has_a_limit(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_an_answer_that_says_when_is_waited_for(status: int) -> None:
    error = not_now(HttpReply(status, {"retry-after": "7"}, b""), "HTTP", "partner_unavailable")
    assert isinstance(error, Throttled)
    assert (error.after, error.reached) == (7.0, Reached.MAYBE)


@pytest.mark.parametrize(("status", "headers"), [(503, {}), (503, {"retry-after": "soon"}), (500, {"retry-after": "7"})])
def test_an_answer_that_does_not_say_when_is_unavailable(status: int, headers: dict[str, str]) -> None:
    error = not_now(HttpReply(status, headers, b""), "HTTP", "foreign_answer")
    assert isinstance(error, Unavailable)
    assert (error.code, error.reached) == ("foreign_answer", Reached.MAYBE)
