"""CSV as spreadsheets write it, and what is wrong with it told by line and column without a value."""

from __future__ import annotations

import io

import pytest

from hub.contracts.fileformat import Faulty
from hub.errors import DecodeFailure, SchemaViolation
from hub.intake.csv_rows import Row, Sheet, read_rows

SHEET = Sheet(required=("BSN", "Bedrag"), optional=("Toelichting",), max_cell=20, max_rows=10, max_bytes=2000)


def rows(text: str | bytes, sheet: Sheet = SHEET) -> list[Row | Faulty]:
    return list(read_rows(io.BytesIO(text.encode() if isinstance(text, str) else text), sheet))


@pytest.mark.parametrize(
    "text",
    [
        "BSN;Bedrag\n1;2,50\n",
        "\ufeffBSN;Bedrag\r\n1;2,50\r\n",
        "bedrag;bsn\n2,50;1",
        'BSN,Bedrag\n1,"2,50"\n',
        "BSN\tBedrag\n1\t2,50\n",
        ' bsn ;"BEDRAG";;\n 1 ; 2,50 ;;\n',
    ],
)
def test_every_way_in_which_a_spreadsheet_writes_the_same_is_read_alike(text: str) -> None:
    assert rows(text) == [Row(2, {"BSN": "1", "Bedrag": "2,50"})]


def test_rows_know_their_line_also_behind_empty_ones_and_line_ends_in_cells() -> None:
    found = rows('BSN;Bedrag;Toelichting\n1;2;"twee\nregels"\n\n;;\n3;4\n')
    assert found == [
        Row(2, {"BSN": "1", "Bedrag": "2", "Toelichting": "twee\nregels"}),
        Row(6, {"BSN": "3", "Bedrag": "4", "Toelichting": ""}),
    ]


@pytest.mark.parametrize(
    "data", ["BSN;Bedrag\n1;café\n".encode("cp1252"), "BSN;Bedrag\n".encode("utf-16"), b"BSN;Bedrag\n1;\xc3"]
)
def test_a_file_that_is_not_utf8_is_refused_with_the_way_to_mend_it(data: bytes) -> None:
    with pytest.raises(DecodeFailure, match="CSV UTF-8"):
        rows(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "undecodable"), (b"BSN;Bedrag\n" * 12, "too_large"), (b"a" * 3000, "too_large"), (b'"BSN', "undecodable")],
)
def test_empty_and_too_large_files_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(DecodeFailure) as refused:
        rows(data)
    assert refused.value.code == code


def test_wrong_headings_are_all_told_and_what_may_be_a_value_is_not_repeated() -> None:
    with pytest.raises(SchemaViolation) as refused:
        rows("BSN;bsn;Bedrga;999999047\n1;1;1;1\n")
    found = [(one.rule, one.line, one.path) for one in refused.value.findings]
    assert found == [
        ("CSV.dubbel", 1, "BSN"), ("CSV.kolom", 1, "Bedrga"), ("CSV.kolom", 1, "nummer 4"), ("CSV.ontbreekt", 1, "Bedrag"),
    ]  # fmt: skip
    assert "999999047" not in repr(refused.value.findings)


def test_rows_that_are_wrong_are_faulty_and_the_others_are_read() -> None:
    found = rows(f"BSN;Bedrag\n1;2;3\n4;{'5' * 21}\n6;7\n")
    assert [(one.row, [(f.rule, f.path) for f in one.findings]) for one in found if isinstance(one, Faulty)] == [
        (2, [("CSV.cellen", "")]),
        (3, [("CSV.lang", "Bedrag")]),
    ]
    assert found[-1] == Row(4, {"BSN": "6", "Bedrag": "7"})


def test_a_quotation_mark_that_is_not_closed_ends_the_reading_and_is_told() -> None:
    first, last = rows('BSN;Bedrag\n1;2\n3;"4\n5;6\n')
    assert first == Row(2, {"BSN": "1", "Bedrag": "2"})
    assert isinstance(last, Faulty)
    assert (last.row, last.findings[0].rule) == (3, "CSV.aanhaling")


def test_the_file_stays_its_owners() -> None:
    file = io.BytesIO(b"BSN;Bedrag\n1;2\n")
    assert len(list(read_rows(file, SHEET))) == 1
    assert not file.closed


def test_a_line_without_an_end_is_not_read_into_memory() -> None:
    sheet = Sheet(required=("BSN",), max_bytes=10_000_000)
    first, last = rows(b"BSN\n1\n" + b"x" * 2_000_000, sheet)
    assert first == Row(2, {"BSN": "1"})
    assert isinstance(last, Faulty)
