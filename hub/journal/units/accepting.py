"""Accepting outgoing messages: the moment from which the hub answers for them.

One transaction, one commit, for as many messages as wait at that moment. A repeat by the same caller with the same
idempotency key finds the first answer; a reference that is in use is a clash and leaves no trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub.errors import Unavailable
from hub.journal import stamp
from hub.journal.database import Ask, Row, Statement, Tx
from hub.journal.occurrences import Acceptance
from hub.journal.records import Accepted, Change, Clash, NewMessage
from hub.journal.timeline import APPEND, START, Entry, entry
from hub.journal.units import finishing, tasks
from hub.message import Event, MessageId, Status

_LAST_STAMP = Statement(
    """
    INSERT INTO series (name, last) SELECT name, 0 FROM batch WHERE TRUE
    ON CONFLICT (name) DO UPDATE SET last = series.last RETURNING name, last, hub_now()
    """,
    batch={"name": "text"},
)
_SET_STAMP = Statement(
    "UPDATE series SET last = b.last FROM batch b WHERE series.name = b.name",
    batch={"name": "text", "last": "bigint"},
)
_NOW = Statement("SELECT hub_now()")
_ADD_REFS = Statement(
    """
    INSERT INTO refs (kind, value, message_id, exclusive) SELECT kind, value, message_id, exclusive FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING
    """,
    batch={"kind": "text", "value": "text", "message_id": "uuid", "exclusive": "boolean"},
    counted=True,  # rows that come back would cost more than the rest of the statement
)
_OWNERS = Statement(
    """
    SELECT r.kind, r.value, r.message_id, m.reference, m.kenmerk, m.fingerprint
    FROM refs r JOIN batch b ON b.kind = r.kind AND b.value = r.value JOIN messages m ON m.id = r.message_id
    WHERE r.exclusive
    """,
    batch={"kind": "text", "value": "text"},
    ids=(2,),
)
#: Those that were entered just now: their messages are not there yet.
_DROP_REFS = Statement(
    """
    DELETE FROM refs WHERE (kind, value, message_id) IN (SELECT kind, value, message_id FROM batch)
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = refs.message_id)
    """,
    batch={"kind": "text", "value": "text", "message_id": "uuid"},
)
_TAKE_POSITIONS = Statement(
    """
    INSERT INTO ordering_keys (key_id, last_pos, head_pos) SELECT key_id, many, 1 FROM batch WHERE TRUE
    ON CONFLICT (key_id) DO UPDATE SET last_pos = ordering_keys.last_pos + excluded.last_pos
    RETURNING key_id, last_pos, head_pos
    """,
    batch={"key_id": "text", "many": "bigint"},
)
_GIVE_POSITIONS_BACK = Statement(
    "UPDATE ordering_keys SET last_pos = last_pos - b.many FROM batch b WHERE ordering_keys.key_id = b.key_id",
    batch={"key_id": "text", "many": "bigint"},
)
_FORGET_UNUSED_KEYS = Statement(
    "DELETE FROM ordering_keys WHERE key_id IN (SELECT key_id FROM batch) AND last_pos = 0", batch={"key_id": "text"}
)
_ADD_MESSAGES = Statement(
    """
    INSERT INTO messages (id, direction, route, connection, type, reference, kenmerk, title, caller, cause, accepted_at,
        ordering_key, attributes, fingerprint, size, key_id, data_key, keep_for, code, seq, chain, scope)
    SELECT id, 'out', route, connection, type, reference, kenmerk, title, caller, cause, at, ordering_key, attributes,
        fingerprint, size, key_id, data_key, keep_for, '', seq, chain, scope FROM batch
    """,
    batch={
        "id": "uuid",
        "route": "text",
        "connection": "text",
        "type": "text",
        "reference": "text",
        "kenmerk": "text",
        "title": "text",
        "caller": "text",
        "cause": "uuid",
        "at": "bigint",
        "ordering_key": "text",
        "attributes": "text",
        "fingerprint": "bytea",
        "size": "bigint",
        "key_id": "text",
        "data_key": "bytea",
        "keep_for": "bigint",
        "seq": "int",
        "chain": "bytea",
        "scope": "text",
    },
)
ADD_CONTENTS = Statement(
    "INSERT INTO contents (message_id, kind, body) SELECT message_id, kind, body FROM batch",
    batch={"message_id": "uuid", "kind": "text", "body": "bytea"},
)
_ADD_WORK = Statement(
    """
    INSERT INTO work (message_id, connection, route, status, reason, code, next_at, head, ticketed, ticket_no, key_id, key_pos,
        attempts, deaths, unsure, unsafe, expects_answer, release_on_sent, max_attempts, deliver_by, deliver_within,
        answer_within, seq, chain)
    SELECT message_id, connection, route, status, reason, '', next_at, head, FALSE, 0, key_id, key_pos, 0, 0, FALSE, unsafe,
        answer_within > 0, release_on_sent, max_attempts, at + deliver_within, deliver_within, answer_within, seq, chain
    FROM batch
    """,
    batch={
        "message_id": "uuid",
        "connection": "text",
        "route": "text",
        "status": "text",
        "reason": "text",
        "next_at": "bigint",
        "head": "boolean",
        "key_id": "text",
        "key_pos": "bigint",
        "unsafe": "boolean",
        "release_on_sent": "boolean",
        "max_attempts": "int",
        "at": "bigint",
        "deliver_within": "bigint",
        "answer_within": "bigint",
        "seq": "int",
        "chain": "bytea",
    },
)
_OLDER_STATES = Statement(
    """
    SELECT w.message_id FROM work w JOIN batch b ON b.key_id = w.key_id AND w.key_pos < b.pos
    WHERE (w.status = 'waiting') IS TRUE AND w.attempts = 0 AND NOT w.unsure
    """,
    batch={"key_id": "text", "pos": "bigint"},
    ids=(0,),
)


#: Tries to enter references while other transactions take some of them.
_RACES = 5


class _Owner(NamedTuple):
    """The message that has a reference."""

    message_id: MessageId
    reference: str
    kenmerk: str
    fingerprint: bytes


class _Places(NamedTuple):
    """What a batch was given: the last stamp of each sending system with the moment, and the last position of each key."""

    stamps: list[Row]
    positions: list[Row]
    many: Mapping[str, int]


def accept(tx: Tx, messages: Sequence[NewMessage]) -> list[Accepted | Clash]:
    """Accept these messages; one answer each, in order. A clash of one leaves the others as they are."""
    answers, places = _claim(tx, messages)
    taken = [message for message in messages if message.id not in answers]
    if taken:
        _write(tx, taken, places)
    for message in taken:
        answers[message.id] = Accepted(message.id, message.reference, message.kenmerk)
    return [answers[message.id] for message in messages]


def _ref_rows(message: NewMessage) -> list[Row]:
    """Every reference once; one that must be unique and is also to be found by is unique."""
    exclusive = [("reference", message.reference), *message.unique]
    if message.idempotency is not None:
        exclusive.append(("idempotency", f"{message.idempotency_scope or message.caller}|{message.idempotency}"))
    pairs = {**dict.fromkeys(message.found_by, False), **dict.fromkeys(exclusive, True)}
    return [(kind, value, message.id, unique) for (kind, value), unique in pairs.items()]


def _claim(tx: Tx, messages: Sequence[NewMessage]) -> tuple[dict[MessageId, Accepted | Clash], _Places]:
    """Enter the references and take stamps and positions; answers for those messages that may not be accepted (any more).

    Nearly always nothing clashes, so all is done at once; only when something does is it taken back and looked at who has what.
    """
    pending = list(messages)
    answers: dict[MessageId, Accepted | Clash] = {}
    for _ in range(_RACES):
        refs = sorted((row for one in pending for row in _ref_rows(one)), key=lambda row: (row[0], row[1], row[2].int))
        senders = sorted({message.sending_system for message in pending if message.slots})
        many = Counter(key for message in pending if (key := _key(message)) is not None)
        ((entered,),), stamps, positions = tx.rows_all(
            Ask(_ADD_REFS, refs), Ask(_LAST_STAMP, [(name,) for name in senders]), Ask(_TAKE_POSITIONS, sorted(many.items()))
        )
        if entered == len(refs):
            return answers, _Places(stamps, positions, many)
        tx.run(_DROP_REFS, [row[:3] for row in refs])
        tx.run(_GIVE_POSITIONS_BACK, sorted(many.items()))
        tx.run(_FORGET_UNUSED_KEYS, [(key,) for key in sorted(many)])
        answers.update(_decide(tx, pending))
        pending = [message for message in pending if message.id not in answers]
        if not pending:
            return answers, _Places([], [], {})
    raise Unavailable("references are being taken by others all the time", code="journal_away")


def _decide(tx: Tx, messages: Sequence[NewMessage]) -> dict[MessageId, Accepted | Clash]:
    """Answers for messages that clash with stored ones, or with one before them in this batch that can be accepted."""
    wanted = {(kind, value) for one in messages for kind, value, _, exclusive in _ref_rows(one) if exclusive}
    owners: dict[tuple[str, str], _Owner] = {
        (row[0], row[1]): _Owner(row[2], row[3], row[4], bytes(row[5])) for row in tx.rows(_OWNERS, list(wanted))
    }
    answers: dict[MessageId, Accepted | Clash] = {}
    for message in messages:
        exclusive = [row[:2] for row in _ref_rows(message) if row[3]]
        # An idempotency key decides before anything else: the repeat carries the same case number as the first.
        exclusive.sort(key=lambda pair: pair[0] != "idempotency")
        taken = [(kind, value, owners[kind, value]) for kind, value in exclusive if (kind, value) in owners]
        if not taken:
            own = _Owner(message.id, message.reference, message.kenmerk, message.fingerprint)
            owners.update(dict.fromkeys(exclusive, own))
            continue
        kind, value, owner = taken[0]
        if owner.message_id == message.id:  # committed by an earlier try of which the answer was lost
            answers[message.id] = Accepted(message.id, message.reference, message.kenmerk)
        elif kind == "idempotency" and message.same_as(owner.fingerprint):
            answers[message.id] = Accepted(owner.message_id, owner.reference, owner.kenmerk, again=True)
        else:
            answers[message.id] = Clash(kind, owner.message_id, value)
    return answers


def _write(tx: Tx, messages: Sequence[NewMessage], given: _Places) -> None:
    now: int = given.stamps[0][2] if given.stamps else tx.rows(_NOW)[0][0]
    stamps, last = _stamps(messages, given.stamps, now)
    places = _positions(messages, given.positions, given.many)
    entries: list[Entry] = []
    message_rows, content_rows, work_rows = [], [], []
    for message in messages:
        key_id, position, head = places[message.id]
        detail = {"route": message.route, "type": message.type, **message.detail}
        line = entry(message.id, 0, START, now, "accepted", detail, message.caller)
        entries.append(line)
        body = stamp.fill(message.body, message.slots, stamps[message.id])
        content_rows.append((message.id, "message", message.seal(body)))
        content_rows += [(message.id, kind, sealed) for kind, sealed in message.documents.items()]
        message_rows.append(_message_row(message, now, line))
        work_rows.append(
            (
                message.id,
                message.connection,
                message.route,
                Status.WAITING.value,
                "due" if head else "turn",
                now + message.hold_for,
                head,
                key_id,
                position,
                message.unsafe,
                message.release_on_sent,
                message.max_attempts,
                now,
                message.deliver_within,
                message.answer_within,
                line.seq,
                line.hash,
            )
        )
        if head:
            tx.notify(message.connection)
    tx.run_all(
        Ask(_ADD_MESSAGES, message_rows),
        Ask(ADD_CONTENTS, content_rows),
        Ask(_ADD_WORK, work_rows),
        Ask(APPEND, entries),
        Ask(_SET_STAMP, list(last.items())),
    )
    for message in messages:
        if message.cause is not None:  # what was rejected has been corrected
            tasks.close_one(tx, "rejected", str(message.cause), message.caller)
    if tx.effects:
        tx.happened += [Acceptance(message) for message in messages if message.route in tx.effects]
    _supersede(tx, [(places[m.id][0], places[m.id][1]) for m in messages if m.newest_state_only and m.ordering_key])


def _message_row(message: NewMessage, now: int, line: Entry) -> Row:
    return (
        message.id,
        message.route,
        message.connection,
        message.type,
        message.reference,
        message.kenmerk,
        message.title,
        message.caller,
        message.cause,
        now,
        message.ordering_key,
        message.attributes,
        message.fingerprint,
        len(message.body),
        message.key_id,
        message.data_key,
        message.keep_for,
        line.seq,
        line.hash,
        message.scope,
    )


def _stamps(messages: Sequence[NewMessage], lasts: Sequence[Row], now: int) -> tuple[dict[MessageId, str], dict[str, int]]:
    """A stamp for each message that has slots, rising per sending system from what was last; and the last of each system."""
    last: dict[str, int] = {name: value for name, value, _ in lasts}
    wall = stamp.wall_clock(now)
    stamps = {}
    for message in messages:
        if not message.slots:
            stamps[message.id] = ""
            continue
        last[message.sending_system] = max(wall, last[message.sending_system] + 1)
        stamps[message.id] = stamp.digits(last[message.sending_system])
    return stamps, last


def _key(message: NewMessage) -> str | None:
    return None if message.ordering_key is None else f"{message.ordering_scope or message.route}:{message.ordering_key}"


def _positions(
    messages: Sequence[NewMessage], ends: Sequence[Row], many: Mapping[str, int]
) -> dict[MessageId, tuple[str | None, int | None, bool]]:
    """(key, position, whether it is the head) per message; order in the batch is order in the key."""
    heads, following = {}, {}
    for key, end, head in ends:
        heads[key], following[key] = head, end - many[key]
    places: dict[MessageId, tuple[str | None, int | None, bool]] = {}
    for message in messages:
        if (key := _key(message)) is None:
            places[message.id] = (None, None, True)
            continue
        following[key] += 1
        places[message.id] = (key, following[key], following[key] == heads[key])
    return places


def _supersede(tx: Tx, newest: Sequence[tuple[str | None, int | None]]) -> None:
    """Older states of the same thing that still wait need not leave any more.

    But never one that may have reached the partner: its answer would contradict that it was withdrawn. The newer state waits
    for it, as for any message before it in the key.
    """
    ids = [row[0] for row in tx.rows(_OLDER_STATES, newest)]
    if not ids:
        return
    rows = finishing.lock(tx, ids, [key for key, _ in newest])
    untried = [row for row in rows.values() if row.status == Status.WAITING and not row.attempts and not row.unsure]
    finishing.apply(tx, [Change(row, Event.SUPERSEDED, "superseded") for row in untried])
