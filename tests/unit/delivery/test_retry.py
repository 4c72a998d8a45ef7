"""The table error -> reaction, row by row."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.delivery.retry import MAX_THROTTLE, RetryPolicy, settle_failure, settle_success
from hub.errors import (
    Blame,
    ConnectionFault,
    DecodeFailure,
    NotConnected,
    Reached,
    Refused,
    SchemaViolation,
    Throttled,
    TransientError,
    Unavailable,
    Untrusted,
)
from hub.journal.records import Effect, Leased, Settlement
from hub.message import Event, Receipt, new_id

MAYBE = Reached.MAYBE
POLICY = RetryPolicy(base=2.0, most=900.0)


def leased(**facts: object) -> Leased:
    known = dict.fromkeys(Leased._fields)
    known |= {"message_id": new_id(), "ticket_no": 3, "connection": "svb", "route": "r", "attempts": 1, "max_attempts": 5}
    known |= {"unsafe": False, "unsure": False, "expects_answer": False, "healthy": True, "probe": False}
    return Leased(**{**known, **facts})  # type: ignore[arg-type]


def fail(error: BaseException, **facts: object) -> Settlement:
    return settle_failure(leased(**facts), error, 0.5, POLICY, random.Random(1))


@pytest.mark.parametrize(
    ("error", "event", "code", "burn", "effect"),
    [
        (NotConnected("x"), Event.FAILED, "not_connected", False, Effect(failure=True)),
        (Unavailable("x", code="timed_out", reached=MAYBE), Event.FAILED, "timed_out", True, Effect(failure=True)),
        (TransientError("x"), Event.FAILED, "partner_unavailable", True, Effect(failure=True)),
        (Throttled("x", after=9), Event.FAILED, "throttled", True, Effect()),
        (ConnectionFault("x", code="tls_failed"), Event.FAILED, "tls_failed", False, Effect(fault=True)),
        (Refused("x"), Event.PARKED, "refused", True, Effect(parked=True, answered=True)),
        (Refused("x", code="reference_clash"), Event.PARKED, "reference_clash", True, Effect(answered=True)),
        (SchemaViolation("x"), Event.PARKED, "schema_violation", True, Effect(parked=True)),
        (DecodeFailure("x"), Event.PARKED, "undecodable", True, Effect(parked=True)),
        (Untrusted("x"), Event.PARKED, "untrusted", True, Effect(parked=True)),
        (RuntimeError("x"), Event.FAILED, "unexpected", True, Effect()),
        # One addressee of many is no trouble of the connection, so nothing but the schedule slows its messages down.
        (NotConnected("x").blaming(Blame.ADDRESSEE), Event.FAILED, "not_connected", True, Effect()),
        (ConnectionFault("x").blaming(Blame.ADDRESSEE), Event.FAILED, "address_wrong", True, Effect()),
        (Unavailable("x").blaming(Blame.MESSAGE), Event.FAILED, "partner_unavailable", True, Effect()),
        (Refused("x").blaming(Blame.ADDRESSEE), Event.PARKED, "refused", True, Effect(answered=True)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_every_error_has_its_reaction(error: Exception, event: Event, code: str, burn: bool, effect: Effect) -> None:
    found = fail(error)
    assert (found.event, found.code, found.effect) == (event, code, effect)
    if event == Event.FAILED:
        assert found.burn is burn
        assert found.delay > 0


@pytest.mark.parametrize("error", [Unavailable("x", reached=MAYBE), Throttled("x", after=1, reached=MAYBE), ValueError("x")])
def test_doubt_parks_where_a_repeat_is_unsafe(error: Exception) -> None:
    found = fail(error, unsafe=True)
    assert (found.event, found.code, found.unsure) == (Event.PARKED, "in_doubt", True)


def test_what_surely_did_not_arrive_is_repeated_even_where_a_repeat_is_unsafe() -> None:
    assert fail(NotConnected("x"), unsafe=True).event == Event.FAILED
    assert fail(TransientError("x"), unsafe=True).event == Event.FAILED


def test_a_probe_burns_half_of_the_attempts_at_most() -> None:
    error = Unavailable("x", code="timed_out", reached=MAYBE)
    assert [fail(error, attempts=number, max_attempts=6, probe=True).burn for number in (1, 3, 4, 6)] == [
        True,
        True,
        False,
        False,
    ]
    assert fail(error, attempts=9, max_attempts=6, probe=True).event == Event.FAILED
    assert fail(error.blaming(Blame.ADDRESSEE), attempts=6, max_attempts=6, probe=True).event == Event.PARKED


def test_the_last_attempt_parks_and_names_the_cause() -> None:
    found = fail(Unavailable("x", code="timed_out", reached=MAYBE), attempts=5)
    assert (found.event, found.code, found.detail["cause"]) == (Event.PARKED, "attempts_used_up", "timed_out")


@pytest.mark.parametrize("error", [NotConnected("x"), ConnectionFault("x")])
def test_what_burns_no_attempt_never_uses_them_up(error: Exception) -> None:
    assert fail(error, attempts=5).event == Event.FAILED


def test_a_bug_parks_after_three_tries_without_its_text() -> None:
    found = fail(ValueError("Geheim"), attempts=3)
    assert (found.event, found.code) == (Event.PARKED, "unexpected")
    assert "Geheim" not in repr(found)


def test_a_refusal_counts_even_when_the_lease_has_gone() -> None:
    assert fail(Refused("x")).final
    assert not fail(Unavailable("x")).final
    assert not fail(ValueError("x")).final


@given(st.integers(1, 10_000), st.integers())
def test_waiting_grows_with_full_jitter_up_to_its_most(attempt: int, seed: int) -> None:
    ceiling = min(900.0, 2.0 * 2.0 ** min(attempt - 1, 30))
    assert ceiling / 2 * 1e6 - 1 <= POLICY.delay(attempt, random.Random(seed)) <= ceiling * 1e6


@given(st.floats())
def test_no_wish_of_a_partner_makes_a_moment_that_cannot_be_stored(after: float) -> None:
    found = fail(Throttled("x", after=after))
    assert 0 < found.delay <= MAX_THROTTLE * 1e6


@pytest.mark.parametrize(("expects", "event"), [(True, Event.TAKEN_OVER), (False, Event.DELIVERED)])
def test_a_receipt_is_a_success(expects: bool, event: Event) -> None:
    found = settle_success(leased(expects_answer=expects), Receipt("Bv04", "a remark"), 0.5, b"sealed")
    assert (found.event, found.code, found.final, found.evidence) == (event, "Bv04", True, b"sealed")
    assert found.effect == Effect(success=True)
    assert found.detail == {"ms": 500, "remark": "a remark"}
