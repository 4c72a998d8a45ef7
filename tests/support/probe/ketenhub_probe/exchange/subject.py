"""What the ledger tells a person who asks."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from hub.contracts.subject import Kept, SubjectAsked
from hub.journal.reading import moment
from ketenhub_probe.exchange.tables import ledger


def report(asked: SubjectAsked) -> Iterator[Kept]:
    """The rows of their orders."""
    query = select(ledger).where(ledger.c.message_id.in_(asked.messages))
    with asked.journal.reading() as connection:
        for row in connection.execute(query):
            yield Kept(f"message:{row.message_id}", "Een regel in het boek van het depot", moment(row.at))
