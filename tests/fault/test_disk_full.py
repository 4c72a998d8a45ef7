"""A disk without room: nothing that was accepted is lost, the error is clear, and it works again when there is room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.delivery.worker import WorkerOptions
from hub.errors import Unavailable
from hub.journal.database import Database
from hub.journal.sqlite import SqliteTx
from tests.contract.journal_rig import Rig
from tests.support.engine import Engine
from tests.support.fake_partner import FakePartner
from tests.support.journals import new_sqlite_journal
from tests.support.routes import PlainRoute, plain_document

LARGE = "x" * 200_000


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _limit(journal: Database, pages: int | None) -> None:
    """Let the journal's file grow by this many pages at most; None for as far as it likes."""

    def limit(tx: SqliteTx) -> None:
        now = tx._connection.execute("PRAGMA page_count").fetchone()[0]
        tx._connection.execute(f"PRAGMA max_page_count = {1_000_000 if pages is None else now + pages}")

    journal.run(limit)  # type: ignore[arg-type]


def test_a_full_disk_refuses_clearly_and_keeps_what_was_accepted(stack: ExitStack, tmp_path: Path) -> None:
    journal = new_sqlite_journal(tmp_path)
    stack.callback(journal.close)
    partner = FakePartner()
    engine = stack.enter_context(Engine(journal, EmbeddedBroker(), [PlainRoute()], {"plain": partner.adapter}))
    accepted = [engine.accept("plain", plain_document(str(number), number)).message_id for number in range(5)]
    _limit(journal, 20)

    def fill() -> None:
        for number in range(5, 20):
            accepted.append(engine.accept("plain", plain_document(str(number), number, LARGE)).message_id)

    with pytest.raises(Unavailable) as refused:
        fill()
    assert refused.value.code == "disk_full"
    assert LARGE not in refused.value.text
    for message_id in accepted:
        assert engine.view(message_id).status == "waiting"
    _limit(journal, None)
    engine.start()
    accepted.append(engine.accept("plain", plain_document("later", 99, LARGE)).message_id)
    for message_id in accepted:
        engine.wait(message_id, "completed")
    rig = Rig.__new__(Rig)
    rig.db = journal
    rig.verify()
    assert sorted(one.message_id for one in partner.got) == sorted(accepted)


def test_outcomes_wait_for_room_on_the_disk(stack: ExitStack, tmp_path: Path) -> None:
    journal = new_sqlite_journal(tmp_path)
    stack.callback(journal.close)
    partner = FakePartner()
    # Far from any deadline: a lease that ends before its call begins cannot be followed by another while the disk is full.
    patient = WorkerOptions(concurrency=4, call_deadline=100.0)
    engine = Engine(journal, EmbeddedBroker(), [PlainRoute()], {"plain": partner.adapter}, options=patient, ticket_life=100.0)
    stack.enter_context(engine)
    _limit(journal, 2_000)
    accepted = [engine.accept("plain", plain_document(str(number), number)).message_id for number in range(300)]
    _limit(journal, 0)
    engine.start()
    partner.wait_for(lambda it: len(it.got) >= 1)
    engine.wait_until(lambda: partner.running == 0, "the calls end")
    _limit(journal, None)
    for message_id in accepted:
        engine.wait(message_id, "completed")
    assert sorted(one.message_id for one in partner.got) == sorted(accepted), "something was sent twice"
