"""What follows from the outcome of a call: the table *error -> reaction*, as one pure function.

| outcome | message | connection |
| --- | --- | --- |
| taken over | sent, or completed when no answer is expected | success |
| ``ConnectionFault`` | waits, attempt not burnt | paused |
| ``NotConnected`` | waits, attempt not burnt | the breaker counts it |
| ``Throttled`` | waits as long as the partner asked | |
| other ``TransientError`` | waits by the schedule | the breaker counts it |
| any of these with ``reached = maybe`` and an unsafe partner | parked as ``in_doubt`` | |
| ``PermanentError`` | parked | five in a row with one code pause it |
| anything else (a bug) | waits, after ``unexpected_tries`` parked as ``unexpected`` | |
| an error that blames the message or its addressee | as above, attempt burnt | |

A probe, sent while the breaker is open, burns half of a message's attempts at most.

Waiting is exponential with equal jitter. The schedule lives in the journal, so it survives restarts and can be seen.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.errors import (
    CODES,
    Blame,
    ConnectionFault,
    HubError,
    NotConnected,
    PermanentError,
    Reached,
    Refused,
    Throttled,
    TransientError,
    Unavailable,
)
from hub.journal.records import Effect, Leased, Settlement
from hub.message import Event, Receipt

#: Seconds that a partner may ask us to wait, at most.
MAX_THROTTLE = 86_400.0
_MICROS = 1_000_000


class NotBegun(NotConnected):
    """Nothing was sent, and the partner has nothing to do with it: the journal was away, or this process stood still."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds of the schedule: jitter between half and all of ``base * 2^(attempt-1)``, at most ``most``."""

    base: float = 2.0
    most: float = 900.0
    #: A bug of ours is tried this often before a person has to look.
    unexpected_tries: int = 3

    def delay(self, attempt: int, chance: random.Random) -> int:
        """Microseconds until the attempt after number ``attempt`` (1 for the first)."""
        ceiling = min(self.most, self.base * 2.0 ** min(attempt - 1, 30))
        return int(chance.uniform(ceiling / 2, ceiling) * _MICROS)


def timed_out(error: BaseException | None = None) -> Unavailable:
    """What a call that outlived its total deadline counts as; it blames whom ``error`` does, with which it broke."""
    blames = error.blames if isinstance(error, HubError) else Blame.CONNECTION
    return Unavailable("the call reached its total deadline", code="timed_out", reached=Reached.MAYBE).blaming(blames)


#: What a call counts as that could not be begun before its lease might be somebody else's.
NOT_BEGUN = NotBegun("the call was not begun in time")


def settle_unwritable(outcome: Settlement) -> Settlement:
    """The bare facts of an outcome that the journal could not write as it came."""
    return replace(
        outcome,
        code=outcome.code if outcome.code in CODES else "unexpected",
        delay=min(max(outcome.delay, 0), int(MAX_THROTTLE * _MICROS)),
        detail={},
        evidence=None,
        plain=True,
    )


def settle_success(leased: Leased, receipt: Receipt, took: float, evidence: bytes | None) -> Settlement:
    """The partner's side took over. ``took`` is in seconds; ``evidence`` is sealed."""
    return _settlement(
        leased,
        Event.TAKEN_OVER if leased.expects_answer else Event.DELIVERED,
        str(receipt.code),
        Effect(success=True),
        final=True,
        evidence=evidence,
        detail={"ms": round(took * 1000), "remark": str(receipt.remark)},
    )


def settle_failure(leased: Leased, error: BaseException, took: float, policy: RetryPolicy, chance: random.Random) -> Settlement:
    """The call failed with ``error`` after ``took`` seconds."""
    if not isinstance(error, HubError):
        return _unexpected(leased, error, took, policy, chance)
    maybe = error.reached == Reached.MAYBE
    detail: dict[str, Any] = {"ms": round(took * 1000), "reached": error.reached.value, "text": error.text}
    if isinstance(error, PermanentError):
        partner_code = error.partner_code if isinstance(error, Refused) else ""
        counts = error.blames == Blame.CONNECTION
        effect = Effect(parked=counts, answered=isinstance(error, Refused))
        return _settlement(
            leased, Event.PARKED, error.code, effect, final=True, unsure=maybe, detail={**detail, "partner_code": partner_code}
        )
    effect = _effect(error)
    if maybe and leased.unsafe:
        return _settlement(leased, Event.PARKED, "in_doubt", effect, unsure=True, detail={**detail, "cause": error.code})
    # What does not burn an attempt is slowed down by the breaker or a pause, which only errors of the connection bring about.
    burn = not isinstance(error, NotConnected | ConnectionFault) or error.blames != Blame.CONNECTION
    # A probe is sent for all: it burns half of a message's attempts at most, however long the outage.
    if leased.probe and error.blames == Blame.CONNECTION and leased.attempts > leased.max_attempts // 2:
        burn = False
    if burn and leased.attempts >= leased.max_attempts:
        return _settlement(
            leased, Event.PARKED, "attempts_used_up", effect, unsure=maybe, detail={**detail, "cause": error.code}
        )
    delay = policy.delay(leased.attempts, chance)
    if isinstance(error, Throttled):
        # In this order a NaN counts as no wish at all.
        delay = max(delay, int(min(max(0.0, error.after), MAX_THROTTLE) * _MICROS))
    return _settlement(leased, Event.FAILED, error.code, effect, delay=delay, burn=burn, unsure=maybe, detail=detail)


def _effect(error: HubError) -> Effect:
    if error.blames != Blame.CONNECTION:
        return Effect()
    if isinstance(error, ConnectionFault):
        return Effect(fault=True)
    if isinstance(error, NotBegun):
        return Effect()
    return Effect(failure=isinstance(error, TransientError) and not isinstance(error, Throttled))


def _unexpected(leased: Leased, error: BaseException, took: float, policy: RetryPolicy, chance: random.Random) -> Settlement:
    """A bug of ours: its text may hold anything, so only its type is kept."""
    detail = {"ms": round(took * 1000), "type": type(error).__name__, "reached": "maybe"}
    if leased.unsafe:
        return _settlement(leased, Event.PARKED, "in_doubt", Effect(), unsure=True, detail=detail)
    if leased.attempts >= min(policy.unexpected_tries, leased.max_attempts):
        return _settlement(leased, Event.PARKED, "unexpected", Effect(parked=True), unsure=True, detail=detail)
    delay = policy.delay(leased.attempts, chance)
    return _settlement(leased, Event.FAILED, "unexpected", Effect(), delay=delay, unsure=True, detail=detail)


def _settlement(
    leased: Leased,
    event: Event,
    code: str,
    effect: Effect,
    *,
    delay: int = 0,
    burn: bool = True,
    unsure: bool = False,
    final: bool = False,
    evidence: bytes | None = None,
    detail: Mapping[str, Any],
) -> Settlement:
    releases = event == Event.DELIVERED or (event == Event.TAKEN_OVER and leased.release_on_sent)
    return Settlement(
        leased.message_id,
        leased.ticket_no,
        leased.key_id if releases else None,
        leased.connection,
        event,
        code,
        effect,
        delay=delay,
        burn=burn,
        unsure=unsure,
        final=final,
        evidence=evidence,
        detail=detail,
        healthy=bool(leased.healthy),
        probe=bool(leased.probe),
        began=leased.began or 0,
    )
