"""Proposals: documents that become messages when a person decides so.

A proposal is checked when it enters, as if it were accepted then, and again at the decision. Numbers are allotted, and terms
begin to count, at the decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.contracts.route import Built, Route
from hub.crypto.keyring import Keyring
from hub.errors import PermanentError, Stage
from hub.intake.preparing import Decision, NeedsDecision, Offer, Preparation, now_micros, persons_of
from hub.journal import proposals, reading
from hub.journal.database import Database
from hub.journal.units import proposing
from hub.message import Caller, MessageId, new_id

#: A proposal's id; the message that it becomes is found by it too (``hub trace``).
ProposalId = MessageId


class ProposalGone(PermanentError):
    """There is no such proposal: it was withdrawn or has become a message, or somebody changed it meanwhile."""

    default_code = "proposal_gone"


class Proposed(NamedTuple):
    """What the caller of ``propose`` gets once the proposal is committed.

    Attributes:
        proposal_id: Its id; of the message, when an equal request was decided before.
        again: An equal request was stored before, and this is its answer once more.
        decided: It has become a message.
    """

    proposal_id: ProposalId
    again: bool = False
    decided: bool = False


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal in a list, without its content. ``assignee`` is empty when nobody is to decide yet."""

    id: ProposalId
    route: str
    owner: str
    case_number: str
    title: str
    cause: MessageId | None
    scope: str
    assignee: str
    decide_by: dt.datetime | None
    made_at: dt.datetime
    changed_at: dt.datetime
    version: int


@dataclass(frozen=True, slots=True)
class OpenedProposal:
    """A proposal with its document, in the clear. Whoever shows it records that in the access log."""

    view: ProposalView
    document: bytes
    key: bytes
    key_scope: str | None
    idempotency: str | None


class Proposals:
    """The proposals of one hub. Thread-safe.

    Args:
        route: The route of a name. It raises ``NoRoute``.
    """

    def __init__(self, journal: Database, keyring: Keyring, preparation: Preparation, route: Callable[[str], Route]) -> None:
        self._journal = journal
        self._keyring = keyring
        self._preparation = preparation
        self._route = route

    def add(self, offer: Offer, *, assignee: str = "", decide_by: dt.datetime | None = None) -> Proposed | Clashing:
        """Check a document as if it were accepted now, and store it."""
        built = self._preparation.rehearse(offer)
        proposal_id = new_id()
        data_key = self._keyring.new_data_key(proposal_id)
        key = None if offer.idempotency_key is None else f"{offer.key_scope or offer.caller}|{offer.idempotency_key}"
        row = self._row(offer, built, proposal_id, data_key.key)._replace(
            owner=str(offer.caller),
            cause=offer.cause,
            assignee=assignee,
            decide_by=None if decide_by is None else int(decide_by.timestamp() * 1_000_000),
            idempotency=key,
            key_id=data_key.key_id,
            data_key=data_key.wrapped,
        )
        same = self._journal.run(proposing.create, row, persons_of(self._keyring, built))
        if same is None:
            return Proposed(proposal_id)
        if not self._keyring.matches(same.fingerprint.decode(), offer.document):
            return Clashing(same.id)
        return Proposed(same.id, again=True, decided=same.decided)

    def listed(self, route: str | None = None, *, assignee: str | None = None, most: int = 200) -> list[ProposalView]:
        """Proposals that wait, oldest first."""
        rows = proposals.list_proposals(self._journal, route, assignee, limit=most)
        return [_view(row) for row in rows]

    def find(self, proposal_id: ProposalId) -> ProposalView | None:
        """A proposal without its content, None when it is not there (any more)."""
        row = proposals.find_proposal(self._journal, proposal_id)
        return None if row is None else _view(row[: len(ProposalView.__slots__)])

    def open(self, proposal_id: ProposalId) -> OpenedProposal | None:
        """A proposal with its document, None when it is not there (any more)."""
        row = proposals.find_proposal(self._journal, proposal_id)
        if row is None:
            return None
        *facts, key_id, data_key, body, idempotency = row
        key = self._keyring.unwrap(bytes(data_key), key_id, proposal_id)
        document = self._keyring.open(bytes(body), key, message_id=proposal_id, kind="proposal")
        scope, _, own_key = idempotency.partition("|") if idempotency is not None else (None, "", None)
        return OpenedProposal(_view(facts), document, key, scope, own_key)

    def change(self, proposal_id: ProposalId, version: int, document: bytes, caller: Caller) -> None:
        """Put another document in the place of the proposed one.

        Raises:
            ProposalGone: It is not there, or has another version.
            HubError: The document is refused, as ``add`` would refuse it.
        """
        opened = self.opened(proposal_id)
        offer = Offer(self._route(opened.view.route), document, caller)
        built = self._preparation.rehearse(offer)
        row = self._row(offer, built, proposal_id, opened.key)
        if not self._journal.run(proposing.change, row, version, persons_of(self._keyring, built)):
            raise _gone(proposal_id)

    def assign(self, proposal_id: ProposalId, assignee: str) -> None:
        """Say which account is to decide; empty is nobody. Raises: ProposalGone."""
        if not self._journal.run(proposing.assign, proposal_id, assignee):
            raise _gone(proposal_id)

    def withdraw(self, proposal_id: ProposalId) -> None:
        """Destroy a proposal: it becomes no message. Raises: ProposalGone."""
        if not self._journal.run(proposing.withdraw, proposal_id):
            raise _gone(proposal_id)

    def opened(self, proposal_id: ProposalId) -> OpenedProposal:
        """As ``open``. Raises: ProposalGone."""
        found = self.open(proposal_id)
        if found is None:
            raise _gone(proposal_id)
        return found

    def decided(self, opened: OpenedProposal, decider: Caller, document: bytes | None, hold: int, since: float) -> Offer:
        """What a decision offers to be accepted.

        Raises:
            NeedsDecision: The decider is not a person who signed in.
        """
        if decider.kind != "user":
            raise NeedsDecision("only a person who signed in decides about a proposal", stage=Stage.RECEIVING)
        view = opened.view
        return Offer(
            self._route(view.route),
            opened.document if document is None else document,
            decider,
            opened.idempotency,
            key_scope=opened.key_scope,
            cause=view.cause,
            hold=hold,
            decision=Decision(view.id, decider, now_micros(), view.owner),
            since=since,
        )

    def _row(self, offer: Offer, built: Built, proposal_id: ProposalId, key: bytes) -> proposing.NewProposal:
        return proposing.NewProposal(
            id=proposal_id,
            owner="",
            route=offer.route.name,
            kenmerk=offer.route.case_number_of(offer.document) or "",
            title=built.title,
            cause=None,
            scope=offer.route.scope_of(offer.document) or "",
            assignee="",
            decide_by=None,
            idempotency=None,
            fingerprint=self._keyring.fingerprint(offer.document).encode(),
            key_id="",
            data_key=b"",
            body=self._keyring.seal(offer.document, key, message_id=proposal_id, kind="proposal"),
        )


class Clashing(NamedTuple):
    """The idempotency key was used for another document."""

    id: MessageId


def _view(row: Any) -> ProposalView:
    values = dict(zip(ProposalView.__slots__, row, strict=True))
    for name in ("decide_by", "made_at", "changed_at"):
        values[name] = None if values[name] is None else reading.moment(values[name])
    return ProposalView(**values)


def _gone(proposal_id: ProposalId) -> ProposalGone:
    return ProposalGone(f"there is no proposal {proposal_id}, or it was changed meanwhile", stage=Stage.RECEIVING)
