"""Offers as rows of a CSV file: one row is one kind of place at one location."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from hub.contracts.fileformat import Faulty, Item, Part
from hub.errors import Finding
from hub.intake.csv_rows import Row, Sheet, read_rows

#: Column -> where it stands in the document, and whether it is a number.
COLUMNS: Mapping[str, tuple[str, bool]] = {
    "agb": ("aanbieder/agb", False),
    "aanbieder": ("aanbieder/naam", False),
    "locatie": ("locatie/id", False),
    "locatienaam": ("locatie/naam", False),
    "plaats": ("locatie/plaats", False),
    "gemeente": ("locatie/gemeente", False),
    "plaatstype": ("plaatstype", False),
    "leeftijdVan": ("leeftijdVan", True),
    "leeftijdTot": ("leeftijdTot", True),
    "capaciteit": ("capaciteitTotaal", True),
    "vrij": ("vrij", True),
    "peilmoment": ("peilmoment", False),
    "geslacht": ("geslacht", False),
    "beveiliging": ("beveiliging", False),
    "gereserveerd": ("gereserveerd", True),
    "bezet": ("bezet", True),
    "opname": ("status/soort", False),
    "wachtweken": ("status/weken", True),
    "reden": ("status/reden", False),
    "stopTot": ("status/tot", False),
    "contact": ("contact/naam", False),
    "telefoon": ("contact/telefoon", False),
    "email": ("contact/email", False),
    "bereikbaar": ("contact/bereikbaar", False),
    "geldigTot": ("geldigTot", False),
    "bevestigdDoor": ("bevestigdDoor", False),
}
_REQUIRED = tuple(COLUMNS)[:12]
_SHEET = Sheet(required=_REQUIRED, optional=tuple(COLUMNS)[12:], max_bytes=20_000_000, max_rows=50_000, max_cell=400)
_POINTERS = {f"/{place}": column for column, (place, _) in COLUMNS.items()}


class PlekkenFile:
    """A CSV file of offers. A row is known by provider, location, kind and moment."""

    name = "plekken"
    title = "Vrije plekken (CSV)"
    route = "plekken"
    suffixes: tuple[str, ...] = (".csv",)
    max_bytes = _SHEET.max_bytes

    def read(self, file: BinaryIO) -> Iterator[Item]:
        """The rows. Raises: DecodeFailure, SchemaViolation, before the first."""
        rows = read_rows(file, _SHEET)  # here and not in a generator: what is wrong with the whole file is told at once
        return (row if isinstance(row, Faulty) else _part(row) for row in rows)


def part_key(document: Mapping[str, Any]) -> str:
    """By what an offer is known, through whatever door it comes: provider, location, kind and moment."""
    provider, location = document.get("aanbieder"), document.get("locatie")
    agb = provider.get("agb") if isinstance(provider, Mapping) else None
    place = location.get("id") if isinstance(location, Mapping) else None
    return json.dumps([agb, place, document.get("plaatstype"), document.get("peilmoment")])


def _part(row: Row) -> Part | Faulty:
    document: dict[str, Any] = {"bron": "systeem"}
    for column, (place, is_number) in COLUMNS.items():
        text = row.cells.get(column, "")
        if not text:
            continue
        value: str | int = text
        if is_number:
            if not (text.isascii() and text.isdigit() and len(text) < 8):
                return Faulty(row.line, (Finding("PV90", "Hier hoort een heel getal.", row.line, column),))
            value = int(text)
        *way, last = place.split("/")
        part = document
        for step in way:
            part = part.setdefault(step, {})
        part[last] = value
    return Part(row.line, part_key(document), json.dumps(document).encode(), _POINTERS)
