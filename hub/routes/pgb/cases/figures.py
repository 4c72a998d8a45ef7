"""The figures of a month, counted in this exchange's own rows: what was offered, what became of it, and what was closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select

from hub.contracts.route import AMSTERDAM
from hub.journal.database import Database
from hub.routes.pgb.tables import closings, messages, returns


class Month(NamedTuple):
    """A month of the calendar."""

    year: int
    month: int

    @property
    def label(self) -> str:
        """As an address has it: 2026-11."""
        return f"{self.year:04d}-{self.month:02d}"

    def plus(self, months: int) -> Month:
        """So many months later."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    @property
    def begin(self) -> int:
        """Its first moment in Amsterdam, in microseconds since 1970."""
        return int(dt.datetime(self.year, self.month, 1, tzinfo=AMSTERDAM).timestamp() * 1_000_000)


class Figures(NamedTuple):
    """Counts of one month.

    Attributes:
        outcomes: What became of the messages that were accepted in it: final status or parked; an empty text for open ones.
        kinds: What was new about them.
        taken: Returns that came in it and took a message; ``rejecting``: the others.
        closed: Budgets that were closed in it, with what was granted and spent of them, in cents.
    """

    outcomes: Mapping[str, int]
    kinds: Mapping[str, int]
    taken: int
    rejecting: int
    closed: int
    granted_cents: int
    spent_cents: int


def month_of(text: str, today: dt.date) -> Month:
    """The month that an address names; this month when it names none that can be."""
    year, _, month = text.partition("-")
    if year.isdigit() and month.isdigit() and len(year) == 4 and 1 <= int(month) <= 12 and int(year) >= 2000:
        return Month(int(year), int(month))
    return Month(today.year, today.month)


def figures(journal: Database, month: Month) -> Figures:
    """Count a month. Four queries, whose work grows with the rows of the exchange."""
    begin, end = month.begin, month.plus(1).begin
    sent = (messages.c.at >= begin) & (messages.c.at < end)
    came = (returns.c.at >= begin) & (returns.c.at < end)
    closed = (closings.c.at >= begin) & (closings.c.at < end)
    sums = (func.count(), func.sum(closings.c.granted_cents), func.sum(closings.c.spent_cents))
    with journal.reading() as connection:
        outcomes = connection.execute(select(messages.c.outcome, func.count()).where(sent).group_by(messages.c.outcome)).all()
        kinds = connection.execute(select(messages.c.kind, func.count()).where(sent).group_by(messages.c.kind)).all()
        codes = connection.execute(
            select(func.count().filter(returns.c.codes == ""), func.count().filter(returns.c.codes != "")).where(came)
        ).one()
        ended = connection.execute(select(*sums).where(closed)).one()
    return Figures(
        {str(name): int(count) for name, count in outcomes},
        {str(name): int(count) for name, count in kinds},
        int(codes[0]),
        int(codes[1]),
        int(ended[0]),
        int(ended[1] or 0),
        int(ended[2] or 0),
    )
