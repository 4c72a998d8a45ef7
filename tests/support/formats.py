"""A small file format for tests: CSV with a key, a number and a text per row, for the plain route."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from hub.contracts.fileformat import Faulty, Item, Part, Unchanged
from hub.errors import Finding
from hub.intake.csv_rows import Row, Sheet, read_rows

SHEET = Sheet(required=("sleutel", "volgnummer", "tekst"), optional=("mutatie",), max_bytes=50_000_000)
COLUMNS = {"/key": "sleutel", "/seq": "volgnummer", "/text": "tekst"}


class PlainFile:
    """A row is known by its key, its number and its change, so that a state that returns is a message of its own."""

    name = "plain-csv"
    title = "Plain messages in a file"
    route = "plain"
    suffixes = (".csv",)
    max_bytes = SHEET.max_bytes

    def read(self, file: BinaryIO) -> Iterator[Item]:
        """A part per row; a row whose number is no number is faulty, and one without text changes nothing."""
        return (_item(row) for row in read_rows(file, SHEET))


def _item(row: Row | Faulty) -> Item:
    if isinstance(row, Faulty):
        return row
    key, number, text = (row.cells[name] for name in ("sleutel", "volgnummer", "tekst"))
    if not text:
        return Unchanged(row.line)
    if not number.isdigit():
        return Faulty(row.line, (Finding("PLAIN03", "Het volgnummer is geen getal.", path="volgnummer"),))
    document = json.dumps({"key": key, "seq": int(number), "text": text}).encode()
    return Part(row.line, f"{key}/{number}/{row.cells['mutatie']}", document, COLUMNS)


def csv_file(*rows: str, heading: str = "sleutel;volgnummer;tekst;mutatie") -> bytes:
    """A file as a spreadsheet writes it."""
    return b"\xef\xbb\xbf" + "\r\n".join((heading, *rows, "")).encode()
