"""What statements read on a PostgreSQL whose tables have never been analysed, so that its planner knows no sizes.

There whatever is not looked up by a whole key is easily read whole, each time: costs that grow with what is stored.
"""

from __future__ import annotations

import io
from contextlib import closing

import psycopg
import pytest

from hub.intake.intake import Intake
from hub.journal.postgres import PostgresDatabase
from hub.journal.units import claiming, leasing
from tests.contract.intake_rig import ANNA, IntakeRig
from tests.contract.test_files import accepted
from tests.support.formats import PlainFile, csv_file
from tests.support.processes import wait_until
from tests.support.routes import PlainRoute, plain_document

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("intake_rig", ["postgres"], indirect=True),
]


@pytest.fixture
def url(intake_rig: IntakeRig) -> str:
    assert isinstance(intake_rig.journal, PostgresDatabase)
    return intake_rig.journal.url


def ended(rig: IntakeRig) -> None:
    """End the journal's sessions: a session tells what it read when it ends."""
    rig.close()
    rig.journal.close()


def read_of(url: str, table: str, written: int) -> int:
    """Rows and index entries of a table that were read, once this many rows of it are known to have been written."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:

        def look() -> tuple[int, int]:
            (row,) = connection.execute(
                """
                SELECT n_tup_ins, seq_tup_read + coalesce(idx_tup_fetch, 0)
                    + (SELECT coalesce(sum(idx_tup_read), 0)::bigint FROM pg_stat_user_indexes i WHERE i.relid = t.relid)
                FROM pg_stat_user_tables t WHERE relname = %s
                """,
                [table],
            )
            return row

        wait_until(lambda: look()[0] >= written, "the figures of the ended sessions")
        return look()[1]


def test_a_row_of_a_file_costs_the_same_however_many_were_accepted_before(
    intake_rig: IntakeRig, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.intake.numbers.LARGEST_BLOCK", 20)  # more blocks, so that a wrong plan shows sooner
    accepted(intake_rig.intake(), csv_file(*(f"k{number};{number};tekst;" for number in range(600))))
    ended(intake_rig)
    assert read_of(url, "refs", 600) < 2 * 3 * 600  # three references each


def test_a_message_costs_the_same_however_many_wait_elsewhere(intake_rig: IntakeRig, url: str) -> None:
    intake = intake_rig.intake(PlainRoute(), PlainRoute("theirs", "theirs"))
    rounds, waiting = 20, 400
    for number in range(6):  # plans are made while the tables are small, and kept
        go(intake_rig, intake, f"before {number}")
    rows = csv_file(*(f"t{number};{number};tekst;" for number in range(waiting)))
    assert len(list(intake.accept_many("theirs", PlainFile().read(io.BytesIO(rows)), ANNA))) == waiting
    for number in range(rounds):
        go(intake_rig, intake, f"after {number}")
    ended(intake_rig)
    assert read_of(url, "work", waiting) < 40 * (rounds + waiting), "and not waiting rows for each of the rounds"


def go(rig: IntakeRig, intake: Intake, key: str) -> None:
    """One message accepted, given a ticket and leased."""
    taken = intake.accept("plain", plain_document(key), ANNA)
    claim = rig.journal.run(claiming.claim, "plain", ("plain",), 100, 60_000_000)
    (leased,) = rig.journal.run(leasing.lease, claim.tickets, 60_000_000)
    assert leased.message_id == taken.message_id
