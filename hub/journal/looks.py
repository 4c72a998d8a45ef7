"""Reading the access log, which ``hub.privacy.access`` writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.engine import RowMapping

from hub.journal.database import Database
from hub.journal.tables import access_log
from hub.message import MessageId

#: Objects per question: databases limit the length of one.
_SLICE = 100


class LookFilter(NamedTuple):
    """Which lines a list wants; empty means any.

    Attributes:
        objects: Texts of which one stands in the object.
        caller: A text in the name of the caller, in lower case.
        since: First moment, UTC microseconds.
        until: The moment before which it was.
        before: Only lines older than this one, for the next page.
    """

    objects: Sequence[str] = ()
    caller: str = ""
    since: int | None = None
    until: int | None = None
    before: MessageId | None = None


def list_looks(database: Database, wanted: LookFilter, *, limit: int) -> list[RowMapping]:
    """Lines of the access log, newest first."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.objects:
        conditions.append(or_(*(access_log.c.object.like(_within(text), escape="\\") for text in wanted.objects)))
    if wanted.caller:
        conditions.append(access_log.c.caller.like(_within(wanted.caller), escape="\\"))
    if wanted.since is not None:
        conditions.append(access_log.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(access_log.c.at < wanted.until)
    if wanted.before is not None:
        conditions.append(access_log.c.id < wanted.before)
    query = select(access_log).where(*conditions).order_by(access_log.c.id.desc()).limit(limit)
    with database.reading() as connection:
        return list(connection.execute(query).mappings())


def looks_at(database: Database, objects: Sequence[str]) -> list[tuple[Any, ...]]:
    """Moment, caller, action, object and purpose of every look at these objects or a part of one, oldest first."""
    columns = (access_log.c.at, access_log.c.caller, access_log.c.action, access_log.c.object, access_log.c.purpose)
    rows: list[tuple[Any, ...]] = []
    with database.reading() as connection:
        for start in range(0, len(objects), _SLICE):
            some = objects[start : start + _SLICE]
            parts = [access_log.c.object.like(f"{one}/%") for one in some]  # attachments
            query = select(*columns).where(or_(access_log.c.object.in_(some), *parts))
            rows += [tuple(row) for row in connection.execute(query)]
    return sorted(rows)


def _within(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
