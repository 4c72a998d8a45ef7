"""Checks of effects: what an exchange does in the journal's transactions is there with the core's rows, or neither is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.errors import EffectFailed
from hub.journal import tables
from hub.journal.database import EFFECT_TRIES, Statement
from hub.journal.effects import Context
from hub.journal.opening import migrate
from hub.journal.records import Accepted
from hub.journal.units import keeping, matching, operating
from hub.journal.units.replacing import accept_instead
from hub.message import Event, InStatus, MessageId, Status
from tests.contract.journal_rig import HOUR, Rig
from tests.contract.ledger import TABLES, Also, Ledger, install, lines, preparer

_WRONG = Statement("INSERT INTO ledger_of_nobody (number) VALUES (1)")


def _ledger(rig: Rig, also: Also | None = None, *, routes: tuple[str, ...] = ("r", "inbox"), handles: bool = True) -> Ledger:
    migrate(rig.db, [TABLES])
    ledger = Ledger(also, handles=handles)
    install(rig.db, ledger, *routes, prepare=preparer(rig.message))
    return ledger


def _words(rig: Rig, message_id: MessageId) -> list[str]:
    return [word for found, word in lines(rig.db) if found == message_id]


def _fails_for(*ids: MessageId, times: int = 1_000) -> Also:
    """An effect that fails the first ``times`` times it is told of one of these."""
    left = [times]

    def fail(context: Context, message_id: MessageId, word: str) -> None:
        del context, word
        if message_id in ids and left[0] > 0:
            left[0] -= 1
            raise LookupError("the ledger has no page for this")

    return fail


def an_acceptance_is_told_with_what_the_route_found(rig: Rig) -> None:
    ledger = _ledger(rig)
    batch = [rig.message(facts={"number": number}) for number in range(3)]
    rig.offer(*batch)
    assert lines(rig.db) == [(message.id, "accepted") for message in batch]
    assert ledger.facts == [{"number": number} for number in range(3)]


def a_clash_and_a_repeat_are_not_told(rig: Rig) -> None:
    _ledger(rig)
    first = rig.message(idempotency="one", unique=(("kenmerk", "K"),))
    rig.offer(first)
    rig.offer(rig.message(idempotency="one"), rig.message(unique=(("kenmerk", "K"),)))
    assert lines(rig.db) == [(first.id, "accepted")]


def messages_of_other_routes_are_not_told(rig: Rig) -> None:
    _ledger(rig, routes=("s",))
    message_id = rig.accept()
    rig.send(message_id)
    assert lines(rig.db) == []


def every_change_of_a_status_is_told(rig: Rig) -> None:
    _ledger(rig)
    sent = rig.accept(answer_within=HOUR)
    rig.send(sent)
    rig.answer(sent)
    assert _words(rig, sent) == ["accepted", "sending taken_over sent", "sent answered_good completed"]
    parked = rig.sending()
    rig.park(parked)
    rig.db.run(operating.resend, [parked.message_id], "user:a")
    rig.db.run(operating.cancel, [parked.message_id], "user:a", "mistake")
    told = ["sending parked parked", "parked resent waiting", "waiting cancelled cancelled"]
    assert _words(rig, parked.message_id) == ["accepted", *told]
    old = rig.accept(ordering_key="a", newest_state_only=True)
    rig.accept(ordering_key="a", newest_state_only=True)
    assert _words(rig, old) == ["accepted", "waiting superseded superseded"]


def a_replacement_is_told_in_order(rig: Rig) -> None:
    _ledger(rig)
    parked = rig.sending()
    rig.park(parked)
    successor = rig.message()
    rig.db.run(accept_instead, parked.message_id, successor)
    assert lines(rig.db)[-2:] == [(parked.message_id, "parked replaced replaced"), (successor.id, "accepted")]


def a_failing_effect_takes_the_acceptance_back(rig: Rig) -> None:
    message = rig.message(idempotency="one")
    ledger = _ledger(rig, _fails_for(message.id, times=1))
    with pytest.raises(EffectFailed) as failure:
        rig.offer(rig.message(), message)
    assert isinstance(failure.value.__cause__, LookupError)
    assert rig.rows(tables.messages) == rig.rows(tables.refs) == lines(rig.db) == []
    assert rig.offer(message) == [Accepted(message.id, message.reference, message.kenmerk)]
    assert len(ledger.facts) == 3


def a_failing_effect_takes_a_persons_decision_back(rig: Rig) -> None:
    message_id = rig.accept()
    _ledger(rig, _fails_for(message_id))
    with pytest.raises(EffectFailed):
        rig.db.run(operating.cancel, [message_id], "user:a", "mistake")
    assert rig.status(message_id) == Status.WAITING


def an_outcome_is_tried_again_with_its_effects(rig: Rig) -> None:
    leased = rig.sending()
    _ledger(rig, _fails_for(leased.message_id, times=EFFECT_TRIES - 1))
    assert rig.deliver(leased) == Status.COMPLETED
    assert _words(rig, leased.message_id) == ["sending delivered completed"]
    assert rig.open_tasks() == []


def an_outcome_is_recorded_though_its_effects_keep_failing(rig: Rig) -> None:
    batch = [rig.accept() for _ in range(3)]
    leased = rig.lease(*rig.claim())
    _ledger(rig, _fails_for(batch[1]))
    states = rig.settle(*(rig.outcome(one, Event.DELIVERED) for one in leased))
    assert set(states.values()) == {Status.COMPLETED}
    assert {message_id for message_id, _ in lines(rig.db)} == {batch[0], batch[2]}, "one took the others with it"
    assert rig.open_tasks() == [("effect_failed", str(batch[1]))]
    assert [rig.events(one)[-1] for one in batch] == ["delivered", "effect_failed", "delivered"]
    (task,) = rig.rows(tables.tasks)
    assert (task["role"], task["place"], task["route"], task["code"]) == ("operator", "ledger", "r", "effect_failed")


def a_broken_statement_of_an_effect_is_no_trouble_of_the_database(rig: Rig) -> None:
    leased = rig.sending()

    def wrong(context: Context, message_id: MessageId, word: str) -> None:
        context.tx.run(_WRONG)

    _ledger(rig, wrong)
    assert rig.deliver(leased) == Status.COMPLETED
    assert lines(rig.db) == []
    assert rig.open_tasks() == [("effect_failed", str(leased.message_id))]


def what_time_brings_goes_on_though_effects_keep_failing(rig: Rig) -> None:
    died, fine = rig.sending(), rig.sending()
    rig.hasten(died.message_id, fine.message_id)
    _ledger(rig, _fails_for(died.message_id))
    assert rig.db.run(keeping.expire, 3) == 2
    assert [rig.status(one.message_id) for one in (died, fine)] == ["waiting", "waiting"]
    assert lines(rig.db) == [(fine.message_id, "sending failed waiting")]
    assert rig.open_tasks() == [("effect_failed", str(died.message_id))]


def a_message_of_an_inbound_route_is_handled_by_its_effects(rig: Rig) -> None:
    ledger = _ledger(rig)
    received = rig.receive(route="inbox", meaning={"child": 1})
    assert (received.status, received.cause) == (InStatus.HANDLED, None)
    assert lines(rig.db) == [(received.message_id, "received handled nothing counts")]
    assert ledger.facts == [{"child": 1}]
    assert rig.events(received.message_id) == ["received", "handled"]
    assert rig.open_tasks() == []


def a_repeated_message_is_told_once(rig: Rig) -> None:
    _ledger(rig)
    assert not rig.receive(route="inbox", reference="in-1").again
    assert rig.receive(route="inbox", reference="in-1").again
    assert len(lines(rig.db)) == 1


def effects_may_leave_a_message_to_a_person(rig: Rig) -> None:
    _ledger(rig, handles=False)
    received = rig.receive(route="inbox")
    assert received.status == InStatus.UNMATCHED
    assert _words(rig, received.message_id) == ["received unmatched nothing counts"]
    assert rig.open_tasks() == [("unmatched", str(received.message_id))]


def an_answer_to_nothing_we_know_waits_for_a_person_whatever_its_route(rig: Rig) -> None:
    _ledger(rig)
    received = rig.receive(route="inbox", answers="unknown", verdict=True)
    assert received.status == InStatus.UNMATCHED
    assert rig.open_tasks() == [("unmatched", str(received.message_id))]


def what_comes_in_about_a_message_of_ours_is_told_to_its_route(rig: Rig) -> None:
    rig.accept(unique=(("kenmerk", "K"),))
    _ledger(rig)
    received = rig.receive(keys=(("kenmerk", "K"),))
    assert lines(rig.db) == [(received.message_id, "received handled r counts")]


def one_exchange_is_told_once_of_what_concerns_two_of_its_routes(rig: Rig) -> None:
    ours = rig.accept(unique=(("kenmerk", "K"),))
    _ledger(rig)
    received = rig.receive(route="inbox", keys=(("kenmerk", "K"),))
    assert (received.cause, len(lines(rig.db))) == (ours, 1)


def two_exchanges_are_told_of_what_concerns_both(rig: Rig) -> None:
    rig.accept(unique=(("kenmerk", "K"),))
    migrate(rig.db, [TABLES])
    install(rig.db, Ledger(), "r", inbox=Ledger())
    received = rig.receive(route="inbox", keys=(("kenmerk", "K"),))
    assert lines(rig.db) == [(received.message_id, "received handled r counts")] * 2


def a_verdict_that_does_not_count_says_so(rig: Rig) -> None:
    ours = rig.accept(attributes='{"receiver":"Haarlem"}', answer_within=HOUR)
    _ledger(rig)
    received = rig.answer(ours, sent_to={"receiver": "Zandvoort"})
    assert lines(rig.db) == [(received.message_id, "received handled r does not count")]


def a_late_verdict_is_told(rig: Rig) -> None:
    ours = rig.accept(answer_within=HOUR)
    rig.answer(ours)
    _ledger(rig)
    rig.answer(ours)
    rig.answer(ours, verdict=False)
    assert _words(rig, ours) == ["agreed", "contradicted"]
    assert [word for _, word in lines(rig.db)][::2] == ["received handled r counts"] * 2


def a_message_that_came_in_is_kept_though_its_effects_keep_failing(rig: Rig) -> None:
    message = rig.incoming(route="inbox")
    _ledger(rig, _fails_for(message.id))
    received = rig.receive(id=message.id, route="inbox")
    assert received.status == InStatus.HANDLED
    assert rig.content(received.message_id) == b"body"
    assert lines(rig.db) == []
    assert rig.open_tasks() == [("effect_failed", str(received.message_id))]


def an_answer_ends_our_message_though_its_effects_keep_failing(rig: Rig) -> None:
    ours = rig.accept(answer_within=HOUR)
    _ledger(rig, _fails_for(ours))
    received = rig.answer(ours)
    assert (received.outcome, rig.status(ours)) == (Status.COMPLETED, Status.COMPLETED)
    assert lines(rig.db) == [(received.message_id, "received handled r counts")]
    assert rig.events(ours) == ["accepted", "confirmed", "effect_failed"]


def a_person_does_not_undo_what_the_effects_handled(rig: Rig) -> None:
    _ledger(rig)
    received = rig.receive(route="inbox")
    assert not rig.db.run(matching.undo, received.message_id, "user:a", "mistake")
    assert rig.status(received.message_id) == InStatus.HANDLED


def a_persons_matching_is_told(rig: Rig) -> None:
    ours, told = rig.accept(), rig.receive().message_id
    _ledger(rig)
    assert rig.db.run(matching.match, told, ours, "user:a")
    assert rig.db.run(matching.undo, told, "user:a", "mistake")
    assert _words(rig, told) == ["matched", "unmatched"]


def what_is_personal_in_own_tables_goes_with_the_content(rig: Rig) -> None:
    _ledger(rig)
    ours = rig.accept(keep_for=0, unique=(("kenmerk", "K"),))
    about = rig.receive(keys=(("kenmerk", "K"),), keep_for=0).message_id
    other = rig.accept()
    rig.send(ours)
    assert rig.db.run(keeping.destroy_contents) == 1
    assert {message_id for message_id, _ in lines(rig.db)} == {about, other}
    assert rig.db.run(keeping.destroy_followers) == 1
    assert {message_id for message_id, _ in lines(rig.db)} == {other}
    rig.send(other)
    assert rig.db.run(keeping.destroy_on_request, [other], "user:a", "asked") == [other]
    assert lines(rig.db) == []


def _follows(route: str, *, words: str = "received") -> Also:
    def follow(context: Context, message_id: MessageId, word: str) -> None:
        if word.startswith(words):
            context.follow_up(route, b"<next/>", cause=message_id)

    return follow


def a_follow_up_is_accepted_in_the_same_transaction(rig: Rig) -> None:
    _ledger(rig, _follows("r"))
    received = rig.receive(route="inbox")
    (ours,) = [row["id"] for row in rig.rows(tables.messages) if row["direction"] == "out"]
    assert (rig.message_row(ours)["cause"], rig.message_row(ours)["caller"]) == (received.message_id, "system:ledger")
    assert [word for _, word in lines(rig.db)] == ["received handled nothing counts", "accepted"]
    assert rig.content(ours) == b"<next/>"
    assert [ticket.message_id for ticket in rig.claim()] == [ours]


def a_follow_up_wakes_the_dispatchers(rig: Rig) -> None:
    waker = rig.db.waker()
    waker.wait(0.01)  # from now on it listens
    try:
        _ledger(rig, _follows("r"))
        rig.receive(route="inbox")
        assert rig.connection in waker.wait(10)
    finally:
        waker.close()


def follow_ups_without_end_are_taken_back(rig: Rig) -> None:
    _ledger(rig, _follows("r", words=""))
    with pytest.raises(EffectFailed, match="go on"):
        rig.accept()
    assert rig.rows(tables.messages) == lines(rig.db) == []


def a_follow_up_that_clashes_takes_everything_back(rig: Rig) -> None:
    def clash(context: Context, message_id: MessageId, word: str) -> None:
        if word == "accepted" and not rig_message:
            rig_message.append(rig.message(unique=(("kenmerk", "K"),)))
            context.follow_up("s", b"<next/>")

    rig_message: list[object] = []
    rig.accept(unique=(("kenmerk", "K"),))
    migrate(rig.db, [TABLES])
    ledger = Ledger(clash)
    install(rig.db, ledger, "r", prepare=lambda *_, **__: rig_message[0])
    with pytest.raises(EffectFailed, match="kenmerk is in use"):
        rig.accept()
    assert len(rig.rows(tables.messages)) == 1
    assert lines(rig.db) == []


def an_effect_may_open_a_stored_content(rig: Rig) -> None:
    seen: list[bytes | None] = []

    def look(context: Context, message_id: MessageId, word: str) -> None:
        seen.extend((context.content(message_id, "document"), context.content(message_id, "answer")))

    _ledger(rig, look)
    rig.accept(documents={"document": b"given"})
    assert seen == [b"given", None]


def an_effect_opens_and_closes_tasks_of_its_exchange(rig: Rig) -> None:
    def ask(context: Context, message_id: MessageId, word: str) -> None:
        if word == "accepted":
            context.open_task("decide", str(message_id), right="decide", due_at=context.now + HOUR)
        else:
            assert context.close_task("decide", str(message_id))

    _ledger(rig, ask)
    message_id = rig.accept()
    assert rig.open_tasks() == [("ledger.decide", str(message_id))]
    rig.send(message_id)
    assert rig.open_tasks() == []
    (task,) = rig.rows(tables.tasks)
    assert (task["place"], task["needs_right"], task["due_at"] - task["opened_at"] > HOUR - 60_000_000) == (
        "ledger", "decide", True,
    )  # fmt: skip


def an_effect_may_change_messages_by_the_cores_own_units(rig: Rig) -> None:
    reminder = rig.accept(hold_for=HOUR, route="s")

    def withdraw(context: Context, message_id: MessageId, word: str) -> None:
        if word.endswith("completed"):
            operating.cancel(context.tx, [reminder], "system:ledger", "answered")

    _ledger(rig, withdraw, routes=("r", "s"))
    rig.send(rig.accept())
    assert rig.status(reminder) == Status.CANCELLED
    assert _words(rig, reminder) == ["waiting cancelled cancelled"]


def effects_run_once_for_each_of_many_at_once(rig: Rig) -> None:
    from tests.contract.journal_rig import at_once

    _ledger(rig)
    many: Callable[[int], MessageId] = lambda _: rig.accept()  # noqa: E731
    ids = at_once(6, many)
    assert sorted(message_id for message_id, _ in lines(rig.db)) == sorted(ids)
