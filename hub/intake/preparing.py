"""Preparing a message: a document read, numbered, built, verified and sealed, without anything being promised yet."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hub.contracts.route import AMSTERDAM, CASE_NUMBER, REFERENCE, Built, Identity, Release, Route, Series
from hub.crypto.keyring import Keyring
from hub.errors import Finding, HubError, NoRoute, PermanentError, SchemaViolation, Stage
from hub.intake.numbers import NumberBlocks
from hub.journal import reading
from hub.journal.database import Database, Tx
from hub.journal.records import NewMessage
from hub.journal.units.proposing import REFERENCE_KIND
from hub.message import Caller, MessageId, new_id
from hub.telemetry import names_bsn

_IS_BSN = "Dit is een burgerservicenummer. Kies een nummer zonder persoonsgegevens."


class NeedsDecision(PermanentError):
    """Documents of this route become messages only when a signed-in person decides so: make a proposal of it."""

    default_code = "needs_decision"


class OutOfScope(PermanentError):
    """The caller may not offer documents on behalf of this organisation."""

    default_code = "out_of_scope"


class Decision(NamedTuple):
    """That a proposal becomes a message.

    Attributes:
        proposal: Its id.
        by: The person who decided.
        at: Microseconds since 1970 UTC.
        proposed_by: Who proposed it.
    """

    proposal: MessageId
    by: Caller
    at: int
    proposed_by: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a caller asks, in microseconds where it is time.

    ``key_scope`` says who shares the idempotency key; None is nobody but this caller.
    """

    route: Route
    document: bytes
    caller: Caller
    idempotency_key: str | None = None
    key_scope: str | None = None
    cause: MessageId | None = None
    replaces: MessageId | None = None
    hold: int = 0
    decision: Decision | None = None
    since: float = 0.0  # monotonic, seconds

    def __post_init__(self) -> None:
        """A byte order mark, which some editors put before everything, is no part of a document at any door."""
        object.__setattr__(self, "document", self.document.removeprefix(codecs.BOM_UTF8))


class Unsealed(NamedTuple):
    """A document that was read and built; ``drawn`` are the series of the numbers that the hub allotted it, by number."""

    offer: Offer
    built: Built
    identity: Identity
    drawn: Mapping[str, Series]


class Prepared(NamedTuple):
    """A document that was read, built and verified, and the message that is to be accepted."""

    built: Built
    message: NewMessage
    drawn: Mapping[str, Series]


class Preparation:
    """Prepares messages for the routes of one hub. Thread-safe.

    Args:
        unsafe: Names of connections whose partner would count a repeat twice.
        partners: Partner per connection, for routes that choose among the connections of theirs. A route's own connection
            needs no row.
    """

    def __init__(
        self,
        journal: Database,
        keyring: Keyring,
        *,
        unsafe: frozenset[str] = frozenset(),
        partners: Mapping[str, str] | None = None,
    ) -> None:
        self.numbers = NumberBlocks(journal)
        self._journal = journal
        self._keyring = keyring
        self._unsafe = unsafe
        self._partners = dict(partners or {})

    def build(self, offer: Offer, tx: Tx | None = None) -> Unsealed:
        """Read a document, give it its identity and build its message.

        Args:
            tx: A running transaction to draw numbers in, for a unit of work that must not begin another one.

        Raises:
            NeedsDecision: A person has to decide first.
            OutOfScope: The caller may not offer it.
            HubError: As ``Route.build`` raises it; or a route chose a connection that is not there (``NoRoute``).
            Unavailable: The journal is away.
        """
        if offer.route.policy.needs_decision and offer.decision is None:
            raise NeedsDecision(f"a message of route {offer.route.name} needs a person's decision", stage=Stage.RECEIVING)
        check_scope(offer)
        now = dt.datetime.now(AMSTERDAM)
        case_number = offer.route.case_number_of(offer.document) or self._kept(offer.replaces)
        drawn: dict[str, Series] = {}
        numbers: dict[str, str] = {}
        for name, series in offer.route.series(offer.document, now).items():
            if name != CASE_NUMBER or not case_number:
                numbers[name] = self.numbers.draw(series, tx)
                drawn[numbers[name]] = series
        decision = offer.decision
        identity = Identity(
            reference=numbers.get(REFERENCE) or str(uuid.uuid4()),
            case_number=case_number or numbers.get(CASE_NUMBER, ""),
            moment=now,
            numbers=numbers,
            decided_by=decision.by if decision else None,
            decided_at=dt.datetime.fromtimestamp(decision.at / 1e6, AMSTERDAM) if decision else None,
        )
        built = offer.route.build(offer.document, identity)
        check_metadata(offer, identity)
        return Unsealed(offer, self._connected(offer.route, built), identity, drawn)

    def rehearse(self, offer: Offer) -> Built:
        """Build and verify as if the offer were accepted now; nothing is drawn, and numbers and decision are provisional.

        Raises:
            OutOfScope: The caller may not offer it.
            HubError: As ``Route.build`` raises it.
        """
        check_scope(offer)
        route, now = offer.route, dt.datetime.now(AMSTERDAM)
        given = route.case_number_of(offer.document)
        numbers = {name: series.write(0) for name, series in route.series(offer.document, now).items()}
        identity = Identity(
            reference=numbers.get(REFERENCE) or str(uuid.uuid4()),
            case_number=given or numbers.get(CASE_NUMBER, ""),
            moment=now,
            numbers=numbers,
            decided_by=offer.caller,
            decided_at=now,
        )
        built = self._connected(route, route.build(offer.document, identity))
        check_metadata(offer, identity)
        route.verify(built)
        return built

    def seal(self, unsealed: Unsealed) -> Prepared:
        """Make the message that the journal accepts, encrypted under a key of its own."""
        message = self._message(unsealed)
        return Prepared(unsealed.built, message, unsealed.drawn)

    def _kept(self, replaces: MessageId | None) -> str | None:
        old = reading.show(self._journal, replaces) if replaces else None
        return old.kenmerk if old else None

    def _connected(self, route: Route, built: Built) -> Built:
        chosen = built.connection
        if chosen is not None and chosen != route.connection:
            partner = self._partners.get(route.connection)
            if chosen not in self._partners:
                raise NoRoute(
                    f"route {route.name} needs a connection {chosen!r}, which is not configured", stage=Stage.RECEIVING
                )
            if self._partners[chosen] != partner:
                raise HubError(f"route {route.name} chose {chosen!r}, a connection of another partner")
        return built

    def _message(self, unsealed: Unsealed) -> NewMessage:
        offer, built, identity, _ = unsealed
        route, policy = offer.route, offer.route.policy
        message_id = new_id()
        data_key = self._keyring.new_data_key(message_id)
        key, seal = data_key.key, self._keyring.seal
        connection = built.connection or route.connection
        proposal = str(offer.decision.proposal) if offer.decision else ""
        return NewMessage(
            id=message_id,
            route=route.name,
            connection=connection,
            type=built.type,
            reference=identity.reference,
            kenmerk=identity.case_number,
            title=built.title,
            caller=str(offer.caller),
            scope=route.scope_of(offer.document) or "",
            fingerprint=self._keyring.fingerprint(offer.document).encode(),
            same_as=lambda stored: self._keyring.matches(stored.decode(), offer.document),
            body=built.body,
            slots=built.slots,
            sending_system=route.sending_system,
            seal=lambda body: seal(body, key, message_id=message_id, kind="message"),
            key_id=data_key.key_id,
            data_key=data_key.wrapped,
            max_attempts=policy.max_attempts,
            deliver_within=micros(policy.deliver_within),
            answer_within=micros(policy.answer_within) if policy.answer_within else 0,
            keep_for=micros(policy.keep_content),
            documents={"document": seal(offer.document, key, message_id=message_id, kind="document")},
            idempotency=offer.idempotency_key,
            idempotency_scope=offer.key_scope,
            unique=(*built.unique, *([(REFERENCE_KIND, proposal)] if proposal else [])),
            found_by=(*built.found_by, *persons_of(self._keyring, built)),
            ordering_key=built.ordering_key,
            ordering_scope=policy.ordering_scope,
            release_on_sent=policy.release == Release.SENT,
            newest_state_only=policy.newest_state_only,
            unsafe=connection in self._unsafe,
            hold_for=offer.hold,
            cause=offer.cause,
            attributes=json.dumps(dict(built.attributes), separators=(",", ":")),
            facts=built.facts,
            detail={"proposal": proposal, "proposed_by": offer.decision.proposed_by} if offer.decision else {},
        )


def verify(unsealed: Unsealed) -> Unsealed:
    """Hold what was built against what its receiver holds it against. Raises: HubError."""
    unsealed.offer.route.verify(unsealed.built)
    return unsealed


def check_metadata(offer: Offer, identity: Identity) -> None:
    """Refuse a BSN where people type a number of their own: it would stand in the clear in lists, in the journal and on pages.

    Asked after the route, whose own words about its case number are better.

    Raises:
        SchemaViolation: With the place; nothing of it repeats the number.
    """
    typed = CASE_NUMBER not in identity.numbers
    wrong = {
        "/kenmerk": typed and names_bsn(identity.case_number),
        # A key is often a digest, and hexadecimal digits between letters are nobody's number.
        "Idempotency-Key": names_bsn(offer.idempotency_key or "", apart=True),
    }
    found = [Finding("META.bsn", _IS_BSN, field=place) for place, is_wrong in wrong.items() if is_wrong]
    if found:
        raise SchemaViolation(f"a number that people type is a BSN: {', '.join(item.field for item in found)}", found)


def check_scope(offer: Offer) -> None:
    """Refuse what a caller with a limited scope may not offer. Raises: OutOfScope, DecodeFailure."""
    scope = offer.caller.scope
    if scope and offer.route.scope_of(offer.document) not in scope:
        raise OutOfScope("this caller may not offer documents on behalf of that organisation", stage=Stage.RECEIVING)


def persons_of(keyring: Keyring, built: Built) -> list[tuple[str, str]]:
    """The persons in a message as references: keyed hashes, whom it is about apart from others."""
    persons = [("bsn", one) for one in built.subjects] + [("other_bsn", one) for one in built.others]
    return [(kind, ":".join(keyring.hash_bsn(one.bsn))) for kind, one in persons]


def micros(duration: dt.timedelta) -> int:
    """A duration in microseconds."""
    return int(duration.total_seconds() * 1_000_000)


def now_micros() -> int:
    """This machine's clock in microseconds since 1970 UTC."""
    return time.time_ns() // 1000
