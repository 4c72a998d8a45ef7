"""Settings of the routes of this exchange: ``routes.melding.settings``, and the same for the other two."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field


class VerwijsindexSettings(BaseModel):
    """What differs per organisation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Not taken over by then: parked for a person.
    deliver_within: dt.timedelta = dt.timedelta(days=5)
    #: Attempts before a message is parked.
    max_attempts: int = Field(default=200, gt=0)
    #: How long contents are kept after the message's end. What the law asks to keep (who, when) is in the log.
    keep_content: dt.timedelta = dt.timedelta(days=90)
    #: Municipality (code) -> day from which nothing is reported or changed for it any more; removals and signals go on.
    switched_off: dict[str, dt.date] = {}
    #: Municipalities that may be chosen on the page, code -> name.
    municipalities: dict[str, str] = {}
    #: Name of the organisation, filled in for who reports.
    organisation: str = ""
