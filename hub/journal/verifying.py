"""Reading what proves that the timeline is as it was written: the chains of all messages, and the seals over them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from hub.journal.database import Database
from hub.journal.tables import messages, seals, timeline, work

#: Rows that are read at a time.
_ROWS = 5000


def all_entries(database: Database) -> Generator[Row[Any]]:
    """Every entry by message and number, beside ``head_seq`` and ``head`` of its message.

    A message without entries has one row of which ``seq`` is None.
    """
    seq, chain = func.coalesce(work.c.seq, messages.c.seq), func.coalesce(work.c.chain, messages.c.chain)
    query = (
        # One statement sees one moment, so a message that changes meanwhile is no fault.
        select(messages.c.id, seq.label("head_seq"), chain.label("head"), timeline)
        .select_from(
            messages.outerjoin(work, work.c.message_id == messages.c.id).outerjoin(
                timeline, timeline.c.message_id == messages.c.id
            )
        )
        .order_by(messages.c.id, timeline.c.seq)
        .execution_options(yield_per=_ROWS)
    )
    with database.reading() as connection:
        yield from connection.execute(query)


def count_orphans(database: Database) -> int:
    """How many entries belong to no message."""
    query = select(func.count()).where(timeline.c.message_id.not_in(select(messages.c.id)))
    with database.reading() as connection:
        return int(connection.execute(query).scalar_one())


def all_seals(database: Database) -> list[Row[Any]]:
    """Every seal, by number."""
    with database.reading() as connection:
        return list(connection.execute(select(seals).order_by(seals.c.number)))


def oldest_entry(database: Database) -> int | None:
    """When the oldest entry was written, in microseconds since 1970; None when there is none."""
    with database.reading() as connection:
        found = connection.execute(select(func.min(timeline.c.at))).scalar()
    return None if found is None else int(found)
