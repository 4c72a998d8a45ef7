"""What goes into the journal's units of work and what comes out of them. Plain data; no behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.contracts.route import Slot
from hub.message import Event, InStatus, MessageId, Status


@dataclass(frozen=True, slots=True)
class NewMessage:
    """An outgoing message, built and validated, ready to be accepted.

    Durations are microseconds. ``seal`` encrypts; it runs inside the accepting transaction because the stamp is allotted
    there, so it must be quick and touch nothing but its argument.
    """

    id: MessageId
    route: str
    connection: str
    type: str
    reference: str
    kenmerk: str
    title: str
    caller: str
    fingerprint: bytes
    same_as: Callable[[bytes], bool]  # whether a stored fingerprint is of the same document
    body: bytes
    slots: tuple[Slot, ...]
    sending_system: str
    seal: Callable[[bytes], bytes]
    key_id: str
    data_key: bytes
    max_attempts: int
    deliver_within: int
    answer_within: int  # 0: no answer is expected
    keep_for: int
    documents: Mapping[str, bytes] = field(default_factory=dict)  # kind -> ciphertext, stored beside the message
    idempotency: str | None = None
    idempotency_scope: str | None = None  # who shares the key; None: nobody but this caller
    unique: tuple[tuple[str, str], ...] = ()
    found_by: tuple[tuple[str, str], ...] = ()
    ordering_key: str | None = None
    ordering_scope: str = ""  # routes of one scope share their ordering keys; empty: the route's own
    release_on_sent: bool = False
    newest_state_only: bool = False
    unsafe: bool = False
    hold_for: int = 0  # microseconds in which it can still be stopped
    cause: MessageId | None = None
    scope: str = ""  # on whose behalf; empty: nobody's in particular
    attributes: str = "{}"
    facts: object = field(default=None, repr=False)  # of the route, for the effects; not stored
    detail: Mapping[str, str] = field(default_factory=dict)  # more for the first entry of its timeline: ids, never content


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message is committed. ``again`` says that an earlier, equal request gets its first answer once more."""

    message_id: MessageId
    reference: str
    kenmerk: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Clash:
    """Not accepted: ``value`` as a ``kind`` (idempotency, reference, kenmerk ...) is in use by ``message_id``."""

    kind: str
    message_id: MessageId
    value: str = field(default="", compare=False)


class WorkRow(NamedTuple):
    """A row of ``work`` under its lock, with the database's time of reading."""

    message_id: MessageId
    connection: str
    route: str
    status: str
    reason: str
    code: str
    next_at: int
    head: bool
    ticketed: bool
    ticket_no: int
    key_id: str | None
    key_pos: int | None
    attempts: int
    deaths: int
    unsure: bool
    unsafe: bool
    expects_answer: bool
    release_on_sent: bool
    max_attempts: int
    deliver_by: int
    answer_within: int
    seq: int
    chain: bytes
    now: int


class Leased(NamedTuple):
    """A message that this worker alone may send until its lease ends; ``ticket_no`` is the lease's token."""

    message_id: MessageId
    ticket_no: int
    connection: str
    route: str
    attempts: int
    max_attempts: int
    unsure: bool
    unsafe: bool
    expects_answer: bool
    release_on_sent: bool
    key_id: str | None
    type: str
    reference: str
    attributes: str
    size: int
    wrapping_key_id: str
    data_key: bytes | None
    healthy: bool  # the connection is open, at full window, without failures, and had a success lately
    probe: bool  # the breaker was open when the lease was taken
    began: int  # when the lease was taken, by the database's clock
    content: bytes | None  # ciphertext; None when it is large and is to be read apart


@dataclass(frozen=True, slots=True)
class Effect:
    """What one outcome says about the connection."""

    success: bool = False
    failure: bool = False  # the breaker counts it
    fault: bool = False  # the connection itself is wrong
    parked: bool = False  # counts among messages parked in a row
    answered: bool = False  # the partner's side itself said no: the line works


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one leased message ended, decided by the retry policy.

    ``event`` is TAKEN_OVER, DELIVERED, FAILED or PARKED; ``delay`` is microseconds until the next attempt; ``key_id`` is there
    when the outcome releases the key; ``final`` tells that the partner's side itself spoke (success or refusal), which is
    recorded even when the lease has gone.
    """

    message_id: MessageId
    ticket_no: int
    key_id: str | None
    connection: str
    event: Event
    code: str
    effect: Effect
    delay: int = 0
    burn: bool = True
    unsure: bool = False
    final: bool = False
    evidence: bytes | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    healthy: bool = True
    probe: bool = False
    began: int = 0  # when the call began, by the database's clock; 0 when that is not known
    plain: bool = False  # already reduced to its bare facts


class ConnectionRow(NamedTuple):
    """A row of ``connections``."""

    name: str
    partner: str
    state: str
    window_now: int
    window_max: int
    failures: int
    parked_run: int
    parked_code: str
    code: str
    since: int
    probe_at: int | None
    probes: int
    changed_by: str
    last_success: int | None
    last_failure: int | None = None
    probe: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One event that happens to a locked message, to be written by ``finishing.apply``."""

    row: WorkRow
    event: Event
    entry: str  # the timeline's word for it
    code: str = ""
    actor: str = "system:hub"
    detail: Mapping[str, Any] = field(default_factory=dict)
    next_at: int | None = None
    reason: str = "due"
    attempts: int | None = None
    deaths: int | None = None
    unsure: bool | None = None
    expect_answer_until: int | None = None


@dataclass(frozen=True, slots=True)
class NewIncoming:
    """A message from a partner, parsed, valid and sealed, ready to be received."""

    id: MessageId
    route: str
    connection: str
    type: str
    sender: str
    reference: str
    digest: bytes
    title: str
    key_id: str
    data_key: bytes
    size: int
    keep_for: int
    contents: Mapping[str, bytes]  # kind -> ciphertext: message, answer, text
    answer_status: int
    answers: str | None
    verdict: bool | None
    code: str
    kenmerk: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    found_by: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str = ""
    refused: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)  # from closed lists; the timeline tells them
    sent_to: Mapping[str, str] = field(default_factory=dict)  # attributes ours must have for the verdict to count
    meaning: object = field(default=None, repr=False)  # of the exchange, for its effects; not stored


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an incoming message.

    ``again`` is True when the same sender and reference were received before; then ``identical`` says whether with the same
    content, and ``answer`` is the sealed stored answer with the wrapped key to open it.
    """

    message_id: MessageId
    status: InStatus
    cause: MessageId | None = None
    outcome: Status | None = None  # what our message became
    again: bool = False
    identical: bool = False
    answer: bytes | None = None
    key_id: str = ""
    data_key: bytes | None = None
