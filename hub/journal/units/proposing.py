"""Proposals: documents that wait for a person's decision. Ciphertext only; the key of a proposal dies with it.

A proposal is no message: nothing of it leaves, no term of delivery runs, and no timeline tells of it. The decision makes a
message of it and removes it in one transaction. What nobody decides stays until somebody withdraws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.journal.database import Statement, Tx
from hub.journal.records import Accepted, Clash, NewMessage
from hub.journal.units import accepting
from hub.message import MessageId

#: Kind of the reference by which a message is known that was a proposal.
REFERENCE_KIND = "proposal"

_CREATE = Statement(
    """
    INSERT INTO proposals (id, owner, route, kenmerk, title, cause, scope, assignee, decide_by, idempotency, fingerprint,
        made_at, changed_at, version, key_id, data_key, body)
    VALUES (:id, :owner, :route, :kenmerk, :title, :cause, :scope, :assignee, :decide_by, :idempotency, :fingerprint,
        hub_now(), hub_now(), 1, :key_id, :data_key, :body)
    ON CONFLICT DO NOTHING
    """
)
_CHANGE = Statement(
    """
    UPDATE proposals SET kenmerk = :kenmerk, title = :title, scope = :scope, fingerprint = :fingerprint, body = :body,
        changed_at = hub_now(), version = version + 1
    WHERE id = :id AND version = :version
    """
)
_ASSIGN = Statement("UPDATE proposals SET assignee = :assignee, changed_at = hub_now() WHERE id = :id")
_ADD_PERSONS = Statement(
    "INSERT INTO proposal_persons (proposal_id, kind, value) SELECT proposal_id, kind, value FROM batch WHERE TRUE "
    "ON CONFLICT DO NOTHING",
    batch={"proposal_id": "uuid", "kind": "text", "value": "text"},
)
_DROP_PERSONS = Statement("DELETE FROM proposal_persons WHERE proposal_id IN (SELECT id FROM batch)", batch={"id": "uuid"})
_OVERWRITE = Statement(
    "UPDATE proposals SET data_key = :nothing, body = :nothing WHERE id IN (SELECT id FROM batch)", batch={"id": "uuid"}
)
_DELETE = Statement("DELETE FROM proposals WHERE id IN (SELECT id FROM batch)", batch={"id": "uuid"})
_LOCK = Statement("SELECT version FROM proposals WHERE id = :id FOR UPDATE")
_SAME_KEY = Statement("SELECT id, fingerprint FROM proposals WHERE idempotency = :idempotency", ids=(0,))
_OWNER = Statement(
    """
    SELECT m.id, m.reference, m.kenmerk, m.fingerprint FROM refs r JOIN messages m ON m.id = r.message_id
    WHERE r.kind = :kind AND r.value = :value AND r.exclusive
    """,
    ids=(0,),
)
_BEGUN_FROM = Statement("SELECT p.id FROM proposals p JOIN batch b ON b.id = p.cause", batch={"id": "uuid"}, ids=(0,))


class NewProposal(NamedTuple):
    """A proposal to store; ``body`` is sealed, ``data_key`` wrapped, ``persons`` are keyed hashes by kind."""

    id: MessageId
    owner: str
    route: str
    kenmerk: str
    title: str
    cause: MessageId | None
    scope: str
    assignee: str
    decide_by: int | None
    idempotency: str | None
    fingerprint: bytes
    key_id: str
    data_key: bytes
    body: bytes


class Same(NamedTuple):
    """What has an idempotency key already: a proposal, or the message that one became."""

    id: MessageId
    fingerprint: bytes
    decided: bool


class NotDecided(Exception):
    """Rolls the unit back; ``clash`` says what stood in the way (kind ``proposal``: it has changed or is gone)."""

    def __init__(self, clash: Clash) -> None:
        super().__init__(clash.kind)
        self.clash = clash


def create(tx: Tx, proposal: NewProposal, persons: Sequence[tuple[str, str]]) -> Same | None:
    """Store a new proposal, version 1; what has its idempotency key already, and nothing is stored then."""
    if proposal.idempotency is not None:
        decided = tx.rows(_OWNER, kind="idempotency", value=proposal.idempotency)
        if decided:
            return Same(decided[0][0], bytes(decided[0][3]), True)
    if tx.run(_CREATE, **proposal._asdict()):
        tx.run(_ADD_PERSONS, [(proposal.id, kind, value) for kind, value in persons])
        return None
    found = tx.rows(_SAME_KEY, idempotency=proposal.idempotency)
    return Same(found[0][0], bytes(found[0][1]), False)


def change(tx: Tx, proposal: NewProposal, version: int, persons: Sequence[tuple[str, str]]) -> bool:
    """Store a next version of the document; False, and nothing changes, when it has another version than ``version``."""
    facts = {name: getattr(proposal, name) for name in ("id", "kenmerk", "title", "scope", "fingerprint", "body")}
    if not tx.run(_CHANGE, version=version, **facts):
        return False
    tx.run(_DROP_PERSONS, [(proposal.id,)])
    tx.run(_ADD_PERSONS, [(proposal.id, kind, value) for kind, value in persons])
    return True


def assign(tx: Tx, proposal_id: MessageId, assignee: str) -> bool:
    """Say who is to decide; False when the proposal is gone."""
    return tx.run(_ASSIGN, id=proposal_id, assignee=assignee) > 0


def withdraw(tx: Tx, proposal_id: MessageId) -> bool:
    """Destroy a proposal with its key; False when there was none."""
    return _destroy(tx, [proposal_id]) > 0


def destroy_begun_from(tx: Tx, ids: Sequence[MessageId]) -> int:
    """Destroy proposals that follow from one of these messages; how many."""
    return _destroy(tx, [row[0] for row in tx.rows(_BEGUN_FROM, [(one,) for one in ids])])


def became(tx: Tx, proposal_id: MessageId) -> Accepted | None:
    """The message that a proposal became."""
    found = tx.rows(_OWNER, kind=REFERENCE_KIND, value=str(proposal_id))
    return Accepted(found[0][0], found[0][1], found[0][2], again=True) if found else None


def decide(tx: Tx, proposal_id: MessageId, version: int, message: NewMessage) -> Accepted:
    """Accept the message that a proposal becomes, and remove the proposal; everything or nothing.

    A decision that was taken already is answered with its message once more.

    Raises:
        NotDecided: The proposal has changed or is gone, or a reference of the message is in use.
    """
    found = tx.rows(_LOCK, id=proposal_id)
    if not found:
        if (earlier := became(tx, proposal_id)) is not None:
            return earlier
        raise NotDecided(Clash(REFERENCE_KIND, proposal_id))
    if found[0][0] != version:
        raise NotDecided(Clash(REFERENCE_KIND, proposal_id))
    _destroy(tx, [proposal_id])
    outcome = accepting.accept(tx, [message])[0]
    if isinstance(outcome, Clash):
        raise NotDecided(outcome)
    return outcome


def _destroy(tx: Tx, ids: Sequence[MessageId]) -> int:
    rows = [(proposal_id,) for proposal_id in ids]
    tx.run(_DROP_PERSONS, rows)
    tx.run(_OVERWRITE, rows, nothing=b"")  # the key before the row: a page of the database that is kept holds no key
    return tx.run(_DELETE, rows)
