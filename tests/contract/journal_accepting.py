"""Checks of accepting: durable, once, in order."""

from __future__ import annotations

from hub.journal import tables
from hub.journal.records import Accepted, Clash
from hub.journal.units import keeping, operating, tasks
from hub.message import Event, Status
from tests.contract.journal_rig import BODY, HOUR, SLOT, Rig, at_once


def an_accepted_message_waits_with_its_bytes(rig: Rig) -> None:
    message_id = rig.accept(documents={"document": b"given"})
    assert rig.status(message_id) == Status.WAITING
    assert rig.waiting(message_id)["reason"] == "due"
    stored = rig.content(message_id)
    assert stored is not None
    assert len(stored) == len(BODY)
    stamp = stored[SLOT.offset : SLOT.offset + 17]
    assert stamp.isdigit()
    assert stamp.startswith(b"20")
    assert stored.replace(stamp, b"0" * 17) == BODY
    assert rig.content(message_id, "document") == b"given"
    assert rig.events(message_id) == ["accepted"]


def a_message_without_slots_is_stored_as_it_is(rig: Rig) -> None:
    assert rig.content(rig.accept(slots=())) == BODY


def a_repeat_gets_the_first_answer(rig: Rig) -> None:
    (first,) = rig.offer(rig.message(idempotency="i1"))
    (second,) = rig.offer(rig.message(idempotency="i1"))
    assert isinstance(first, Accepted)
    assert second == Accepted(first.message_id, first.reference, first.kenmerk, again=True)
    assert len(rig.claim()) == 1


def a_repeat_gets_the_first_answer_when_all_is_over(rig: Rig) -> None:
    message_id = rig.accept(idempotency="i1", unique=(("kenmerk", "K"),))
    rig.send(message_id)
    (second,) = rig.offer(rig.message(idempotency="i1", unique=(("kenmerk", "K"),)))
    assert isinstance(second, Accepted)
    assert (second.message_id, second.again) == (message_id, True)


def a_repeat_with_other_content_is_a_clash(rig: Rig) -> None:
    message_id = rig.accept(idempotency="i1")
    assert rig.offer(rig.message(idempotency="i1", fingerprint=b"other")) == [Clash("idempotency", message_id)]


def the_same_key_of_another_caller_is_another_message(rig: Rig) -> None:
    assert rig.accept(idempotency="i1") != rig.accept(idempotency="i1", caller="user:b")


def repeats_in_one_batch_are_one_message(rig: Rig) -> None:
    answers = rig.offer(*(rig.message(idempotency="i1", unique=(("kenmerk", "K"),)) for _ in range(3)), rig.message())
    assert all(isinstance(answer, Accepted) for answer in answers)
    assert len({answer.message_id for answer in answers[:3]}) == 1
    assert sorted(getattr(answer, "again", None) for answer in answers) == [False, False, True, True]
    assert len(rig.claim()) == 2


def repeats_in_one_batch_of_a_clash_are_clashes(rig: Rig) -> None:
    taken = rig.accept(unique=(("kenmerk", "K"),))
    answers = rig.offer(*(rig.message(idempotency="i1", unique=(("kenmerk", "K"),)) for _ in range(2)))
    assert answers == [Clash("kenmerk", taken)] * 2


def who_was_refused_stands_in_nobodys_way(rig: Rig) -> None:
    rig.accept(unique=(("kenmerk", "taken"),))
    one = rig.message(unique=(("kenmerk", "taken"), ("zaak", "Z")))
    other = rig.message(unique=(("zaak", "Z"),))
    refused, accepted = rig.offer(one, other)
    assert isinstance(refused, Clash)
    assert isinstance(accepted, Accepted)


def one_clash_leaves_the_rest_of_a_batch_alone(rig: Rig) -> None:
    taken = rig.accept(unique=(("kenmerk", "K"),))
    first, clash, last = rig.offer(rig.message(), rig.message(unique=(("kenmerk", "K"),)), rig.message())
    assert clash == Clash("kenmerk", taken)
    assert isinstance(first, Accepted)
    assert isinstance(last, Accepted)


def a_clash_leaves_no_trace(rig: Rig) -> None:
    taken = rig.accept(unique=(("kenmerk", "K"),))
    refused = rig.message(idempotency="i1", unique=(("kenmerk", "K"),), found_by=(("zaak", "Z"),), ordering_key="a")
    assert rig.offer(refused) == [Clash("kenmerk", taken)]
    again = rig.message(idempotency="i1", reference=refused.reference, unique=(("kenmerk", "L"),), ordering_key="a")
    (answer,) = rig.offer(again)
    assert answer == Accepted(again.id, again.reference, again.kenmerk)
    assert rig.waiting(again.id)["key_pos"] == 1


def a_clash_takes_no_place_in_a_key(rig: Rig) -> None:
    rig.accept(unique=(("kenmerk", "K"),), ordering_key="other")
    first, clash, last = (rig.message(ordering_key="a", **facts) for facts in ({}, {"unique": (("kenmerk", "K"),)}, {}))
    alone = rig.message(unique=(("kenmerk", "K"),), ordering_key="b")
    answers = rig.offer(first, clash, alone, last)
    assert [type(answer) for answer in answers] == [Accepted, Clash, Clash, Accepted]
    assert [rig.waiting(one.id)["key_pos"] for one in (first, last)] == [1, 2]
    assert {row["key_id"] for row in rig.rows(tables.ordering_keys)} == {"r:other", "r:a"}, "no key without messages"


def a_repeat_of_a_message_whose_commit_went_unheard_finds_itself(rig: Rig) -> None:
    message = rig.message(idempotency="i1", unique=(("kenmerk", "K"),))
    other = rig.message()
    first = rig.offer(message)
    again, _ = rig.offer(message, other)
    assert isinstance(again, Accepted)
    assert again.message_id == message.id
    repeat = rig.message(idempotency="i1", unique=(("kenmerk", "K"),))
    (answer,) = rig.offer(repeat)
    assert isinstance(answer, Accepted)
    assert (answer.message_id, answer.again) == (message.id, True), first
    assert len(rig.claim()) == 2


def racing_repeats_are_one_message(rig: Rig) -> None:
    def offer(_: int) -> Accepted | Clash:
        return rig.offer(rig.message(idempotency="i1", unique=(("kenmerk", "K"),)))[0]

    answers = at_once(8, offer)
    assert all(isinstance(answer, Accepted) for answer in answers)
    assert len({answer.message_id for answer in answers}) == 1
    assert sum(not answer.again for answer in answers if isinstance(answer, Accepted)) == 1


def racing_case_numbers_are_one_message(rig: Rig) -> None:
    answers = at_once(8, lambda _: rig.offer(rig.message(unique=(("kenmerk", "K"),)))[0])
    (winner,) = [answer for answer in answers if isinstance(answer, Accepted)]
    assert [answer for answer in answers if isinstance(answer, Clash)] == [Clash("kenmerk", winner.message_id)] * 7


def what_is_named_twice_in_a_message_is_found_once(rig: Rig) -> None:
    message_id = rig.accept(unique=(("kenmerk", "K"),), found_by=(("bsn", "h"), ("bsn", "h"), ("kenmerk", "K")))
    found = {(row["kind"], row["value"]) for row in rig.rows(tables.refs) if row["message_id"] == message_id}
    assert {("kenmerk", "K"), ("bsn", "h")} <= found
    assert rig.offer(rig.message(unique=(("kenmerk", "K"),))) == [Clash("kenmerk", message_id)]


def a_case_number_is_free_again_after_a_rejection(rig: Rig) -> None:
    message_id = rig.accept(unique=(("kenmerk", "K"),), answer_within=HOUR)
    rig.send(message_id)
    assert rig.offer(rig.message(unique=(("kenmerk", "K"),))) == [Clash("kenmerk", message_id)]
    rig.answer(message_id, verdict=False)
    rig.accept(unique=(("kenmerk", "K"),))


def a_case_number_is_free_again_after_a_replacement(rig: Rig) -> None:
    leased = rig.sending(unique=(("kenmerk", "K"),))
    rig.park(leased)
    successor = rig.accept()
    rig.db.run(operating.replaced, leased.message_id, "user:a", successor)
    rig.accept(unique=(("kenmerk", "K"),))


def a_case_number_is_free_again_after_it_was_withdrawn(rig: Rig) -> None:
    message_id = rig.accept(unique=(("kenmerk", "K"),))
    rig.db.run(operating.cancel, [message_id], "user:a", "mistake")
    rig.accept(unique=(("kenmerk", "K"),))


def a_case_number_stays_taken_after_success(rig: Rig) -> None:
    message_id = rig.accept(unique=(("kenmerk", "K"),))
    assert rig.send(message_id) == Status.COMPLETED
    assert rig.offer(rig.message(unique=(("kenmerk", "K"),))) == [Clash("kenmerk", message_id)]


def _stamp(rig: Rig, answer: Accepted | Clash) -> int:
    stored = rig.content(answer.message_id)
    assert stored is not None
    return int(stored[SLOT.offset : SLOT.offset + 17])


def stamps_of_a_sending_system_rise(rig: Rig) -> None:
    stamps = []
    for _ in range(3):
        answers = rig.offer(*(rig.message() for _ in range(4)))
        stamps += [_stamp(rig, answer) for answer in answers]
    assert stamps == sorted(set(stamps))


def stamps_rise_over_threads_too(rig: Rig) -> None:
    def offer(_: int) -> list[Accepted | Clash]:
        return [answer for _ in range(3) for answer in rig.offer(rig.message(), rig.message())]

    answers = [answer for found in at_once(6, offer) for answer in found]
    assert len({_stamp(rig, answer) for answer in answers}) == 36
    for start in range(0, 36, 6):  # within a thread, one after the other
        stamps = [_stamp(rig, answer) for answer in answers[start : start + 6]]
        assert stamps == sorted(stamps)


def stamps_go_on_from_the_last_when_the_clock_was_set_back(rig: Rig) -> None:
    first = _stamp(rig, rig.offer(rig.message())[0])
    rig.sql("UPDATE series SET last = last + 3600000 WHERE name = 'us'")
    later = [_stamp(rig, answer) for answer in rig.offer(rig.message(), rig.message())]
    assert later[0] - first > 5_000_000  # about an hour ahead of the clock
    assert later[1] > later[0]
    rig.accept(sending_system="others")
    assert _stamp(rig, rig.offer(rig.message(sending_system="others"))[0]) < later[0]


def positions_in_a_key_follow_the_order_of_acceptance(rig: Rig) -> None:
    batch = [rig.message(ordering_key=key) for key in ("a", "b", "a", "a")]
    rig.offer(*batch)
    last = rig.accept(ordering_key="a")
    places = [(rig.waiting(m)["key_pos"], rig.waiting(m)["head"]) for m in [*(one.id for one in batch), last]]
    assert places == [(1, True), (1, True), (2, False), (3, False), (4, False)]
    assert [rig.waiting(one.id)["reason"] for one in batch] == ["due", "due", "turn", "turn"]


def keys_of_two_routes_are_two_keys(rig: Rig) -> None:
    ids = [rig.accept(ordering_key="a"), rig.accept(ordering_key="a", route="s")]
    assert [rig.waiting(one)["head"] for one in ids] == [True, True]


def routes_of_one_scope_share_their_keys(rig: Rig) -> None:
    ids = [rig.accept(ordering_key="a", ordering_scope="x", route=route) for route in ("r", "s")]
    assert [rig.waiting(one)["head"] for one in ids] == [True, False]
    assert rig.waiting(rig.accept(ordering_key="a"))["head"]
    rig.send(ids[0])
    assert rig.waiting(ids[1])["head"]


def racing_messages_of_a_key_get_positions_of_their_own(rig: Rig) -> None:
    answers = at_once(6, lambda _: rig.offer(rig.message(ordering_key="a"), rig.message(ordering_key="a")))
    found = sorted(rig.waiting(answer.message_id)["key_pos"] for pair in answers for answer in pair)
    assert found == list(range(1, 13))


def a_message_can_be_stopped_while_it_is_held(rig: Rig) -> None:
    message_id = rig.accept(hold_for=HOUR)
    assert rig.claim() == []
    assert rig.db.run(operating.cancel, [message_id], "user:a", "mistake") == {message_id: Status.CANCELLED}


def a_newer_state_supersedes_those_that_wait(rig: Rig) -> None:
    old = [rig.accept(ordering_key="a", newest_state_only=True) for _ in range(2)]
    other = rig.accept(ordering_key="b", newest_state_only=True)
    newest = rig.accept(ordering_key="a", newest_state_only=True)
    assert [rig.status(one) for one in [*old, other]] == ["superseded", "superseded", "waiting"]
    assert {ticket.message_id for ticket in rig.claim()} == {other, newest}


def a_newer_state_in_one_batch_supersedes_the_older(rig: Rig) -> None:
    batch = [rig.message(ordering_key="a", newest_state_only=True) for _ in range(3)]
    rig.offer(*batch)
    assert [rig.status(one.id) for one in batch] == ["superseded", "superseded", "waiting"]
    assert len(rig.claim()) == 1


def a_newer_state_waits_for_the_one_that_is_being_sent(rig: Rig) -> None:
    leased = rig.sending(ordering_key="a", newest_state_only=True)
    middle = rig.accept(ordering_key="a", newest_state_only=True)
    newest = rig.accept(ordering_key="a", newest_state_only=True)
    assert [rig.status(one) for one in (leased.message_id, middle)] == ["sending", "superseded"]
    assert rig.claim() == []
    rig.deliver(leased)
    assert [ticket.message_id for ticket in rig.claim()] == [newest]


def a_newer_state_waits_for_one_that_may_have_reached_the_partner(rig: Rig) -> None:
    tried = rig.sending(ordering_key="a", newest_state_only=True, answer_within=HOUR)
    rig.settle(rig.outcome(tried, Event.FAILED, unsure=True))
    middle = rig.accept(ordering_key="a", newest_state_only=True)
    newest = rig.accept(ordering_key="a", newest_state_only=True)
    assert [rig.status(one) for one in (tried.message_id, middle, newest)] == ["waiting", "superseded", "waiting"]
    assert rig.answer(tried.message_id).outcome == Status.COMPLETED
    assert rig.open_tasks() == []
    assert [ticket.message_id for ticket in rig.claim()] == [newest]


def a_newer_state_waits_for_one_whose_lease_ended(rig: Rig) -> None:
    died = rig.sending(ordering_key="a", newest_state_only=True)
    rig.hasten(died.message_id)
    rig.db.run(keeping.expire, 3)
    rig.accept(ordering_key="a", newest_state_only=True)
    assert rig.status(died.message_id) == Status.WAITING


def a_newer_state_supersedes_one_that_surely_did_not_arrive(rig: Rig) -> None:
    refused = rig.sending(ordering_key="a", newest_state_only=True)
    rig.settle(rig.outcome(refused, Event.FAILED, "not_connected", burn=False))
    rig.accept(ordering_key="a", newest_state_only=True)
    assert rig.status(refused.message_id) == Status.SUPERSEDED


def a_ticket_of_a_superseded_message_means_nothing(rig: Rig) -> None:
    rig.accept(ordering_key="a", newest_state_only=True)
    tickets = rig.claim()
    rig.accept(ordering_key="a", newest_state_only=True)
    assert rig.lease(*tickets) == []


def a_failing_unit_leaves_nothing_behind(rig: Rig) -> None:
    def fail(tx: object) -> None:
        tasks.open_tasks(tx, [tasks.connection_task("svb", "refused")])  # type: ignore[arg-type]
        raise ValueError("on purpose")

    def attempt(number: int) -> object:
        try:
            return rig.db.run(fail) if number % 2 else rig.offer(rig.message())[0]
        except ValueError as error:
            return error

    found = at_once(6, attempt)
    assert sum(isinstance(one, Accepted) for one in found) == 3
    assert sum(isinstance(one, ValueError) for one in found) == 3
    assert rig.open_tasks() == []
