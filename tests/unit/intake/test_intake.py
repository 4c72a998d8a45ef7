"""Intake: from a document to a message that the hub answers for."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hub.contracts.route import Built, Identity
from hub.crypto.keyring import Keyring
from hub.errors import DecodeFailure, HubError, NoRoute, SchemaViolation, Throttled, Unavailable
from hub.intake.acceptance import TOGETHER_BYTES
from hub.intake.budget import ByteBudget
from hub.intake.intake import AlreadyUsed, Intake
from hub.journal import reading
from hub.journal.database import Database
from hub.message import Caller
from tests.support.journals import new_sqlite_journal
from tests.support.routes import PlainRoute, plain_document
from tests.support.services import wait_until

ANNA, BERT = Caller("user", "anna"), Caller("user", "bert")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    journal = new_sqlite_journal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.generate()


@pytest.fixture
def intake(journal: Database, keyring: Keyring) -> Iterator[Intake]:
    intake = Intake(journal, keyring, {"plain": PlainRoute()})
    yield intake
    intake.close()


def test_who_has_an_id_has_a_message(intake: Intake, journal: Database, keyring: Keyring) -> None:
    taken = intake.accept("plain", plain_document(text="inhoud"), ANNA)
    view = reading.show(journal, taken.message_id)
    assert view is not None
    assert (view.status, view.caller, view.reference) == ("waiting", "user:anna", taken.reference)
    for kind in ("message", "document"):
        sealed = reading.content(journal, taken.message_id, kind)
        assert sealed is not None
        assert b"inhoud" not in sealed.body
        key = keyring.unwrap(sealed.data_key, sealed.key_id, taken.message_id)
        assert b"inhoud" in keyring.open(sealed.body, key, message_id=taken.message_id, kind=kind)


def test_a_repeat_with_the_same_key_is_the_same_message(intake: Intake) -> None:
    first = intake.accept("plain", plain_document(), ANNA, idempotency_key="i1")
    again = intake.accept("plain", plain_document(), ANNA, idempotency_key="i1")
    assert (again.message_id, again.reference, again.kenmerk, again.again) == (
        first.message_id, first.reference, first.kenmerk, True,
    )  # fmt: skip
    assert intake.accept("plain", plain_document(), BERT, idempotency_key="i1").message_id != first.message_id


def test_another_document_with_the_same_key_is_refused(intake: Intake) -> None:
    first = intake.accept("plain", plain_document(), ANNA, idempotency_key="i1")
    with pytest.raises(AlreadyUsed) as refused:
        intake.accept("plain", plain_document(seq=2), ANNA, idempotency_key="i1")
    assert (refused.value.kind, refused.value.message_id) == ("idempotency", first.message_id)


def test_racing_repeats_are_one_message(intake: Intake) -> None:
    barrier = threading.Barrier(6)

    def accept(_: int) -> str:
        barrier.wait(20)
        return intake.accept("plain", plain_document(), ANNA, idempotency_key="i1").reference

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(accept, range(6)))) == 1


def test_case_numbers_follow_one_another_and_none_is_given_twice(journal: Database, keyring: Keyring) -> None:
    intakes = [Intake(journal, keyring, {"plain": PlainRoute()}) for _ in range(2)]
    found = [intakes[number % 2].accept("plain", plain_document(), ANNA).kenmerk for number in range(50)]
    assert len(set(found)) == 50
    assert all(one.startswith("T-20") and one.rsplit("-", 1)[1].isdigit() for one in found)
    assert found[::2] == sorted(found[::2])


@pytest.mark.parametrize(
    ("document", "error"),
    [(b"no json", DecodeFailure), (b"[]", DecodeFailure), (json.dumps({"key": 1}).encode(), SchemaViolation)],
)
def test_what_is_refused_leaves_no_trace(intake: Intake, journal: Database, document: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        intake.accept("plain", document, ANNA, idempotency_key="i1")
    assert reading.list_messages(journal) == []
    assert not intake.accept("plain", plain_document(), ANNA, idempotency_key="i1").again


def test_an_unknown_route_is_refused(intake: Intake) -> None:
    with pytest.raises(NoRoute):
        intake.accept("unknown", plain_document(), ANNA)


def test_a_large_document_beyond_the_budget_is_asked_to_wait() -> None:
    budget = ByteBudget(3_000_000)
    with budget.take(2_000_000), budget.take(900_000):
        with pytest.raises(Throttled), budget.take(1_500_000):
            pass
        with budget.take(1_000_000):
            pass
    with budget.take(9_000_000), pytest.raises(Throttled), budget.take(1_000_001):
        pass
    with budget.take(2_900_000):
        pass


def test_one_bad_document_among_many_at_once_is_told_to_its_own_caller(journal: Database, keyring: Keyring) -> None:
    intake = Intake(journal, keyring, {"plain": PlainRoute()})
    documents = [plain_document(text=f"nummer {number}") if number % 5 else b"{" for number in range(40)]

    def offer(document: bytes) -> Exception | None:
        try:
            intake.accept("plain", document, ANNA)
        except DecodeFailure as error:
            return error
        return None

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(offer, documents))
    assert [answer is None for answer in told] == [document != b"{" for document in documents]
    assert len(reading.list_messages(journal, reading.Filter())) == 32
    intake.close()


def test_a_message_that_the_hub_made_wrongly_is_not_accepted_and_takes_nobody_with_it(
    journal: Database, keyring: Keyring
) -> None:
    class Clumsy(PlainRoute):
        def build(self, document: bytes, identity: Identity) -> Built:
            built = super().build(document, identity)
            return dataclasses.replace(built, body=built.body[:-1]) if b"fout" in document else built

    intake = Intake(journal, keyring, {"plain": Clumsy()})

    def offer(text: str) -> str:
        try:
            intake.accept("plain", plain_document(text=text), ANNA)
        except HubError as error:
            return error.code
        return "accepted"

    texts = [f"{'fout' if number % 3 == 0 else 'goed'} {number}" for number in range(24)] + ["fout" + "x" * TOGETHER_BYTES]
    with ThreadPoolExecutor(25) as pool:
        told = list(pool.map(offer, texts))
    assert told == ["unexpected" if "fout" in text else "accepted" for text in texts]
    assert len(reading.list_messages(journal, reading.Filter())) == 16
    intake.close()


def test_a_large_document_is_not_in_the_way_of_small_ones(journal: Database, keyring: Keyring) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Slow(PlainRoute):
        def build(self, document: bytes, identity: Identity) -> Built:
            if len(document) > TOGETHER_BYTES:
                entered.set()
                assert go_on.wait(60)
            return super().build(document, identity)

    intake = Intake(journal, keyring, {"plain": Slow()})
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(intake.accept, "plain", plain_document(text="x" * TOGETHER_BYTES), ANNA)
        assert entered.wait(60)
        small = [intake.accept("plain", plain_document(text=f"klein {number}"), BERT).message_id for number in range(3)]
        assert not large.done()
        go_on.set()
        assert large.result(20).message_id not in small
    intake.close()


def test_a_journal_that_is_away_is_not_waited_for_by_each_document_in_turn(keyring: Keyring) -> None:
    """Its time-out is seconds: the last of a group would hear after minutes, long after its own caller gave up."""
    entered, go_on, tries = threading.Event(), threading.Event(), []

    class Away:
        def run(self, unit: Any, *args: Any) -> Any:
            tries.append(unit.__name__)
            entered.set()
            assert go_on.wait(60)
            raise Unavailable("away", code="journal_away")

    intake = Intake(Away(), keyring, {"plain": PlainRoute()})  # type: ignore[arg-type]
    with ThreadPoolExecutor(9) as pool:
        calls = [pool.submit(intake.accept, "plain", plain_document(), ANNA)]
        assert entered.wait(60)
        calls += [pool.submit(intake.accept, "plain", plain_document(), ANNA) for _ in range(8)]
        wait_until(lambda: len(intake._acceptance) == 8, "eight wait", seconds=20, pause=0.002)
        go_on.set()
        assert {type(call.exception(20)) for call in calls} == {Unavailable}
    assert tries == ["take_numbers"] * 2, "one for the first, one for the group behind it"
    intake.close()


def test_who_was_refused_hears_that_also_when_the_commit_of_the_others_fails(keyring: Keyring) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Full:
        def run(self, unit: Any, *args: Any) -> Any:
            if unit.__name__ == "take_numbers":
                entered.set()
                assert go_on.wait(60)
                return range(20)
            raise Unavailable("full", code="disk_full")

    intake = Intake(Full(), keyring, {"plain": PlainRoute()})  # type: ignore[arg-type]
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(intake.accept, "plain", plain_document(), ANNA)]
        assert entered.wait(60)
        calls += [pool.submit(intake.accept, "plain", document, ANNA) for document in (b"no document", plain_document())]
        wait_until(lambda: len(intake._acceptance) == 2, "two wait and are one group", seconds=20, pause=0.002)
        go_on.set()
        assert [type(call.exception(20)) for call in calls] == [Unavailable, DecodeFailure, Unavailable]
    intake.close()
