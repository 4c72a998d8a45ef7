"""Synthetic toekenningen for tests: published test BSNs, invented names."""

from __future__ import annotations

import json
from typing import Any

from hub.routes.pgb import mapping
from hub.routes.pgb.formats import SHEET
from hub.routes.pgb.route import ToekenningRoute
from hub.routes.pgb.settings import PgbSettings

BSN, OTHER = "999900006", "999999047"
BSNS = (BSN, OTHER, "999990342", "111222333", "123456782")


def toekenning(**changes: Any) -> dict[str, Any]:
    """A valid toekenning, but for the changes at its top; ``budgethouder`` replaces single fields of it."""
    holder = {
        "bsn": BSN,
        "geboortedatum": "2015-04-02",
        "geslachtsnaam": "Testgeval",
        "voornamen": "Noor",
        "adressen": [{"straat": "Lindelaan", "huisnummer": 12, "postcode": "2011 AB", "plaats": "Voorbeeldstad"}],
    }
    base: dict[str, Any] = {
        "gemeente": "0392",
        "budgetnummer": "B-1001",
        "beschikkingsnummer": "2026-77",
        "mutatie": "1",
        "afgiftedatum": "2026-11-20",
        "begindatum": "2027-01-01",
        "einddatum": "2027-12-31",
        "bedrag": "12000.50",
        "functiebudgetten": [{"functie": "45A04", "begindatum": "2027-01-01", "einddatum": "2027-12-31", "bedrag": "12000.50"}],
    }
    return {**base, **changes, "budgethouder": {**holder, **changes.get("budgethouder", {})}}


def encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def route(**settings: Any) -> ToekenningRoute:
    """The route with the stand-ins."""
    families = {version: mapping.load(mapping.STAND_INS / version) for version in ("1.0", "2.0")}
    return ToekenningRoute(PgbSettings(**settings), families)


def csv(*rows: dict[str, Any]) -> bytes:
    """A file as Excel writes it: byte order mark, semicolons, decimal commas."""
    columns = [*SHEET.required, *(name for name in SHEET.optional if any(name in row for row in rows))]
    base = dict.fromkeys(columns, "")
    base |= {
        "gemeente": "392", "beschikkingsnummer": "2026-77", "mutatie": "1", "afgiftedatum": "20-11-2026",
        "begindatum": "1-1-2027", "einddatum": "31-12-2027", "bedrag": "1.234,50", "geboortedatum": "2-4-2015",
        "achternaam": "Testgeval", "straat": "Lindelaan", "huisnummer": "12", "postcode": "2011 AB", "plaats": "Voorbeeldstad",
        "functie 1": "45A04", "bsn": BSNS[0],
    }  # fmt: skip
    lines = [";".join(columns)]
    lines += [";".join(str({**base, **row}[name]) for name in columns) for row in rows]
    return "\r\n".join((*lines, "")).encode("utf-8-sig")
