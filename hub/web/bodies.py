"""Reading the body of a request: capped before it is whole, within a total time, in memory only.

FastAPI has no cap on a whole body, spools uploads to disk in the clear, and waits for ever on a sender that drips; so the
doors of the hub read their bodies here. Anything above 1 MB takes from the byte budget before it is read.
"""

from __future__ import annotations

import asyncio
import io
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from hub.errors import DecodeFailure, Stage, Unavailable
from hub.intake.budget import FREE_BYTES, ByteBudget

#: Seconds in which what a refused sender still sends is thrown away, so that it gets to read the answer.
DRAIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a sender may take over a body: ``base_seconds`` plus its size at ``slowest`` bytes a second."""

    base_seconds: float = 20.0
    slowest: int = 100_000

    def seconds(self, size: int) -> float:
        """The total for ``size`` bytes."""
        return self.base_seconds + size / self.slowest


class Body:
    """A body that was read whole, and its share of the byte budget.

    Whoever hands ``data`` on to something that takes from the budget itself calls ``release`` first: one document may be
    as large as the whole budget, and would otherwise stand in its own way.
    """

    __slots__ = ("_hold", "data")

    def __init__(self, data: bytes, hold: ExitStack) -> None:
        self.data = data
        self._hold = hold

    def release(self) -> None:
        """Give the share back. Idempotent."""
        self._hold.close()


async def read_body(request: Request, budget: ByteBudget, most: int, patience: Patience) -> Body:
    """Read a body of at most ``most`` bytes.

    Raises:
        DecodeFailure: Code ``too_large``; nothing beyond the cap was kept.
        Throttled: The byte budget is used up; nothing was read.
        Unavailable: Code ``timed_out``: it did not come whole in time.
        ClientDisconnect: The sender went away.
    """
    declared = request.headers.get("content-length")
    # In chunks, a Content-Length beside it says nothing (RFC 9112, 6.3).
    whole = declared is not None and declared.isdigit() and "transfer-encoding" not in request.headers
    length = int(declared) if declared is not None and whole else None
    if length is not None and length > most:
        raise too_large(most)
    hold = ExitStack()
    try:
        hold.enter_context(budget.take(length or 0))
        async with asyncio.timeout(patience.seconds(most if length is None else length)):
            data = await _collect(request, most, hold, budget if length is None else None)
    except TimeoutError:
        hold.close()
        raise Unavailable("the request did not come whole in time", code="timed_out", stage=Stage.RECEIVING) from None
    except BaseException:
        hold.close()
        raise
    return Body(data, hold)


async def _collect(request: Request, most: int, hold: ExitStack, budget: ByteBudget | None) -> bytes:
    """The body; ``budget`` is given when the sender did not say how long it is."""
    buffer = io.BytesIO()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        buffer.write(message.get("body", b""))
        if buffer.tell() > most:
            raise too_large(most)
        if budget is not None and buffer.tell() > FREE_BYTES:
            hold.enter_context(budget.take(most))
            budget = None
        if not message.get("more_body", False):
            return buffer.getvalue()  # the buffer itself, not a copy


def form_fields(data: bytes, most: int) -> dict[str, str]:
    """The fields of a form by name; of a name that comes twice (a checkbox behind its empty twin) the last counts.

    NUL is left out: nobody types it, and PostgreSQL refuses it in a text.

    Raises:
        ValueError: It is no UTF-8, or has more than ``most`` fields.
    """
    return {name: without_nul(text) for name, text in parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=most)}


def without_nul(text: str) -> str:
    """The text without NUL characters."""
    return text.replace("\0", "")


async def drain(request: Request) -> None:
    """Throw away what the sender still sends, for a short while: closing at once would take the answer from it."""
    if request.headers.get("expect", "").lower() == "100-continue":
        return  # it waits for our word before sending anything
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def too_large(most: int) -> DecodeFailure:
    """The refusal of a body above the cap."""
    return DecodeFailure(f"the request is larger than {most} bytes", code="too_large", stage=Stage.RECEIVING)
