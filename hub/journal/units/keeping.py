"""Housekeeping units: what time itself brings. Each takes a bounded slice, so that no transaction grows with the backlog."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from hub.journal.database import Row, Statement, Tx, must_be_recorded
from hub.journal.occurrences import Destruction
from hub.journal.records import Change
from hub.journal.timeline import append_to_archive
from hub.journal.units import finishing, tasks
from hub.message import Event, MessageId, Status, made_at

#: Rows per transaction.
SLICE = 200

_TERM = ("content_destroyed", {"why": "term"}, "system:hub")

_ENDED_LEASES = Statement(
    "SELECT message_id FROM work WHERE status = 'sending' AND next_at <= hub_now() ORDER BY next_at LIMIT :most", ids=(0,)
)
_LATE = Statement(
    """
    SELECT message_id FROM work WHERE status IN ('sending', 'sent') AND status = 'sent' AND answer_within > 0
        AND next_at <= hub_now() ORDER BY next_at LIMIT :most
    """,
    ids=(0,),
)
_POSTPONE = Statement(
    "UPDATE work SET next_at = hub_now() + work.answer_within FROM batch b WHERE work.message_id = b.id",
    batch={"id": "uuid"},
)
_PAST_DEADLINE = Statement(
    "SELECT message_id FROM work WHERE status = 'waiting' AND deliver_by <= hub_now() LIMIT :most", ids=(0,)
)
# The moment is asked once: a function of the clock would be called for every row of the journal.
_RETAINED = Statement(
    """
    SELECT id FROM messages m WHERE data_key IS NOT NULL AND final_at IS NOT NULL AND (direction = 'out' OR cause IS NULL)
        AND final_at + keep_for <= (SELECT hub_now())
        AND NOT EXISTS (SELECT 1 FROM work w WHERE w.message_id = m.id)
        AND NOT EXISTS (SELECT 1 FROM messages theirs WHERE theirs.cause = m.id AND theirs.direction = 'in'
            AND theirs.final_at + m.keep_for > (SELECT hub_now()))
    ORDER BY final_at LIMIT :most FOR UPDATE SKIP LOCKED
    """,
    ids=(0,),
)
_FOLLOWERS = Statement(
    """
    SELECT m.id, m.cause FROM messages m JOIN messages ours ON ours.id = m.cause
    WHERE m.direction = 'in' AND m.data_key IS NOT NULL AND ours.data_key IS NULL
        AND m.final_at + CASE WHEN m.keep_for < ours.keep_for THEN m.keep_for ELSE ours.keep_for END <= (SELECT hub_now())
    ORDER BY m.final_at LIMIT :most FOR UPDATE OF m SKIP LOCKED
    """,
    ids=(0, 1),
)
_ON_REQUEST = Statement(
    """
    SELECT m.id FROM messages m JOIN batch b ON b.id = m.id
    WHERE m.data_key IS NOT NULL AND m.final_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM work w WHERE w.message_id = m.id)
    FOR UPDATE OF m
    """,
    batch={"id": "uuid"},
    ids=(0,),
)
_TO_DECIDE = Statement(
    "SELECT subject FROM tasks WHERE closed_at IS NULL AND kind IN ('rejected', 'contradiction', 'other_party')"
)
_ROUTES = Statement(
    """
    SELECT m.id, m.route, COALESCE(ours.route, '') FROM batch b JOIN messages m ON m.id = b.id
        LEFT JOIN messages ours ON ours.id = m.cause
    """,
    batch={"id": "uuid"},
    ids=(0,),
)
_DESTROY_KEYS = Statement("UPDATE messages SET data_key = NULL WHERE id IN (SELECT id FROM batch)", batch={"id": "uuid"})
_DESTROY_CONTENTS = Statement("DELETE FROM contents WHERE message_id IN (SELECT id FROM batch)", batch={"id": "uuid"})
_OLD_LOOKS = Statement("SELECT id FROM access_log WHERE at < hub_now() - :keep LIMIT :most", ids=(0,))
_FORGET_LOOKS = Statement("DELETE FROM access_log WHERE id IN (SELECT id FROM batch)", batch={"id": "uuid"})
_BEAT = Statement(
    """
    INSERT INTO heartbeats (process, role, at, trouble, trouble_since)
    VALUES (:process, :role, hub_now(), NULLIF(:trouble, ''), hub_now())
    ON CONFLICT (process) DO UPDATE SET at = excluded.at, role = excluded.role, trouble = excluded.trouble,
        trouble_since = CASE WHEN heartbeats.trouble = excluded.trouble AND heartbeats.at > excluded.at - 120000000
            THEN heartbeats.trouble_since ELSE excluded.trouble_since END
    """
)
_FORGET_BEATS = Statement("DELETE FROM heartbeats WHERE at < hub_now() - 86400000000")
_LAST_SEAL = Statement("SELECT number, upto, hash FROM seals ORDER BY number DESC LIMIT 1")
_ENTRIES = Statement(
    """
    SELECT message_id, seq, hash FROM timeline WHERE at >= :since AND at < :upto ORDER BY message_id, seq
    """,
    ids=(0,),
)
_SEALS_AFTER = Statement("SELECT number, upto, entries, hash FROM seals WHERE number > :number ORDER BY number")
_GRACE_ENDS = Statement("SELECT hub_now() - :grace")
_ADD_SEAL = Statement(
    """
    INSERT INTO seals (number, upto, entries, hash) VALUES (:number, :upto, :entries, :hash) ON CONFLICT (number) DO NOTHING
    """
)


@must_be_recorded
def expire(tx: Tx, deaths_allowed: int) -> int:
    """Give messages back whose lease ended without an outcome; the third time in a row the message is parked.

    Whether the call reached the partner is not known, so with an unsafe partner the first time is enough to park it.
    """
    ids = [row[0] for row in tx.rows(_ENDED_LEASES, most=SLICE)]
    rows = finishing.lock(tx, ids)
    changes = []
    for row in rows.values():
        if row.status != Status.SENDING or row.next_at > row.now:
            continue
        deaths = row.deaths + 1
        detail = {"attempt": row.attempts, "deaths": deaths}
        if row.unsafe or deaths >= deaths_allowed:
            code = "in_doubt" if row.unsafe else "worker_died"
            changes.append(Change(row, Event.PARKED, "parked", code, detail={**detail, "code": code}, deaths=0, unsure=True))
        else:
            ended = Change(row, Event.FAILED, "lease_ended", "worker_died", detail=detail, reason="retry", unsure=True)
            # At once, and before what is younger: it has waited for the lease long enough.
            changes.append(replace(ended, deaths=deaths, next_at=min(row.now, made_at(row.message_id))))
            tx.notify(row.connection)
    finishing.apply(tx, changes)
    return len(changes)


def mark_overdue(tx: Tx) -> int:
    """Open a task for each message whose business answer is late. The message itself stays sent."""
    ids = [row[0] for row in tx.rows(_LATE, most=SLICE)]
    rows = finishing.lock(tx, ids)
    late = [row for row in rows.values() if row.status == Status.SENT and row.next_at <= row.now]
    tasks.open_tasks(tx, [tasks.message_task("overdue", row.message_id, "overdue", route=row.route) for row in late])
    finishing.note(tx, late, {row.message_id: ("answer_overdue", {}, "system:hub") for row in late})
    tx.run(_POSTPONE, [(row.message_id,) for row in late])
    return len(late)


@must_be_recorded
def park_past_deadline(tx: Tx) -> int:
    """Park what could not be delivered before its deadline, also when no attempt is being made (paused, broken)."""
    ids = [row[0] for row in tx.rows(_PAST_DEADLINE, most=SLICE)]
    rows = finishing.lock(tx, ids)
    late = [row for row in rows.values() if row.status == Status.WAITING and row.deliver_by <= row.now]
    changes = [Change(row, Event.PARKED, "parked", "deadline_passed", detail={"code": "deadline_passed"}) for row in late]
    finishing.apply(tx, changes)
    return len(late)


@must_be_recorded
def destroy_contents(tx: Tx) -> int:
    """Destroy what has been kept for its term: the data key and the ciphertext. The timeline keeps the fact.

    The term of a message of ours counts from the last thing that came in about it, and what somebody must still decide about
    is kept until they did. What came in about it follows: ``destroy_followers``.
    """
    kept = {row[0] for row in tx.rows(_TO_DECIDE)}
    ripe = tx.rows(_RETAINED, most=SLICE + len(kept))
    return _destroy(tx, [row for row in ripe if str(row[0]) not in kept][:SLICE], _TERM)


@must_be_recorded
def destroy_followers(tx: Tx) -> int:
    """The same for what came in about a message of ours whose content is gone, not before: a case is read as a whole.

    What comes in after that has the shorter of both terms.
    """
    kept = {row[0] for row in tx.rows(_TO_DECIDE)}
    ripe = tx.rows(_FOLLOWERS, most=SLICE + len(kept))
    return _destroy(tx, [(one,) for one, about in ripe if str(about) not in kept][:SLICE], _TERM)


def destroy_on_request(tx: Tx, ids: Sequence[MessageId], by: str, reason: str) -> list[MessageId]:
    """Destroy the contents of those of these messages that are final and have any, before their term; returns which."""
    found = tx.rows(_ON_REQUEST, [(one,) for one in ids])
    _destroy(tx, found, ("destroyed_on_request", {"reason": reason}, by))
    return [row[0] for row in found]


def _destroy(tx: Tx, ids: list[Row], note: tuple[str, Mapping[str, str], str]) -> int:
    tx.run(_DESTROY_KEYS, ids)
    tx.run(_DESTROY_CONTENTS, ids)
    append_to_archive(tx, {row[0]: note for row in ids})
    if tx.effects:
        found = (Destruction(message_id, (own, about)) for message_id, own, about in tx.rows(_ROUTES, ids))
        tx.happened += [one for one in found if any(route in tx.effects for route in one.routes)]
    return len(ids)


def shorten_access_log(tx: Tx, keep: int) -> int:
    """Forget who looked at what longer than ``keep`` microseconds ago; returns how many lines."""
    ids = tx.rows(_OLD_LOOKS, keep=keep, most=SLICE)
    tx.run(_FORGET_LOOKS, ids)
    return len(ids)


def beat(tx: Tx, process: str, role: str, trouble: str = "") -> None:
    """Say that a role of a process lives, and the code of what keeps it from its work."""
    tx.run(_BEAT, process=process, role=role, trouble=trouble)
    tx.run(_FORGET_BEATS)


class Seal(NamedTuple):
    """A seal over every entry of the timeline before ``upto`` that no earlier seal covers."""

    number: int
    upto: int
    entries: int
    hash: bytes


def seal(tx: Tx, grace: int) -> Seal | None:
    """Seal the entries written since the last seal; None when there are none.

    Entries younger than ``grace`` microseconds are left for the next seal: a transaction that still runs may hold an earlier
    moment. ``grace`` exceeds the longest transaction (``postgres.STATEMENT_TIMEOUT_MS``).
    """
    last = tx.rows(_LAST_SEAL)
    number, since, previous = (last[0][0], last[0][1], bytes(last[0][2])) if last else (0, 0, bytes(32))
    upto = tx.rows(_GRACE_ENDS, grace=grace)[0][0]
    if upto <= since:
        return None
    digest, entries = digest_of(tx, since, upto, previous)
    if not entries:
        return None
    made = Seal(number + 1, upto, entries, digest)
    added = tx.run(_ADD_SEAL, number=made.number, upto=made.upto, entries=made.entries, hash=made.hash)
    return made if added else None  # another housekeeper was first


def seals_after(tx: Tx, number: int) -> list[Seal]:
    """The seals that follow this number, in order."""
    return [Seal(row[0], row[1], row[2], bytes(row[3])) for row in tx.rows(_SEALS_AFTER, number=number)]


def digest_of(tx: Tx, since: int, upto: int, previous: bytes) -> tuple[bytes, int]:
    """The hash that a seal over this span must have, and the number of entries in it."""
    digest = hashlib.sha256(previous)
    entries = 0
    for message_id, seq, line in tx.rows(_ENTRIES, since=since, upto=upto):
        digest.update(b"%s|%d|" % (message_id.hex.encode(), seq))
        digest.update(bytes(line))
        entries += 1
    return digest.digest(), entries
