"""Settings of the route ``toekenning``: what is not public, or differs per organisation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wijze(_Section):
    """How a municipality speaks with the payer, from a day on."""

    vanaf: dt.date = dt.date(2000, 1, 1)  #: first day on which messages go so
    familie: Literal["1.0", "2.0", "eigen"] = "2.0"  #: TKB (1.0), 501 (2.0), or what lies in ``berichten``
    ontvanger: str = Field(default="", max_length=200)  #: as the envelope names the payer; empty: as the family says (verify)
    functie: str = Field(default="", max_length=30)  #: function in the envelope; empty: as the family says (verify)


def _both() -> dict[str, tuple[Wijze, ...]]:
    """Haarlem and Zandvoort."""
    return {"0392": (Wijze(),), "0473": (Wijze(),)}


class PgbSettings(_Section):
    """Settings of the route ``toekenning``."""

    applicatie: str = Field("ketenhub", min_length=3, max_length=50, pattern=r"^[A-Za-z0-9._-]+$")  #: our name in the envelope
    applicatie_ontvanger: str = Field("GGk", min_length=3, max_length=50)  #: that of who receives (verify)
    applicatie_versie: int = Field(1, ge=0, le=9999)
    applicatie_subversie: int = Field(0, ge=0, le=9999)
    functie_versie: int = Field(2, ge=0, le=9999)
    functie_subversie: int = Field(1, ge=0, le=9999)
    #: How each municipality (code of four digits) speaks, in the order of ``vanaf``.
    gemeenten: dict[str, tuple[Wijze, ...]] = Field(default_factory=_both)
    #: Folder with the official schemas, messages.toml and toekenning.toml, for municipalities with ``familie = "eigen"``.
    berichten: Path | None = None
    #: A second alarm. The first is after three working days, by the duty of this exchange.
    answer_within: dt.timedelta = dt.timedelta(days=14)
    deliver_within: dt.timedelta = dt.timedelta(days=5)
    max_attempts: int = Field(200, gt=0)  #: more than fit in ``deliver_within``: the deadline decides
    #: Working days after its receipt in which the college decides about a care agreement; not public (verify).
    overeenkomst_werkdagen: int = Field(5, ge=1, le=60)
    #: After the return. What was granted counts until the budget is settled, months after its end.
    keep_content: dt.timedelta = dt.timedelta(days=730)

    def wijze(self, gemeente: str, day: dt.date) -> Wijze | None:
        """How a municipality speaks on a day; None when that is not set."""
        known = [one for one in self.gemeenten.get(gemeente, ()) if one.vanaf <= day]
        return max(known, key=lambda one: one.vanaf, default=None)
