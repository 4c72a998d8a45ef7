"""Settings of a watched folder: a table ``[folders.<name>]``. A field's description is its text in the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from hub.config.models import Name, Settings

_Days = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class FolderSettings(Settings):
    """A folder in which others put documents for one route."""

    path: Path = Field(
        description="The folder. Documents are put here; the hub makes klaar, afgekeurd and .bezig in it. Who may write here "
        "may send requests, and who may read here sees personal data."
    )
    route: Name = Field("raadsverzoek", description="The route its documents are for.")
    poll_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(2, description="Look for documents this often.")
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        5, description="A file is taken when its size and time have not changed for this long."
    )
    attachments_within_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        300, description="A document whose attachments are not all there after this long is refused."
    )
    max_bytes: Annotated[int, Field(gt=0)] = Field(
        36_000_000, description="A document with its attachments is refused above this size, before it is read."
    )
    delete_after_days: _Days = Field(
        7, description="Remove accepted files from klaar after this long; 0 removes them at once and leaves the receipt."
    )
    delete_refused_after_days: _Days = Field(30, description="Remove refused files from afgekeurd after this long.")
