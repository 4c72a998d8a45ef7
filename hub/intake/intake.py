"""Intake: from a document inside to a message that the hub answers for.

Every door (HTTP, console, folder, command line) comes here. What can be done without the database is done before the
transaction; in it the stamp is allotted, the message encrypted and everything written with one commit.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, ParamSpec, TypeVar

from hub import telemetry
from hub.contracts.route import Route, Series
from hub.crypto.keyring import Keyring
from hub.errors import Finding, HubError, NoRoute, PermanentError, Stage, TransientError
from hub.intake.budget import ByteBudget
from hub.intake.preparing import Offer, Preparation, Prepared, Unsealed, verify
from hub.journal import reading
from hub.journal.database import Database, Tx
from hub.journal.grouping import Grouping
from hub.journal.records import Accepted, Clash, NewMessage
from hub.journal.units import accepting
from hub.journal.units.replacing import NotReplaced, accept_instead
from hub.message import Caller, MessageId
from hub.telemetry import LogEvent

P = ParamSpec("P")
Item = TypeVar("Item")
R = TypeVar("R")

log = telemetry.get_logger()

#: Documents up to this many bytes are built and accepted in groups; larger ones apart, so that nobody waits for one.
TOGETHER_BYTES = 65_536
MAX_GROUP = 64
#: Numbers that are tried for one document when others use the numbers of a series at the same moment, and how many of them
#: from the block in hand: a new block holds free numbers only.
_DRAWS, _DRAWS_OF_A_BLOCK = 8, 3


class AlreadyUsed(PermanentError):
    """The case number, reference or idempotency key is in use by another message.

    Args:
        kind: What is in use: ``kenmerk``, ``idempotency`` ...
        message_id: The message that has it.
    """

    default_code = "reference_clash"

    def __init__(self, kind: str, message_id: MessageId) -> None:
        super().__init__(f"this {kind} is in use by message {message_id}", stage=Stage.RECEIVING)
        self.kind = kind
        self.message_id = message_id


@dataclass(frozen=True, slots=True)
class Taken:
    """What the caller gets once the message is committed.

    ``again`` says that an equal request was accepted before and this is its answer once more.
    """

    message_id: MessageId
    reference: str
    kenmerk: str
    again: bool
    warnings: tuple[Finding, ...] = ()


class _NumberTaken(NamedTuple):
    """A number that the hub allotted was used by somebody meanwhile: the next one may be free."""

    clash: Clash
    series: Series


class Intake:
    """Accepts documents for the routes it was given. Thread-safe.

    Args:
        unsafe: Names of connections whose partner would count a repeat twice.
        partners: Partner per connection, for routes that choose among the connections of theirs.
        budget: Bytes of large documents that may be in work at once.
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
    ) -> None:
        self._journal = journal
        self._preparation = Preparation(journal, keyring, unsafe=unsafe, partners=partners)
        self._routes = dict(routes)
        self._budget = budget or ByteBudget()
        # Building is grouped too: threads that compute at the same moment only take the interpreter from one another. While one
        # group is committed the next is built, and groups that were built meanwhile are committed together.
        self._taking: Grouping[Offer, Taken | Clash | _NumberTaken] = Grouping(self._take_group, most=MAX_GROUP)
        self._committing: Grouping[Sequence[NewMessage], list[Accepted | Clash | Exception]] = Grouping(
            self._commit_groups, most=MAX_GROUP
        )

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

    def _route(self, name: str) -> Route:
        route = self._routes.get(name)
        if route is None:
            raise NoRoute(f"there is no route {name!r}", stage=Stage.RECEIVING)
        return route

    def _accept(self, offer: Offer) -> Taken:
        try:
            with self._budget.take(len(offer.document)):
                tries = 0
                while True:
                    tries += 1
                    outcome = self._take(offer)
                    if isinstance(outcome, Taken):
                        return outcome
                    if isinstance(outcome, Clash) or tries == _DRAWS:
                        clash = outcome if isinstance(outcome, Clash) else outcome.clash
                        raise AlreadyUsed(clash.kind, clash.message_id)
                    if tries >= _DRAWS_OF_A_BLOCK:
                        self._preparation.numbers.forget([outcome.series])
        except HubError as error:
            telemetry.REFUSED_DOCUMENTS.labels(offer.route.name, error.code).inc()
            log.info(LogEvent.DOCUMENT_REFUSED, route=offer.route.name, code=error.code)
            raise

    def _take(self, offer: Offer) -> Taken | Clash | _NumberTaken:
        if offer.replaces is None and offer.decision is None and len(offer.document) <= TOGETHER_BYTES:
            return self._taking.run(offer)
        prepared = self._preparation.seal(verify(self._preparation.build(offer)))
        return _taken(offer, prepared, self._accept_alone(prepared.message, offer.replaces))

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
        self._taking.close()
        self._committing.close()

    def _take_group(
        self, offers: Sequence[Offer], next_may_begin: Callable[[], None]
    ) -> list[Taken | Clash | _NumberTaken | Exception]:
        """Build what was offered, have committed what could be built, and tell of it before any of the callers wakes up."""
        prepared = self._build_all(offers)
        next_may_begin()
        return self._commit(offers, prepared)

    def _commit(
        self, offers: Sequence[Offer], prepared: Sequence[Prepared | Exception]
    ) -> list[Taken | Clash | _NumberTaken | Exception]:
        messages = [one.message for one in prepared if isinstance(one, Prepared)]
        answers = iter(self._committing.run(messages) if messages else ())
        outcomes: list[Taken | Clash | _NumberTaken | Exception] = []
        for offer, one in zip(offers, prepared, strict=True):
            if isinstance(one, Prepared):
                answer = next(answers)
                outcomes.append(answer if isinstance(answer, Exception) else _taken(offer, one, answer))
            else:
                outcomes.append(one)
        return outcomes

    # Building: before the transaction.

    def _build_all(self, offers: Sequence[Offer]) -> list[Prepared | Exception]:
        built: list[Unsealed | Exception] = []
        for offer in offers:
            built.append(_attempt(self._preparation.build, offer))
            if isinstance(built[-1], TransientError):  # no case number: the journal is away, also for who comes after
                built += [built[-1]] * (len(offers) - len(built))
                break
        # Step by step for all of them: code that runs again at once is still in the processor's caches.
        return _each(self._preparation.seal, _each(verify, built))

    # Accepting: one transaction.

    def _commit_groups(
        self, groups: Sequence[Sequence[NewMessage]], _: Callable[[], None]
    ) -> list[list[Accepted | Clash | Exception] | Exception]:
        answers = iter(self._accept_all([message for group in groups for message in group]))
        return [list(itertools.islice(answers, len(group))) for group in groups]

    def _accept_all(self, messages: Sequence[NewMessage]) -> Sequence[Accepted | Clash | Exception]:
        try:
            return self._journal.run(accepting.accept, messages)
        except Exception as error:
            if len(messages) == 1 or isinstance(error, TransientError):
                return [error] * len(messages)
            return [answer for one in messages for answer in self._accept_all([one])]  # one must not take the others with it

    def _accept_alone(self, message: NewMessage, replaces: MessageId | None) -> Accepted | Clash:
        if replaces is None:
            return self._journal.run(accepting.accept, [message])[0]
        try:
            return self._journal.run(accept_instead, replaces, message)
        except NotReplaced as refusal:
            return refusal.clash


def _attempt(step: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | Exception:
    """What a step gives, or what it raises: for the caller who offered it, not for the whole group."""
    try:
        return step(*args, **kwargs)
    except Exception as error:
        return error


def _each(step: Callable[[Item], R], items: Sequence[Item | Exception]) -> list[R | Exception]:
    """Take each item one step on; what failed before stays as it is."""
    return [item if isinstance(item, Exception) else _attempt(step, item) for item in items]


def _taken(offer: Offer, prepared: Prepared, answer: Accepted | Clash) -> Taken | Clash | _NumberTaken:
    if isinstance(answer, Clash):
        series = prepared.drawn.get(answer.value)
        return answer if series is None else _NumberTaken(answer, series)
    route = offer.route.name
    event = LogEvent.MESSAGE_REPEATED if answer.again else LogEvent.MESSAGE_ACCEPTED
    log.info(event, route=route, message_id=str(answer.message_id))
    telemetry.ACCEPTED.labels(route).inc()
    telemetry.ACCEPT_SECONDS.labels(route).observe(time.monotonic() - offer.since)
    return Taken(answer.message_id, answer.reference, answer.kenmerk, answer.again, prepared.built.warnings)
