"""What happened to messages in a transaction, as the effects of exchanges are told of it (``hub.journal.effects``). Plain data.

Units of work add occurrences to ``Tx.happened`` for routes that have effects, and for no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from hub.journal.records import NewIncoming, NewMessage
from hub.message import Event, InStatus, MessageId, Status


class Acceptance(NamedTuple):
    """An outgoing message was accepted."""

    message: NewMessage

    @property
    def message_id(self) -> MessageId:
        return self.message.id

    @property
    def routes(self) -> tuple[str, ...]:
        """Names of the routes whose effects are told."""
        return (self.message.route,)


class StatusChange(NamedTuple):
    """The status of an outgoing message changed. A lease (``waiting`` to ``sending``) is not told: nothing is known by it.

    Attributes:
        was: The status before.
        event: What happened, which tells more than the status: ``TAKEN_OVER``, ``ANSWERED_GOOD``, ``SUPERSEDED`` ...
        code: Why, where something went wrong; empty otherwise.
        actor: By whom: ``user:...``, ``partner:...`` or ``system:hub``.
        detail: As in the timeline: ids, codes and numbers. An answer's id is ``detail["answer"]``.
        at: Microseconds since 1970 by the database's clock.
    """

    message_id: MessageId
    route: str
    connection: str
    was: Status
    status: Status
    event: Event
    code: str
    actor: str
    detail: Mapping[str, Any]
    at: int

    @property
    def routes(self) -> tuple[str, ...]:
        """Names of the routes whose effects are told."""
        return (self.route,)


class Arrival(NamedTuple):
    """A message came in and is stored.

    Attributes:
        message: What came; ``message.meaning`` is what the exchange found in it while the content was in hand.
        status: What became of it.
        ours: The message of ours that it is about, None when there is none.
        route: The route of ``ours``; empty when there is none.
        outcome: What ``ours`` became by it; None when it was no verdict, came too late or did not count.
        counts: False when it is a verdict of a party that ``ours`` was not sent to.
    """

    message: NewIncoming
    status: InStatus
    ours: MessageId | None
    route: str
    outcome: Status | None
    counts: bool

    @property
    def message_id(self) -> MessageId:
        return self.message.id

    @property
    def routes(self) -> tuple[str, ...]:
        """Names of the routes whose effects are told: its own inbound route, and that of the message it is about."""
        return (self.message.route, self.route)


class LateAnswer(NamedTuple):
    """A verdict about a message of ours that was final already; it changes nothing.

    Attributes:
        message: The answer.
        ours: The message it answers.
        route: The route of ``ours``.
        status: The final status of ``ours``.
        contradicts: Whether it says other than what that status says.
    """

    message: NewIncoming
    ours: MessageId
    route: str
    status: Status
    contradicts: bool

    @property
    def message_id(self) -> MessageId:
        return self.message.id

    @property
    def routes(self) -> tuple[str, ...]:
        """Names of the routes whose effects are told."""
        return (self.route,)


class Matching(NamedTuple):
    """A person decided to which message of ours an unmatched one belongs, or took that back.

    Attributes:
        message_id: The message that came in.
        ours: The message of ours; the one until now when it was taken back.
        undone: Whether it was taken back.
        by: The person.
        routes: Names of the routes whose effects are told.
    """

    message_id: MessageId
    ours: MessageId
    undone: bool
    by: str
    routes: tuple[str, ...]


class Destruction(NamedTuple):
    """The content of a message was destroyed: what an exchange keeps about it that is personal goes in the same transaction."""

    message_id: MessageId
    routes: tuple[str, ...]


Occurrence = Acceptance | StatusChange | Arrival | LateAnswer | Matching | Destruction


class Judge(Protocol):
    """What the core asks the effects of a route before it writes anything."""

    def handles(self, incoming: NewIncoming) -> bool:
        """Whether an incoming message that is about no message of ours is complete as it is; False leaves it to a person."""
