"""The journal's tables, the system of record.

The hot queue is apart from the archive: ``work`` holds unfinished messages only and is kept narrow; a row is deleted when its
message reaches a final state. ``messages`` is written once, plus its final status. ``contents`` holds ciphertext only.
``timeline`` is append-only and chained per message. ``refs`` maps every reference to a message and enforces uniqueness.

Instants are ``BIGINT`` microseconds since 1970 UTC, by the database's clock, because SQLite drops zones. One column,
``work.next_at``, is the moment at which something happens next: a waiting message may be taken from then on (a message with
a ticket: when the ticket lapses), a lease ends, an answer becomes overdue.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.types import TypeDecorator, TypeEngine


class Id(TypeDecorator[uuid.UUID]):
    """A UUID: native in PostgreSQL, sixteen bytes in SQLite (whose order is then the order of time too)."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(UUID(as_uuid=True))  # type: ignore[no-any-return]
        return dialect.type_descriptor(LargeBinary(16))  # type: ignore[no-any-return]

    def process_bind_param(self, value: uuid.UUID | None, dialect: Any) -> Any:
        return value.bytes if value is not None and dialect.name != "postgresql" else value

    def process_result_value(self, value: Any, dialect: Any) -> uuid.UUID | None:
        return uuid.UUID(bytes=bytes(value)) if isinstance(value, bytes | memoryview) else value


metadata = MetaData()


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


connections = Table(
    "connections",
    metadata,
    Column("name", String, primary_key=True),
    Column("partner", String, nullable=False),
    Column("state", String, nullable=False),  # open | paused | broken (the breaker is open)
    Column("window_now", Integer, nullable=False),  # the only throttle: how many tickets and leases may be outstanding
    Column("window_max", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row, for the breaker
    Column("parked_run", Integer, nullable=False),  # parked in a row with parked_code
    Column("parked_code", String, nullable=False),
    Column("code", String, nullable=False),  # why it is not open
    Column("since", BigInteger, nullable=False),  # in this state since
    Column("probe_at", BigInteger),  # a broken connection is tried again at
    Column("probes", Integer, nullable=False),  # failed probes in a row
    Column("changed_by", String, nullable=False),
    Column("last_success", BigInteger),
    Column("last_failure", BigInteger),  # that the breaker counted
    Column("probe", Id),  # the message that was last sent to see whether the partner is there
)

work = Table(
    "work",
    metadata,
    Column("message_id", Id, primary_key=True),
    Column("connection", String, nullable=False),
    Column("route", String, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", String, nullable=False),  # due | turn | retry while waiting
    Column("code", String, nullable=False),  # of the last failure, or why it is parked
    Column("next_at", BigInteger, nullable=False),
    Column("head", Boolean, nullable=False),  # first of its ordering key, or has none
    Column("ticketed", Boolean, nullable=False),  # a ticket or a lease is outstanding
    Column("holder", String),  # process that gave the ticket or holds the lease, while ticketed
    Column("ticket_no", BigInteger, nullable=False),  # also the lease's token: it never returns to an earlier number
    Column("key_id", String),
    Column("key_pos", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),  # leases that ended without an outcome
    Column("unsure", Boolean, nullable=False),  # an attempt may have reached the partner
    Column("unsafe", Boolean, nullable=False),  # the partner would count a repeat twice
    Column("expects_answer", Boolean, nullable=False),
    Column("release_on_sent", Boolean, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("deliver_by", BigInteger, nullable=False),
    Column("deliver_within", BigInteger, nullable=False),  # microseconds; a resend gets this long again
    Column("answer_within", BigInteger, nullable=False),  # microseconds; 0 when no answer is expected
    Column("seq", Integer, nullable=False),  # number and hash of the last timeline entry
    Column("chain", LargeBinary(32), nullable=False),
    Index("work_runnable", "connection", "route", "next_at", **_where("status = 'waiting' AND head")),
    Index("work_outstanding", "connection", **_where("ticketed")),
    Index("work_timed", "next_at", **_where("status IN ('sending', 'sent')")),
    Index("work_keys", "key_id", "key_pos", **_where("key_id IS NOT NULL")),
    # For people's lists. Without it the planner takes every row of a status and sorts them, or walks through all other ones.
    Index("work_status", "status", "message_id"),
    # Rows live briefly and change often: room on the page, and a vacuum that does not wait for a percentage.
    postgresql_with={"fillfactor": "70", "autovacuum_vacuum_scale_factor": "0.0", "autovacuum_vacuum_threshold": "2000"},
)

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("direction", String, nullable=False),
    Column("route", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("type", String, nullable=False),
    Column("reference", String, nullable=False),  # the identity the partner knows it by
    Column("kenmerk", String, nullable=False),
    Column("title", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("cause", Id),  # the message that this one answers, corrects or was caused by
    Column("accepted_at", BigInteger, nullable=False),
    Column("ordering_key", String),
    Column("attributes", Text, nullable=False),
    Column("fingerprint", LargeBinary(32), nullable=False),  # keyed digest of what came in, to tell repeats from clashes
    Column("size", BigInteger, nullable=False),
    Column("key_id", String, nullable=False),  # master key that wraps data_key
    Column("data_key", LargeBinary),  # NULL: the content has been destroyed
    Column("keep_for", BigInteger, nullable=False),  # microseconds the content is kept after the final state
    Column("status", String),  # NULL while the message is in work
    Column("code", String, nullable=False),
    Column("final_at", BigInteger),
    Column("seq", Integer, nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Column("scope", String, nullable=False, server_default=""),  # on whose behalf, empty: nobody's in particular
    Index("messages_retention", "final_at", **_where("data_key IS NOT NULL AND final_at IS NOT NULL")),
    # Lists by a state that few messages end in; the common ones are found by walking back from the newest.
    Index("messages_rare", "status", "id", **_where("status <> 'completed' AND status <> 'handled'")),
    Index("messages_cause", "cause", **_where("cause IS NOT NULL")),
)

contents = Table(
    "contents",
    metadata,
    Column("message_id", Id, primary_key=True),
    Column("kind", String, primary_key=True),  # document | message | answer | evidence
    Column("body", LargeBinary, nullable=False),
)

timeline = Table(
    "timeline",
    metadata,
    Column("message_id", Id, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("event", String, nullable=False),
    Column("detail", Text, nullable=False),  # JSON of ids, codes and numbers; never content
    Column("actor", String, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Index("timeline_at", "at", postgresql_using="brin"),
)

refs = Table(
    "refs",
    metadata,
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("message_id", Id, primary_key=True),
    Column("exclusive", Boolean, nullable=False),
    Index("refs_exclusive", "kind", "value", unique=True, **_where("exclusive")),
    Index("refs_message", "message_id"),
)

ordering_keys = Table(
    "ordering_keys",
    metadata,
    Column("key_id", String, primary_key=True),
    Column("last_pos", BigInteger, nullable=False),
    Column("head_pos", BigInteger, nullable=False),  # the position that may leave; last_pos + 1 when nobody waits
)

series = Table(
    "series",
    metadata,
    Column("name", String, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    # parked | overdue | rejected | unmatched | connection | contradiction | other_party | refused_inbound | certificate |
    # effect_failed | duty | polling | degraded, or <exchange>.<kind>
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),  # message id, connection name, or what a certificate is for
    Column("role", String, nullable=False),
    Column("code", String, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("closed_by", String, nullable=False),
    Column("place", String, nullable=False, server_default=""),  # where it is done: a place of the console
    Column("needs_right", String, nullable=False, server_default=""),  # who has this right may do it
    Column("route", String, nullable=False, server_default=""),
    Column("assignee", String, nullable=False, server_default=""),
    Column("assigned_by", String, nullable=False, server_default=""),
    Column("due_at", BigInteger),  # from then on it is urgent
    Column("close_reason", String, nullable=False, server_default=""),  # of a person who closed it by hand
    Index("tasks_open", "kind", "subject", unique=True, **_where("closed_at IS NULL")),
)

seals = Table(
    "seals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("upto", BigInteger, nullable=False),  # every timeline entry before this moment is covered by this seal or an earlier
    Column("entries", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("trouble", String),  # code of what keeps it from its work
    Column("trouble_since", BigInteger),
)

duties = Table(
    "duties",
    metadata,
    Column("name", String, primary_key=True),
    Column("next_at", BigInteger, nullable=False),  # due from then on
    Column("retry_at", BigInteger),  # not before this, after a failure
    Column("last_done", BigInteger),
    Column("holder", String, nullable=False),  # the run that has it in hand; empty when nobody has
    Column("held_until", BigInteger),  # from then on it may be another's
    Column("failures", Integer, nullable=False),  # in a row
    Column("code", String, nullable=False),  # of the last failure
)

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("display_name", String, nullable=False),
    Column("password", String, nullable=False),  # scrypt, with its parameters
    Column("roles", String, nullable=False),  # space separated; none by default
    Column("created_at", BigInteger, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("scope", String, nullable=False, server_default=""),  # space separated; empty: not limited
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_name", String, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("key_hash", LargeBinary(32), nullable=False),
    Column("name", String, nullable=False),
    Column("roles", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("scope", String, nullable=False, server_default=""),  # space separated; empty: not limited
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", String, nullable=False),  # the caller who made it
    Column("route", String, nullable=False),
    Column("kenmerk", String, nullable=False),
    Column("cause", Id),  # the message that this one corrects
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),  # two windows on one draft notice each other
    Column("key_id", String, nullable=False),
    Column("data_key", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),  # ciphertext of what was typed
    Index("drafts_owner", "owner", "changed_at"),
)

draft_files = Table(
    "draft_files",
    metadata,
    Column("draft_id", Id, primary_key=True),
    Column("file_id", Id, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # ciphertext of an attachment; its name is in the draft's body
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", String, nullable=False),  # the caller who proposed it
    Column("route", String, nullable=False),
    Column("kenmerk", String, nullable=False),  # as the document gives it; numbers are allotted at the decision
    Column("title", String, nullable=False),
    Column("cause", Id),  # the message that it follows
    Column("scope", String, nullable=False),  # on whose behalf, empty: nobody's in particular
    Column("assignee", String, nullable=False),  # name of the account that is to decide; empty: nobody yet
    Column("decide_by", BigInteger),
    Column("idempotency", String),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("key_id", String, nullable=False),
    Column("data_key", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),  # ciphertext of the document
    Index("proposals_route", "route", "made_at"),
    Index("proposals_cause", "cause", **_where("cause IS NOT NULL")),
    Index("proposals_idempotency", "idempotency", unique=True, **_where("idempotency IS NOT NULL")),
)

proposal_persons = Table(
    "proposal_persons",
    metadata,
    Column("proposal_id", Id, primary_key=True),
    Column("kind", String, primary_key=True),  # bsn | other_bsn
    Column("value", String, primary_key=True),  # keyed hash, as in refs
    Index("proposal_persons_value", "kind", "value"),
)

access_log = Table(
    "access_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("caller", String, nullable=False),
    Column("action", String, nullable=False),  # read | search | export | denied
    Column("object", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("remote", String, nullable=False),
)
