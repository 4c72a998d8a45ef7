"""The contract between the engine and a chain partner's adapter.

The engine owns loops, leases, retry, ordering, breakers, timeline and telemetry. An adapter owns one connection and the
translation of that partner's documents and errors. It raises only errors from ``hub.errors``.

``hub/testing/adapter_suite.py`` is the conformance suite; every adapter, real or made for tests, runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from hub.message import Outgoing, Receipt, Repeat


@dataclass(frozen=True, slots=True)
class PartnerHealth:
    """What a ``ping`` learned. ``text`` is safe to show."""

    ok: bool
    text: str = ""


class Adapter(Protocol):
    """One chain partner's outgoing face.

    Delivery is at least once: ``send`` may be called again with the same reference and the same bytes, by this or another
    process. An instance is used by one thread at a time, except ``close``, which any thread may call at any moment.
    """

    partner: ClassVar[str]
    #: What the partner does with the same message twice.
    repeat: ClassVar[Repeat]
    #: Whether ``ping`` asks the partner something that has no effect there.
    can_ping: ClassVar[bool]

    def open(self) -> None:
        """Get ready; cheap to call again. Does not need to connect.

        Raises:
            ConfigError: What was configured cannot work.
        """

    def close(self) -> None:
        """Let go of the connection. Idempotent; also while ``send`` runs, which then ends soon with ``connection_lost``."""

    def send(self, outgoing: Outgoing) -> Receipt:
        """Put at most one request on the wire; return once the partner's side took over.

        Must not retry and must not change ``outgoing.body``. Bounded by the library's own time-outs; the engine enforces the
        total deadline by calling ``close`` from another thread.

        Raises:
            NotConnected: Surely not sent (``reached`` is no).
            TransientError: Not now; ``reached`` says whether it may have arrived.
            ConnectionFault: The connection is wrong, not the message.
            PermanentError: Repeating cannot help.
        """

    def ping(self) -> PartnerHealth:
        """Ask the partner whether it is there, without effect. Never raises a ``TransientError``: that is ``ok=False``.

        Raises:
            ConnectionFault: The connection is wrong.
        """


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """An HTTP request from a partner, read whole within its size cap. Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes
    remote: str = ""  # address of the caller
    certificate_oin: str | None = None  # subject.serialNumber of the client certificate that TLS verified


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from a partner, parsed and valid.

    Attributes:
        type: Name of the message type, for XML the element's local name.
        sender: Identity of the sending system, the scope in which ``reference`` is unique.
        reference: The sender's identity of this message.
        digest: Digest over the exclusive C14N of the business element; equal digests are identical messages.
        body: The business element, as kept.
        answers: Reference of our message that this one answers (crossRefnummer), or None.
        verdict: For an answer: True is a confirmation, False a rejection; None when it is no answer.
        code: The partner's own code of a rejection.
        reason: Safe one-line reason; ``text`` holds the partner's own words, which may hold content and are encrypted.
        keys: Business keys to correlate on when there is no ``answers``, e.g. ``("kenmerk", "CJG-2026-000123")``.
        remarks: Deviations that did not justify refusing; safe text.
        title: Short line for lists, without personal data.
        facts: What the timeline may tell about it, from closed lists only: a status, a result.
        route: The inbound route of an exchange that this message belongs to; empty: none, it belongs to the connection.
        sent_to: For an answer: what the message of ours that it answers must have among its attributes for the verdict to
            count, e.g. ``{"receiver": <who speaks>}``. A party that ours was not sent to cannot end it: that becomes a remark
            and a task. An attribute that ours lacks is not compared.
        meaning: What the exchange found in it while the content was in hand, for its effects; passed to them in memory and
            never stored by the core.
        subjects: BSNs of the persons it is about. The engine stores keyed hashes of them and never the numbers.
    """

    type: str
    sender: str
    reference: str
    digest: bytes
    body: bytes
    answers: str | None = None
    verdict: bool | None = None
    code: str = ""
    reason: str = ""
    text: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = field(default=())
    title: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = field(default=(), repr=False)
    route: str = ""
    sent_to: Mapping[str, str] = field(default_factory=dict)
    meaning: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back to the partner."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class InboundEndpoint(Protocol):
    """One chain partner's incoming face over HTTP.

    The engine calls, in this order: ``authenticate``, ``parse``, ``confirm`` (before the commit, so that the answer is stored
    in the same transaction), and returns the stored answer. Anything raised goes to ``refuse``. All methods are pure and may
    be called by several threads at once.
    """

    partner: ClassVar[str]
    path: str  # where it listens, e.g. "/partners/<name>"
    max_bytes: int  # larger requests are refused before they are read whole
    #: What to do with an identical repeat: "answer-again" or "refuse".
    duplicate_identical: str

    def authenticate(self, request: InboundRequest) -> None:
        """By the head of the request: it is also asked before the body is read, which is empty then. Raises: Untrusted."""

    def parse(self, request: InboundRequest) -> Incoming:
        """Raises: DecodeFailure, SchemaViolation, Untrusted, NoRoute."""

    def confirm(self, incoming: Incoming) -> HttpAnswer:
        """The answer for a message that will have been stored by the time it is sent."""

    def refuse(self, request: InboundRequest, error: Exception) -> HttpAnswer:
        """The answer for a request that is not taken. ``error`` may be anything; a ``HubError``'s text is safe to send."""

    def clash(self, incoming: Incoming, *, identical: bool) -> HttpAnswer:
        """The answer when this reference was used before: with other content, or identical where that is refused too."""
