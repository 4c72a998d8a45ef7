"""The throttle of a connection: how outcomes change its state and window."""

from __future__ import annotations

import pytest

from hub.delivery.throttle import Throttle
from hub.journal.records import ConnectionRow, Effect, Settlement
from hub.message import Event, new_id

SECOND = 1_000_000
NOW = 1_000 * SECOND
OPEN = ConnectionRow("svb", "svb", "open", 8, 8, 0, 0, "", "", 0, None, 0, "system:hub", None)
THROTTLE = Throttle(failures=3, parked=3, probe_base=1.0, probe_most=8.0)


def outcome(code: str = "timed_out", *, probe: bool = False, began: int = 0, **effect: bool) -> Settlement:
    return Settlement(new_id(), 1, None, "svb", Event.FAILED, code, Effect(**effect), probe=probe, began=began)


FAILURE, SUCCESS = outcome(failure=True), outcome(success=True)
PROBE_FAILED = outcome(failure=True, probe=True)


def after(row: ConnectionRow, *outcomes: Settlement, now: int = NOW) -> ConnectionRow:
    return THROTTLE.react(row, outcomes, now)


def test_failures_in_a_row_open_the_breaker() -> None:
    row = after(OPEN, FAILURE, FAILURE)
    assert row.state == "open"
    row = after(row, FAILURE)
    assert (row.state, row.window_now, row.probe_at, row.since) == ("broken", 0, NOW + SECOND, NOW)


def test_a_success_between_begins_the_row_anew() -> None:
    assert after(OPEN, FAILURE, FAILURE, SUCCESS, FAILURE, FAILURE).state == "open"


def test_probes_that_fail_come_at_growing_distances() -> None:
    row, distances = after(OPEN, FAILURE, FAILURE, FAILURE), []
    for _ in range(5):
        row = after(row, PROBE_FAILED)
        distances.append(((row.probe_at or 0) - NOW) // SECOND)
    assert distances == [2, 4, 8, 8, 8]


def test_calls_that_ran_when_the_breaker_opened_are_no_probes() -> None:
    row = after(OPEN, *[FAILURE] * 30)
    assert (row.state, row.probes, row.probe_at) == ("broken", 0, NOW + SECOND)


def test_failures_of_calls_side_by_side_are_one_event() -> None:
    begun = outcome(failure=True, began=NOW - SECOND)
    row = after(OPEN, *[begun] * 9)
    assert (row.state, row.failures, row.last_failure) == ("open", 1, NOW)
    row = after(row, outcome(failure=True, began=NOW + 1), now=NOW + 2)
    assert row.failures == 2
    row = after(row, *[outcome(failure=True, began=NOW + 1)] * 9, now=NOW + 3)
    assert row.failures == 2


def test_a_call_that_began_before_the_last_success_says_nothing_new() -> None:
    row = after(OPEN, SUCCESS)
    assert after(row, *[outcome(failure=True, began=NOW - SECOND)] * 9).failures == 0


def test_a_probe_without_a_word_about_the_partner_is_followed_by_another() -> None:
    broken = after(OPEN, FAILURE, FAILURE, FAILURE)
    row = after(broken, outcome("unexpected", probe=True), now=NOW + 60 * SECOND)
    assert (row.state, row.probe_at, row.probes) == ("broken", NOW + 61 * SECOND, 0)


def test_recovery_doubles_the_window() -> None:
    row = after(after(OPEN, FAILURE, FAILURE, FAILURE), SUCCESS)
    windows = [row.window_now]
    for _ in range(4):
        row = after(row, SUCCESS)
        windows.append(row.window_now)
    assert windows == [1, 2, 4, 8, 8]
    assert (row.state, row.failures, row.probe_at, row.last_success) == ("open", 0, None, NOW)


def test_a_fault_pauses_whatever_the_state() -> None:
    fault = outcome("tls_failed", fault=True)
    for row in (OPEN, after(OPEN, FAILURE, FAILURE, FAILURE)):
        paused = after(row, fault, fault)
        assert (paused.state, paused.window_now, paused.code) == ("paused", 0, "tls_failed")


def test_nothing_but_a_person_ends_a_pause() -> None:
    row = after(OPEN, outcome("tls_failed", fault=True))
    row = after(row, SUCCESS, FAILURE, outcome("refused", parked=True), SUCCESS)
    assert (row.state, row.window_now, row.code) == ("paused", 0, "tls_failed")


def test_parked_in_a_row_with_one_code_pauses() -> None:
    refused, other = outcome("refused", parked=True), outcome("schema_violation", parked=True)
    assert after(OPEN, refused, refused, other, refused, refused).state == "open"
    assert after(OPEN, refused, refused, SUCCESS, refused, refused).state == "open"
    assert after(OPEN, refused, refused, refused).state == "paused"


def test_what_is_about_one_message_says_nothing_about_the_connection() -> None:
    assert after(OPEN, *[outcome("reference_clash", answered=True)] * 9).state == "open"


def test_a_message_that_could_not_even_be_sent_does_not_close_the_breaker() -> None:
    broken = after(OPEN, FAILURE, FAILURE, FAILURE)
    assert after(broken, outcome("content_gone", probe=True)).state == "broken"


def test_a_partner_that_refuses_a_probe_is_there() -> None:
    row = after(after(OPEN, FAILURE, FAILURE, FAILURE), outcome("refused", parked=True, answered=True, probe=True))
    assert (row.state, row.window_now) == ("open", 1)


@pytest.mark.parametrize("outcomes", [[], [outcome()], [outcome(), outcome()]])
def test_an_outcome_without_effect_changes_nothing(outcomes: list[Settlement]) -> None:
    assert after(OPEN, *outcomes) == OPEN
