"""The contract of a route: one business exchange, told as pure functions and plain facts.

An outgoing route turns a document from inside into the partner's message. It touches no database, broker or network; the
same input gives the same output, so it can be tested with files alone.

``tests/contract/route_suite.py`` is the conformance suite.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hub.errors import Finding


class Release(StrEnum):
    """When the next message of the same ordering key may leave."""

    SENT = "sent"  # once the partner's side took over
    ANSWERED = "answered"  # once the business answer came


@dataclass(frozen=True, slots=True)
class Identity:
    """What is given to a message at acceptance and stays the same in every repeat.

    ``stamp`` is provisional: seventeen digits of Amsterdam time (yyyymmddhhmmssmmm). The final value is allotted inside the
    accepting transaction and written over the ``Slot`` places, so the length never changes.
    """

    reference: str  # StUF referentienummer, at most 40 characters
    kenmerk: str  # the case number
    stamp: str
    made_on: dt.date  # day the document was made in the hub


@dataclass(frozen=True, slots=True)
class Slot:
    """``length`` bytes at ``offset`` of the built body hold the first ``length`` digits of the stamp."""

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
        type: Element name, e.g. ``vtoDi01``.
        body: UTF-8 XML that will be sent byte for byte, but for the slots.
        slots: Where the stamp goes.
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

    name: str  # e.g. "raadsverzoek"
    title: str  # in the words of its users
    connection: str  # the partner connection it leaves by, from configuration
    sending_system: str  # scope of the stamp series, e.g. "<OIN>/<applicatie>"
    release: Release
    newest_state_only: bool
    expects_answer: bool
    answer_within: dt.timedelta | None  # later than this is a task
    deliver_within: dt.timedelta  # parked when it is not taken over by then
    max_attempts: int
    keep_content: dt.timedelta  # after the final state
    keep_drafts: dt.timedelta | None  # how long a draft that nobody touches is kept; None: this route has no drafts
    kenmerk_prefix: str  # of the case numbers that the hub allots: <prefix>-<year>-<six digits>

    def kenmerk_of(self, document: bytes) -> str | None:
        """The case number the caller gave in the document, or None when the hub must allot one.

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
