"""Checks of housekeeping and of what a person does."""

from __future__ import annotations

from typing import Any

from hub.contracts.route import Series
from hub.journal import reading, tables
from hub.journal.database import Tx
from hub.journal.units import connections, keeping, numbering, operating, tasks
from hub.message import Event, MessageId, Status
from tests.contract.journal_rig import HOUR, SECOND, Rig, at_once


def _die(rig: Rig, message_id: MessageId) -> None:
    rig.take(message_id)
    rig.hasten(message_id)
    assert rig.db.run(keeping.expire, 3) == 1


def a_lease_that_ended_gives_the_message_back(rig: Rig) -> None:
    message_id = rig.accept()
    _die(rig, message_id)
    row = rig.waiting(message_id)
    assert (row["status"], row["reason"], row["deaths"], bool(row["unsure"])) == ("waiting", "retry", 1, True)
    assert rig.take(message_id).attempts == 2


def a_running_lease_is_left_alone(rig: Rig) -> None:
    leased = rig.sending()
    assert rig.db.run(keeping.expire, 3) == 0
    assert rig.deliver(leased) == Status.COMPLETED


def three_deaths_in_a_row_park(rig: Rig) -> None:
    message_id = rig.accept()
    for _ in range(3):
        assert rig.status(message_id) == Status.WAITING
        _die(rig, message_id)
    row = rig.waiting(message_id)
    assert (row["status"], row["code"]) == ("parked", "worker_died")


def an_outcome_between_forgets_the_deaths(rig: Rig) -> None:
    message_id = rig.accept()
    for _ in range(2):
        _die(rig, message_id)
    rig.settle(rig.outcome(rig.take(message_id), Event.FAILED))
    for _ in range(2):
        _die(rig, message_id)
    assert rig.status(message_id) == Status.WAITING


def one_death_is_in_doubt_where_a_repeat_is_unsafe(rig: Rig) -> None:
    message_id = rig.accept(unsafe=True)
    _die(rig, message_id)
    row = rig.waiting(message_id)
    assert (row["status"], row["code"]) == ("parked", "in_doubt")


def housekeepers_that_race_count_a_death_once(rig: Rig) -> None:
    ids = [rig.sending().message_id for _ in range(5)]
    rig.hasten(*ids)
    assert sum(at_once(4, lambda _: rig.db.run(keeping.expire, 3))) == 5
    assert [rig.waiting(one)["deaths"] for one in ids] == [1] * 5


def a_late_answer_raises_one_task(rig: Rig) -> None:
    leased = rig.sending(answer_within=HOUR)
    rig.deliver(leased)
    assert rig.db.run(keeping.mark_overdue) == 0
    rig.hasten(leased.message_id)
    assert rig.db.run(keeping.mark_overdue) == 1
    assert rig.db.run(keeping.mark_overdue) == 0
    assert rig.status(leased.message_id) == Status.SENT
    assert rig.open_tasks() == [("overdue", str(leased.message_id))]
    assert rig.events(leased.message_id)[-1] == "answer_overdue"


def a_message_that_waits_past_its_deadline_is_parked(rig: Rig) -> None:
    late, behind, fine = (
        rig.accept(deliver_within=0, ordering_key="a"),
        rig.accept(deliver_within=HOUR, ordering_key="a"),
        rig.accept(),
    )
    rig.db.run(connections.pause, rig.connection, "held", "user:a")
    assert rig.db.run(keeping.park_past_deadline) == 1
    assert rig.waiting(late)["code"] == "deadline_passed"
    assert [rig.status(one) for one in (late, behind, fine)] == ["parked", "waiting", "waiting"]


def a_deadline_makes_tickets_worthless(rig: Rig) -> None:
    rig.accept(deliver_within=0)
    tickets = rig.claim()
    rig.db.run(keeping.park_past_deadline)
    assert rig.lease(*tickets) == []


def content_is_destroyed_when_its_term_ends_and_the_timeline_stays(rig: Rig) -> None:
    message_id = rig.accept(documents={"document": b"given"})
    incoming = rig.receive(keep_for=0)
    rig.sql("UPDATE messages SET final_at = accepted_at - 10000000 WHERE id = :id AND status <> 'unmatched'", id=message_id)
    open_one = rig.accept(keep_for=0)
    rig.send(message_id)
    assert rig.db.run(keeping.destroy_contents) == 0
    rig.sql("UPDATE messages SET keep_for = -1 WHERE id = :id", id=message_id)
    assert rig.db.run(keeping.destroy_contents) == 1
    assert rig.message_row(message_id)["data_key"] is None
    assert [rig.content(message_id, kind) for kind in ("message", "document", "evidence")] == [None] * 3
    assert rig.events(message_id)[-1] == "content_destroyed"
    assert rig.content(open_one) is not None
    assert rig.content(incoming.message_id) is not None, "an unmatched message still needs a person"
    assert rig.db.run(keeping.destroy_contents) == 0


def what_came_in_about_a_message_goes_with_it(rig: Rig) -> None:
    leased = rig.sending(answer_within=HOUR)
    rig.deliver(leased)
    answer = rig.answer(leased.message_id, keep_for=-1).message_id
    assert _destroyed(rig) == 0, "a case is read as a whole"
    rig.sql("UPDATE messages SET keep_for = -1 WHERE id = :id", id=leased.message_id)
    assert _destroyed(rig) == 2
    assert [rig.message_row(one)["data_key"] for one in (leased.message_id, answer)] == [None, None]
    assert rig.content(answer) is None


def what_comes_in_after_the_term_has_a_term_of_its_own(rig: Rig) -> None:
    message_id = rig.accept(keep_for=-1)
    rig.send(message_id)
    assert _destroyed(rig) == 1
    rig.sql("UPDATE messages SET keep_for = :hour WHERE id = :id", id=message_id, hour=HOUR)
    reference = rig.message_row(message_id)["reference"]
    kept, over = (rig.receive(answers=reference, keep_for=term).message_id for term in (2 * HOUR, -1))
    assert _destroyed(rig) == 1
    assert (rig.content(kept), rig.content(over)) == (b"body", None)
    rig.sql("UPDATE messages SET keep_for = -1 WHERE id = :id", id=message_id)
    rig.db.run(tasks.open_tasks, [tasks.message_task("contradiction", message_id, "x")])
    assert _destroyed(rig) == 0, "somebody must decide about it"
    rig.db.run(tasks.close_one, "contradiction", str(message_id), "user:a")
    assert _destroyed(rig) == 1, "the shorter of both terms counts"


def the_term_counts_from_the_last_that_came_in(rig: Rig) -> None:
    message_id = rig.accept()
    rig.send(message_id)
    late = "UPDATE messages SET final_at = final_at - 2 * keep_for WHERE id = :id"
    rig.sql(late, id=message_id)
    told = rig.receive(answers=rig.message_row(message_id)["reference"], keep_for=HOUR).message_id
    assert _destroyed(rig) == 0
    rig.sql(late, id=told)
    assert _destroyed(rig) == 2


def what_somebody_must_decide_about_is_kept_until_they_did(rig: Rig) -> None:
    leased = rig.sending(answer_within=HOUR, keep_for=-1)
    rig.deliver(leased)
    answer = rig.answer(leased.message_id, verdict=False, keep_for=-1).message_id
    other = rig.accept(keep_for=-1)
    rig.send(other)
    assert rig.open_tasks() == [("rejected", str(leased.message_id))]
    assert _destroyed(rig) == 1
    assert rig.content(other) is None
    assert None not in (rig.content(leased.message_id), rig.content(answer))
    rig.db.run(tasks.close_one, "rejected", str(leased.message_id), "user:a")
    assert _destroyed(rig) == 2


def _destroyed(rig: Rig) -> int:
    return rig.db.run(keeping.destroy_contents) + rig.db.run(keeping.destroy_followers)


def housekeepers_that_race_destroy_once(rig: Rig) -> None:
    ids = [rig.accept(keep_for=-1) for _ in range(5)]
    for one in ids:
        rig.send(one)
    assert sum(at_once(4, lambda _: rig.db.run(keeping.destroy_contents))) == 5
    assert all(rig.events(one).count("content_destroyed") == 1 for one in ids)


def only_final_contents_are_destroyed_on_request(rig: Rig) -> None:
    ended, gone, waiting = rig.accept(), rig.accept(), rig.accept()
    unmatched = rig.receive().message_id
    for one in (ended, gone):
        rig.send(one)
    assert rig.db.run(keeping.destroy_on_request, [gone], "user:a", "asked") == [gone]
    ids = [ended, gone, waiting, unmatched]
    assert rig.db.run(keeping.destroy_on_request, ids, "user:a", "asked") == [ended]
    assert [rig.content(one) is not None for one in ids] == [False, False, True, True]
    assert rig.events(ended)[-1] == "destroyed_on_request"
    assert rig.events(gone).count("destroyed_on_request") == 1
    assert rig.db.run(keeping.destroy_on_request, [], "user:a", "asked") == []


def tasks_of_a_kind_follow_what_is_wanted(rig: Rig) -> None:
    rig.db.run(tasks.open_tasks, [tasks.connection_task("here", "held")])
    for wanted in ({"a": "certificate_ends", "b": "certificate_ends"}, {"a": "certificate_ended"}, {"a": "certificate_ended"}):
        rig.db.run(tasks.keep, "certificate", wanted)
        found = {row["subject"]: row["code"] for row in rig.rows(tables.tasks) if row["closed_at"] is None}
        assert found == {"here": "held", **wanted}
    assert len(rig.rows(tables.tasks)) == 4, "one that stays wanted is not opened again"
    rig.db.run(tasks.keep, "certificate", {}, {"a"})
    assert rig.open_tasks() == [("certificate", "a"), ("connection", "here")], "what cannot be judged stays"
    rig.db.run(tasks.keep, "certificate", {})
    assert rig.open_tasks() == [("connection", "here")]


# Seals.


def _seals_hold(rig: Rig) -> bool:
    def verify(tx: Tx) -> bool:
        since, previous = 0, bytes(32)
        for row in sorted(rig.rows(tables.seals), key=lambda row: row["number"]):
            digest, entries = keeping.digest_of(tx, since, row["upto"], previous)
            if (digest, entries) != (bytes(row["hash"]), row["entries"]):
                return False
            since, previous = row["upto"], digest
        return True

    return rig.db.run(verify)


def seals_cover_every_entry_once(rig: Rig) -> None:
    assert rig.db.run(keeping.seal, 0) is None
    rig.send(rig.accept())
    first = rig.db.run(keeping.seal, 0)
    rig.accept()
    second = rig.db.run(keeping.seal, 0)
    assert first is not None
    assert second is not None
    assert (first.number, first.entries, second.number, second.entries) == (1, 2, 2, 1)
    assert rig.db.run(keeping.seal, 0) is None
    assert _seals_hold(rig)


def young_entries_are_left_to_the_next_seal(rig: Rig) -> None:
    rig.accept()
    assert rig.db.run(keeping.seal, HOUR) is None
    assert rig.db.run(keeping.seal, 0) is not None


def seals_show_a_changed_entry(rig: Rig) -> None:
    message_id = rig.accept()
    rig.db.run(keeping.seal, 0)
    assert _seals_hold(rig)
    (entry,) = rig.rows(tables.timeline)
    rig.sql("UPDATE timeline SET hash = :hash WHERE message_id = :id", hash=bytes(32), id=message_id)
    assert not _seals_hold(rig)
    rig.sql("UPDATE timeline SET hash = :hash WHERE message_id = :id", hash=bytes(entry["hash"]), id=message_id)


def seals_show_a_missing_entry(rig: Rig) -> None:
    leased = rig.sending()
    rig.deliver(leased)
    rig.accept()
    rig.db.run(keeping.seal, 0)
    before = rig.rows(tables.timeline)
    rig.sql("DELETE FROM timeline WHERE message_id = :id", id=leased.message_id)
    assert not _seals_hold(rig)
    rig.sql("DELETE FROM work WHERE message_id = :id", id=leased.message_id)
    rig.sql("DELETE FROM messages WHERE id = :id", id=leased.message_id)
    assert len(before) == 3


def housekeepers_that_race_seal_once(rig: Rig) -> None:
    for _ in range(4):
        rig.accept()
    made = [one for one in at_once(4, lambda _: rig.db.run(keeping.seal, 0)) if one is not None]
    assert sum(one.entries for one in made) == 4
    assert _seals_hold(rig)


# Numbers and beats.


def numbers_are_given_once(rig: Rig) -> None:
    found = [number for given in at_once(6, lambda _: rig.db.run(numbering.take_numbers, Series("s"), 5)) for number in given]
    assert sorted(found) == list(range(1, 31))


def a_heartbeat_is_kept_per_process(rig: Rig) -> None:
    for process in ("one", "two", "one"):
        rig.db.run(keeping.beat, process, "worker")
    assert sorted(row["process"] for row in rig.rows(tables.heartbeats)) == ["one", "two"]


# What a person does.


def a_resent_message_leaves_with_the_same_identity(rig: Rig) -> None:
    leased = rig.sending()
    body = rig.content(leased.message_id)
    rig.park(leased)
    assert rig.db.run(operating.resend, [leased.message_id], "user:a") == {leased.message_id: Status.WAITING}
    assert rig.open_tasks() == []
    again = rig.take(leased.message_id)
    assert (again.reference, bytes(again.content or b""), again.attempts) == (leased.reference, body, 1)
    assert again.ticket_no > leased.ticket_no


def only_parked_messages_are_resent(rig: Rig) -> None:
    sent = rig.sending(answer_within=HOUR)
    rig.deliver(sent)
    done = rig.sending()
    rig.deliver(done)
    running, waiting = rig.sending(), rig.accept(hold_for=HOUR)
    ids = [sent.message_id, done.message_id, running.message_id, waiting]
    assert rig.db.run(operating.resend, ids, "user:a") == {}
    assert [rig.status(one) for one in ids] == ["sent", "completed", "sending", "waiting"]


def two_people_resend_a_message_once(rig: Rig) -> None:
    leased = rig.sending()
    rig.park(leased)
    found = at_once(2, lambda number: rig.db.run(operating.resend, [leased.message_id], f"user:{number}"))
    assert sorted(map(len, found)) == [0, 1]
    assert rig.events(leased.message_id).count("resent") == 1


def every_resend_gets_the_same_new_term(rig: Rig) -> None:
    message_id = rig.accept(deliver_within=60 * SECOND)
    rig.sql("UPDATE messages SET accepted_at = accepted_at - 3600000000 WHERE id = :id", id=message_id)
    rig.sql("UPDATE work SET deliver_by = deliver_by - 3600000000 WHERE message_id = :id", id=message_id)
    spans = []
    for _ in range(3):
        rig.db.run(keeping.park_past_deadline)
        rig.db.run(operating.resend, [message_id], "user:a")
        row = rig.waiting(message_id)
        spans.append(row["deliver_by"] - row["next_at"])
        rig.sql("UPDATE work SET deliver_by = hub_now() - 1 WHERE message_id = :id", id=message_id)
    assert all(abs(span - 60 * SECOND) < 30 * SECOND for span in spans), spans


def a_running_call_cannot_be_cancelled(rig: Rig) -> None:
    leased = rig.sending()
    assert rig.db.run(operating.cancel, [leased.message_id], "user:a", "mistake") == {}
    assert rig.deliver(leased) == Status.COMPLETED


def a_sent_message_can_be_closed_by_a_person(rig: Rig) -> None:
    leased = rig.sending(answer_within=HOUR)
    rig.deliver(leased)
    assert rig.db.run(operating.cancel, [leased.message_id], "user:a", "agreed by phone")
    assert rig.status(leased.message_id) == Status.CANCELLED


def a_replaced_message_names_its_successor(rig: Rig) -> None:
    leased = rig.sending()
    rig.park(leased)
    successor = rig.accept(cause=leased.message_id)
    assert rig.db.run(operating.replaced, leased.message_id, "user:a", successor) == {leased.message_id: Status.REPLACED}
    last = max((row for row in rig.rows(tables.timeline) if row["message_id"] == leased.message_id), key=lambda row: row["seq"])
    assert str(successor) in last["detail"]
    assert last["actor"] == "user:a"


def a_person_can_hurry_a_retry(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.FAILED, delay=60 * SECOND))
    assert rig.db.run(operating.retry_now, [leased.message_id], "user:a") == 1
    assert [ticket.message_id for ticket in rig.claim()] == [leased.message_id]
    assert rig.db.run(operating.retry_now, [leased.message_id], "user:a") == 0


def lists_hold_what_their_filter_wants_newest_first(rig: Rig) -> None:
    rig.connect("other")
    done, parked, sent = rig.sending(), rig.sending(), rig.sending(answer_within=HOUR)
    rig.deliver(done)
    rig.park(parked, "no_such_person")
    rig.deliver(sent)
    one, two = rig.accept(), rig.accept(connection="other", route="q")
    came = rig.receive().message_id

    def found(**wanted: Any) -> list[MessageId]:
        return [view.id for view in reading.list_messages(rig.db, reading.Filter(**wanted))]

    in_work = [two, one, sent.message_id, parked.message_id]
    assert found() == [came, *in_work, done.message_id]
    assert found(open_only=True) == in_work
    assert found(open_only=True, most=2, before=one) == in_work[2:]
    assert found(status="waiting") == [two, one]
    assert found(status="waiting", route="q") == found(status="waiting", connection="other") == [two]
    assert found(status="waiting", most=1) == [two]
    assert found(status="sent") == [sent.message_id]
    assert found(code="no_such_person") == found(code="no_such_person", status="parked") == [parked.message_id]
    assert found(status="parked", code="another") == []
    assert found(status="completed") == [done.message_id]
    assert found(direction="in") == [came]
    assert found(direction="in", open_only=True) == []
    assert found(direction="out", open_only=True) == in_work
    assert found(status="completed", open_only=True) == []
