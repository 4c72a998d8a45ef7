"""Reports and signals as their people see them, read from this exchange's own rows: no content is opened for it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, literal, or_, select

from hub.journal.database import Database
from hub.journal.reading import moment
from hub.journal.tables import messages
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


class Remaining(NamedTuple):
    """What is left of a municipality's reports.

    Attributes:
        standing: Reports in the index, or on their way to it.
        ending: Reports whose removal is on its way.
        gone_by: The day on which the last of those is removed; None: nothing is left.
        months: How many are removed in each month, "yyyy-mm".
        ended: Reports that are removed.
        last_ended: When the last of those was; None: none.
    """

    gemeente: str
    standing: int
    ending: int
    gone_by: dt.date | None
    months: Mapping[str, int]
    ended: int
    last_ended: dt.datetime | None


class Act(NamedTuple):
    """Who did what, never about whom. ``report`` is a report's number, empty for a change."""

    at: dt.datetime
    what: str  # reported, changed, removed, received, contacted
    who: str
    gemeente: str
    report: str
    message_id: MessageId
    detail: str  # why it was removed, or who took the lead


def remaining(journal: Database) -> list[Remaining]:
    """What is left, per municipality."""
    month = func.substr(meldingen.c.removal, 1, 7)
    facts = (func.count(), func.max(meldingen.c.removal), func.max(meldingen.c.ended_at))
    query = select(meldingen.c.gemeente, meldingen.c.state, month, *facts).where(meldingen.c.state != "void")
    with journal.reading() as connection:
        rows = connection.execute(query.group_by(meldingen.c.gemeente, meldingen.c.state, month)).all()
    return [_remaining(name, [row for row in rows if row[0] == name]) for name in sorted({row[0] for row in rows})]


def _remaining(gemeente: str, rows: Sequence[Any]) -> Remaining:
    counts: Counter[str] = Counter()
    months: Counter[str] = Counter()
    for _, state, month, count, *_ in rows:
        counts[state] += count
        if state != "ended":
            months[month] += count
    last = max((day for _, state, _, _, day, _ in rows if state != "ended"), default=None)
    ended = max((at for *_, at in rows if at is not None), default=None)
    return Remaining(
        gemeente,
        counts["waiting"] + counts["active"],
        counts["ending"],
        None if last is None else dt.date.fromisoformat(last),
        dict(sorted(months.items())),
        counts["ended"],
        None if ended is None else moment(ended),
    )


def acts(journal: Database, *, since: dt.datetime, who: str = "", limit: int) -> list[Act]:
    """Who reported, changed, removed, received and made contact since then, oldest first.

    A signal has an act per receiver, who is the reporter or coordinator of its report now: it is passed on with its report.

    Args:
        who: Only what this caller did or received; empty: everybody.
    """
    after, end, none = int(since.timestamp() * 1_000_000), messages.alias(), literal("")
    report, of = (meldingen.c.gemeente, meldingen.c.melding_id), signalen.c.message_id
    ended = meldingen.outerjoin(end, end.c.id == meldingen.c.end_id)
    joined = signalen.join(meldingen, meldingen.c.melding_id == signalen.c.melding_id)
    first, second = meldingen.c.reporter, meldingen.c.coordinator
    scope = func.replace(messages.c.scope, "gemeente:", "")

    def act(what: str, at: Any, actor: Any, *rest: Any, source: Any) -> Select[Any]:
        query = select(at, literal(what), actor, *rest).select_from(source).where(at >= after, actor != "")
        return (query.where(actor == who) if who else query).order_by(at).limit(limit)

    change = act("changed", messages.c.accepted_at, messages.c.caller, scope, none, messages.c.id, none, source=messages)
    asked = (
        act(
            "reported", meldingen.c.decided_at, meldingen.c.decided_by, *report, meldingen.c.message_id, none, source=meldingen
        ),
        change.where(messages.c.route == "melding_wijziging"),
        act("removed", meldingen.c.ended_at, end.c.caller, *report, end.c.id, meldingen.c.reason, source=ended),
        act("received", signalen.c.at, first, *report, of, none, source=joined),
        act("received", signalen.c.at, second, *report, of, none, source=joined).where(second != first),
        act("contacted", signalen.c.contact_at, signalen.c.contact_by, *report, of, signalen.c.lead, source=joined),
    )
    with journal.reading() as connection:
        found = [row for query in asked for row in connection.execute(query)]
    return [Act(moment(row[0]), *row[1:]) for row in sorted(found, key=lambda row: (row[0], row[1]))[:limit]]
