"""A file of toekenningen as a spreadsheet writes it: one row per budget, with up to four function budgets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from hub.contracts.fileformat import Faulty, Item, Part
from hub.errors import Finding
from hub.intake.csv_rows import Row, Sheet, read_rows

_FUNCTIONS = (1, 2, 3, 4)
_FUNCTION_FIELDS = ("functie", "begindatum", "einddatum", "bedrag")

#: Heading -> JSON Pointer of the document.
COLUMNS: Mapping[str, str] = {
    "gemeente": "/gemeente",
    "budgetnummer": "/budgetnummer",
    "beschikkingsnummer": "/beschikkingsnummer",
    "mutatie": "/mutatie",
    "afgiftedatum": "/afgiftedatum",
    "begindatum": "/begindatum",
    "einddatum": "/einddatum",
    "bedrag": "/bedrag",
    "bsn": "/budgethouder/bsn",
    "geboortedatum": "/budgethouder/geboortedatum",
    "achternaam": "/budgethouder/geslachtsnaam",
    "straat": "/budgethouder/adressen/0/straat",
    "huisnummer": "/budgethouder/adressen/0/huisnummer",
    "postcode": "/budgethouder/adressen/0/postcode",
    "plaats": "/budgethouder/adressen/0/plaats",
    "functie 1": "/functiebudgetten/0/functie",
    "oud budgetnummer": "/budgetnummerOud",
    "ingetrokken": "/ingetrokken",
    "reeks": "/reeks",
    "tussenvoegsel": "/budgethouder/voorvoegsel",
    "voornamen": "/budgethouder/voornamen",
    "voorletters": "/budgethouder/voorletters",
    "huisletter": "/budgethouder/adressen/0/huisletter",
    "toevoeging": "/budgethouder/adressen/0/toevoeging",
    "telefoon": "/budgethouder/telefoon",
    "email": "/budgethouder/email",
    **{
        f"{field} {number}": f"/functiebudgetten/{number - 1}/{field}"
        for number in _FUNCTIONS
        for field in _FUNCTION_FIELDS
        if (field, number) != ("functie", 1)
    },
}
_NEEDED = 16  # the headings up to and including "functie 1" must be there
SHEET = Sheet(required=tuple(COLUMNS)[:_NEEDED], optional=tuple(COLUMNS)[_NEEDED:])

_DUTCH_DATE = re.compile(r"([0-9]{1,2})[-/]([0-9]{1,2})[-/]([0-9]{4})")
_DUTCH_AMOUNT = re.compile(r"(?:€ ?)?([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]{1,2}))?(?:,-)?")
_YES, _NO = frozenset({"ja", "j", "1", "true", "waar"}), frozenset({"", "nee", "n", "0", "false", "onwaar"})


class ToekenningFile:
    """CSV of toekenningen. A row is known by its budget and its mutatie, in whatever file it stands."""

    name = "toekenningen-csv"
    title = "Toekenningen in een bestand"
    route = "toekenning"
    suffixes: tuple[str, ...] = (".csv",)
    max_bytes = SHEET.max_bytes

    def read(self, file: BinaryIO) -> Iterator[Item]:
        """A part per row. Raises: DecodeFailure, SchemaViolation, as ``hub.intake.csv_rows`` does."""
        return (_item(row) for row in read_rows(file, SHEET))


def _item(row: Row | Faulty) -> Item:
    if isinstance(row, Faulty):
        return row
    cells = row.cells
    absent = [name for name in ("gemeente", "budgetnummer", "mutatie") if not cells[name]]
    if absent:
        return Faulty(row.line, tuple(Finding("PG90", f"Vul in deze regel de kolom {name} in.", path=name) for name in absent))
    if cells.get("ingetrokken", "").casefold() not in _YES | _NO:
        return Faulty(row.line, (Finding("PG91", "Bij ingetrokken hoort ja of nee.", path="ingetrokken"),))
    key = f"{cells['gemeente'].zfill(4)}/{cells['budgetnummer']}/{cells['mutatie']}"
    document = json.dumps(_document(cells), ensure_ascii=False, separators=(",", ":")).encode()
    return Part(row.line, key, document, _PLACES)


#: JSON Pointer -> heading, with what stands around a field for findings about the whole of it.
_PLACES: Mapping[str, str] = {
    **{pointer: name for name, pointer in COLUMNS.items()},
    "/budgethouder/adressen": "straat",
    "/functiebudgetten": "functie 1",
}


def _document(cells: Mapping[str, str]) -> dict[str, Any]:
    """The document of a row. What cannot be understood stays as it is, for the rules to tell."""
    holder: dict[str, Any] = {}
    address: dict[str, Any] = {}
    top: dict[str, Any] = {"ingetrokken": cells.get("ingetrokken", "").casefold() in _YES}
    for name, pointer in COLUMNS.items():
        value, field = cells.get(name, ""), pointer.rpartition("/")[2]
        if not value or name == "ingetrokken" or pointer.startswith("/functiebudgetten/"):
            continue
        place = address if "/adressen/" in pointer else holder if pointer.startswith("/budgethouder/") else top
        place[field] = _value(field, value)
    holder["adressen"] = [address]
    return {**top, "budgethouder": holder, "functiebudgetten": _functions(cells, top)}


def _functions(cells: Mapping[str, str], top: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The function budgets of a row; what is left out of the first is that of the whole budget."""
    found = []
    for number in _FUNCTIONS:
        given = {field: cells.get(f"{field} {number}", "") for field in _FUNCTION_FIELDS}
        if any(given.values()):
            written = {field: _value(field, value) for field, value in given.items() if value}
            whole = {field: top[field] for field in _FUNCTION_FIELDS[1:] if field in top and number == 1}
            found.append({**whole, **written})
    return found


def _value(field: str, value: str) -> Any:
    if field == "gemeente":
        return value.zfill(4)  # a spreadsheet takes the zero away
    if field == "bsn" and value.isascii() and value.isdigit():
        return value.zfill(9)
    if field == "huisnummer" and value.isascii() and value.isdigit():
        return int(value)
    if field == "bedrag":
        return amount(value)
    return date(value) if field.endswith("datum") else value


def amount(text: str) -> str:
    """An amount as people write it (1.234,50 or 1234.50) with a decimal point; anything else as it is, to be refused."""
    found = _DUTCH_AMOUNT.fullmatch(text)
    if found is None:
        return text
    whole, cents = found[1].replace(".", ""), found[2]
    return f"{whole}.{cents:0<2}" if cents else whole


def date(text: str) -> str:
    """A date as people write it (31-12-2027) as year, month and day; anything else as it is, to be refused."""
    found = _DUTCH_DATE.fullmatch(text)
    return f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}" if found else text
