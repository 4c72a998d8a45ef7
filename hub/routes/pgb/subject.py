"""What the tables of this exchange hold about a person: the messages about their budgets, with period and amount."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from hub.contracts.subject import Kept, SubjectAsked
from hub.journal.reading import moment
from hub.routes.pgb.tables import agreements, closings, messages

#: Messages per question: databases limit the length of one.
_SLICE = 500


def report(asked: SubjectAsked) -> Iterator[Kept]:
    """The rows of the messages that are about this person, the closings of their budgets, and the agreements."""
    for start in range(0, len(asked.messages), _SLICE):
        ids = asked.messages[start : start + _SLICE]
        query = select(messages).where(messages.c.message_id.in_(ids)).order_by(messages.c.message_id)
        with asked.journal.reading() as connection:
            rows = connection.execute(query).mappings().all()
            names = {row["budget"] for row in rows}
            agreed = connection.execute(select(agreements).where(agreements.c.budget.in_(names))).mappings().all()
            ended = connection.execute(select(closings).where(closings.c.budget.in_(names))).mappings().all()
        for row in rows:
            what = f"PGB-budget: {row['kind']}, periode en bedrag in de boekhouding van de hub"
            yield Kept(f"message:{row['message_id']}", what, moment(row["at"]))
        for row in ended:
            yield Kept(f"message:{row['message_id']}", "PGB-budget: wat bij de afsluiting was besteed", moment(row["at"]))
        for row in agreed:
            yield Kept(f"pgb_agreement:{row['id']}", "PGB-budget: zorgovereenkomst, tarief en besluit", moment(row["at"]))
