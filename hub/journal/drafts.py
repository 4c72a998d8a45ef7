"""Reading drafts; they are written by ``hub.journal.units.drafting``. In the clear they are in ``hub.web.console.drafts``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from hub.journal.database import Database
from hub.journal.tables import draft_files, drafts
from hub.message import MessageId


def find_draft(database: Database, draft_id: MessageId, route: str) -> RowMapping | None:
    """A draft of this route as it is stored, sealed; None when it is not there (any more)."""
    with database.reading() as connection:
        return connection.execute(select(drafts).where(drafts.c.id == draft_id, drafts.c.route == route)).mappings().first()


def find_file(database: Database, draft_id: MessageId, file_id: MessageId | None) -> bytes | None:
    """A file of a draft, sealed; None when the draft has no such file."""
    query = select(draft_files.c.body).where(draft_files.c.draft_id == draft_id, draft_files.c.file_id == file_id)
    with database.reading() as connection:
        row = connection.execute(query).first()
    return None if row is None else bytes(row[0])


def list_drafts(database: Database, route: str, *, limit: int = 200) -> list[tuple[Any, ...]]:
    """Id, owner, case number, cause and moment of change of a route's drafts, the one that changed last first."""
    query = (
        select(drafts.c.id, drafts.c.owner, drafts.c.kenmerk, drafts.c.cause, drafts.c.changed_at)
        .where(drafts.c.route == route)
        .order_by(drafts.c.changed_at.desc())
        .limit(limit)
    )
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]


def draft_from(database: Database, cause: MessageId) -> MessageId | None:
    """The draft that was made from a message, None when there is none (any more)."""
    with database.reading() as connection:
        found: MessageId | None = connection.execute(select(drafts.c.id).where(drafts.c.cause == cause)).scalar()
    return found
