"""The ways in which a simulated partner misbehaves on request; each may be limited to a number of times."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Faults of the way there and back. The first active one applies to a request.
WIRE = {
    "refuse": "do not listen at all; a number is seconds, because refused calls cannot be counted",
    "hang": "read the request and never answer",
    "drip": "take the message and answer one byte at a time",
    "reset_before_read": "break the connection off when the head of the request is in",
    "reset_after_read": "read the request, do nothing with it, break the connection off",
    "deliver_but_lose_answer": "take the message and break the connection off instead of answering",
    "html_502": "answer like a proxy whose back end is away",
    "empty_200": "answer 200 with nothing in it",
    "http_401": "refuse the credentials",
    "http_404": "know nothing at this address",
    "http_503": "answer 503 with Retry-After: 1",
    "fo03_client": "refuse the message (Fo03 StUF055, client)",
    "fo03_server": "say: not now (Fo03 StUF058, server)",
}

#: Faults of the business answer. The first active one applies to a message that was taken.
BUSINESS = {
    "fo01": "reject the message (Fo01 901)",
    "never_answer": "take the message and never send a business answer",
    "answer_twice": "send the business answer twice",
    "answer_late": "send the business answer much later",
    "answer_before_bv04": "send the business answer before confirming the message itself",
}

#: Standing behaviour, not limited.
BEHAVIOUR = {"refuse_duplicates": "refuse an identical repeat with StUF016 too"}

KNOWN = {**WIRE, **BUSINESS, **BEHAVIOUR}


@dataclass(slots=True)
class Fault:
    """One way to misbehave; ``left`` is how often still, None is for ever."""

    name: str
    left: int | None = None

    def __str__(self) -> str:
        return self.name if self.left is None else f"{self.name}:{self.left}"


def parse(text: str) -> Fault:
    """Read ``name`` or ``name:times``.

    Raises:
        ValueError: An unknown name or a wrong number; the text says which names there are.
    """
    name, separator, times = text.partition(":")
    if name not in KNOWN:
        raise ValueError(f"unknown fault {name!r}; known are {', '.join(KNOWN)}")
    if not separator:
        return Fault(name)
    if not times.isdigit():
        raise ValueError(f"{name}: after the colon comes how many times, e.g. {name}:3")
    return Fault(name, int(times))


class Faults:
    """The faults that are active now; for any number of threads."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._active: list[Fault] = [parse(text) for text in faults]

    def replace(self, faults: Sequence[str]) -> None:
        """From now on these and no others. Raises: ValueError."""
        parsed = [parse(text) for text in faults]
        with self._lock:
            self._active = parsed

    def active(self) -> list[str]:
        """What is active, as it is written."""
        with self._lock:
            return [str(fault) for fault in self._active]

    def has(self, name: str) -> bool:
        """Whether this standing behaviour is on."""
        with self._lock:
            return any(fault.name == name for fault in self._active)

    def take(self, kind: Iterable[str]) -> str | None:
        """The first active fault of a kind, used once; None when there is none."""
        if not self._active:  # the quick way; a fault set at this very moment counts for the next request
            return None
        with self._lock:
            for fault in self._active:
                if fault.name in kind and fault.left != 0:
                    if fault.left is not None:
                        fault.left -= 1
                        self._active = [one for one in self._active if one.left != 0]
                    return fault.name
        return None
