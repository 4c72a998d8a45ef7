"""Single facts about many messages at once, for pages, commands and exchanges: a question each, however many messages."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select

from hub.journal.database import Database
from hub.journal.tables import connections, messages, refs, tasks, timeline
from hub.message import InStatus, MessageId


class Entry(NamedTuple):
    """An entry of a timeline; ``at`` in UTC microseconds."""

    message_id: MessageId
    event: str
    at: int
    detail: dict[str, Any]


def entries_of(database: Database, ids: Collection[MessageId], events: Collection[str]) -> list[Entry]:
    """The entries of these messages with one of these events, per message in the order in which they were written."""
    if not ids:
        return []
    columns = (timeline.c.message_id, timeline.c.event, timeline.c.at, timeline.c.detail)
    query = select(*columns).where(timeline.c.message_id.in_(ids), timeline.c.event.in_(events))
    with database.reading() as connection:
        rows = connection.execute(query.order_by(timeline.c.message_id, timeline.c.seq)).all()
    return [Entry(message_id, event, at, json.loads(detail)) for message_id, event, at, detail in rows]


def successors_of(database: Database, ids: Collection[MessageId]) -> dict[MessageId, MessageId]:
    """Message -> the last message of ours that followed from it."""
    if not ids:
        return {}
    query = select(messages.c.cause, messages.c.id).where(messages.c.cause.in_(ids), messages.c.direction == "out")
    with database.reading() as connection:
        return {row.cause: row.id for row in connection.execute(query.order_by(messages.c.id))}


def open_task_kinds(database: Database, ids: Iterable[MessageId]) -> dict[MessageId, set[str]]:
    """Message -> the kinds of its open tasks; one without is left out."""
    by_subject = {str(message_id): message_id for message_id in ids}
    query = select(tasks.c.subject, tasks.c.kind).where(tasks.c.closed_at.is_(None), tasks.c.subject.in_(by_subject))
    found: dict[MessageId, set[str]] = {}
    with database.reading() as connection:
        for subject, kind in connection.execute(query):
            found.setdefault(by_subject[subject], set()).add(kind)
    return found


def holders_of(database: Database, kind: str, value: str) -> set[MessageId]:
    """The messages that hold a reference of their own that nobody else may have."""
    query = select(refs.c.message_id).where(refs.c.kind == kind, refs.c.value == value, refs.c.exclusive)
    with database.reading() as connection:
        return set(connection.execute(query).scalars())


def idempotency_keys_among(database: Database, values: Collection[str]) -> set[str]:
    """Which of these idempotency keys, each with its scope before it, have been used."""
    query = select(refs.c.value).where(refs.c.kind == "idempotency", refs.c.value.in_(values))
    with database.reading() as connection:
        return set(connection.execute(query).scalars())


def about_persons(database: Database, kinds: Sequence[str], hashes: Sequence[str]) -> list[MessageId]:
    """Messages with one of these persons in them, and what came in about those unless it names other persons only."""
    with database.reading() as connection:
        named = select(refs.c.message_id).where(refs.c.kind.in_(kinds), refs.c.value.in_(hashes))
        hits = set(connection.execute(named).scalars())
        about = set(connection.execute(select(messages.c.id).where(messages.c.cause.in_(named))).scalars())
        persons = select(refs.c.message_id).where(refs.c.kind.in_(kinds), refs.c.message_id.in_(about - hits))
        others = set(connection.execute(persons).scalars())
    return sorted(hits | (about - others))


def case_numbers(database: Database, ids: Collection[MessageId]) -> dict[MessageId, str]:
    """Message -> its case number."""
    if not ids:
        return {}
    query = select(messages.c.id, messages.c.kenmerk).where(messages.c.id.in_(ids))
    with database.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def count_unmatched(database: Database, connection_name: str) -> int:
    """How many messages that came in over a connection wait for a person to say what they are about."""
    query = select(func.count()).where(
        messages.c.direction == "in",
        messages.c.connection == connection_name,
        messages.c.status == InStatus.UNMATCHED.value,
    )
    with database.reading() as connection:
        return int(connection.execute(query).scalar_one())


def decided_by_a_person(database: Database, connection_name: str, *, limit: int) -> list[MessageId]:
    """What came in over a connection and was matched by a person or set aside (then it is about none of ours), last first."""
    aside = (messages.c.status == InStatus.HANDLED.value) & messages.c.cause.is_(None)
    query = (
        select(messages.c.id)
        .where(
            messages.c.direction == "in",
            messages.c.connection == connection_name,
            (messages.c.status == InStatus.CORRELATED.value) | aside,
        )
        .order_by(messages.c.final_at.desc())
        .limit(limit)
    )
    with database.reading() as connection:
        return list(connection.execute(query).scalars())


def master_keys_in_use(database: Database) -> set[str]:
    """Ids of the master keys that contents still need."""
    query = select(messages.c.key_id).distinct().where(messages.c.data_key.is_not(None))
    with database.reading() as connection:
        return set(connection.execute(query).scalars())


def count_connections(database: Database) -> int:
    """How many connections there are: the quickest question to a journal with its tables."""
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(connections)).scalar_one())
