"""Receiving: a partner's message, its stored answer, and what it means for a message of ours, in one transaction.

Insert-or-find on the sender's identity of the message: the loser of a race reads the winner's stored answer. Trouble with
correlation never refuses a message; what nobody can be found for waits for a person. A refused message of an authenticated
sender is kept as well, under no reference, so that the same message is judged again when it comes again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import NamedTuple

from hub.journal.database import Statement, Tx, must_be_recorded
from hub.journal.occurrences import Arrival, LateAnswer
from hub.journal.records import Change, NewIncoming, Received
from hub.journal.timeline import APPEND, START, append_to_archive, entry
from hub.journal.units import connections, finishing, tasks
from hub.journal.units.accepting import ADD_CONTENTS
from hub.message import Event, InEvent, InStatus, MessageId, Status, after_in

_CLAIM = Statement(
    """
    INSERT INTO refs (kind, value, message_id, exclusive) SELECT kind, value, message_id, TRUE FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING RETURNING message_id
    """,
    batch={"kind": "text", "value": "text", "message_id": "uuid"},
    ids=(0,),
)
_EARLIER = Statement(
    """
    SELECT m.id, m.status, m.fingerprint, k.body, m.key_id, m.data_key FROM refs r JOIN messages m ON m.id = r.message_id
        LEFT JOIN contents k ON k.message_id = m.id AND k.kind = 'answer'
    WHERE r.kind = 'inbound' AND r.value = :value AND r.exclusive
    """,
    ids=(0,),
)
_ADD_FOUND_BY = Statement(
    """
    INSERT INTO refs (kind, value, message_id, exclusive) SELECT kind, value, message_id, FALSE FROM batch WHERE TRUE
    ON CONFLICT DO NOTHING
    """,
    batch={"kind": "text", "value": "text", "message_id": "uuid"},
)
_ADD = Statement(
    """
    INSERT INTO messages (id, direction, route, connection, type, reference, kenmerk, title, caller, cause, accepted_at,
        attributes, fingerprint, size, key_id, data_key, keep_for, status, code, final_at, seq, chain)
    VALUES (:id, 'in', :route, :connection, :type, :reference, :kenmerk, :title, :caller, :cause, :at, '{}', :fingerprint,
        :size, :key_id, :data_key, :keep_for, :status, :code, :final_at, :seq, :chain)
    """
)
_NOW = Statement("SELECT hub_now()")
#: Over all connections of the partner: it may answer over another one than ours left by.
_OURS = Statement(
    """
    SELECT m.id, m.route, m.attributes FROM refs r JOIN messages m ON m.id = r.message_id
    WHERE r.kind = :kind AND r.value = :value AND m.direction = 'out' AND (m.connection = :connection OR m.connection IN (
        SELECT c.name FROM connections c JOIN connections from_ ON from_.partner = c.partner WHERE from_.name = :connection))
    ORDER BY m.id DESC LIMIT 1
    """,
    ids=(0,),
)
_FINAL_STATUS = Statement("SELECT status FROM messages WHERE id = :id")


class _Ours(NamedTuple):
    """The message of ours that an incoming one is about."""

    id: MessageId
    route: str
    attributes: str


@must_be_recorded
def receive(tx: Tx, message: NewIncoming) -> Received:
    """Store an incoming message once and let it do its work."""
    connections.sign_of_life(tx, message.connection)  # first: connections are locked before messages
    if message.refused:
        return _refuse(tx, message)
    value = f"{message.sender}|{message.reference}"
    if not tx.rows(_CLAIM, [("inbound", value, message.id)]):
        return _again(tx, value, message)
    ours = _find_ours(tx, message)
    counts = ours is None or message.verdict is None or _was_sent_to(ours, message)
    status = after_in(InStatus.RECEIVED, _what_now(tx, message, ours))
    _store(tx, message if counts else _with_remark(message), status, ours and ours.id, tx.rows(_NOW)[0][0])
    outcome, late = None, None
    if ours is None:
        if status == InStatus.UNMATCHED:
            tasks.open_tasks(tx, [tasks.message_task("unmatched", message.id, message.type, route=message.route)])
    elif not counts:
        _do_not_count(tx, message, ours)
    elif message.verdict is not None:
        outcome, late = _answer(tx, message, ours)
    else:
        detail = {"type": message.type, "message": str(message.id), **message.facts}
        finishing.tell(tx, ours.id, ("notified", detail, f"partner:{message.connection}"))
    if tx.effects:
        arrival = Arrival(message, status, ours and ours.id, ours.route if ours else "", outcome, counts)
        tx.happened += [one for one in (arrival, late) if one and any(route in tx.effects for route in one.routes)]
    return Received(message.id, status, ours and ours.id, outcome)


def _refuse(tx: Tx, message: NewIncoming) -> Received:
    status = after_in(InStatus.RECEIVED, InEvent.REFUSED)
    # One task however many come: what goes wrong with a partner's messages is one trouble.
    tasks.open_tasks(tx, [tasks.NewTask("refused_inbound", message.connection, message.code, role="operator")])
    _store(tx, message, status, None, tx.rows(_NOW)[0][0])
    return Received(message.id, status)


def _what_now(tx: Tx, message: NewIncoming, ours: _Ours | None) -> InEvent:
    if ours is not None:
        return InEvent.OURS_FOUND
    effects = tx.effects.get(message.route)
    # What says that it is an answer, and answers nothing we know, is nobody's to handle but a person's.
    if effects is None or message.answers is not None or message.verdict is not None:
        return InEvent.NOBODY_FOUND
    return InEvent.COMPLETE if effects.handles(message) else InEvent.NOBODY_FOUND


def _again(tx: Tx, value: str, message: NewIncoming) -> Received:
    found = tx.rows(_EARLIER, value=value)
    message_id, status, fingerprint, answer, key_id, data_key = found[0]
    identical = bytes(fingerprint) == message.digest
    detail = {"identical": identical, "type": message.type}
    append_to_archive(tx, {message_id: ("received_again", detail, f"partner:{message.connection}")})
    return Received(
        message_id,
        InStatus(status),
        again=True,
        identical=identical,
        answer=None if answer is None else bytes(answer),
        key_id=key_id,
        data_key=None if data_key is None else bytes(data_key),
    )


def _find_ours(tx: Tx, message: NewIncoming) -> _Ours | None:
    """The message of ours that this one is about: by reference, else by business key."""
    wanted = (("reference", message.answers),) if message.answers else message.keys
    for kind, value in wanted:
        if found := tx.rows(_OURS, kind=kind, value=value, connection=message.connection):
            return _Ours._make(found[0])
    return None


def _was_sent_to(ours: _Ours, message: NewIncoming) -> bool:
    """Whether the party that speaks is the one that ours was sent to, as far as ours says to whom it was."""
    if not message.sent_to:
        return True
    attributes = json.loads(ours.attributes)
    return all(attributes[name] == value for name, value in message.sent_to.items() if name in attributes)


def _with_remark(message: NewIncoming) -> NewIncoming:
    return replace(message, remarks=(*message.remarks, "not from the party that our message was sent to"))


def _do_not_count(tx: Tx, message: NewIncoming, ours: _Ours) -> None:
    """A verdict of somebody else never ends a message of ours: a person looks."""
    detail = {"type": message.type, "answer": str(message.id), "code": message.code}
    finishing.tell(tx, ours.id, ("answer_not_counted", detail, f"partner:{message.connection}"))
    tasks.open_tasks(tx, [tasks.message_task("other_party", ours.id, message.type, route=ours.route)])


def _store(tx: Tx, message: NewIncoming, status: InStatus, cause: MessageId | None, at: int) -> None:
    event = "refused" if message.refused else "received"
    remarks = list(message.remarks) or None
    detail = {"type": message.type, "reference": message.reference, "code": message.code, "remarks": remarks, **message.facts}
    first = entry(message.id, 0, START, at, event, detail, f"partner:{message.connection}")
    lines = [first]
    if status in (InStatus.HANDLED, InStatus.UNMATCHED):
        about = {"message": str(cause)} if cause else {}
        lines.append(entry(message.id, 1, first.hash, at, status.value, about, "system:hub"))
    tx.run(
        _ADD,
        id=message.id,
        route=message.route,
        connection=message.connection,
        type=message.type,
        reference=message.reference,
        kenmerk=message.kenmerk,
        title=message.title,
        caller=f"partner:{message.connection}",
        cause=cause,
        at=at,
        fingerprint=message.digest,
        size=message.size,
        key_id=message.key_id,
        data_key=message.data_key,
        keep_for=message.keep_for,
        status=status.value,
        code=message.code,
        final_at=None if status == InStatus.UNMATCHED else at,
        seq=lines[-1].seq,
        chain=lines[-1].hash,
    )
    tx.run(ADD_CONTENTS, [(message.id, kind, body) for kind, body in message.contents.items()])
    own = [("partner_reference", message.reference)] if message.reference else []
    tx.run(_ADD_FOUND_BY, [(*pair, message.id) for pair in dict.fromkeys((*message.found_by, *message.keys, *own))])
    tx.run(APPEND, lines)


def _answer(tx: Tx, message: NewIncoming, ours: _Ours) -> tuple[Status | None, LateAnswer | None]:
    """Let the answer end our message from any open state; a final one never changes.

    Returns what it became, or what came too late.
    """
    row = finishing.lock(tx, [ours.id]).get(ours.id)
    event = Event.ANSWERED_GOOD if message.verdict else Event.ANSWERED_BAD
    detail = {"type": message.type, "answer": str(message.id), "code": message.code, "reason": message.reason}
    actor = f"partner:{message.connection}"
    if row is not None:
        entry_name = "confirmed" if message.verdict else "rejected"
        change = Change(row, event, entry_name, code="" if message.verdict else "refused", actor=actor, detail=detail)
        states = finishing.apply(tx, [change])
        if not message.verdict:
            tasks.open_tasks(tx, [tasks.message_task("rejected", ours.id, message.code, route=ours.route)])
        return states[ours.id], None
    stored = Status(tx.rows(_FINAL_STATUS, id=ours.id)[0][0])
    agrees = stored == (Status.COMPLETED if message.verdict else Status.REJECTED)
    append_to_archive(tx, {ours.id: ("answered_again" if agrees else "contradicted", detail, actor)})
    if not agrees:
        tasks.open_tasks(tx, [tasks.message_task("contradiction", ours.id, message.type, route=ours.route)])
    return None, LateAnswer(message, ours.id, ours.route, stored, contradicts=not agrees)
