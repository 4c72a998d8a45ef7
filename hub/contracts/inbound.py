"""The contract of a source: messages that the hub fetches from a partner, where the partner does not bring them.

*Polling Consumer* (Hohpe and Woolf). ``InboundEndpoint`` in ``hub.contracts.adapter`` is the other way in; both give the same
``Incoming``, and from there on it makes no difference how a message came.

``hub/testing/source_suite.py`` is the conformance suite.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from hub.contracts.adapter import Incoming
from hub.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that was fetched and is no message that we take.

    Attributes:
        body: As it came; kept encrypted for a while, so that a person can see why. Empty when it was too large to read.
        error: What is wrong with it.
    """

    body: bytes = field(repr=False)
    error: PermanentError


class InboundSource(Protocol):
    """One chain partner's incoming face that is asked.

    The engine owns the loop: when to ask, one process at a time per connection, pauses after trouble, deduplication. A source
    owns one connection and the translation of what comes. An instance is used by one thread at a time, except ``close``, which
    any thread may call at any moment. It raises only errors from ``hub.errors``.
    """

    @property
    def partner(self) -> str:
        """Name of the partner."""

    @property
    def every(self) -> dt.timedelta:
        """From one look to the next."""

    def open(self) -> None:
        """Get ready; cheap to call again. Does not need to connect.

        Raises:
            ConfigError: What was configured cannot work.
        """

    def close(self) -> None:
        """Let go of the connection. Idempotent; also while ``poll`` waits for the partner, which then ends soon."""

    def poll(self) -> Iterator[Incoming | Rejected]:
        """What the partner has for us now, one by one, in the partner's order.

        Going on after a yielded one means that it is committed here: only then tell the partner so, move the file, or forget
        it. What is not gone on after is yielded again by a later ``poll``, perhaps to another process: the journal knows it by
        ``sender`` and ``reference``. So a message is lost by nobody's crash, and may be told to the partner twice.

        What is no message is yielded as ``Rejected`` and stands in nobody's way.

        Raises:
            ConnectionFault: The connection is wrong; asking stops until a person resumes.
            TransientError: Not now; asked again after a pause that grows.
        """
