"""Deliberately broken journals: the conformance suite must fail each of them, or it proves nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.errors import EffectFailed
from hub.journal import effects, sqlite
from hub.journal.database import Statement, Tx
from hub.journal.records import Change, NewIncoming, NewMessage, Received, Settlement, WorkRow
from hub.journal.timeline import START
from hub.journal.units import (
    accepting,
    claiming,
    connections,
    duties,
    finishing,
    keeping,
    leasing,
    matching,
    processes,
    receiving,
    settling,
    tasks,
)
from hub.message import Event, InEvent
from tests.contract import (
    journal_accepting,
    journal_duties,
    journal_effects,
    journal_keeping,
    journal_leaving,
    journal_matching,
    journal_receiving,
    journal_recovering,
    journal_settling,
    journal_tasks,
)
from tests.contract.journal_rig import Rig
from tests.contract.journal_suite import Check, checks, hold
from tests.support.journals import new_sqlite_journal

Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    journal = new_sqlite_journal(tmp_path)
    yield Rig(journal)
    journal.close()


def _statement(module: object, name: str, old: str, new: str) -> Break:
    """Break one statement: replace a piece of its SQL, which must be in it."""

    def apply(monkeypatch: pytest.MonkeyPatch) -> None:
        statement: Statement = getattr(module, name)
        assert old in statement.sql, f"{name} has been rewritten: break it in another way"
        monkeypatch.setattr(module, name, Statement(statement.sql.replace(old, new), batch=statement.batch, ids=statement.ids))

    return apply


def _does_nothing(module: object, name: str) -> Break:
    return lambda monkeypatch: monkeypatch.setattr(module, name, lambda *_: None)


def _replaced(module: object, name: str, make: Callable[[Any], Any]) -> Break:
    """Break one function: ``make`` gets the real one and gives the broken one, under the real one's name."""

    def apply(monkeypatch: pytest.MonkeyPatch) -> None:
        real = getattr(module, name)
        broken = make(real)
        broken.__name__ = real.__name__
        monkeypatch.setattr(module, name, broken)

    return apply


def _both(*breaks: Break) -> Break:
    """For a promise that is kept in more than one place, whichever of them the check happens to use."""

    def apply(monkeypatch: pytest.MonkeyPatch) -> None:
        for one in breaks:
            one(monkeypatch)

    return apply


def _without_idempotency(real: Any) -> Any:
    def accept(tx: Tx, messages: Sequence[NewMessage]) -> Any:
        return real(tx, [replace(message, idempotency=None) for message in messages])

    return accept


def _one_batch_one_fate(real: Any) -> Any:
    def accept(tx: Tx, messages: Sequence[NewMessage]) -> Any:
        answers = real(tx, messages)
        if any(type(answer).__name__ == "Clash" for answer in answers):
            raise ValueError("one of them clashes")
        return answers

    return accept


def _keeps_the_keys_of_the_refused(real: Any) -> Any:
    def accept(tx: Tx, messages: Sequence[NewMessage]) -> Any:
        answers = real(tx, messages)
        for message, answer in zip(messages, answers, strict=True):
            if type(answer).__name__ == "Clash" and message.idempotency:
                tx.run(_KEEP, value=f"{message.caller}|{message.idempotency}", owner=answer.message_id)
        return answers

    return accept


_KEEP = Statement(
    "INSERT INTO refs (kind, value, message_id, exclusive) VALUES ('idempotency', :value, :owner, TRUE) ON CONFLICT DO NOTHING"
)


def _supersedes_every_waiting(real: Any) -> Any:
    def supersede(tx: Tx, newest: Sequence[tuple[str, int]]) -> None:
        ids = [row[0] for row in tx.rows(_ALL_OLDER, newest)]
        rows = finishing.lock(tx, ids).values()
        finishing.apply(tx, [Change(row, Event.SUPERSEDED, "superseded") for row in rows if row.status == "waiting"])

    return supersede


def _in_one_savepoint(real: Any) -> Any:
    def apart(table: effects.EffectsTable, tx: Tx) -> None:
        try:
            with tx.savepoint():
                table._rounds(tx)
        except EffectFailed:
            return

    return apart


def _nobody_is_found(tx: Tx, message: NewIncoming, ours: object) -> InEvent:
    return InEvent.NOBODY_FOUND if ours is None else InEvent.OURS_FOUND


_ALL_OLDER = Statement(
    "SELECT w.message_id FROM work w JOIN batch b ON b.key_id = w.key_id AND w.key_pos < b.pos",
    batch={"key_id": "text", "pos": "bigint"},
    ids=(0,),
)


def _made(name: str, old: str, new: str) -> Break:
    """Break a statement of claiming that is made for a number of routes."""

    def make(real: Any) -> Any:
        def broken(routes: int, **facts: bool) -> Statement:
            statement: Statement = real(routes, **facts)
            assert old in statement.sql, f"{name} has been rewritten: break it in another way"
            return Statement(statement.sql.replace(old, new), ids=statement.ids)

        return broken

    return _replaced(claiming, name, make)


def _only_with_lease(real: Any) -> Any:
    return lambda row, one: real(row, replace(one, final=False))


def _without_looking_at_the_lease(real: Any) -> Any:
    def change(row: WorkRow, one: Settlement) -> Change | None:
        found: Change | None = real(row._replace(status="sending"), replace(one, ticket_no=row.ticket_no))
        return found and replace(found, row=row)

    return change


def _counts_always(real: Any) -> Any:
    return lambda row, one: real(row, replace(one, burn=True))


def _only_the_first_of_a_message(real: Any) -> Any:
    def settle(tx: Tx, settlements: Sequence[Settlement], react: Any) -> Any:
        first = {one.message_id: one for one in reversed(settlements)}
        return real(tx, list(first.values()), react)

    return settle


def _forgets_the_chain(real: Any) -> Any:
    return lambda message_id, seq, chain, *rest: real(message_id, seq, START, *rest)


def _takes_everything_as_new(real: Any) -> Any:
    def receive(tx: Tx, message: NewIncoming) -> Received:
        found: Received = real(tx, replace(message, reference=f"{message.reference}/{message.id}"))
        return found

    return receive


def _counts_no_deaths(real: Any) -> Any:
    return lambda tx, _: real(tx, 1_000_000)


def _seals_counts_only(_: Any) -> Any:
    return lambda tx, since, upto, previous: (bytes(32), tx.rows(_COUNT, since=since, upto=upto)[0][0])


_COUNT = Statement("SELECT count(*) FROM timeline WHERE at >= :since AND at < :upto")


def _keeps_what_a_failed_unit_wrote(_: Any) -> Any:
    def run_one(connection: sqlite3.Connection, job: Any, names: set[str]) -> Any:
        try:
            return job.call(sqlite.SqliteTx(connection))
        except Exception as error:
            return error

    return staticmethod(run_one)


BROKEN: dict[str, tuple[Break, Check]] = {
    "accept ignores idempotency keys": (
        _replaced(accepting, "accept", _without_idempotency),
        journal_accepting.a_repeat_gets_the_first_answer,
    ),
    "a clash fails the whole batch": (
        _replaced(accepting, "accept", _one_batch_one_fate),
        journal_accepting.one_clash_leaves_the_rest_of_a_batch_alone,
    ),
    "a clash leaves its references": (
        _replaced(accepting, "accept", _keeps_the_keys_of_the_refused),
        journal_accepting.a_clash_leaves_no_trace,
    ),
    "stamps follow the clock": (
        _statement(accepting, "_LAST_STAMP", "RETURNING name, last", "RETURNING name, 0"),
        journal_accepting.stamps_go_on_from_the_last_when_the_clock_was_set_back,
    ),
    "older states still leave": (
        _does_nothing(accepting, "_supersede"),
        journal_accepting.a_newer_state_supersedes_those_that_wait,
    ),
    "a state that may have arrived is withdrawn": (
        _replaced(accepting, "_supersede", _supersedes_every_waiting),
        journal_accepting.a_newer_state_waits_for_one_that_may_have_reached_the_partner,
    ),
    "the window is ignored": (
        _made("_look", "SELECT (SELECT count(*)", "SELECT (SELECT 0 * count(*)"),
        journal_leaving.the_window_is_the_most_that_is_on_its_way,
    ),
    "routes do not take turns": (
        _made("_take", "ORDER BY turn, next_at", "ORDER BY next_at"),
        journal_leaving.routes_take_turns,
    ),
    "those behind the head get tickets": (
        _made("_take", "AND head", ""),
        journal_leaving.only_the_head_of_a_key_gets_a_ticket,
    ),
    "a second ticket has the same number": (
        _made("_take", "work.ticket_no + 1", "work.ticket_no"),
        journal_leaving.a_ticket_that_lapsed_is_due_again_under_another_number,
    ),
    "any ticket number leads to a lease": (
        _statement(leasing, "_TAKE", "work.ticket_no = b.ticket_no", "TRUE"),
        journal_leaving.a_ticket_with_another_number_leads_to_nothing,
    ),
    "a ticket leads to a second lease": (
        _statement(leasing, "_TAKE", "work.status = 'waiting'", "work.status IN ('waiting', 'sending')"),
        journal_leaving.racing_workers_get_one_lease,
    ),
    "attempts are not counted": (
        _statement(leasing, "_TAKE", "attempts + 1", "attempts"),
        journal_leaving.every_lease_counts_an_attempt,
    ),
    "the key is not released": (
        _does_nothing(finishing, "_release"),
        journal_settling.the_next_of_a_key_leaves_after_a_success,
    ),
    "final messages stay in work": (
        _statement(finishing, "_REMOVE", "WHERE", "WHERE FALSE AND"),
        journal_settling.a_success_completes_when_no_answer_is_expected,
    ),
    "the chain is not a chain": (
        _replaced(finishing, "entry", _forgets_the_chain),
        journal_settling.a_success_stays_open_when_an_answer_is_expected,
    ),
    "a parked message raises no task": (_does_nothing(finishing, "_tasks"), journal_settling.a_refusal_parks_with_a_task),
    "a late success is forgotten": (
        _replaced(settling, "_change", _only_with_lease),
        journal_settling.a_success_after_the_lease_counts_while_it_waits,
    ),
    "a late failure counts": (
        _replaced(settling, "_change", _without_looking_at_the_lease),
        journal_settling.a_failure_after_the_lease_only_adds_an_entry,
    ),
    "every failure burns an attempt": (
        _replaced(settling, "_change", _counts_always),
        journal_settling.a_failure_that_does_not_count_gives_the_attempt_back,
    ),
    "the second outcome of a batch is dropped": (
        _replaced(settling, "settle", _only_the_first_of_a_message),
        journal_settling.a_success_beside_a_time_out_in_one_batch_counts,
    ),
    "a repeat is a new message": (
        _replaced(receiving, "receive", _takes_everything_as_new),
        journal_receiving.a_repeat_gets_the_stored_answer,
    ),
    "a contradiction passes unseen": (_does_nothing(tasks, "open_tasks"), journal_receiving.a_contradiction_raises_a_task),
    "any partner may answer": (
        _statement(receiving, "_OURS", "m.connection = :connection OR", "TRUE OR"),
        journal_receiving.a_partner_cannot_answer_for_another,
    ),
    "a notification is not told at our message": (
        _does_nothing(finishing, "tell"),
        journal_matching.a_notification_is_told_at_our_message_whatever_its_state,
    ),
    "only the connection it left by may answer": (
        _statement(receiving, "_OURS", "from_.partner = c.partner", "FALSE"),
        journal_receiving.a_partner_may_answer_over_another_of_its_connections,
    ),
    "whoever speaks ends our message": (
        _replaced(receiving, "_was_sent_to", lambda _: lambda *_: True),
        journal_receiving.a_verdict_of_another_party_than_it_was_sent_to_ends_nothing,
    ),
    "messages are matched across partners": (
        _statement(matching, "_PAIR", "from_.partner = c.partner", "TRUE"),
        journal_matching.nothing_is_matched_across_partners_or_to_what_came_in,
    ),
    "a message that was taken back still belongs to ours": (
        _statement(matching, "_OPEN_AGAIN", "cause = NULL", "cause = cause"),
        journal_matching.a_persons_decision_can_be_undone,
    ),
    "deaths are not counted": (_replaced(keeping, "expire", _counts_no_deaths), journal_keeping.three_deaths_in_a_row_park),
    "content outlives its term": (
        _statement(keeping, "_DESTROY_CONTENTS", "WHERE", "WHERE FALSE AND"),
        journal_keeping.content_is_destroyed_when_its_term_ends_and_the_timeline_stays,
    ),
    "what came in has its own term": (
        _statement(keeping, "_RETAINED", "OR cause IS NULL", "OR TRUE"),
        journal_keeping.what_came_in_about_a_message_goes_with_it,
    ),
    "the term counts from the message itself": (
        _statement(keeping, "_RETAINED", "theirs.direction = 'in'", "FALSE"),
        journal_keeping.the_term_counts_from_the_last_that_came_in,
    ),
    "open tasks do not keep content": (
        _statement(keeping, "_TO_DECIDE", "closed_at IS NULL", "FALSE"),
        journal_keeping.what_somebody_must_decide_about_is_kept_until_they_did,
    ),
    "what is on its way is destroyed on request": (
        _statement(keeping, "_ON_REQUEST", "AND m.final_at IS NOT NULL", ""),
        journal_keeping.only_final_contents_are_destroyed_on_request,
    ),
    "an acceptance is not told": (
        _replaced(effects.EffectsTable, "_tell", lambda _: lambda *_: None),
        journal_effects.an_acceptance_is_told_with_what_the_route_found,
    ),
    "one failing effect takes those of others along": (
        _replaced(effects.EffectsTable, "_apart", _in_one_savepoint),
        journal_effects.an_outcome_is_recorded_though_its_effects_keep_failing,
    ),
    "what a failing effect wrote stays": (
        _replaced(sqlite.SqliteTx, "savepoint", lambda _: lambda _: contextlib.nullcontext()),
        journal_effects.a_message_that_came_in_is_kept_though_its_effects_keep_failing,
    ),
    "follow-ups stay behind": (
        _replaced(effects.Context, "accept_follow_ups", lambda _: lambda _: None),
        journal_effects.a_follow_up_is_accepted_in_the_same_transaction,
    ),
    "every message without ours waits for a person": (
        _replaced(receiving, "_what_now", lambda _: _nobody_is_found),
        journal_effects.a_message_of_an_inbound_route_is_handled_by_its_effects,
    ),
    "own tables keep what was destroyed": (
        _statement(keeping, "_ROUTES", "FROM batch b", "FROM batch b JOIN series ON FALSE"),
        journal_effects.what_is_personal_in_own_tables_goes_with_the_content,
    ),
    "effects handled what a person undoes": (
        _statement(matching, "_BY_A_PERSON", "WHERE message_id = :id AND event = 'set_aside'", "WHERE message_id = :id"),
        journal_effects.a_person_does_not_undo_what_the_effects_handled,
    ),
    "what still stands is closed by hand": (
        _statement(tasks, "_CLOSE_BY_HAND", "AND kind NOT IN ('parked', 'connection')", ""),
        journal_tasks.what_still_stands_is_not_closed_by_hand,
    ),
    "a task is opened twice": (
        _statement(tasks, "_OPEN", "SELECT id, kind, subject,", "SELECT id, kind, subject || hex(id),"),
        journal_tasks.a_task_is_open_once_however_often_it_is_opened,
    ),
    "seals count only": (_replaced(keeping, "digest_of", _seals_counts_only), journal_keeping.seals_show_a_changed_entry),
    "the dead hold the window": (
        _statement(processes, "_TAKE_BACK", "AND work.ticketed", "AND FALSE"),
        journal_recovering.tickets_of_a_process_that_is_gone_are_due_at_once_and_the_oldest_first,
    ),
    "what the dead held goes last": (
        _statement(processes, "_TAKE_BACK", "next_at = m.accepted_at", "next_at = hub_now()"),
        journal_recovering.tickets_of_a_process_that_is_gone_are_due_at_once_and_the_oldest_first,
    ),
    "a silent process loses its leases": (
        _statement(processes, "_UNCOUNT", "SET ticketed = FALSE", "SET ticketed = FALSE, next_at = hub_now()"),
        journal_recovering.the_lease_of_a_silent_process_lasts_but_fills_no_place,
    ),
    "the oldest wait on after an outage": (
        _does_nothing(connections, "recovered"),
        journal_recovering.after_an_outage_what_waits_goes_at_once_and_the_oldest_first,
    ),
    "nobody listens to the partner": (
        _does_nothing(connections, "sign_of_life"),
        journal_recovering.a_sign_of_life_of_the_partner_brings_the_probe_forward,
    ),
    "tickets stay out when the breaker opens": (
        _replaced(connections, "_just_broken", lambda _: lambda row: False),
        journal_recovering.tickets_that_were_out_when_the_breaker_opened_are_no_probes,
    ),
    "two processes do one duty": (
        _statement(duties, "_CLAIM", "held_until <= hub_now()", "TRUE"),
        journal_duties.a_duty_is_in_one_hand_at_a_time,
    ),
    "a duty of a dead process is its own for ever": (
        _statement(duties, "_CLAIM", "held_until IS NULL OR held_until <= hub_now()", "held_until IS NULL"),
        journal_duties.what_a_dead_process_held_lapses,
    ),
    "a duty drifts": (
        _statement(duties, "_DONE", "next_at + :every * (1 + (hub_now() - next_at) / :every)", "hub_now() + :every"),
        journal_duties.a_duty_that_was_missed_runs_once_and_keeps_its_time_of_the_day,
    ),
    "a failing duty passes unseen": (
        _does_nothing(tasks, "open_tasks"),
        journal_duties.a_failure_waits_and_becomes_a_task_when_it_goes_on,
    ),
    "a failing duty does not wait": (
        _statement(duties, "_CLAIM", "retry_at <= hub_now()", "TRUE"),
        journal_duties.a_failure_waits_and_becomes_a_task_when_it_goes_on,
    ),
    "a failed unit leaves traces": (
        _both(
            _replaced(sqlite.SqliteDatabase, "_run_one", _keeps_what_a_failed_unit_wrote),
            _replaced(sqlite.SqliteDatabase, "_run_alone", _keeps_what_a_failed_unit_wrote),
        ),
        journal_accepting.a_failing_unit_leaves_nothing_behind,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_journal_fails(name: str, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    damage, promise = BROKEN[name]
    assert promise in checks()
    damage(monkeypatch)
    # Not every breach is an assertion: taking an absent lease apart fails in its own way.
    with pytest.raises((AssertionError, ValueError, KeyError, IndexError, StopIteration)):
        hold(promise, rig)
