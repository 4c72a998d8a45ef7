"""Synthetic offers for tests."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

NOW = dt.datetime.now(dt.UTC)


def offer(**changes: Any) -> dict[str, Any]:
    """A valid offer; ``changes`` by key of the document."""
    return {
        "aanbieder": {"agb": "99000001", "naam": "De Linde"},
        "locatie": {"id": "linde-1", "naam": "Huis De Linde", "plaats": "Haarlem", "gemeente": "Haarlem"},
        "plaatstype": "crisis",
        "leeftijdVan": 12,
        "leeftijdTot": 18,
        "capaciteitTotaal": 8,
        "vrij": 2,
        "contact": {"naam": "Plaatsing", "telefoon": "023-5550101"},
        "peilmoment": dt.datetime.now(dt.UTC).isoformat(),
        "bevestigdDoor": "Planning",
    } | changes


def encoded(**changes: Any) -> bytes:
    """The same as JSON."""
    return json.dumps(offer(**changes)).encode()


def at(**ago: float) -> str:
    """A moment so long ago, as documents have it: ``at(hours=2)``."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**ago)).isoformat()


def located(place: str, **changes: Any) -> dict[str, Any]:
    """A part of an offer: another location."""
    return {"locatie": {"id": place, "naam": f"Huis {place}", "plaats": "Haarlem", "gemeente": "Haarlem"} | changes}
