"""The contract of a route: one business exchange, told as pure functions and plain facts.

An outgoing route turns a document from inside into the partner's message. It touches no database, broker or network; the
same input gives the same output, so it can be tested with files alone.

``hub/testing/route_suite.py`` is the conformance suite.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from hub.errors import Finding
from hub.message import Caller

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

#: Names of numbers that the engine itself knows, see ``Route.series``.
CASE_NUMBER = "case_number"
REFERENCE = "reference"


class Release(StrEnum):
    """When the next message of the same ordering key may leave."""

    SENT = "sent"  # once the partner's side took over
    ANSWERED = "answered"  # once the business answer came


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the engine is to do with a route's messages.

    Attributes:
        release: When the next message of the same ordering key may leave.
        ordering_scope: Routes of one scope share their ordering keys: a message waits for an earlier one of another route too.
            Begins with the exchange's name. Empty: the route's keys are its own.
        newest_state_only: A newer message makes older ones of its key that still wait pointless.
        answer_within: The business answer comes within this time, later is a task. None: no answer is expected.
        deliver_within: A message is parked when it is not taken over by then; counted from its acceptance.
        max_attempts: Attempts before a message is parked.
        keep_content: How long the content is kept after the final state.
        keep_drafts: How long a draft that nobody touches is kept. None: this route has no drafts.
        needs_decision: A document becomes a message only when a person decides so, see ``hub.intake.proposals``.
    """

    release: Release = Release.SENT
    ordering_scope: str = ""
    newest_state_only: bool = False
    answer_within: dt.timedelta | None = None
    deliver_within: dt.timedelta
    max_attempts: int
    keep_content: dt.timedelta
    keep_drafts: dt.timedelta | None = None
    needs_decision: bool = False

    @property
    def expects_answer(self) -> bool:
        """Whether a message stays open until its business answer comes."""
        return self.answer_within is not None


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers that the hub allots one after the other, beginning with 1. Some may be skipped; none is given twice.

    Attributes:
        name: Of the series in the journal; routes that use one name share the numbers. Put a year or prefix in it where the
            numbers begin anew with it.
        pattern: How a number is written, as ``str.format`` takes it: ``CJG-2026-{:06d}``.
        kind: The kind in ``Built.unique`` under which the number must be free; the hub skips numbers that somebody else has
            used already. Empty: nobody but this series gives such numbers.
    """

    name: str
    pattern: str = "{}"
    kind: str = ""

    def write(self, number: int) -> str:
        """The number as it is used."""
        return self.pattern.format(number)


def digits_of(moment: dt.datetime) -> str:
    """An aware moment as the engine writes it in slots: seventeen digits of Amsterdam's clock, yyyymmddhhmmssmmm."""
    local = moment.astimezone(AMSTERDAM)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


@dataclass(frozen=True, slots=True)
class Identity:
    """What is given to a message at acceptance and stays the same in every repeat.

    Attributes:
        reference: The identity that the partner knows the message by: a lower-case UUID version 4, or a number of the series
            ``REFERENCE`` where the route names one.
        case_number: Given in the document, kept from the message that this one replaces, or a number of the series
            ``CASE_NUMBER``; empty when the exchange has none.
        moment: When it was built, on Amsterdam's clock (aware). Provisional where a ``Slot`` holds it: the final moment is
            allotted inside the accepting transaction, rises per sending system, and is written over the slots.
        numbers: What was drawn from the series that the route named, by the route's names.
        decided_by: The person who decided that this document becomes a message; None where nobody has to.
        decided_at: When, on Amsterdam's clock.
    """

    reference: str
    case_number: str
    moment: dt.datetime
    numbers: Mapping[str, str] = field(default_factory=dict)
    decided_by: Caller | None = None
    decided_at: dt.datetime | None = None

    @property
    def digits(self) -> str:
        """The moment as slots hold it."""
        return digits_of(self.moment)


@dataclass(frozen=True, slots=True)
class Slot:
    """``length`` bytes at ``offset`` of the built body hold the first ``length`` digits of the moment, see ``digits_of``."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A person in the message, found by keyed hash only; never stored in the clear."""

    bsn: str


@dataclass(frozen=True, slots=True)
class Built:
    """The partner's message, made from a document.

    Attributes:
        type: Name of the message type, see ``hub.schemas.registry``.
        body: The bytes that will be sent as they are, but for the slots.
        connection: The connection it leaves by, one of the route's partner; None is ``Route.connection``.
        slots: Where the final moment goes.
        ordering_key: Messages with equal keys on this route leave in order; None means no order.
        unique: (kind, value) pairs that no other open or completed message may hold, e.g. ``("kenmerk", "CJG-2026-1")``.
        found_by: (kind, value) pairs to find it by, not unique.
        subjects: The persons it is about.
        others: Other persons in it, such as parents: found when they ask what was processed about them, no other way.
        title: Short line for lists, without personal data.
        attributes: Facts the adapter needs with the bytes (receiver, action); no personal data.
        warnings: Findings that do not stop sending.
        facts: What the exchange found in the document, for its effects; passed to them in memory and never stored by the core.
    """

    type: str
    body: bytes
    connection: str | None = None
    slots: tuple[Slot, ...] = ()
    ordering_key: str | None = None
    unique: tuple[tuple[str, str], ...] = ()
    found_by: tuple[tuple[str, str], ...] = ()
    subjects: tuple[Subject, ...] = ()
    others: tuple[Subject, ...] = ()
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Finding, ...] = ()
    facts: object = field(default=None, repr=False)


class Route(Protocol):
    """An outgoing business exchange."""

    name: str  # as in its exchange's manifest
    title: str  # in the words of its users
    connection: str  # the partner connection it leaves by, from configuration
    sending_system: str  # who sends, as the partner knows us: the moments in slots rise per sending system
    policy: Policy

    def case_number_of(self, document: bytes) -> str | None:
        """The case number the caller gave in the document, or None when the hub must allot one.

        Raises:
            DecodeFailure: Not readable.
        """

    def series(self, document: bytes, moment: dt.datetime) -> Mapping[str, Series]:
        """The numbers that a message of this document needs, by names of the route's own choice. Pure.

        Two names mean something to the engine: ``CASE_NUMBER`` (drawn only when the document gives no case number and none is
        kept) and ``REFERENCE`` (in place of a UUID).

        Args:
            document: It was readable for ``case_number_of``.
            moment: Now, on Amsterdam's clock: for series that begin anew each year.

        Raises:
            DecodeFailure: Not readable.
        """

    def scope_of(self, document: bytes) -> str | None:
        """On whose behalf a document speaks, e.g. ``agb:12345678`` or ``gemeente:0392``; None: nobody's in particular.

        A caller with a limited scope may offer only documents whose scope is its own: None is then refused too.

        Raises:
            DecodeFailure: Not readable.
        """

    def build(self, document: bytes, identity: Identity) -> Built:
        """Check the document against the route's rules and make the partner's message. Pure.

        Raises:
            DecodeFailure: The document cannot be read.
            SchemaViolation: It breaks rules; findings carry a JSON Pointer in ``field``.
        """

    def verify(self, built: Built) -> None:
        """Hold a message that ``build`` made against what its receiver will hold it against, its schema first. Pure.

        Nothing is accepted without it. It is a step of its own because all messages of a group are built before the first is
        verified: code that runs again at once is still in the processor's caches.

        Raises:
            HubError: Code ``unexpected``: a bug of ours, since the rules of a document are stricter. The text holds no content.
        """
