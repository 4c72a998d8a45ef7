"""Reading the journal: for people, pages and commands. Never on the way of a message; SQLAlchemy throughout."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, and_, case, func, literal, literal_column, select
from sqlalchemy.engine import Connection, RowMapping

from hub.journal.database import Database
from hub.journal.tables import connections, contents, heartbeats, messages, refs, tasks, timeline, work
from hub.message import OPEN, Direction, MessageId, Reason, Status


def moment(micros: int) -> dt.datetime:
    """An instant as people's code wants it: aware, UTC."""
    return dt.datetime.fromtimestamp(micros // 1_000_000, dt.UTC).replace(microsecond=micros % 1_000_000)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened. ``times`` above 1: equal failures in a row, folded; ``at`` is the first, ``until`` the last."""

    seq: int
    at: dt.datetime
    event: str
    detail: dict[str, Any]
    actor: str
    times: int = 1
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it stands now. No content."""

    id: MessageId
    direction: str
    route: str
    connection: str
    type: str
    reference: str
    kenmerk: str
    title: str
    caller: str
    cause: MessageId | None
    status: str
    reason: str
    code: str
    accepted_at: dt.datetime
    next_at: dt.datetime | None  # next attempt, end of the lease, or when an answer is overdue
    final_at: dt.datetime | None
    attempts: int
    size: int
    has_content: bool
    timeline: tuple[TimelineEntry, ...] = field(default=())
    scope: str = ""  # on whose behalf it was offered; empty: nobody's in particular

    def to_json(self) -> dict[str, Any]:
        """The view as JSON-able values."""
        facts = {name: getattr(self, name) for name in self.__slots__ if name != "timeline"}
        out = {key: _plain(value) for key, value in facts.items()}
        out["timeline"] = [
            {
                "at": _plain(entry.at),
                "event": entry.event,
                "actor": entry.actor,
                **({"times": entry.times, "until": _plain(entry.until)} if entry.times > 1 else {}),
                **entry.detail,
            }
            for entry in self.timeline
        ]
        return out


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.isoformat() if isinstance(value, dt.datetime) else value


_COLUMNS = (
    messages,
    work.c.status.label("work_status"),
    work.c.reason,
    work.c.code.label("work_code"),
    work.c.next_at,
    work.c.attempts,
    connections.c.state.label("connection_state"),
)


def _views() -> Select[Any]:
    joined = messages.outerjoin(work, work.c.message_id == messages.c.id).outerjoin(
        connections, connections.c.name == messages.c.connection
    )
    return select(*_COLUMNS).select_from(joined)


def _view(row: RowMapping, entries: Sequence[TimelineEntry] = ()) -> MessageView:
    status = row["work_status"] or row["status"]
    reason = row["reason"] or ""
    if status == Status.WAITING and reason != Reason.TURN:
        reason = {"broken": Reason.PARTNER, "paused": Reason.PAUSED}.get(row["connection_state"], reason)
    return MessageView(
        id=row["id"],
        direction=row["direction"],
        route=row["route"],
        connection=row["connection"],
        type=row["type"],
        reference=row["reference"],
        kenmerk=row["kenmerk"],
        title=row["title"],
        caller=row["caller"],
        cause=row["cause"],
        status=status,
        reason=str(reason),
        code=row["work_code"] or row["code"],
        accepted_at=moment(row["accepted_at"]),
        next_at=moment(row["next_at"]) if row["work_status"] else None,
        final_at=None if row["final_at"] is None else moment(row["final_at"]),
        attempts=row["attempts"] or 0,
        size=row["size"],
        has_content=row["data_key"] is not None,
        timeline=tuple(entries),
        scope=row["scope"],
    )


def show(database: Database, message_id: MessageId) -> MessageView | None:
    """One message with its timeline, None when there is none of this id."""
    with database.reading() as connection:
        row = connection.execute(_views().where(messages.c.id == message_id)).mappings().first()
        return None if row is None else _view(row, _timeline(connection, message_id))


def views_of(database: Database, ids: Collection[MessageId]) -> dict[MessageId, MessageView]:
    """These messages by id, without timelines; one that is not there is left out."""
    if not ids:
        return {}
    with database.reading() as connection:
        rows = connection.execute(_views().where(messages.c.id.in_(ids))).mappings()
        return {row["id"]: _view(row) for row in rows}


def _timeline(connection: Connection, message_id: MessageId) -> list[TimelineEntry]:
    rows = connection.execute(select(timeline).where(timeline.c.message_id == message_id).order_by(timeline.c.seq)).mappings()
    entries: list[TimelineEntry] = []
    for row in rows:
        at = moment(row["at"])
        entry = TimelineEntry(row["seq"], at, row["event"], json.loads(row["detail"]), row["actor"])
        if entries and _same_failure(entries[-1], entry):
            last = entries.pop()
            entry = TimelineEntry(last.seq, last.at, entry.event, entry.detail, entry.actor, last.times + 1, entry.at)
        entries.append(entry)
    return entries


def _same_failure(one: TimelineEntry, other: TimelineEntry) -> bool:
    return one.event == other.event == "attempt_failed" and one.detail.get("code") == other.detail.get("code")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages a list wants; absent means any."""

    status: str | None = None
    route: str | None = None
    connection: str | None = None
    direction: str | None = None
    open_only: bool = False
    before: MessageId | None = None  # older than this one, for the next page
    most: int = 50
    code: str | None = None
    routes: tuple[str, ...] = ()  # one of these
    scopes: frozenset[str] = frozenset()  # on behalf of one of these


#: Where a filter looks among all messages, and among those in work: all of these go out.
_ANYWHERE: dict[str, ColumnElement[Any]] = {
    "status": messages.c.status,
    "route": messages.c.route,
    "connection": messages.c.connection,
    "direction": messages.c.direction,
    "code": func.coalesce(func.nullif(work.c.code, ""), messages.c.code),
}
_IN_WORK: dict[str, ColumnElement[Any]] = {
    **{name: work.c[name] for name in ("status", "route", "connection", "code")},
    "direction": literal(Direction.OUT.value),
}


def list_messages(database: Database, wanted: Filter | None = None) -> list[MessageView]:
    """Messages, newest first, without timelines."""
    wanted = wanted or Filter()
    if any("\0" in value for name in _ANYWHERE if (value := getattr(wanted, name)) is not None):
        return []  # no row can hold a NUL, and PostgreSQL takes no parameter that does
    if wanted.open_only or wanted.status in OPEN:
        # Chosen in the small table first: whatever the planner makes of that, nothing is joined that is not on the page.
        chosen = select(work.c.message_id)
        if wanted.scopes:
            chosen = chosen.join(messages, messages.c.id == work.c.message_id)
        page = _newest(chosen, work.c.message_id, _IN_WORK, wanted)
        query = _views().where(messages.c.id.in_(page)).order_by(messages.c.id.desc())
    else:
        query = _newest(_views(), messages.c.id, _ANYWHERE, wanted)
    with database.reading() as connection:
        return [_view(row) for row in connection.execute(query).mappings()]


def _newest(
    query: Select[Any], identity: ColumnElement[Any], columns: Mapping[str, ColumnElement[Any]], wanted: Filter
) -> Select[Any]:
    conditions = [column == value for name, column in columns.items() if (value := getattr(wanted, name)) is not None]
    if wanted.routes:
        conditions.append(columns["route"].in_(wanted.routes))
    if wanted.scopes:
        conditions.append(messages.c.scope.in_(wanted.scopes))
    if wanted.before is not None:
        conditions.append(identity < wanted.before)
    return query.where(and_(True, *conditions)).order_by(identity.desc()).limit(wanted.most)


#: Kinds of references that people search by.
FINDABLE = ("reference", "kenmerk", "partner_reference", "proposal")


def find(database: Database, value: str, *, kinds: Sequence[str] = ()) -> list[MessageId]:
    """Messages that a reference of any kind leads to, oldest first; also answers and corrections of those."""
    found: set[MessageId] = set()
    if "\0" in value:
        return []  # as in ``list_messages``
    with database.reading() as connection:
        condition = and_(refs.c.kind.in_(kinds or FINDABLE), refs.c.value == value)
        found.update(connection.execute(select(refs.c.message_id).where(condition)).scalars())
        if (parsed := parse_id(value)) is not None:
            found.update(connection.execute(select(messages.c.id).where(messages.c.id == parsed)).scalars())
        if found:
            related = select(messages.c.id).where(messages.c.cause.in_(found))
            found.update(connection.execute(related).scalars())
    return sorted(found)


def parse_id(text: str) -> MessageId | None:
    """A message id from what somebody typed, None when it is none."""
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class SealedContent:
    """A content as stored, with what is needed to open it."""

    message_id: MessageId
    kind: str
    body: bytes
    key_id: str
    data_key: bytes | None


def content(database: Database, message_id: MessageId, kind: str) -> SealedContent | None:
    """One content of a message, sealed; None when there is none (any more)."""
    query = (
        select(contents.c.body, messages.c.key_id, messages.c.data_key)
        .join(messages, messages.c.id == contents.c.message_id)
        .where(contents.c.message_id == message_id, contents.c.kind == kind)
    )
    with database.reading() as connection:
        row = connection.execute(query).first()
        return None if row is None else SealedContent(message_id, kind, bytes(row[0]), row[1], row[2])


def connection_states(database: Database) -> list[RowMapping]:
    """Every connection with the number of waiting, sending, sent and parked messages."""
    counts = [
        func.count().filter(work.c.status == status.value).label(status.value)
        for status in (Status.WAITING, Status.SENDING, Status.SENT, Status.PARKED)
    ]
    per_name = (
        select(work.c.connection.label("name"), *counts, func.min(work.c.next_at).label("soonest"))
        .group_by(work.c.connection)
        .subquery()
    )
    query = (
        select(connections, *(func.coalesce(per_name.c[str(one.name)], 0).label(str(one.name)) for one in counts))
        .outerjoin(per_name, per_name.c.name == connections.c.name)
        .order_by(connections.c.name)
    )
    with database.reading() as connection:
        return list(connection.execute(query).mappings())


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which open tasks a list wants; None means any.

    Attributes:
        rights: Of who asks: tasks that need one of these, and those that name none, whose kind decides.
        assignee: Whose they are (``user:name``); empty: nobody's.
        overdue_only: Only those whose due moment has passed.
    """

    kinds: Collection[str] | None = None
    places: Collection[str] | None = None
    routes: Collection[str] | None = None
    rights: Collection[str] | None = None
    assignee: str | None = None
    subject: str | None = None
    overdue_only: bool = False


#: Whether a task's due moment has passed, by the database's clock.
_OVERDUE = func.coalesce(tasks.c.due_at <= literal_column("(SELECT hub_now())"), False)


def open_tasks(database: Database, wanted: TaskFilter | None = None, *, most: int = 200, skip: int = 0) -> list[RowMapping]:
    """Open tasks with the columns of the table and ``overdue``: first what is overdue, longest first, then oldest first.

    At most so many, without the first ``skip``.
    """
    wanted = wanted or TaskFilter()
    among = {"kind": wanted.kinds, "place": wanted.places, "route": wanted.routes}
    conditions: list[ColumnElement[bool]] = [tasks.c.closed_at.is_(None)]
    conditions += [tasks.c[name].in_(list(values)) for name, values in among.items() if values is not None]
    conditions += [
        tasks.c[name] == value
        for name, value in (("assignee", wanted.assignee), ("subject", wanted.subject))
        if value is not None
    ]
    if wanted.rights is not None:
        conditions.append(tasks.c.needs_right.in_(["", *wanted.rights]))
    if wanted.overdue_only:
        conditions.append(_OVERDUE)
    urgency = (_OVERDUE.desc(), case((_OVERDUE, tasks.c.due_at), else_=tasks.c.opened_at), tasks.c.id)
    query = select(tasks, _OVERDUE.label("overdue")).where(*conditions).order_by(*urgency).limit(most).offset(skip)
    with database.reading() as connection:
        return list(connection.execute(query).mappings())


def task(database: Database, task_id: MessageId) -> RowMapping | None:
    """One task, open or closed, with ``overdue``; None when there is none of this id."""
    with database.reading() as connection:
        return connection.execute(select(tasks, _OVERDUE.label("overdue")).where(tasks.c.id == task_id)).mappings().first()


#: Microseconds after which a heartbeat no longer tells how its role is.
FRESH_BEAT = 60_000_000


def process_beats(database: Database) -> list[RowMapping]:
    """Heartbeats of processes, with the seconds since."""
    age: Label[int] = literal_column("(hub_now() - at) / 1000000").label("age")
    with database.reading() as connection:
        return list(connection.execute(select(heartbeats, age).order_by(heartbeats.c.role)).mappings())


def due_messages(database: Database, names: Sequence[str]) -> list[tuple[str, MessageId, int]]:
    """What is due over these connections as far as they are open, and has not been begun: connection, id and attempts so far.

    Of what has no ticket the first per connection only.
    """
    now: ColumnElement[int] = literal_column("hub_now()")
    facts = select(work.c.connection, work.c.message_id, work.c.attempts).join(
        connections, and_(connections.c.name == work.c.connection, connections.c.state == "open")
    )
    found: list[tuple[str, MessageId, int]] = []
    with database.reading() as connection:
        for name in names:
            waiting = facts.where(work.c.connection == name, work.c.status == Status.WAITING.value)
            ticketed = waiting.where(work.c.ticketed).limit(200)
            first = waiting.where(work.c.head, ~work.c.ticketed, work.c.next_at <= now).order_by(work.c.next_at).limit(1)
            for query in (ticketed, first):
                found += [(row[0], row[1], row[2]) for row in connection.execute(query)]
    return found


def troubles(database: Database, lasting: int) -> list[tuple[str, str]]:
    """Role and code of what has kept a role from its work for ``lasting`` seconds, as far as it still says so."""
    now: ColumnElement[int] = literal_column("hub_now()")
    query = select(heartbeats.c.role, heartbeats.c.trouble).where(
        heartbeats.c.trouble.is_not(None),
        heartbeats.c.at > now - FRESH_BEAT,
        heartbeats.c.trouble_since <= now - lasting * 1_000_000,
    )
    with database.reading() as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def degraded(database: Database) -> list[tuple[str, str]]:
    """What the hub itself does not do well now: connection or role, and code. The housekeeper keeps it up to date."""
    query = select(tasks.c.subject, tasks.c.code).where(tasks.c.kind == "degraded", tasks.c.closed_at.is_(None))
    with database.reading() as connection:
        return [(row[0], row[1]) for row in connection.execute(query.order_by(tasks.c.subject))]


def answers_to(database: Database, message_id: MessageId) -> list[MessageView]:
    """What came in about a message, and what followed it, oldest first."""
    query = _views().where(messages.c.cause == message_id).order_by(messages.c.id)
    with database.reading() as connection:
        return [_view(row) for row in connection.execute(query).mappings()]
