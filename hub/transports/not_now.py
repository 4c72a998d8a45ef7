"""What an HTTP answer that says *not now* means: how long to wait, when it says so."""

from __future__ import annotations

import datetime as dt
import email.utils

from hub.errors import Reached, Stage, Throttled, TransientError, Unavailable
from hub.transports.http_reply import HttpReply

#: Longest wait, in seconds, that a partner may ask for.
MAX_RETRY_AFTER = 24 * 3600.0
#: Answers whose Retry-After counts: too many requests, and unavailable.
_SAY_WHEN = frozenset({429, 503})


def not_now(reply: HttpReply, text: str, code: str) -> TransientError:
    """The error for an answer that is no verdict: Throttled where it says when to come back, otherwise Unavailable.

    Whatever stands before the partner may have failed after the partner took over: reached is maybe.

    Args:
        text: Safe to show.
        code: Of the error where the answer does not say when.
    """
    wait = retry_after(reply.headers.get("retry-after", "")) if reply.status in _SAY_WHEN else None
    if wait is not None:
        return Throttled(f"{text}; Retry-After {wait:.0f} s", after=wait, reached=Reached.MAYBE)
    return Unavailable(text, code=code, reached=Reached.MAYBE, stage=Stage.SENDING)


def retry_after(value: str, now: dt.datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), capped; None when it cannot be read."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return min(float(value), MAX_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    seconds = (moment - (now or dt.datetime.now(dt.UTC))).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
