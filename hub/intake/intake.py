"""Intake: from a document inside to a message that the hub answers for.

Every door (HTTP, console, folder, command line) comes here. What can be done without the database is done before the
transaction; in it the stamp is allotted, the message encrypted and everything written with one commit.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hub import telemetry
from hub.contracts.fileformat import Item
from hub.contracts.route import Route
from hub.crypto.keyring import Keyring
from hub.errors import HubError, NoRoute, PermanentError, Stage
from hub.intake.acceptance import Acceptance
from hub.intake.acceptance import Taken as Taken
from hub.intake.budget import ByteBudget
from hub.intake.files import FileIntake, PartOutcome
from hub.intake.preparing import NeedsDecision, Offer, Preparation, verify
from hub.intake.proposals import Clashing, ProposalGone, ProposalId, Proposals
from hub.intake.proposals import Proposed as Proposed
from hub.journal import reading
from hub.journal.database import Database, Tx
from hub.journal.records import NewMessage
from hub.journal.units import proposing
from hub.message import Caller, MessageId
from hub.telemetry import LogEvent

log = telemetry.get_logger()

#: Compares the items of a file with what was sent before.
Compare = Callable[[Database, Keyring, Iterable[Item]], Iterator[Item]]
#: Whom a document names to decide about it: an account.
Assignee = Callable[[Mapping[str, Any]], str]


class AlreadyUsed(PermanentError):
    """The case number, reference or idempotency key is in use by another message.

    Args:
        kind: What is in use: ``kenmerk``, ``idempotency`` ...
        message_id: The message that has it.
        value: The number or reference itself; empty for an idempotency key.
    """

    default_code = "reference_clash"

    def __init__(self, kind: str, message_id: MessageId, value: str = "") -> None:
        super().__init__(f"this {kind} is in use by message {message_id}", stage=Stage.RECEIVING)
        self.kind = kind
        self.message_id = message_id
        self.value = value


class Intake:
    """Accepts documents for the routes it was given. Thread-safe.

    Args:
        unsafe: Names of connections whose partner would count a repeat twice.
        partners: Partner per connection, for routes that choose among the connections of theirs.
        budget: Bytes of large documents that may be in work at once.
        comparing: Route -> what compares the items of a file with what was sent before, see
            ``hub.contracts.exchange.Document.compare``.
        assignees: Route -> who is to decide about a document, see ``hub.contracts.exchange.Document.assignee``.
    """

    def __init__(
        self,
        journal: Database,
        keyring: Keyring,
        routes: Mapping[str, Route],
        *,
        unsafe: frozenset[str] = frozenset(),
        partners: Mapping[str, str] | None = None,
        budget: ByteBudget | None = None,
        comparing: Mapping[str, Compare] | None = None,
        assignees: Mapping[str, Assignee] | None = None,
    ) -> None:
        self._journal = journal
        self._keyring = keyring
        self._comparing = dict(comparing or {})
        self._assignees = dict(assignees or {})
        self._preparation = Preparation(journal, keyring, unsafe=unsafe, partners=partners)
        self._routes = dict(routes)
        self.proposals = Proposals(journal, keyring, self._preparation, self._route)
        self._budget = budget or ByteBudget()
        self._acceptance = Acceptance(journal, self._preparation)
        self._files = FileIntake(journal, keyring, self._acceptance, self._budget)

    def accept(
        self,
        route_name: str,
        document: bytes,
        caller: Caller,
        *,
        idempotency_key: str | None = None,
        cause: MessageId | None = None,
        replaces: MessageId | None = None,
        hold_seconds: float = 0,
    ) -> Taken:
        """Accept a document; returns after the commit.

        Args:
            route_name: Which business exchange.
            document: As the route reads it.
            caller: On whose behalf.
            idempotency_key: Equal keys of one caller are one message.
            cause: The message that this one corrects or follows.
            replaces: A parked or sent message in whose place this one comes; it keeps that one's case number.
            hold_seconds: It leaves after this long, so that it can still be stopped.

        Raises:
            NoRoute: There is no such route, or it is switched off.
            DecodeFailure: The document cannot be read.
            SchemaViolation: It breaks rules.
            AlreadyUsed: Its case number or idempotency key belongs to another message, or what it replaces cannot be replaced.
            Throttled: Too many large documents at once; try again soon.
            Unavailable: The journal is away: nothing is known to have been accepted, repeat with the same key.
        """
        offer = Offer(
            self._route(route_name),
            document,
            caller,
            idempotency_key,
            cause=cause or replaces,
            replaces=replaces,
            hold=int(hold_seconds * 1_000_000),
            since=time.monotonic(),
        )
        return self._accept(offer)

    def offer(
        self, route_name: str, document: bytes, caller: Caller, *, idempotency_key: str | None = None, hold_seconds: float = 0
    ) -> Taken | Proposed:
        """Accept a document; or propose it, where a person has to decide about it. For the doors of systems.

        Arguments and what is raised are those of ``accept``. A proposal waits for whom the document itself names. Of a route
        whose documents name nobody none is taken: it could wait where nobody looks.

        Raises:
            NeedsDecision: A person has to decide, and no document of this route says who.
        """
        named_by = self._assignees.get(route_name)
        if not self._route(route_name).policy.needs_decision or named_by is None:
            return self.accept(route_name, document, caller, idempotency_key=idempotency_key, hold_seconds=hold_seconds)
        assignee = _named(named_by, document)
        return self.propose(route_name, document, caller, idempotency_key=idempotency_key, assignee=assignee)

    def accept_many(
        self, route_name: str, items: Iterable[Item], caller: Caller, *, hold_seconds: float = 0
    ) -> Iterator[PartOutcome]:
        """Accept the parts of a file in groups, with one commit per group; the outcome of each part in order, after its commit.

        ``items`` is taken as outcomes are asked for, and no more than a group of it is in memory. What is wrong with one part
        leaves the others as they are. Offering the same parts again, after a crash or from another file, accepts nothing
        twice: each is known by its key, whoever offers it.

        Raises:
            NoRoute: There is no such route.
            NeedsDecision: A person has to decide about each document of this route.
            TransientError: The journal is away; raised while outcomes are read. What was told stays accepted.
        """
        route = self._route(route_name)
        if route.policy.needs_decision:
            raise NeedsDecision(f"a message of route {route_name} needs a person's decision", stage=Stage.RECEIVING)
        compare = self._comparing.get(route_name)
        compared = items if compare is None else compare(self._journal, self._keyring, items)
        return self._files.accept(route, compared, caller, int(hold_seconds * 1_000_000))

    def prepare(
        self, route_name: str, document: bytes, caller: Caller, *, cause: MessageId | None = None, tx: Tx | None = None
    ) -> NewMessage:
        """A message that is built, verified and sealed, for somebody else to accept in a transaction with something more.

        Args:
            route_name: Which business exchange.
            document: As the route reads it.
            caller: On whose behalf.
            cause: The message that this one follows.
            tx: The running transaction, when this is called in one: numbers are drawn in it.

        Raises:
            NoRoute: There is no such route.
            NeedsDecision: A person has to decide first.
            HubError: As ``accept`` raises it, but for what only accepting finds out.
        """
        offer = Offer(self._route(route_name), document, caller, cause=cause)
        return self._preparation.seal(verify(self._preparation.build(offer, tx))).message

    def propose(
        self,
        route_name: str,
        document: bytes,
        caller: Caller,
        *,
        idempotency_key: str | None = None,
        cause: MessageId | None = None,
        assignee: str = "",
        decide_by: dt.datetime | None = None,
    ) -> Proposed:
        """Keep a document until a person decides whether it becomes a message; returns after the commit.

        It is checked as ``accept`` would check it, except for what only accepting finds out.

        Args:
            route_name: Which business exchange.
            document: As the route reads it.
            caller: On whose behalf.
            idempotency_key: Equal keys of one caller are one proposal, or the message that it became.
            cause: The message that it follows.
            assignee: Name of the account that is to decide.
            decide_by: When it should be decided.

        Raises:
            HubError: As ``accept`` raises it.
        """
        offer = Offer(self._route(route_name), document, caller, idempotency_key, cause=cause)
        with self._counted(offer), self._budget.take(len(document)):
            proposed = self.proposals.add(offer, assignee=assignee, decide_by=decide_by)
            if isinstance(proposed, Clashing):
                raise AlreadyUsed("idempotency", proposed.id)
        return proposed

    def decide(
        self, proposal_id: ProposalId, decider: Caller, *, document: bytes | None = None, hold_seconds: float = 0
    ) -> Taken:
        """Make a message of a proposal; returns after the commit, in which the proposal goes.

        The message is the decider's; its first entry in the timeline names the proposal and who proposed it. Deciding again
        gives the same message again, also after a crash of which the answer was lost.

        Args:
            proposal_id: The proposal.
            decider: A person who signed in.
            document: What the decider made of the proposed document; None is as it was proposed.
            hold_seconds: It leaves after this long, so that it can still be stopped.

        Raises:
            NeedsDecision: The decider is not a person who signed in.
            ProposalGone: It was withdrawn, or somebody changed it meanwhile.
            HubError: As ``accept`` raises it.
        """
        opened = self.proposals.open(proposal_id)
        if opened is None:
            earlier = self._journal.run(proposing.became, proposal_id)
            if earlier is None:
                raise ProposalGone(f"there is no proposal {proposal_id}", stage=Stage.RECEIVING)
            return Taken(earlier.message_id, earlier.reference, earlier.kenmerk, again=True)
        hold = int(hold_seconds * 1_000_000)
        offer = self.proposals.decided(opened, decider, document, hold, time.monotonic())
        return self._accept(offer, version=opened.view.version)

    def _route(self, name: str) -> Route:
        route = self._routes.get(name)
        if route is None:
            raise NoRoute(f"there is no route {name!r}", stage=Stage.RECEIVING)
        return route

    @contextmanager
    def _counted(self, offer: Offer) -> Iterator[None]:
        """Count and log what is refused in the block."""
        try:
            yield
        except HubError as error:
            telemetry.REFUSED_DOCUMENTS.labels(offer.route.name, error.code).inc()
            log.info(LogEvent.DOCUMENT_REFUSED, route=offer.route.name, code=error.code)
            raise

    def _accept(self, offer: Offer, *, version: int = 0) -> Taken:
        with self._counted(offer), self._budget.take(len(offer.document)):
            outcome = self._acceptance.take(offer, version)
            if isinstance(outcome, Taken):
                return outcome
            if outcome.kind == proposing.REFERENCE_KIND:
                raise ProposalGone(f"proposal {outcome.message_id} is gone or changed", stage=Stage.RECEIVING)
            raise AlreadyUsed(outcome.kind, outcome.message_id, "" if outcome.kind == "idempotency" else outcome.value)

    def key_in_use(self, caller: Caller, keys: Sequence[str]) -> str:
        """The one of these idempotency keys that this caller used before, else the first of them.

        Raises:
            Unavailable: The journal is away.
        """
        for key in keys[1:]:
            if reading.find(self._journal, f"{caller}|{key}", kinds=("idempotency",)):
                return key
        return keys[0]

    def close(self) -> None:
        """Finish what is being accepted. Idempotent."""
        self._acceptance.close()


def _named(named_by: Assignee, document: bytes) -> str:
    try:
        given = json.loads(document)
    except (ValueError, RecursionError):
        return ""  # the route will refuse it in its own words
    return named_by(given) if isinstance(given, dict) else ""
