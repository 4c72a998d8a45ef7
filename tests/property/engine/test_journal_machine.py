"""The journal as a machine: any order of accepting, claiming, losing, leasing, settling, dying, answering and deciding.

Hypothesis plays dispatcher, workers, partner and operator, with lost tickets and outcomes that come too late, and looks after
every step whether each message is in one place, keys are in order, no ticket number returns nothing is sent after success.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub.journal import tables
from hub.journal.database import Database
from hub.journal.opening import open_journal
from hub.journal.records import Accepted, Effect, Leased
from hub.journal.units import claiming, keeping, operating
from hub.message import FINAL, Event, MessageId, Status, Ticket
from tests.contract.journal_rig import HOUR, Rig
from tests.contract.test_journal_suite_bites import BROKEN
from tests.support.journals import new_sqlite_journal, postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES

CALM = Effect()
KEYS = st.sampled_from([None, "a", "b"])


class JournalMachine(RuleBasedStateMachine):
    """Subclasses say where the journal is."""

    open: ClassVar[Callable[[Path], Database]]

    tickets = Bundle("tickets")
    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.db = type(self).open(Path(self._folder.name))
        self.rig = Rig(self.db, window=6)
        self.numbers: dict[MessageId, int] = {}  # highest ticket number seen
        self.bodies: dict[MessageId, bytes | None] = {}
        self.taken_over: set[MessageId] = set()
        self.finals: dict[MessageId, str] = {}
        self.order: dict[str, list[MessageId]] = {"a": [], "b": []}
        self.keyed: dict[MessageId, str] = {}
        self.released: set[MessageId] = set()
        self.idempotency = itertools.count()

    def teardown(self) -> None:
        self.db.close()
        self._folder.cleanup()

    @initialize(answered=st.booleans(), on_sent=st.booleans())
    def some_are_there_already(self, answered: bool, on_sent: bool) -> None:
        for key in (None, "a", "a", "b"):
            self.accept(key, answered, on_sent, newest=False, unsafe=False)

    @rule(key=KEYS, answered=st.booleans(), on_sent=st.booleans(), newest=st.booleans(), unsafe=st.booleans())
    def offer(self, key: str | None, answered: bool, on_sent: bool, newest: bool, unsafe: bool) -> None:
        self.accept(key, answered, on_sent, newest, unsafe)

    def accept(self, key: str | None, answered: bool, on_sent: bool, newest: bool, unsafe: bool) -> None:
        name = f"i{next(self.idempotency)}"
        facts: dict[str, Any] = {
            "ordering_key": key,
            "answer_within": HOUR if answered else 0,
            "release_on_sent": on_sent,
            "newest_state_only": newest and key is not None,
            "unsafe": unsafe,
            "idempotency": name,
        }
        first, again = self.rig.offer(self.rig.message(**facts), self.rig.message(**facts))
        assert isinstance(first, Accepted)
        assert isinstance(again, Accepted)
        assert first.message_id == again.message_id
        self.bodies[first.message_id] = self.rig.content(first.message_id)
        if key is not None:
            self.order[key].append(first.message_id)
            self.keyed[first.message_id] = key

    @rule(target=tickets, most=st.integers(1, 6))
    def give_tickets(self, most: int) -> Any:
        return self.claim(most)

    def claim(self, most: int) -> Any:
        found = self.rig.claim(most)
        for ticket in found:
            assert ticket.ticket_no > self.numbers.get(ticket.message_id, 0), "a ticket number came back"
            self.numbers[ticket.message_id] = ticket.ticket_no
        return multiple(*found)

    @rule(ticket=consumes(tickets))
    def set_back(self, ticket: Ticket) -> None:
        self.db.run(claiming.set_back, [ticket])

    @rule(target=leases, ticket=tickets, repeat=st.booleans())
    def lease(self, ticket: Ticket, repeat: bool) -> Any:
        found = self.rig.lease(*[ticket] * (1 + repeat))
        for leased in found:
            assert leased.ticket_no == ticket.ticket_no, "an older ticket led to a lease"
            self._may_leave(leased)
        return multiple(*found)

    @rule(target=leases)
    def take_what_is_due(self) -> Any:
        found = self.rig.lease(*self.claim(6))
        for leased in found:
            self._may_leave(leased)
        return multiple(*found)

    def _may_leave(self, leased: Leased) -> None:
        message_id = leased.message_id
        assert message_id not in self.taken_over, "sent again after a recorded success"
        assert message_id not in self.finals
        assert bytes(leased.content or b"") == self.bodies[message_id], "other bytes than were accepted"
        for earlier in itertools.takewhile(lambda one: one != message_id, self.order.get(self.keyed.get(message_id, ""), [])):
            assert earlier in self.finals or earlier in self.released, "it overtook an earlier message of its key"

    @rule(leased=leases, what=st.sampled_from([Event.DELIVERED, Event.FAILED, Event.PARKED]), unsure=st.booleans())
    def settle(self, leased: Leased, what: Event, unsure: bool) -> None:
        event = Event.TAKEN_OVER if what == Event.DELIVERED and leased.expects_answer else what
        code = {Event.FAILED: "timed_out", Event.PARKED: "refused"}.get(event, "Bv04")
        state = self.rig.settle(self.rig.outcome(leased, event, code, final=event != Event.FAILED, effect=CALM, unsure=unsure))[
            leased.message_id
        ]
        if what == Event.DELIVERED and leased.message_id not in self.finals:
            assert self.rig.status(leased.message_id) in (Status.SENT, Status.COMPLETED), "a success was not recorded"
            self.taken_over.add(leased.message_id)
            row = self.rig.work(leased.message_id)
            if row is not None and row["release_on_sent"]:
                self.released.add(leased.message_id)
        assert state is None or self.rig.status(leased.message_id) == state

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        """Whatever a message waits for happens now; then the housekeeper comes."""
        waiting = [row["message_id"] for row in self.rig.rows(tables.work)]
        if waiting:
            some = st.lists(st.sampled_from(sorted(waiting)), max_size=3, unique=True)
            self.rig.hasten(*data.draw(st.one_of(st.just(waiting), some)))
        self.db.run(keeping.expire, 3)
        self.db.run(keeping.mark_overdue)

    @rule(leased=leases)
    def a_worker_dies(self, leased: Leased) -> None:
        self.rig.hasten(leased.message_id)
        self.db.run(keeping.expire, 3)

    @rule(target=tickets, ticket=tickets)
    def a_ticket_lapses(self, ticket: Ticket) -> Any:
        self.rig.hasten(ticket.message_id)
        return self.claim(6)

    def crowded(self) -> bool:
        """Answers and cancellations end messages from any state: not before there are some to spare."""
        return len(self.bodies) - len(self.finals) >= 3

    @precondition(crowded)
    @rule(data=st.data(), verdict=st.booleans())
    def answer(self, data: st.DataObject, verdict: bool) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.bodies)))
        final = message_id in self.finals
        received = self.rig.answer(message_id, verdict)
        assert received.cause == message_id
        assert (received.outcome is None) == final, "an answer ends every open message and no final one"

    @precondition(crowded)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.db.run(operating.cancel, [data.draw(st.sampled_from(sorted(self.bodies)))], "user:a", "why")

    @rule()
    def resend_all(self) -> None:
        self.db.run(operating.resend, sorted(self.bodies), "user:a")

    @invariant()
    def all_is_well(self) -> None:
        self.rig.verify()
        work = {row["message_id"]: row for row in self.rig.rows(tables.work)}
        for row in self.rig.rows(tables.messages):
            if row["direction"] == "in":
                continue
            assert row["id"] in self.bodies
            if row["id"] in self.finals:
                assert row["status"] == self.finals[row["id"]], "a final state changed"
            elif row["status"] is not None:
                self.finals[row["id"]] = row["status"]
        assert set(work) | set(self.finals) == set(self.bodies), "a message is nowhere"
        assert all(Status(status) in FINAL for status in self.finals.values())
        for row in work.values():
            assert row["ticket_no"] >= self.numbers.get(row["message_id"], 0), "a ticket number went back"
            assert row["status"] == "sent" or row["message_id"] not in self.taken_over


_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]


class SqliteMachine(JournalMachine):
    open = staticmethod(new_sqlite_journal)


def test_sqlite_keeps_the_invariants_in_any_order_of_events() -> None:
    run_state_machine_as_test(
        SqliteMachine, settings=settings(max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=_QUIET)
    )


@pytest.mark.postgres
def test_postgresql_keeps_the_invariants_in_any_order_of_events(
    request: pytest.FixtureRequest, new_database: Callable[..., str]
) -> None:
    server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url

    class PostgresMachine(JournalMachine):
        open = staticmethod(lambda _: open_journal(postgres_journal_url(server_url, new_database)))

    run_state_machine_as_test(
        PostgresMachine, settings=settings(max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=_QUIET)
    )


@pytest.mark.parametrize(
    "name",
    [
        "the key is not released",
        "a late success is forgotten",
        "any ticket number leads to a lease",
        "the chain is not a chain",
    ],
)
def test_the_machine_finds_a_broken_journal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    damage, _ = BROKEN[name]
    damage(monkeypatch)
    quick = settings(
        max_examples=200,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=_QUIET,
        phases=[Phase.generate],
        database=None,
    )
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(SqliteMachine, settings=quick)
