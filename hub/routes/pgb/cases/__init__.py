"""What is known about budgets and returns, read from this exchange's own rows: no content is opened for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.engine import RowMapping

from hub.journal.database import Database
from hub.journal.reading import moment
from hub.message import MessageId
from hub.routes.pgb.tables import budgets, closings, messages, returns
from hub.routes.pgb.workdays import RETURN_WITHIN, due_after

#: Outcomes of the newest message of a budget with which somebody has to do something.
TROUBLE = ("rejected", "cancelled", "parked")


class Budget(NamedTuple):
    """A budget as the ledger has it. Amounts in cents.

    Attributes:
        outcome: Of the newest message about it; empty while that is open.
        confirmed_id: The message that the payer took last; None when it has taken none.
    """

    budget: str
    nummer: str
    gemeente: str
    mutatie: str
    message_id: MessageId
    kind: str
    begin: str
    einde: str
    cents: int
    at: dt.datetime
    outcome: str
    confirmed_id: MessageId | None
    confirmed_at: dt.datetime | None
    spent_cents: int | None
    closed_at: dt.datetime | None


class Sent(NamedTuple):
    """A message about a budget."""

    message_id: MessageId
    budget: str
    mutatie: str
    kind: str
    begin: str
    einde: str
    cents: int
    at: dt.datetime
    sent_at: dt.datetime | None
    outcome: str


class Returned(NamedTuple):
    """A return, or a fault message. ``codes`` as the ledger keeps them."""

    message_id: MessageId
    ours: MessageId | None
    at: dt.datetime
    codes: str
    lijst: str
    afzender: str


class Closed(NamedTuple):
    """The closing of a budget. Amounts in cents."""

    at: dt.datetime
    begin: str
    einde: str
    granted_cents: int
    spent_cents: int


#: Which budgets: those with trouble, those that wait for the payer, and the others.
PARTS: Mapping[str, ColumnElement[bool]] = {
    "aandacht": budgets.c.outcome.in_(TROUBLE),
    "lopend": budgets.c.outcome == "",
    "klaar": and_(budgets.c.outcome != "", budgets.c.outcome.not_in(TROUBLE)),
}


def page(journal: Database, part: str, *, limit: int, before: tuple[int, str] | None = None) -> list[Budget]:
    """Budgets of one part, newest first; after the one with this moment (microseconds) and key."""
    query = select(budgets).where(PARTS[part])
    if before is not None:
        at, key = before
        query = query.where(or_(budgets.c.at < at, and_(budgets.c.at == at, budgets.c.budget < key)))
    return [_budget(row) for row in _rows(journal, query.order_by(budgets.c.at.desc(), budgets.c.budget.desc()).limit(limit))]


def numbers(journal: Database) -> dict[str, int]:
    """How many budgets there are of each part."""
    query = select(*(func.count().filter(where).label(part) for part, where in PARTS.items())).select_from(budgets)
    with journal.reading() as connection:
        row = connection.execute(query).mappings().one()
    return {part: int(row[part]) for part in PARTS}


def find(journal: Database, number: str) -> list[Budget]:
    """The budgets with this number, of whatever municipality."""
    return [_budget(row) for row in _rows(journal, select(budgets).where(budgets.c.nummer == number).limit(20))]


def budget_of(journal: Database, message_id: MessageId) -> Budget | None:
    """The budget that one of our messages is about."""
    query = select(budgets).join(messages, messages.c.budget == budgets.c.budget).where(messages.c.message_id == message_id)
    rows = _rows(journal, query)
    return _budget(rows[0]) if rows else None


def sent_about(journal: Database, budget: str) -> list[Sent]:
    """All messages about a budget, newest first."""
    query = select(messages).where(messages.c.budget == budget).order_by(messages.c.message_id.desc())
    return [_sent(row) for row in _rows(journal, query)]


def sent_by_id(journal: Database, ids: Collection[MessageId]) -> dict[MessageId, Sent]:
    """These messages by id."""
    if not ids:
        return {}
    return {row["message_id"]: _sent(row) for row in _rows(journal, select(messages).where(messages.c.message_id.in_(ids)))}


def returns_to(journal: Database, ids: Sequence[MessageId]) -> dict[MessageId, list[Returned]]:
    """The returns to each of these messages, oldest first."""
    found: dict[MessageId, list[Returned]] = {}
    if ids:
        query = select(returns).where(returns.c.ours.in_(ids)).order_by(returns.c.message_id)
        for row in _rows(journal, query):
            found.setdefault(row["ours"], []).append(_returned(row))
    return found


def latest_returns(journal: Database, *, limit: int, before: MessageId | None = None) -> list[Returned]:
    """Returns, newest first."""
    query = select(returns).order_by(returns.c.message_id.desc()).limit(limit)
    if before is not None:
        query = query.where(returns.c.message_id < before)
    return [_returned(row) for row in _rows(journal, query)]


def missing_returns(journal: Database, now: dt.datetime, *, limit: int) -> list[Sent]:
    """Messages whose return did not come within its working days, the longest ago first."""
    youngest = int((now - dt.timedelta(days=RETURN_WITHIN)).timestamp() * 1_000_000)
    query = select(messages).where(messages.c.outcome == "", messages.c.sent_at <= youngest).order_by(messages.c.sent_at)
    found = (_sent(row) for row in _rows(journal, query.limit(limit)))
    return [one for one in found if one.sent_at is not None and due_after(one.sent_at) <= now]


def closings_of(journal: Database, budget: str) -> list[Closed]:
    """The closings of a budget, newest first."""
    query = select(closings).where(closings.c.budget == budget).order_by(closings.c.message_id.desc())
    return [
        Closed(moment(row["at"]), row["begin"], row["einde"], row["granted_cents"], row["spent_cents"])
        for row in _rows(journal, query)
    ]


def _rows(journal: Database, query: Select[Any]) -> Sequence[RowMapping]:
    with journal.reading() as connection:
        return connection.execute(query).mappings().all()


def _moment(micros: int | None) -> dt.datetime | None:
    return None if micros is None else moment(micros)


def _budget(row: RowMapping) -> Budget:
    moments = {name: _moment(row[name]) for name in ("at", "confirmed_at", "closed_at")}
    return Budget(**{name: moments.get(name, row[name]) for name in Budget._fields})


def _sent(row: RowMapping) -> Sent:
    plain = {name: row[name] for name in Sent._fields if name not in ("at", "sent_at")}
    return Sent(at=moment(row["at"]), sent_at=_moment(row["sent_at"]), **plain)


def _returned(row: RowMapping) -> Returned:
    return Returned(at=moment(row["at"]), **{name: row[name] for name in Returned._fields if name != "at"})
