"""The kinds of places (``plaatstype``), from ``lists/plaatstypen.toml``, and how long what is said of one stays true."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of place.

    Attributes:
        code: As documents have it.
        name: In the words of its users.
        current: So long after its moment an offer counts as current.
        valid: So long it may be trusted when the provider does not say until when.
        bed_type: The bed type of EDXL-HAVE 1.0; empty where that has none.
    """

    code: str
    name: str
    current: dt.timedelta
    valid: dt.timedelta
    bed_type: str


def _read() -> Mapping[str, Kind]:
    table = tomllib.loads((Path(__file__).parent / "lists" / "plaatstypen.toml").read_text(encoding="utf-8"))
    return {
        code: Kind(
            code,
            row["name"],
            dt.timedelta(hours=row["current_hours"]),
            dt.timedelta(hours=row["valid_hours"]),
            row.get("bed_type", ""),
        )
        for code, row in table.items()
    }


#: Every kind by its code.
KINDS: Mapping[str, Kind] = _read()


#: An offer of which this is said has been withdrawn: it is in the history only.
ENDED = "beeindigd"


class Freshness(StrEnum):
    """How far an offer can be relied on."""

    CURRENT = "actueel"
    AGEING = "ouder"
    UNKNOWN = "onbekend"


def freshness(now: dt.datetime, at: dt.datetime, valid_until: dt.datetime, current: dt.timedelta) -> Freshness:
    """How far an offer that was true ``at`` a moment can be relied on. What has expired is unknown: not zero, not free."""
    if now >= valid_until:
        return Freshness.UNKNOWN
    return Freshness.CURRENT if now - at < current else Freshness.AGEING
