"""Files of many documents: accepted in groups, told row by row, and never sent twice; on both databases."""

from __future__ import annotations

import io
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from hub.contracts.fileformat import Item, Part
from hub.contracts.route import Series
from hub.crypto.keyring import Keyring
from hub.errors import DecodeFailure, NoRoute, SchemaViolation, Unavailable
from hub.intake.files import HEADINGS, PartOutcome, PartState, format_of, result_lines
from hub.intake.intake import Intake
from hub.intake.preparing import NeedsDecision
from hub.journal import reading
from hub.journal.database import Tx
from hub.journal.reading import Filter
from hub.journal.units import accepting
from hub.journal.units.numbering import take_numbers
from hub.message import Caller
from tests.contract.intake_rig import ANNA, BERT, IntakeRig
from tests.support.formats import PlainFile, csv_file
from tests.support.routes import PlainRoute, plain_document


def accepted(intake: Intake, file: bytes, caller: Caller = ANNA) -> list[PartOutcome]:
    return list(intake.accept_many("plain", PlainFile().read(io.BytesIO(file)), caller))


def states(outcomes: list[PartOutcome]) -> list[str]:
    return [one.state.value for one in outcomes]


def test_good_rows_go_and_bad_rows_are_told_with_row_and_column(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    outcomes = accepted(
        intake, csv_file("a;1;een;", "a;twee;twee;", "", "a;3;dr\u0001ie;", "a;4;;", "a;5;vijf;", "a;6;zes;;te veel")
    )
    assert [(one.row, one.state.value) for one in outcomes] == [
        (2, "accepted"), (3, "refused"), (5, "refused"), (6, "unchanged"), (7, "accepted"), (8, "refused"),
    ]  # fmt: skip
    found = [(one.line, one.path, one.rule) for outcome in outcomes for one in outcome.findings]
    assert found == [(3, "volgnummer", "PLAIN03"), (5, "tekst", "PLAIN02"), (8, "", "CSV.cellen")]
    assert [intake_rig.view(one.message_id).status for one in outcomes if one.message_id] == ["waiting", "waiting"]


def test_a_group_is_one_commit(intake_rig: IntakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = intake_rig.intake()
    sizes: list[int] = []
    accept = accepting.accept

    def counted(tx: Any, messages: Any) -> Any:
        sizes.append(len(messages))
        return accept(tx, messages)

    monkeypatch.setattr("hub.intake.acceptance.accepting.accept", counted)
    outcomes = accepted(intake, csv_file(*(f"k{number % 7};{number};tekst;" for number in range(150))))
    assert states(outcomes) == ["accepted"] * 150
    assert sizes == [64, 64, 22]


def test_numbers_are_taken_in_larger_blocks_while_they_are_used_fast(
    intake_rig: IntakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: list[int] = []

    def counted(tx: Tx, series: Series, many: int) -> list[int]:
        blocks.append(many)
        return take_numbers(tx, series, many)

    monkeypatch.setattr("hub.intake.numbers.take_numbers", counted)
    outcomes = accepted(intake_rig.intake(), csv_file(*(f"k{number};{number};tekst;" for number in range(400))))
    assert states(outcomes) == ["accepted"] * 400
    assert blocks[0] == 20
    assert len(blocks) < 12  # 400 / 20 = 20 of the first size
    assert max(blocks) <= 320


def test_the_same_file_again_sends_nothing_whoever_offers_it(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    first = accepted(intake, csv_file("a;1;een;", "b;2;twee;"))
    again = accepted(intake, csv_file("b;2;twee;", "c;3;drie;", "a;1;een;", "a;1;een;"), BERT)
    assert states(again) == ["repeated", "accepted", "repeated", "repeated"]
    assert [again[0].message_id, again[2].message_id] == [first[1].message_id, first[0].message_id]
    assert len(reading.list_messages(intake_rig.journal)) == 3


def test_a_row_twice_in_one_group_is_one_message(intake_rig: IntakeRig) -> None:
    outcomes = accepted(intake_rig.intake(), csv_file("a;1;een;", "a;1;een;"))
    assert states(outcomes) == ["accepted", "repeated"]
    assert outcomes[0].message_id == outcomes[1].message_id


def test_a_state_that_returns_is_a_message_of_its_own(intake_rig: IntakeRig) -> None:
    """A, B, A: the format put the change in the key."""
    intake = intake_rig.intake()
    for change, text in (("m1", "A"), ("m2", "B"), ("m3", "A")):
        assert states(accepted(intake, csv_file(f"a;1;{text};{change}"))) == ["accepted"]


def test_a_key_with_another_content_is_told(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    first = accepted(intake, csv_file("a;1;een;"))
    (clash,) = accepted(intake, csv_file("a;1;anders;"))
    assert (clash.state, clash.message_id, clash.code) == (PartState.REFUSED, first[0].message_id, "reference_clash")


def test_keys_are_kept_as_keyed_digests_and_recognised_after_a_rotation(intake_rig: IntakeRig) -> None:
    accepted(intake_rig.intake(), csv_file("999999047;1;een;"))
    with intake_rig.journal.reading() as connection:
        held = connection.exec_driver_sql("SELECT value FROM refs").all()
    assert "999999047" not in repr(held)
    intake_rig.keyring = Keyring(intake_rig.keys.with_new_hash(activate=True))
    assert states(accepted(intake_rig.intake(), csv_file("999999047;1;een;", "b;2;twee;"))) == ["repeated", "accepted"]


def test_going_on_after_a_stop_in_the_middle_accepts_the_rest(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    file = csv_file(*(f"a;{number};tekst;" for number in range(130)))
    half = intake.accept_many("plain", PlainFile().read(io.BytesIO(file)), ANNA)
    told = [next(half) for _ in range(10)]
    del half
    assert len(reading.list_messages(intake_rig.journal, Filter(most=1000))) == 64, "a group was committed whole"
    outcomes = accepted(intake_rig.intake(), file)
    assert Counter(states(outcomes)) == {"repeated": 64, "accepted": 66}
    assert [one.message_id for one in outcomes[:10]] == [one.message_id for one in told]


def test_a_journal_that_is_away_ends_it_and_what_was_told_stays(intake_rig: IntakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = intake_rig.intake()
    file = csv_file(*(f"a;{number};tekst;" for number in range(100)))
    told = []
    outcomes = intake.accept_many("plain", PlainFile().read(io.BytesIO(file)), ANNA)
    told += [next(outcomes) for _ in range(64)]

    def away(*_: object) -> None:
        raise Unavailable("away", code="journal_away")

    with monkeypatch.context() as patched:
        patched.setattr("hub.intake.acceptance.accepting.accept", away)
        with pytest.raises(Unavailable):
            next(outcomes)
    assert states(told) == ["accepted"] * 64
    assert Counter(states(accepted(intake, file))) == {"repeated": 64, "accepted": 36}


def test_one_row_that_meets_a_fault_of_ours_leaves_the_others(intake_rig: IntakeRig) -> None:
    class Clumsy(PlainRoute):
        def build(self, document: bytes, identity: Any) -> Any:
            if b"stuk" in document:
                raise LookupError
            return super().build(document, identity)

    outcomes = accepted(intake_rig.intake(Clumsy()), csv_file("a;1;een;", "a;2;stuk;", "a;3;drie;"))
    assert [(one.state.value, one.code) for one in outcomes] == [("accepted", ""), ("refused", "unexpected"), ("accepted", "")]


def test_numbers_in_use_and_scopes_hold_for_rows_too(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    first = intake.accept("plain", plain_document(), ANNA)
    prefix, _, digits = first.kenmerk.rpartition("-")
    intake.accept("plain", plain_document(number=f"{prefix}-{int(digits) + 1:06d}"), BERT)
    assert states(accepted(intake, csv_file("a;1;een;", "a;2;twee;"))) == ["accepted", "accepted"]
    limited = Caller("api_key", "1", scope=frozenset({"agb:1"}))
    assert [one.code for one in accepted(intake, csv_file("a;3;drie;"), limited)] == ["out_of_scope"]


def test_a_route_that_needs_decisions_takes_no_file(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake(PlainRoute(needs_decision=True))
    with pytest.raises(NeedsDecision):
        accepted(intake, csv_file("a;1;een;"))
    with pytest.raises(NoRoute):
        intake.accept_many("unknown", [], ANNA)


def test_a_file_that_cannot_be_read_as_a_whole_sends_nothing(intake_rig: IntakeRig) -> None:
    intake = intake_rig.intake()
    rows = [f"a;{number};tekst;" for number in range(100)]
    with pytest.raises(DecodeFailure, match="CSV UTF-8"):
        accepted(intake, csv_file(*rows, "a;100;café;").replace("é".encode(), "é".encode("cp1252")))
    with pytest.raises(SchemaViolation):
        accepted(intake, csv_file(*rows, heading="sleutel;volgnummer;texst"))
    assert reading.list_messages(intake_rig.journal) == []


def test_many_rows_take_no_more_memory_than_few(intake_rig: IntakeRig) -> None:
    """The parts come one by one and their outcomes go so: nothing is kept between groups."""
    intake = intake_rig.intake()
    document = plain_document(text="x" * 2000)

    def parts(many: int) -> Iterator[Item]:
        yield from (Part(number, f"{many}/{number}", document) for number in range(many))

    def peak(many: int) -> int:
        tracemalloc.start()
        try:
            for _ in intake.accept_many("plain", parts(many), ANNA):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(64)
    assert peak(1000) < 2 * peak(128)


def test_a_result_file_has_a_line_per_row_and_finding(intake_rig: IntakeRig) -> None:
    outcomes = accepted(intake_rig.intake(), csv_file("a;1;geheim;", "a;twee;geheim;"))
    text = b"".join(result_lines(outcomes)).decode("utf-8-sig")
    heading, *lines = text.splitlines()
    assert heading == ";".join(HEADINGS)
    assert lines[0] == f"2;aangenomen;{outcomes[0].message_id};;;;"
    assert lines[1] == "3;niet aangenomen;;volgnummer;;Het volgnummer is geen getal.;PLAIN03"
    assert "geheim" not in text


def test_a_format_is_found_by_the_ending_of_the_name() -> None:
    formats = [PlainFile()]
    assert format_of("Rapport.CSV", formats) is formats[0]
    assert format_of("verzoek.json", formats) is None
