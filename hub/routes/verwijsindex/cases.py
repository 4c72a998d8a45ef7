"""Reports and signals as their people see them, read from this exchange's own rows: no content is opened for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select

from hub.journal.database import Database
from hub.journal.reading import moment
from hub.message import MessageId
from hub.routes.verwijsindex.tables import meldingen, profielen, signalen

#: States in which a report stands, or is on its way.
STANDING = ("waiting", "active")


class Report(NamedTuple):
    """A report. ``removal`` is the day on which it is removed, ``latest`` the last one that the law allows."""

    melding_id: str
    message_id: MessageId
    gemeente: str
    reporter: str
    coordinator: str
    decided_at: dt.datetime
    removal: dt.date
    latest: dt.date
    informed: str
    state: str
    reason: str
    ended_at: dt.datetime | None
    signals: int


class Signal(NamedTuple):
    """A signal about a report; ``lead`` says who took the lead when contact was made."""

    message_id: MessageId
    melding_id: str
    at: dt.datetime
    same_person: bool
    source: str
    contact_at: dt.datetime | None
    contact_by: str
    lead: str
    reporter: str
    coordinator: str

    def is_for(self, account: str) -> bool:
        """Whether this account may see it: the reporter and the coordinator, and nobody else."""
        return account in (self.reporter, self.coordinator)


def reports_of(journal: Database, account: str, *, limit: int = 200) -> list[Report]:
    """The reports of an account, as reporter or coordinator: what is removed first stands first, what ended last."""
    order = (meldingen.c.state.in_(STANDING).desc(), meldingen.c.removal, meldingen.c.melding_id)
    mine = or_(meldingen.c.reporter == account, meldingen.c.coordinator == account)
    return _reports(journal, _report_query().where(mine).order_by(*order).limit(limit))


def report(journal: Database, melding_id: str) -> Report | None:
    """One report."""
    return next(iter(_reports(journal, _report_query().where(meldingen.c.melding_id == melding_id))), None)


def signal(journal: Database, message_id: MessageId) -> Signal | None:
    """One signal."""
    return next(iter(_signals(journal, _signal_query().where(signalen.c.message_id == message_id))), None)


def signals_of(journal: Database, account: str, *, limit: int = 100) -> list[Signal]:
    """The signals for an account: without contact first, newest first."""
    mine = or_(meldingen.c.reporter == account, meldingen.c.coordinator == account)
    order = (signalen.c.contact_at.is_not(None), signalen.c.message_id.desc())
    return _signals(journal, _signal_query().where(mine).order_by(*order).limit(limit))


def signals_at(journal: Database, melding_id: str) -> list[Signal]:
    """The signals about one report, newest first."""
    query = _signal_query().where(signalen.c.melding_id == melding_id).order_by(signalen.c.message_id.desc())
    return _signals(journal, query)


def profile(journal: Database, account: str) -> dict[str, str]:
    """How this account was reached at its last report; empty when it made none."""
    with journal.reading() as connection:
        row = connection.execute(select(profielen).where(profielen.c.account == account)).mappings().first()
    return {} if row is None else {name: str(value) for name, value in row.items() if name != "account"}


def _report_query() -> Select[Any]:
    count = select(func.count()).where(signalen.c.melding_id == meldingen.c.melding_id).scalar_subquery()
    return select(meldingen, count.label("signals"))


def _signal_query() -> Select[Any]:
    joined = signalen.join(meldingen, meldingen.c.melding_id == signalen.c.melding_id)
    return select(signalen, meldingen.c.reporter, meldingen.c.coordinator).select_from(joined)


def _reports(journal: Database, query: Select[Any]) -> list[Report]:
    with journal.reading() as connection:
        rows: Sequence[Any] = connection.execute(query).all()
    return [
        Report(
            row.melding_id,
            row.message_id,
            row.gemeente,
            row.reporter,
            row.coordinator,
            moment(row.decided_at),
            dt.date.fromisoformat(row.removal),
            dt.date.fromisoformat(row.latest),
            row.informed,
            row.state,
            row.reason,
            None if row.ended_at is None else moment(row.ended_at),
            row.signals,
        )
        for row in rows
    ]


def _signals(journal: Database, query: Select[Any]) -> list[Signal]:
    with journal.reading() as connection:
        rows: Sequence[Any] = connection.execute(query).all()
    return [
        Signal(
            row.message_id,
            row.melding_id,
            moment(row.at),
            bool(row.same_person),
            row.source,
            None if row.contact_at is None else moment(row.contact_at),
            row.contact_by,
            row.lead,
            row.reporter,
            row.coordinator,
        )
        for row in rows
    ]
