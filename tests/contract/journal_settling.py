"""Checks of settling: every row of the status table, late outcomes, release of keys."""

from __future__ import annotations

from hub.delivery.throttle import Throttle
from hub.journal.records import Effect, Leased
from hub.journal.units import keeping, operating
from hub.message import TRANSITIONS, Event, MessageId, Status
from tests.contract.journal_rig import HOUR, SECOND, Rig

_CALM = Effect()


def a_success_completes_when_no_answer_is_expected(rig: Rig) -> None:
    leased = rig.sending(documents={"document": b"given"})
    assert rig.settle(rig.outcome(leased, Event.DELIVERED, evidence=b"proof")) == {leased.message_id: Status.COMPLETED}
    assert rig.work(leased.message_id) is None
    row = rig.message_row(leased.message_id)
    assert row["status"] == "completed"
    assert row["final_at"] >= row["accepted_at"]
    assert rig.content(leased.message_id, "evidence") == b"proof"
    assert rig.events(leased.message_id) == ["accepted", "delivered"]


def a_success_stays_open_when_an_answer_is_expected(rig: Rig) -> None:
    leased = rig.sending(answer_within=HOUR)
    assert rig.deliver(leased) == Status.SENT
    assert rig.claim() == []
    assert rig.events(leased.message_id) == ["accepted", "taken_over"]


def a_failure_waits_for_its_moment(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.FAILED, delay=60 * SECOND))
    row = rig.waiting(leased.message_id)
    assert (row["status"], row["reason"], row["code"], row["attempts"]) == ("waiting", "retry", "timed_out", 1)
    assert rig.claim() == []
    rig.hasten(leased.message_id)
    assert len(rig.claim()) == 1


def a_failure_that_does_not_count_gives_the_attempt_back(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.FAILED, "not_connected", burn=False))
    assert rig.waiting(leased.message_id)["attempts"] == 0


def a_doubtful_attempt_is_remembered(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.FAILED, unsure=True))
    again = rig.take(leased.message_id)
    assert bool(again.unsure)
    rig.settle(rig.outcome(again, Event.FAILED, "not_connected"))
    assert bool(rig.take(leased.message_id).unsure)


def a_refusal_parks_with_a_task(rig: Rig) -> None:
    leased = rig.sending()
    rig.park(leased)
    row = rig.waiting(leased.message_id)
    assert (row["status"], row["code"]) == ("parked", "refused")
    assert ("parked", str(leased.message_id)) in rig.open_tasks()
    assert rig.claim() == []


def a_retry_after_the_deadline_parks(rig: Rig) -> None:
    leased = rig.sending(deliver_within=60 * SECOND)
    rig.settle(rig.outcome(leased, Event.FAILED, delay=HOUR))
    row = rig.waiting(leased.message_id)
    assert (row["status"], row["code"]) == ("parked", "deadline_passed")


def _lost(rig: Rig, **facts: object) -> Leased:
    """A lease that ended without an outcome: the message waits again."""
    leased = rig.sending(**facts)
    rig.hasten(leased.message_id)
    assert rig.db.run(keeping.expire, 3) == 1
    return leased


def a_failure_after_the_lease_only_adds_an_entry(rig: Rig) -> None:
    leased = _lost(rig)
    before = rig.waiting(leased.message_id)
    assert rig.settle(rig.outcome(leased, Event.FAILED)) == {leased.message_id: None}
    after = rig.waiting(leased.message_id)
    unchanged = ("status", "attempts", "next_at", "ticket_no", "deaths")
    assert [after[name] for name in unchanged] == [before[name] for name in unchanged]
    assert rig.events(leased.message_id) == ["accepted", "lease_ended", "late_outcome"]


def a_success_after_the_lease_counts_while_it_waits(rig: Rig) -> None:
    leased = _lost(rig)
    tickets = rig.claim()
    assert rig.deliver(leased) == Status.COMPLETED
    assert rig.lease(*tickets) == []


def a_success_after_the_lease_counts_while_another_sends(rig: Rig) -> None:
    leased = _lost(rig, answer_within=HOUR)
    second = rig.take(leased.message_id)
    assert rig.deliver(leased) == Status.SENT
    assert rig.settle(rig.outcome(second, Event.FAILED)) == {leased.message_id: None}
    assert rig.status(leased.message_id) == Status.SENT


def a_success_after_the_lease_counts_when_parked(rig: Rig) -> None:
    leased = _lost(rig)
    rig.settle(rig.outcome(rig.take(leased.message_id), Event.PARKED, "attempts_used_up"))
    assert rig.deliver(leased) == Status.COMPLETED
    assert rig.open_tasks() == []


def a_refusal_after_the_lease_counts(rig: Rig) -> None:
    leased = _lost(rig)
    rig.park(leased)
    assert rig.status(leased.message_id) == Status.PARKED


def a_second_success_only_adds_an_entry(rig: Rig) -> None:
    leased = _lost(rig, answer_within=HOUR)
    second = rig.take(leased.message_id)
    rig.deliver(second)
    assert rig.deliver(leased) is None
    assert rig.events(leased.message_id)[-2:] == ["taken_over", "late_outcome"]


def an_outcome_of_a_final_message_only_adds_an_entry(rig: Rig) -> None:
    for event in (Event.DELIVERED, Event.PARKED, Event.FAILED):
        leased = _lost(rig)
        rig.db.run(operating.cancel, [leased.message_id], "user:a", "mistake")
        assert rig.settle(rig.outcome(leased, event)) == {leased.message_id: None}
        assert rig.status(leased.message_id) == Status.CANCELLED
        assert rig.events(leased.message_id)[-1] == "late_outcome"


def a_success_beside_a_time_out_in_one_batch_counts(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.FAILED), rig.outcome(leased, Event.DELIVERED))
    assert rig.status(leased.message_id) == Status.COMPLETED
    assert rig.events(leased.message_id) == ["accepted", "attempt_failed", "delivered"]


def no_outcome_of_a_batch_is_forgotten(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.DELIVERED), rig.outcome(leased, Event.FAILED))
    assert rig.status(leased.message_id) == Status.COMPLETED
    assert rig.events(leased.message_id) == ["accepted", "delivered", "late_outcome"]


def a_settlement_that_is_repeated_changes_nothing(rig: Rig) -> None:
    leased = rig.sending()
    outcome = rig.outcome(leased, Event.FAILED)
    rig.settle(outcome)
    before = rig.waiting(leased.message_id)
    assert rig.settle(outcome) == {leased.message_id: None}
    assert rig.waiting(leased.message_id)["attempts"] == before["attempts"]


def many_outcomes_share_a_transaction(rig: Rig) -> None:
    ids = [rig.accept(answer_within=HOUR * (number % 2)) for number in range(6)]
    leased = {one.message_id: one for one in rig.lease(*rig.claim())}
    events = [Event.DELIVERED, Event.TAKEN_OVER, Event.FAILED, Event.PARKED, Event.DELIVERED, Event.FAILED]
    states = rig.settle(*(rig.outcome(leased[one], event) for one, event in zip(ids, events, strict=True)))
    assert [states[one] for one in ids] == ["completed", "sent", "waiting", "parked", "completed", "waiting"]


# Release of keys.


def _next(rig: Rig) -> list[MessageId]:
    return [ticket.message_id for ticket in rig.claim()]


def the_next_of_a_key_leaves_after_a_success(rig: Rig) -> None:
    ids = [rig.accept(ordering_key="a") for _ in range(3)]
    for one in ids:
        assert rig.send(one) == Status.COMPLETED
    assert rig.claim() == []


def the_next_of_a_key_leaves_when_sent_if_the_route_says_so(rig: Rig) -> None:
    ids = [rig.accept(ordering_key="a", answer_within=HOUR, release_on_sent=True) for _ in range(3)]
    for one in ids:
        assert rig.send(one) == Status.SENT
    rig.answer(ids[0])
    rig.answer(ids[2])
    rig.answer(ids[1])
    assert [rig.status(one) for one in ids] == ["completed"] * 3


def the_next_of_a_key_waits_for_the_answer_if_the_route_says_so(rig: Rig) -> None:
    first, second = (rig.accept(ordering_key="a", answer_within=HOUR) for _ in range(2))
    assert rig.send(first) == Status.SENT
    assert rig.claim() == []
    rig.answer(first)
    assert _next(rig) == [second]


def a_failing_message_keeps_its_key(rig: Rig) -> None:
    first, _ = (rig.accept(ordering_key="a") for _ in range(2))
    rig.settle(rig.outcome(rig.take(first), Event.FAILED, delay=60 * SECOND))
    assert rig.claim() == []
    rig.hasten(first)
    assert _next(rig) == [first]


def a_parked_message_keeps_its_key_until_a_person_decides(rig: Rig) -> None:
    first, second = (rig.accept(ordering_key="a") for _ in range(2))
    rig.park(rig.take(first))
    assert rig.claim() == []
    rig.db.run(operating.cancel, [first], "user:a", "mistake")
    assert _next(rig) == [second]


def a_cancelled_message_is_skipped(rig: Rig) -> None:
    first, second, third = (rig.accept(ordering_key="a") for _ in range(3))
    rig.db.run(operating.cancel, [second], "user:a", "mistake")
    rig.send(first)
    assert _next(rig) == [third]


def several_of_a_key_can_be_cancelled_at_once(rig: Rig) -> None:
    first, second, third = (rig.accept(ordering_key="a") for _ in range(3))
    rig.db.run(operating.cancel, [second, first], "user:a", "mistake")
    assert _next(rig) == [third]


def a_key_can_be_used_again_after_all_is_over(rig: Rig) -> None:
    rig.send(rig.accept(ordering_key="a"))
    again = rig.accept(ordering_key="a")
    assert _next(rig) == [again]


def the_next_of_a_key_keeps_its_own_moment(rig: Rig) -> None:
    first, second = rig.accept(ordering_key="a"), rig.accept(ordering_key="a", hold_for=HOUR)
    rig.send(first)
    assert rig.claim() == []
    rig.hasten(second)
    assert _next(rig) == [second]


def keys_are_released_within_a_batch(rig: Rig) -> None:
    heads = [rig.accept(ordering_key=key) for key in "abc"]
    behind = [rig.accept(ordering_key=key) for key in "abc"]
    leased = rig.lease(*rig.claim())
    assert {one.message_id for one in leased} == set(heads)
    rig.settle(*(rig.outcome(one, Event.DELIVERED) for one in leased))
    assert set(_next(rig)) == set(behind)


# The connection.


def failures_in_a_row_break_the_connection_and_a_success_mends_it(rig: Rig) -> None:
    throttle = Throttle(failures=3, probe_base=60)
    ids = [rig.accept() for _ in range(4)]
    for one in ids[:3]:
        rig.settle(rig.outcome(rig.take(one), Event.FAILED, delay=60 * SECOND), throttle=throttle)
    row = rig.connection_row()
    assert (row["state"], row["window_now"], row["code"]) == ("broken", 0, "timed_out")
    assert rig.claim() == []
    rig.sql("UPDATE connections SET probe_at = hub_now() - 1")
    (probe,) = rig.lease(*rig.claim())
    rig.settle(rig.outcome(probe, Event.DELIVERED), throttle=throttle)
    row = rig.connection_row()
    assert (row["state"], row["window_now"], row["failures"]) == ("open", 1, 0)


def a_fault_pauses_the_connection_with_one_task(rig: Rig) -> None:
    ids = [rig.accept() for _ in range(3)]
    leased = rig.lease(*rig.claim())
    fault = Effect(fault=True)
    rig.settle(*(rig.outcome(one, Event.FAILED, "tls_failed", burn=False, effect=fault) for one in leased))
    assert rig.connection_row()["state"] == "paused"
    assert rig.open_tasks() == [("connection", rig.connection)]
    assert [rig.waiting(one)["attempts"] for one in ids] == [0, 0, 0]
    assert rig.claim() == []


def five_parked_in_a_row_pause_the_connection(rig: Rig) -> None:
    for number in range(5):
        assert rig.connection_row()["state"] == "open", number
        rig.park(rig.sending())
    assert rig.connection_row()["state"] == "paused"
    assert rig.open_tasks().count(("connection", rig.connection)) == 1


def a_success_between_breaks_the_row(rig: Rig) -> None:
    for _ in range(4):
        rig.park(rig.sending())
    rig.deliver(rig.sending())
    for _ in range(4):
        rig.park(rig.sending())
    assert rig.connection_row()["state"] == "open"


# The status table.


def only_what_the_status_table_knows_can_happen(rig: Rig) -> None:
    for status in (Status.WAITING, Status.SENDING, Status.SENT, Status.PARKED):
        for event in Event:
            message_id = _in_status(rig, status)
            before = rig.events(message_id)
            try:
                became: Status | None = rig.event(message_id, event)
            except ValueError:
                became = None
            assert became == TRANSITIONS.get((status, event))
            assert rig.status(message_id) == (became or status)
            assert len(rig.events(message_id)) == len(before) + (became is not None)


def _in_status(rig: Rig, status: Status) -> MessageId:
    if status == Status.WAITING:
        return rig.accept(hold_for=HOUR)
    leased = rig.sending(answer_within=HOUR)
    if status == Status.SENT:
        rig.deliver(leased)
    if status == Status.PARKED:
        rig.settle(rig.outcome(leased, Event.PARKED, "refused", effect=_CALM))
    return leased.message_id
