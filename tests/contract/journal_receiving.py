"""Checks of receiving: once, with the stored answer, and what it means for a message of ours."""

from __future__ import annotations

from hub.journal import tables
from hub.journal.records import Received
from hub.journal.units import keeping, operating
from hub.message import Event, InStatus, MessageId, Status
from tests.contract.journal_rig import HOUR, SECOND, Rig, at_once


def _sent(rig: Rig, **facts: object) -> MessageId:
    message_id = rig.accept(answer_within=HOUR, **facts)
    assert rig.send(message_id) == Status.SENT
    return message_id


def a_message_is_stored_with_its_answer(rig: Rig) -> None:
    received = rig.receive(contents={"message": b"body", "answer": b"yes", "text": b"words"})
    assert (received.again, received.status) == (False, InStatus.UNMATCHED)
    assert [rig.content(received.message_id, kind) for kind in ("message", "answer", "text")] == [b"body", b"yes", b"words"]
    assert rig.events(received.message_id) == ["received", "unmatched"]
    assert rig.open_tasks() == [("unmatched", str(received.message_id))]


def a_repeat_gets_the_stored_answer(rig: Rig) -> None:
    first = rig.receive(reference="in-1")
    again = rig.receive(reference="in-1", contents={"message": b"body", "answer": b"another"})
    assert (again.message_id, again.again, again.identical) == (first.message_id, True, True)
    assert (again.answer, again.key_id, again.data_key) == (b"yes", "k1", b"wrapped")
    assert rig.events(first.message_id)[-1] == "received_again"


def a_repeat_with_other_content_is_told_apart(rig: Rig) -> None:
    first = rig.receive(reference="in-1")
    again = rig.receive(reference="in-1", digest=b"other")
    assert (again.message_id, again.again, again.identical) == (first.message_id, True, False)


def the_same_reference_of_another_sender_is_another_message(rig: Rig) -> None:
    assert not rig.receive(reference="in-1").again
    assert not rig.receive(reference="in-1", sender="others").again


def racing_repeats_are_stored_once(rig: Rig) -> None:
    found = at_once(8, lambda _: rig.receive(reference="in-1"))
    assert len({one.message_id for one in found}) == 1
    assert sum(not one.again for one in found) == 1
    assert all(one.answer == b"yes" for one in found if one.again)
    assert len(rig.rows(tables.messages)) == 1


def a_refused_message_is_kept_and_judged_anew_when_it_comes_again(rig: Rig) -> None:
    first = rig.receive(reference="in-1", refused=True, code="schema_violation")
    assert first.status == InStatus.REFUSED
    assert rig.content(first.message_id) == b"body"
    assert rig.message_row(first.message_id)["code"] == "schema_violation"
    second = rig.receive(reference="in-1")
    assert (second.again, second.status) == (False, InStatus.UNMATCHED)


def a_refused_message_ends_nothing(rig: Rig) -> None:
    ours = _sent(rig)
    rig.answer(ours, refused=True)
    assert rig.status(ours) == Status.SENT


def a_good_answer_completes(rig: Rig) -> None:
    ours = _sent(rig)
    received = rig.answer(ours)
    assert (received.cause, received.outcome, received.status) == (ours, Status.COMPLETED, InStatus.HANDLED)
    assert rig.status(ours) == Status.COMPLETED
    assert rig.events(ours)[-1] == "confirmed"
    assert rig.open_tasks() == []


def a_bad_answer_rejects_with_a_task(rig: Rig) -> None:
    ours = _sent(rig)
    assert rig.answer(ours, verdict=False, code="901").outcome == Status.REJECTED
    assert rig.status(ours) == Status.REJECTED
    assert rig.open_tasks() == [("rejected", str(ours))]


def a_correction_settles_the_task_of_what_was_rejected(rig: Rig) -> None:
    ours = _sent(rig)
    rig.answer(ours, verdict=False, code="901")
    rig.accept(cause=ours)
    assert rig.open_tasks() == []


def a_repeated_answer_counts_once(rig: Rig) -> None:
    ours = _sent(rig)
    rig.answer(ours, reference="in-1")
    before = rig.events(ours)
    assert rig.answer(ours, reference="in-1").again
    assert rig.events(ours) == before


def an_answer_without_verdict_changes_nothing(rig: Rig) -> None:
    ours = _sent(rig, found_by=(("kenmerk", "K"),))
    received = rig.receive(keys=(("kenmerk", "K"),))
    assert (received.cause, received.outcome, received.status) == (ours, None, InStatus.HANDLED)
    assert rig.status(ours) == Status.SENT


def an_answer_ends_a_message_from_any_open_state(rig: Rig) -> None:
    for verdict, status in ((True, Status.COMPLETED), (False, Status.REJECTED)):
        waiting = rig.accept(answer_within=HOUR, hold_for=HOUR)
        sending = rig.sending(answer_within=HOUR)
        retrying = rig.sending(answer_within=HOUR)
        rig.settle(rig.outcome(retrying, Event.FAILED, delay=60 * SECOND))
        parked = rig.sending(answer_within=HOUR)
        rig.park(parked)
        sent = _sent(rig)
        for one in (waiting, sending.message_id, retrying.message_id, parked.message_id, sent):
            assert rig.answer(one, verdict).outcome == status
            assert rig.status(one) == status
        assert ("parked", str(parked.message_id)) not in rig.open_tasks()


def an_answer_may_come_before_the_receipt(rig: Rig) -> None:
    leased = rig.sending(answer_within=HOUR, ordering_key="a")
    behind = rig.accept(ordering_key="a")
    rig.answer(leased.message_id)
    assert [ticket.message_id for ticket in rig.claim()] == [behind]
    assert rig.deliver(leased) is None
    assert rig.events(leased.message_id) == ["accepted", "confirmed", "late_outcome"]
    assert rig.status(leased.message_id) == Status.COMPLETED


def an_answer_makes_tickets_worthless(rig: Rig) -> None:
    ours = rig.accept(answer_within=HOUR)
    tickets = rig.claim()
    rig.answer(ours)
    assert rig.lease(*tickets) == []


def an_answer_to_a_final_message_changes_nothing(rig: Rig) -> None:
    ours = _sent(rig)
    rig.answer(ours)
    assert rig.answer(ours).outcome is None
    assert rig.events(ours)[-1] == "answered_again"
    assert rig.open_tasks() == []


def a_contradiction_raises_a_task(rig: Rig) -> None:
    confirmed, rejected, withdrawn = _sent(rig), _sent(rig), _sent(rig)
    rig.answer(confirmed)
    rig.answer(rejected, verdict=False)
    rig.db.run(operating.cancel, [withdrawn], "user:a", "mistake")
    for one, verdict in ((confirmed, False), (rejected, True), (withdrawn, True)):
        status = rig.status(one)
        rig.answer(one, verdict)
        assert rig.status(one) == status
        assert rig.events(one)[-1] == "contradicted"
        assert ("contradiction", str(one)) in rig.open_tasks()


def racing_answers_end_a_message_once(rig: Rig) -> None:
    ours = _sent(rig)

    def answer(number: int) -> Received:
        return rig.answer(ours, verdict=number % 2 == 0)

    found = at_once(6, answer)
    assert sum(one.outcome is not None for one in found) == 1
    assert len(rig.events(ours)) == 2 + 6


def an_answer_and_an_outcome_may_race(rig: Rig) -> None:
    for _ in range(3):
        leased = rig.sending(answer_within=HOUR, ordering_key="a")
        rig.accept(ordering_key="a", hold_for=HOUR)
        at_once(2, lambda number, leased=leased: rig.answer(leased.message_id) if number else rig.deliver(leased))  # type: ignore[misc]
        assert rig.status(leased.message_id) == Status.COMPLETED
        for row in rig.rows(tables.work):
            rig.db.run(operating.cancel, [row["message_id"]], "user:a", "end")


def a_partner_cannot_answer_for_another(rig: Rig) -> None:
    ours = _sent(rig)
    rig.connect("other", partner="vir")
    received = rig.answer(ours, verdict=False, connection="other", route="other")
    assert rig.status(ours) == Status.SENT
    assert received.cause is None


def a_partner_may_answer_over_another_of_its_connections(rig: Rig) -> None:
    ours = _sent(rig)
    rig.connect("other")
    received = rig.answer(ours, connection="other", route="other")
    assert (received.cause, received.outcome) == (ours, Status.COMPLETED)


def a_verdict_of_another_party_than_it_was_sent_to_ends_nothing(rig: Rig) -> None:
    ours = _sent(rig, attributes='{"receiver":"Haarlem"}')
    received = rig.answer(ours, verdict=False, sent_to={"receiver": "Zandvoort"})
    assert (received.cause, received.outcome, received.status) == (ours, None, InStatus.HANDLED)
    assert rig.status(ours) == Status.SENT
    assert rig.events(ours)[-1] == "answer_not_counted"
    assert rig.open_tasks() == [("other_party", str(ours))]
    (told,) = [row for row in rig.rows(tables.timeline) if (row["message_id"], row["seq"]) == (received.message_id, 1)]
    assert "not from the party" in told["detail"]
    assert rig.answer(ours, sent_to={"receiver": "Haarlem"}).outcome == Status.COMPLETED


def a_party_is_compared_where_our_message_says_to_whom_it_was_sent(rig: Rig) -> None:
    ours = _sent(rig, attributes='{"action":"vto"}')
    assert rig.answer(ours, sent_to={"receiver": "Zandvoort"}).outcome == Status.COMPLETED


def what_nobody_can_be_found_for_waits_for_a_person(rig: Rig) -> None:
    ours = _sent(rig)
    received = rig.receive(answers="unknown", verdict=True)
    assert received.status == InStatus.UNMATCHED
    assert rig.db.run(operating.match, received.message_id, ours, "user:a")
    assert not rig.db.run(operating.match, received.message_id, ours, "user:a")
    assert rig.status(received.message_id) == "correlated"
    assert rig.open_tasks() == []


def an_answer_also_quiets_an_alarm(rig: Rig) -> None:
    ours = _sent(rig)
    rig.hasten(ours)
    rig.db.run(keeping.mark_overdue)
    assert rig.open_tasks() == [("overdue", str(ours))]
    rig.answer(ours)
    assert rig.open_tasks() == []
