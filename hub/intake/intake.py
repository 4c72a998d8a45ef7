"""Intake: from a document inside to a message that the hub answers for.

Every door (HTTP, console, folder, command line) comes here. What can be done without the database is done before the
transaction; in it the stamp is allotted, the message encrypted and everything written with one commit.
"""

from __future__ import annotations

import collections
import datetime as dt
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, ParamSpec, TypeVar

from hub import telemetry
from hub.contracts.route import Built, Identity, Release, Route
from hub.crypto.keyring import Keyring
from hub.errors import Finding, HubError, NoRoute, PermanentError, Stage, TransientError
from hub.intake.budget import ByteBudget
from hub.journal import reading, stamp
from hub.journal.database import Database, Tx
from hub.journal.grouping import Grouping
from hub.journal.records import Accepted, Clash, NewMessage
from hub.journal.units import accepting
from hub.journal.units.numbering import take_numbers
from hub.journal.units.replacing import NotReplaced, accept_instead
from hub.message import Caller, MessageId, new_id
from hub.telemetry import LogEvent

P = ParamSpec("P")
Item = TypeVar("Item")
R = TypeVar("R")

log = telemetry.get_logger()

#: Documents up to this many bytes are built and accepted in groups; larger ones apart, so that nobody waits for one.
TOGETHER_BYTES = 65_536
MAX_GROUP = 64
#: Case numbers are taken from the journal in blocks; what is left at a stop is skipped.
NUMBER_BLOCK = 20


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


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a caller asks, in microseconds where it is time."""

    route: Route
    document: bytes
    caller: Caller
    idempotency_key: str | None
    cause: MessageId | None = None
    replaces: MessageId | None = None
    hold: int = 0
    prepared: bool = False
    since: float = 0.0  # monotonic, seconds


class _Draft(NamedTuple):
    """A document that was read and built."""

    offer: _Offer
    built: Built
    identity: Identity


class _Ready(NamedTuple):
    """A document that was read, built and verified, and the message that is to be accepted."""

    built: Built
    message: NewMessage


class Intake:
    """Accepts documents for the routes it was given. Thread-safe.

    Args:
        unsafe: Names of connections whose partner would count a repeat twice.
        budget: Bytes of large documents that may be in work at once.
    """

    def __init__(
        self,
        journal: Database,
        keyring: Keyring,
        routes: Mapping[str, Route],
        *,
        unsafe: frozenset[str] = frozenset(),
        budget: ByteBudget | None = None,
    ) -> None:
        self._journal = journal
        self._keyring = keyring
        self._routes = dict(routes)
        self._unsafe = unsafe
        self._budget = budget or ByteBudget()
        self._numbers: dict[str, collections.deque[int]] = collections.defaultdict(collections.deque)
        self._numbers_lock = threading.Lock()
        # Building is grouped too: threads that compute at the same moment only take the interpreter from one another. While one
        # group is committed the next is built, and groups that were built meanwhile are committed together.
        self._taking: Grouping[_Offer, Taken | Clash] = Grouping(self._take_group, most=MAX_GROUP)
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
        prepared: bool = False,
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
            prepared: It waits until a person lets it go.

        Raises:
            NoRoute: There is no such route, or it is switched off.
            DecodeFailure: The document cannot be read.
            SchemaViolation: It breaks rules.
            AlreadyUsed: Its case number or idempotency key belongs to another message, or what it replaces cannot be replaced.
            Throttled: Too many large documents at once; try again soon.
            Unavailable: The journal is away: nothing is known to have been accepted, repeat with the same key.
        """
        route = self._route(route_name)
        hold = int(hold_seconds * 1_000_000)
        since = time.monotonic()
        offer = _Offer(route, document, caller, idempotency_key, cause or replaces, replaces, hold, prepared, since)
        try:
            with self._budget.take(len(document)):
                if replaces is not None or len(document) > TOGETHER_BYTES:
                    built, message = self._seal(_verify(self._build(offer)))
                    taken = _taken(offer, built, self._accept_alone(message, replaces))
                else:
                    taken = self._taking.run(offer)
            if isinstance(taken, Clash):
                raise AlreadyUsed(taken.kind, taken.message_id)
        except HubError as error:
            telemetry.REFUSED_DOCUMENTS.labels(route_name, error.code).inc()
            log.info(LogEvent.DOCUMENT_REFUSED, route=route_name, code=error.code)
            raise
        return taken

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
            HubError: As ``accept`` raises it, but for what only accepting finds out.
        """
        offer = _Offer(self._route(route_name), document, caller, None, cause)
        return self._seal(_verify(self._build(offer, tx))).message

    def _route(self, name: str) -> Route:
        route = self._routes.get(name)
        if route is None:
            raise NoRoute(f"there is no route {name!r}", stage=Stage.RECEIVING)
        return route

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

    def _take_group(self, offers: Sequence[_Offer], next_may_begin: Callable[[], None]) -> list[Taken | Clash | Exception]:
        """Build what was offered, have committed what could be built, and tell of it before any of the callers wakes up."""
        ready = self._build_all(offers)
        next_may_begin()
        messages = [one.message for one in ready if isinstance(one, _Ready)]
        answers = iter(self._committing.run(messages) if messages else ())
        outcomes: list[Taken | Clash | Exception] = []
        for offer, one in zip(offers, ready, strict=True):
            if isinstance(one, _Ready):
                answer = next(answers)
                outcomes.append(answer if isinstance(answer, Exception) else _taken(offer, one.built, answer))
            else:
                outcomes.append(one)
        return outcomes

    # Building: before the transaction.

    def _build_all(self, offers: Sequence[_Offer]) -> list[_Ready | Exception]:
        built: list[_Draft | Exception] = []
        for offer in offers:
            built.append(_attempt(self._build, offer))
            if isinstance(built[-1], TransientError):  # no case number: the journal is away, also for who comes after
                built += [built[-1]] * (len(offers) - len(built))
                break
        # Step by step for all of them: code that runs again at once is still in the processor's caches.
        return _each(self._seal, _each(_verify, built))

    def _build(self, offer: _Offer, tx: Tx | None = None) -> _Draft:
        route, now = offer.route, time.time_ns() // 1000
        today = stamp.date_of(now)
        kenmerk = route.kenmerk_of(offer.document) or self._kept(offer.replaces) or self._number(route, today.year, tx)
        identity = Identity(str(uuid.uuid4()), kenmerk, stamp.digits(stamp.wall_clock(now)), today)
        return _Draft(offer, route.build(offer.document, identity), identity)

    def _seal(self, draft: _Draft) -> _Ready:
        offer, built, identity = draft
        return _Ready(built, self._message(offer.route, built, identity, offer))

    def _kept(self, replaces: MessageId | None) -> str | None:
        old = reading.show(self._journal, replaces) if replaces else None
        return old.kenmerk if old else None

    def _number(self, route: Route, year: int, tx: Tx | None) -> str:
        series = f"kenmerk/{route.kenmerk_prefix}-{year}"
        if tx is not None:
            return f"{route.kenmerk_prefix}-{year}-{take_numbers(tx, series, 1)[0]:06d}"
        with self._numbers_lock:
            numbers = self._numbers[series]
            if not numbers:
                numbers.extend(self._journal.run(take_numbers, series, NUMBER_BLOCK))
            return f"{route.kenmerk_prefix}-{year}-{numbers.popleft():06d}"

    def _message(self, route: Route, built: Built, identity: Identity, offer: _Offer) -> NewMessage:
        message_id = new_id()
        data_key = self._keyring.new_data_key(message_id)
        key, seal = data_key.key, self._keyring.seal
        persons = [("bsn", one) for one in built.subjects] + [("other_bsn", one) for one in built.others]
        subjects = [(kind, ":".join(self._keyring.hash_bsn(one.bsn))) for kind, one in persons]
        return NewMessage(
            id=message_id,
            route=route.name,
            connection=route.connection,
            type=built.type,
            reference=identity.reference,
            kenmerk=identity.kenmerk,
            title=built.title,
            caller=str(offer.caller),
            fingerprint=self._keyring.fingerprint(offer.document).encode(),
            same_as=lambda stored: self._keyring.matches(stored.decode(), offer.document),
            body=built.body,
            slots=built.slots,
            sending_system=route.sending_system,
            seal=lambda body: seal(body, key, message_id=message_id, kind="message"),
            key_id=data_key.key_id,
            data_key=data_key.wrapped,
            max_attempts=route.max_attempts,
            deliver_within=_micros(route.deliver_within),
            answer_within=_micros(route.answer_within) if route.expects_answer and route.answer_within else 0,
            keep_for=_micros(route.keep_content),
            documents={"document": seal(offer.document, key, message_id=message_id, kind="document")},
            idempotency=offer.idempotency_key,
            unique=built.unique,
            found_by=(*built.found_by, *subjects),
            ordering_key=built.ordering_key,
            release_on_sent=route.release == Release.SENT,
            newest_state_only=route.newest_state_only,
            unsafe=route.connection in self._unsafe,
            held=offer.prepared,
            hold_for=offer.hold,
            cause=offer.cause,
            attributes=json.dumps(dict(built.attributes), separators=(",", ":")),
            facts=built.facts,
        )

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


def _verify(draft: _Draft) -> _Draft:
    draft.offer.route.verify(draft.built)
    return draft


def _taken(offer: _Offer, built: Built, answer: Accepted | Clash) -> Taken | Clash:
    if isinstance(answer, Clash):
        return answer
    route = offer.route.name
    event = LogEvent.MESSAGE_REPEATED if answer.again else LogEvent.MESSAGE_ACCEPTED
    log.info(event, route=route, message_id=str(answer.message_id))
    telemetry.ACCEPTED.labels(route).inc()
    telemetry.ACCEPT_SECONDS.labels(route).observe(time.monotonic() - offer.since)
    return Taken(answer.message_id, answer.reference, answer.kenmerk, answer.again, built.warnings)


def _micros(duration: dt.timedelta) -> int:
    return int(duration.total_seconds() * 1_000_000)
