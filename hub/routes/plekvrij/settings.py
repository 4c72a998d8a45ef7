"""Settings of the routes."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from hub.routes.plekvrij.kinds import KINDS, Kind


class PlekkenSettings(BaseModel):
    """Settings of ``routes.plekken`` and ``routes.plek_webhook``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: OIN of the organisation that runs the hub, as events name their source.
    oin: str = Field(default="00000099000000000000", pattern=r"^[0-9A-Z]{20}$")
    #: Name of the system, as events name their source.
    systeem: str = Field(default="plekvrij", pattern=r"^[A-Za-z0-9._-]{1,40}$")
    #: Hours that an offer counts as current, by kind of place, where the list of kinds says otherwise.
    current_hours: dict[str, float] = {}
    #: An event that could not be delivered by then is parked.
    deliver_within: dt.timedelta = dt.timedelta(days=2)
    #: Attempts before an event is parked.
    max_attempts: int = Field(default=50, gt=0)
    #: How long the content of an event is kept after it was delivered.
    keep_content: dt.timedelta = dt.timedelta(days=30)

    def current(self, kind: Kind) -> dt.timedelta:
        """So long after its moment an offer of this kind counts as current."""
        hours = self.current_hours.get(kind.code)
        return kind.current if hours is None else dt.timedelta(hours=hours)

    def model_post_init(self, _context: object, /) -> None:
        """Raises: ValueError: A kind of place is unknown."""
        if unknown := set(self.current_hours) - set(KINDS):
            raise ValueError(f"current_hours names no kind of place: {', '.join(sorted(unknown))}")
