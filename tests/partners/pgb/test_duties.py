"""A return that does not come within three working days is a task, once; on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from hub.contracts.duty import Duty, DutyContext
from hub.contracts.route import AMSTERDAM
from hub.journal import reading
from hub.journal.database import Database, Statement, Tx
from hub.message import new_id
from hub.routes.pgb.duties import DUTIES
from tests.contract import duty_suite as suite

_ADD = Statement(
    """
    INSERT INTO pgb_messages
        (message_id, budget, mutatie, kind, identificatie, begin, einde, cents, at, sent_at, outcome, chased)
    SELECT id, '0392/B-1', '1', 'nieuw', '1', '2027-01-01', '2027-12-31', 1, sent, sent, outcome, FALSE FROM batch
    """,
    batch={"id": "uuid", "sent": "bigint", "outcome": "text"},
)
FRIDAY = dt.datetime(2026, 11, 27, 12, tzinfo=AMSTERDAM)


class _Parts(NamedTuple):
    journal: Database


def _add(tx: Tx, *sent: tuple[dt.datetime, str]) -> None:
    tx.run(_ADD, [(new_id(), int(at.timestamp() * 1_000_000), outcome) for at, outcome in sent])


class Bench:
    patience = 10.0

    def __init__(self, journal: Database) -> None:
        self.journal = journal

    def duty(self) -> Duty[Any]:
        return DUTIES[0]

    def parts(self) -> Any:
        return _Parts(self.journal)

    def prepare(self) -> None:
        monday = dt.datetime(2026, 11, 9, 9, tzinfo=AMSTERDAM)
        self.journal.run(_add, *((monday, "") for _ in range(3)), (monday, "completed"))

    def state(self) -> int:
        return len(reading.open_tasks(self.journal))


@pytest.fixture
def bench(tmp_path: Any) -> Iterator[Bench]:
    from hub.journal.opening import migrate, open_journal
    from hub.routes.pgb.setup import TABLES

    journal = open_journal(f"sqlite:///{tmp_path}/hub.sqlite3")
    migrate(journal, [TABLES])
    yield Bench(journal)
    journal.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_the_duty_keeps_its_contract(bench: Bench, check: suite.Check) -> None:
    check(bench)


def test_it_asks_after_three_working_days_and_not_before(bench: Bench) -> None:
    bench.journal.run(_add, (FRIDAY, ""), (FRIDAY, "rejected"))
    for hours, tasks in ((0, 0), (24 * 5 + 11, 0), (24 * 5 + 13, 1), (24 * 9, 1)):
        now = FRIDAY + dt.timedelta(hours=hours)
        bench.duty().run(DutyContext("pgb.missing_returns", bench.parts(), now, None, now, lambda: True))
        assert bench.state() == tasks, hours
