"""Reading proposals; they are written by ``hub.journal.units.proposing``. In the clear they are in ``hub.intake.proposals``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from hub.journal.database import Database
from hub.journal.tables import proposal_persons, proposals
from hub.message import MessageId

#: Facts of a proposal, in the order in which they are returned.
_FACTS = (
    proposals.c.id, proposals.c.route, proposals.c.owner, proposals.c.kenmerk, proposals.c.title, proposals.c.cause,
    proposals.c.scope, proposals.c.assignee, proposals.c.decide_by, proposals.c.made_at, proposals.c.changed_at,
    proposals.c.version,
)  # fmt: skip
_SEALED = (proposals.c.key_id, proposals.c.data_key, proposals.c.body, proposals.c.idempotency)


def list_proposals(
    database: Database, route: str | None = None, assignee: str | None = None, *, limit: int = 200
) -> list[Sequence[Any]]:
    """The facts of proposals that wait, oldest first."""
    query = select(*_FACTS).order_by(proposals.c.made_at, proposals.c.id).limit(limit)
    if route is not None:
        query = query.where(proposals.c.route == route)
    if assignee is not None:
        query = query.where(proposals.c.assignee == assignee)
    with database.reading() as connection:
        return list(connection.execute(query).all())


def find_proposal(database: Database, proposal_id: MessageId) -> Sequence[Any] | None:
    """The facts of a proposal and then its key id, data key, sealed document and idempotency key; None when it is gone."""
    with database.reading() as connection:
        return connection.execute(select(*_FACTS, *_SEALED).where(proposals.c.id == proposal_id)).first()


def about_persons(database: Database, kinds: Sequence[str], hashes: Sequence[str]) -> list[MessageId]:
    """Proposals in which one of these persons stands, in order of their ids."""
    query = select(proposal_persons.c.proposal_id).where(
        proposal_persons.c.kind.in_(kinds), proposal_persons.c.value.in_(hashes)
    )
    with database.reading() as connection:
        return sorted(set(connection.execute(query).scalars()))
