"""A file of toekenningen: amounts and dates as people write them, columns in any order, and what cannot be understood."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from hub.contracts.fileformat import Faulty, Part
from hub.errors import DecodeFailure, SchemaViolation
from hub.routes.pgb.formats import COLUMNS, SHEET, ToekenningFile, amount, date
from hub.routes.pgb.reading import read
from hub.routes.pgb.rules import check
from hub.testing.route_suite import IDENTITY

CELLS = {
    "gemeente": "0392", "budgetnummer": "B-1", "beschikkingsnummer": "2026-77", "mutatie": "1", "afgiftedatum": "20-11-2026",
    "begindatum": "1-1-2027", "einddatum": "31-12-2027", "bedrag": "1.234,50", "bsn": "999900006",
    "geboortedatum": "2-4-2015", "achternaam": "Testgeval", "straat": "Lindelaan", "huisnummer": "12", "postcode": "2011 AB",
    "plaats": "Voorbeeldstad", "functie 1": "45A04",
}  # fmt: skip


def items(cells: dict[str, str], delimiter: str = ";", encoding: str = "utf-8-sig") -> list[Any]:
    text = f"{delimiter.join(cells)}\r\n{delimiter.join(cells.values())}\r\n"
    return list(ToekenningFile().read(io.BytesIO(text.encode(encoding))))


def document(cells: dict[str, str], **options: str) -> dict[str, Any]:
    (part,) = items(cells, **options)
    assert isinstance(part, Part)
    found: dict[str, Any] = json.loads(part.document)
    return found


def test_a_row_is_a_document_that_keeps_every_rule() -> None:
    (part,) = items(CELLS)
    made = read(part.document).document
    assert made is not None
    assert check(made, IDENTITY.moment.date()) == []
    assert (part.row, part.key) == (2, "0392/B-1/1")
    assert str(made.functiebudgetten[0].bedrag) == "1234.50", "the function budget that is not told is the whole budget"


def test_columns_may_stand_in_any_order_with_commas_and_capitals() -> None:
    turned = {name.upper(): value.replace(",", ".").replace("1.234.50", "1234.50") for name, value in reversed(CELLS.items())}
    assert document(turned, delimiter=",", encoding="utf-8") == document(CELLS)


def test_what_a_spreadsheet_takes_away_is_put_back() -> None:
    made = document({**CELLS, "gemeente": "392", "bsn": "12345678"})
    assert (made["gemeente"], made["budgethouder"]["bsn"]) == ("0392", "012345678")


def test_four_function_budgets_and_everything_that_is_optional() -> None:
    more = {
        "oud budgetnummer": "B-0",
        "ingetrokken": "Ja",
        "tussenvoegsel": "de",
        "telefoon": "023-5550100",
        "toevoeging": "bis",
    }
    given = {"functie": "45A0", "begindatum": "1-7-2027", "einddatum": "31-12-2027", "bedrag": "10,5"}
    parts = {f"{name} {n}": f"{value}{n}" if name == "functie" else value for n in (2, 3) for name, value in given.items()}
    made = document({**CELLS, **more, **parts})
    assert made["ingetrokken"] is True
    assert made["budgetnummerOud"] == "B-0"
    assert [one["functie"] for one in made["functiebudgetten"]] == ["45A04", "45A02", "45A03"]
    assert list(made["functiebudgetten"][2].values()) == ["45A03", "2027-07-01", "2027-12-31", "10.50"]
    assert made["budgethouder"]["adressen"][0]["toevoeging"] == "bis"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1.234,50", "1234.50"), ("1234,5", "1234.50"), ("1234.50", "1234.50"), ("€ 12", "12"), ("12,-", "12"), ("1.234", "1234"),
     ("12.34,50", "12.34,50"), ("1,234.50", "1,234.50"), ("twaalf", "twaalf"), ("1,505", "1,505")],
)  # fmt: skip
def test_amounts_are_understood_or_left_for_the_rules(written: str, meant: str) -> None:
    assert amount(written) == meant


def test_dates_are_understood_or_left_for_the_rules() -> None:
    assert [date(one) for one in ("1-2-2027", "01/02/2027", "2027-02-01", "1 feb")] == ["2027-02-01"] * 3 + ["1 feb"]


def test_a_row_that_cannot_be_known_again_is_faulty_with_its_column() -> None:
    (faulty,) = items({**CELLS, "mutatie": ""})
    assert isinstance(faulty, Faulty)
    assert [(one.rule, one.path) for one in faulty.findings] == [("PG90", "mutatie")]
    (faulty,) = items({**CELLS, "ingetrokken": "misschien"})
    assert [one.path for one in faulty.findings] == ["ingetrokken"]


def test_headings_and_encoding_are_held_against_what_is_documented() -> None:
    with pytest.raises(SchemaViolation):
        items({**CELLS, "opmerking": "x"})
    with pytest.raises(SchemaViolation):
        items({name: value for name, value in CELLS.items() if name != "mutatie"})
    with pytest.raises(DecodeFailure):
        items({**CELLS, "achternaam": "Zoë"}, encoding="latin-1")


def test_every_column_is_in_the_documentation() -> None:
    from tests.support.hub_processes import ROOT

    page = (ROOT / "docs" / "connect-svb.md").read_text(encoding="utf-8")
    for name in COLUMNS:
        assert name.rstrip(" 234") in page, name
    assert len(SHEET.required) == 16
