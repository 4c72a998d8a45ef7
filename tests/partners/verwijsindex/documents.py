"""Synthetic documents of this exchange."""

from __future__ import annotations

import json
import uuid
from typing import Any

from hub.contracts.route import Route
from hub.routes.verwijsindex.route import BeeindigingRoute, MeldingRoute, WijzigingRoute
from hub.routes.verwijsindex.settings import VerwijsindexSettings

#: In the simulated index's register.
BSN, SISTER, HALF_BROTHER, INMATE, OTHER_INMATE = "999990019", "999990020", "999990032", "999990044", "999990056"


def melder(account: str = "anna", **changes: str) -> dict[str, str]:
    """Somebody who reports."""
    made = {
        "id": account,
        "naam": "Anna Testgeval",
        "organisatie": "CJG Voorbeeldstad",
        "telefoon": "023-5550100",
        "email": "a.testgeval@cjg.example",
    }
    return made | changes


def melding(**changes: Any) -> dict[str, Any]:
    """A report about somebody of 12."""
    made: dict[str, Any] = {
        "meldingId": str(uuid.uuid4()),
        "gemeente": "0392",
        "jongere": {"bsn": BSN, "geboortedatum": "2014-05-03"},
        "melder": melder(),
        "geinformeerd": {"jongere": "ja", "wettelijkVertegenwoordiger": "nog-niet-bereikt"},
    }
    return made | changes


def wijziging(melding_id: str, **changes: Any) -> dict[str, Any]:
    """A change."""
    return {"meldingId": melding_id, "gemeente": "0392", **changes}


def beeindiging(melding_id: str, reden: str = "onterecht") -> dict[str, Any]:
    """An end."""
    return {"meldingId": melding_id, "gemeente": "0392", "reden": reden}


def encoded(document: dict[str, Any]) -> bytes:
    """As JSON."""
    return json.dumps(document).encode()


def routes(**settings: Any) -> dict[str, Route]:
    """The three routes."""
    made = VerwijsindexSettings(**settings)
    return {one.name: one(made) for one in (MeldingRoute, WijzigingRoute, BeeindigingRoute)}
