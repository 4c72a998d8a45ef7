"""Effects behind the intake: one document's fault is its own, and follow-ups are prepared in the transaction that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.crypto.keyring import Keyring
from hub.errors import EffectFailed, SchemaViolation
from hub.intake.intake import Intake
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.effects import Context, Effects, EffectsTable
from hub.journal.records import NewMessage
from hub.message import Caller
from tests.support.journals import new_sqlite_journal
from tests.support.routes import PlainRoute, StateRoute, plain_document

ANNA = Caller("user", "anna")


class Follower(Effects):
    """Sends a state for every plain message; the thirteenth it cannot."""

    exchange = "follower"

    def __init__(self, text: str = "volgt") -> None:
        self.text = text

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        for message in messages:
            if message.title.endswith(" 13"):
                raise LookupError("thirteen")
            context.follow_up("state", plain_document(key=message.kenmerk, text=self.text), cause=message.id)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    journal = new_sqlite_journal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture
def intake(journal: Database) -> Iterator[Intake]:
    intake = Intake(journal, Keyring.generate(), {"plain": PlainRoute(), "state": StateRoute()})
    journal.effects = EffectsTable({"plain": Follower()}, prepare=intake.prepare)
    yield intake
    intake.close()


def test_a_follow_up_has_its_own_number_and_is_there_with_its_cause(intake: Intake, journal: Database) -> None:
    taken = intake.accept("plain", plain_document(), ANNA)
    (followed,) = reading.answers_to(journal, taken.message_id)
    assert (followed.route, followed.status, followed.caller) == ("state", "waiting", "system:follower")
    assert followed.kenmerk not in ("", taken.kenmerk)


def test_one_documents_failing_effect_leaves_the_others_of_its_group(intake: Intake, journal: Database) -> None:
    def offer(seq: int) -> object:
        try:
            return intake.accept("plain", plain_document(seq=seq), ANNA).message_id
        except EffectFailed as error:
            return error

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(offer, range(5, 21)))
    failed = [seq for seq, one in zip(range(5, 21), found, strict=True) if isinstance(one, EffectFailed)]
    assert failed == [13]
    views = reading.list_messages(journal, reading.Filter(most=100))
    assert sum(view.route == "plain" for view in views) == sum(view.route == "state" for view in views) == 15


def test_a_follow_up_that_breaks_its_routes_rules_takes_the_message_back(intake: Intake, journal: Database) -> None:
    journal.effects = EffectsTable({"plain": Follower(text="")}, prepare=intake.prepare)
    with pytest.raises(EffectFailed, match="SchemaViolation") as failure:
        intake.accept("plain", plain_document(), ANNA)
    assert isinstance(failure.value.__cause__, SchemaViolation)
    assert reading.list_messages(journal) == []


def test_a_prepared_message_is_accepted_by_nobody_yet(intake: Intake, journal: Database) -> None:
    message = intake.prepare("plain", plain_document(), ANNA)
    assert (message.route, json.loads(message.attributes)) == ("plain", {})
    assert reading.list_messages(journal) == []
