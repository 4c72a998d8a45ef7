"""What a message is and which states it may pass through; the only place that knows the status table.

This module holds no logic of delivery: it names things. Times are ``int`` microseconds since 1970 UTC unless a name says
otherwise; ids are UUIDv7, so that their order is the order of making.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import uuid_utils.compat

#: A message's id. UUIDv7 (RFC 9562): ordered by time, so that indexes stay compact.
MessageId = uuid.UUID


def new_id() -> MessageId:
    """A new time-ordered id."""
    return uuid_utils.compat.uuid7()


class Direction(StrEnum):
    OUT = "out"
    IN = "in"


class Status(StrEnum):
    """Status of an outgoing message."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    SUPERSEDED = "superseded"


class InStatus(StrEnum):
    """Status of an incoming message."""

    RECEIVED = "received"
    CORRELATED = "correlated"
    UNMATCHED = "unmatched"
    HANDLED = "handled"
    REFUSED = "refused"


class InEvent(StrEnum):
    """What may happen to an incoming message."""

    REFUSED = "refused"  # it is not taken
    OURS_FOUND = "ours_found"  # the hub found the message of ours that it is about
    COMPLETE = "complete"  # it is about none of ours, and the exchange of its inbound route needs none
    NOBODY_FOUND = "nobody_found"  # it waits for a person
    MATCHED = "matched"  # a person said to which message of ours it belongs
    SET_ASIDE = "set_aside"  # a person said that it belongs to none
    UNDONE = "undone"  # a person's decision was taken back


#: (status, event) -> status of an incoming message; ``RECEIVED`` lasts no longer than the transaction that stores it.
IN_TRANSITIONS: Mapping[tuple[InStatus, InEvent], InStatus] = {
    (InStatus.RECEIVED, InEvent.REFUSED): InStatus.REFUSED,
    (InStatus.RECEIVED, InEvent.OURS_FOUND): InStatus.HANDLED,
    (InStatus.RECEIVED, InEvent.COMPLETE): InStatus.HANDLED,
    (InStatus.RECEIVED, InEvent.NOBODY_FOUND): InStatus.UNMATCHED,
    (InStatus.UNMATCHED, InEvent.MATCHED): InStatus.CORRELATED,
    (InStatus.UNMATCHED, InEvent.SET_ASIDE): InStatus.HANDLED,
    (InStatus.CORRELATED, InEvent.UNDONE): InStatus.UNMATCHED,
    (InStatus.HANDLED, InEvent.UNDONE): InStatus.UNMATCHED,  # only when a person had set it aside
}


class Reason(StrEnum):
    """Why a message is waiting."""

    DUE = "due"  # its turn has come: it leaves as soon as there is room
    TURN = "turn"  # an earlier message of the same key goes first
    RETRY = "retry"  # an attempt failed; the next moment is known
    PARTNER = "partner"  # the partner cannot be reached (the breaker is open); told when reading, not stored
    PAUSED = "paused"  # we paused the connection; told when reading, not stored


class Event(StrEnum):
    """What may happen to an outgoing message."""

    LEASED = "leased"  # a worker took it
    TAKEN_OVER = "taken_over"  # the partner's side took over and an answer is expected
    DELIVERED = "delivered"  # the partner's side took over and no answer is expected
    FAILED = "failed"  # transient failure, or the lease ended without an outcome
    PARKED = "parked"  # permanent failure, attempts used up, in doubt, worker died
    RESENT = "resent"  # a person sends a parked message again, same identity
    REPLACED = "replaced"  # a person sent an edited or new copy instead
    CANCELLED = "cancelled"  # a person withdrew it
    SUPERSEDED = "superseded"  # a newer state made it pointless
    ANSWERED_GOOD = "answered_good"
    ANSWERED_BAD = "answered_bad"


FINAL = frozenset({Status.COMPLETED, Status.REJECTED, Status.CANCELLED, Status.REPLACED, Status.SUPERSEDED})
OPEN = frozenset(Status) - FINAL

#: (status, event) -> status. Every write of a status is ``UPDATE ... WHERE status = <from>``.
TRANSITIONS: Mapping[tuple[Status, Event], Status] = {
    (Status.WAITING, Event.LEASED): Status.SENDING,
    (Status.WAITING, Event.CANCELLED): Status.CANCELLED,
    (Status.WAITING, Event.SUPERSEDED): Status.SUPERSEDED,
    (Status.WAITING, Event.PARKED): Status.PARKED,
    (Status.SENDING, Event.TAKEN_OVER): Status.SENT,
    (Status.SENDING, Event.DELIVERED): Status.COMPLETED,
    (Status.SENDING, Event.FAILED): Status.WAITING,
    (Status.SENDING, Event.PARKED): Status.PARKED,
    (Status.PARKED, Event.RESENT): Status.WAITING,
    (Status.PARKED, Event.REPLACED): Status.REPLACED,
    (Status.PARKED, Event.CANCELLED): Status.CANCELLED,
    (Status.SENT, Event.REPLACED): Status.REPLACED,
    (Status.SENT, Event.CANCELLED): Status.CANCELLED,
    # A success is recorded even when the lease has gone and the message waits again or is parked.
    (Status.WAITING, Event.TAKEN_OVER): Status.SENT,
    (Status.WAITING, Event.DELIVERED): Status.COMPLETED,
    (Status.PARKED, Event.TAKEN_OVER): Status.SENT,
    (Status.PARKED, Event.DELIVERED): Status.COMPLETED,
    **{(status, Event.ANSWERED_GOOD): Status.COMPLETED for status in OPEN},
    **{(status, Event.ANSWERED_BAD): Status.REJECTED for status in OPEN},
}


def after(status: Status, event: Event) -> Status:
    """The status that follows.

    Raises:
        ValueError: The table does not allow ``event`` in ``status``.
    """
    try:
        return TRANSITIONS[status, event]
    except KeyError:
        raise ValueError(f"{event} is not possible while {status}") from None


def made_at(message_id: MessageId) -> int:
    """Microseconds since 1970 at which this id was made (RFC 9562, 5.7): the order in which messages came."""
    return (message_id.int >> 80) * 1000


def after_in(status: InStatus, event: InEvent) -> InStatus:
    """The same for an incoming message.

    Raises:
        ValueError: The table does not allow ``event`` in ``status``.
    """
    try:
        return IN_TRANSITIONS[status, event]
    except KeyError:
        raise ValueError(f"{event} is not possible while {status}") from None


class Repeat(StrEnum):
    """What the partner does with the same message twice."""

    RECOGNISED = "recognised"  # it knows the reference and takes it once
    HARMLESS = "harmless"  # taking it twice changes nothing
    UNSAFE = "unsafe"  # it would count twice: a doubtful attempt is never repeated by the hub itself


@dataclass(frozen=True, slots=True)
class Ticket:
    """A worthless hint that a message may be sent: it may be lost, repeated, delayed or swapped without effect.

    Only a ticket whose number is the one in the journal leads to a lease.
    """

    message_id: MessageId
    ticket_no: int
    connection: str

    def encode(self) -> bytes:
        """The ticket as it travels: id and number, never content. The queue names the connection."""
        return b"%s:%d" % (self.message_id.hex.encode(), self.ticket_no)

    @classmethod
    def decode(cls, body: bytes, connection: str) -> Ticket:
        """Read a ticket.

        Raises:
            ValueError: ``body`` is not a ticket.
        """
        head, separator, number = body.partition(b":")
        if not separator or len(head) != 32 or not number.isdigit() or len(number) > 12:
            raise ValueError("not a ticket")
        return cls(uuid.UUID(head.decode("ascii")), int(number), connection)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What an adapter is given to send: the stored bytes and the identity they carry."""

    message_id: MessageId
    route: str
    connection: str
    type: str  # of the message, for XML the element's local name
    reference: str  # the identity the partner knows it by; the same on every repeat
    body: bytes  # exactly what was stored at acceptance
    attempt: int  # 1 for the first
    earlier_maybe: bool  # an earlier attempt may have reached the partner
    attributes: Mapping[str, str] = field(default_factory=dict)  # the route's, from Built.attributes; no personal data


@dataclass(frozen=True, slots=True)
class Receipt:
    """The partner's side took over.

    Attributes:
        code: What it said, e.g. ``Bv04``.
        remark: Something a person may want to know; safe text.
        evidence: The answer as it came, kept encrypted beside the message.
    """

    code: str
    remark: str = ""
    evidence: bytes | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf something happens: ``kind`` is user, api_key, os_user, partner or system.

    ``scope`` limits a caller to documents on behalf of these organisations, such as ``agb:12345678`` or ``gemeente:0392``, see
    ``Route.scope_of``; empty is no limit.
    """

    kind: str
    id: str
    roles: frozenset[str] = frozenset()
    on_behalf_of: str | None = None
    scope: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    def may_see(self, scope: str) -> bool:
        """Whether they see what is on behalf of ``scope``; with a limit, nothing that is on behalf of nobody in particular."""
        return not self.scope or scope in self.scope


SYSTEM = Caller("system", "hub")
