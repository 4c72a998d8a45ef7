"""Acceptance: prepared messages into the journal, in groups of what waits at the same moment.

Building is grouped too: threads that compute at the same moment only take the interpreter from one another. While one group is
committed the next is built, and groups that were built meanwhile are committed together.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, ParamSpec, TypeVar

from hub import telemetry
from hub.contracts.route import Series
from hub.errors import Finding, TransientError
from hub.intake.preparing import Offer, Preparation, Prepared, Unsealed, verify
from hub.journal.database import Database
from hub.journal.grouping import Grouping
from hub.journal.records import Accepted, Clash, NewMessage
from hub.journal.units import accepting, proposing
from hub.journal.units.replacing import NotReplaced, accept_instead
from hub.message import MessageId
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


_Outcome = Taken | Clash | _NumberTaken


class Acceptance:
    """Builds and accepts offers. Thread-safe."""

    def __init__(self, journal: Database, preparation: Preparation) -> None:
        self._journal = journal
        self._preparation = preparation
        self._taking: Grouping[Offer, _Outcome] = Grouping(self._take_group, most=MAX_GROUP)
        self._committing: Grouping[Sequence[NewMessage], list[Accepted | Clash | Exception]] = Grouping(
            self._commit_groups, most=MAX_GROUP
        )

    def take(self, offer: Offer, version: int = 0) -> Taken | Clash:
        """Build and accept one offer, together with what others offer at this moment unless it is large or takes a place.

        Args:
            version: Of the proposal that was decided.

        Raises:
            HubError: It was refused.
            Unavailable: The journal is away.
        """
        tries = 0
        while True:
            tries += 1
            outcome = self._take_once(offer, version)
            if not isinstance(outcome, _NumberTaken):
                return outcome
            if tries == _DRAWS:
                return outcome.clash
            if tries >= _DRAWS_OF_A_BLOCK:
                self._preparation.numbers.forget([outcome.series])

    def _take_once(self, offer: Offer, version: int) -> _Outcome:
        if offer.replaces is None and offer.decision is None and len(offer.document) <= TOGETHER_BYTES:
            return self._taking.run(offer)
        prepared = self._preparation.seal(verify(self._preparation.build(offer)))
        return _taken(offer, prepared, self._accept_alone(offer, prepared.message, version))

    def take_all(self, offers: Sequence[Offer]) -> list[Taken | Clash | Exception]:
        """Build and accept these offers in order with one commit, for a caller who has many; or what was raised for each."""
        outcomes = self._commit(offers, self._build_all(offers))
        return [
            _attempt(self.take, offer) if isinstance(outcome, _NumberTaken) else outcome
            for offer, outcome in zip(offers, outcomes, strict=True)
        ]

    def close(self) -> None:
        """Finish what is being accepted. Idempotent."""
        self._taking.close()
        self._committing.close()

    def __len__(self) -> int:
        """How many wait now, beside the group that is being built."""
        return len(self._taking)

    def _take_group(self, offers: Sequence[Offer], next_may_begin: Callable[[], None]) -> list[_Outcome | Exception]:
        """Build what was offered, have committed what could be built, and tell of it before any of the callers wakes up."""
        prepared = self._build_all(offers)
        next_may_begin()
        return self._commit(offers, prepared)

    def _commit(self, offers: Sequence[Offer], prepared: Sequence[Prepared | Exception]) -> list[_Outcome | Exception]:
        messages = [one.message for one in prepared if isinstance(one, Prepared)]
        answers = iter(self._committing.run(messages) if messages else ())
        outcomes: list[_Outcome | Exception] = []
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

    def _accept_alone(self, offer: Offer, message: NewMessage, version: int) -> Accepted | Clash:
        try:
            if offer.replaces is not None:
                return self._journal.run(accept_instead, offer.replaces, message)
            if offer.decision is not None:
                return self._journal.run(proposing.decide, offer.decision.proposal, version, message)
            return self._journal.run(accepting.accept, [message])[0]
        except (NotReplaced, proposing.NotDecided) as refusal:
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


def _taken(offer: Offer, prepared: Prepared, answer: Accepted | Clash) -> _Outcome:
    if isinstance(answer, Clash):
        series = prepared.drawn.get(answer.value)
        return answer if series is None else _NumberTaken(answer, series)
    route = offer.route.name
    # What goes well with a message is told by the journal and counted here; as a line of the log it was 4 % of its cost.
    if answer.again:
        log.info(LogEvent.MESSAGE_REPEATED, route=route, message_id=str(answer.message_id))
    else:
        log.debug(LogEvent.MESSAGE_ACCEPTED, route=route, message_id=str(answer.message_id))
    telemetry.ACCEPTED.labels(route).inc()
    telemetry.ACCEPT_SECONDS.labels(route).observe(time.monotonic() - offer.since)
    return Taken(answer.message_id, answer.reference, answer.kenmerk, answer.again, prepared.built.warnings)
