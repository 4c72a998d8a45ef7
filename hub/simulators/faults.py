"""The ways in which a simulated partner misbehaves on request; each may be limited to a number of times.

Here are the faults that any partner on HTTP can have. A partner adds its own: ``Faults`` is given all that it knows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.simulators.serving import Hang, Reply, Reset

#: Faults of the way there and back. The first active one applies to a request.
WIRE: Mapping[str, str] = {
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
}

#: Faults of the business answer. The first active one applies to a message that was taken.
BUSINESS: Mapping[str, str] = {
    "never_answer": "take the message and never send a business answer",
    "answer_twice": "send the business answer twice",
    "answer_late": "send the business answer much later",
}


@dataclass(slots=True)
class Fault:
    """One way to misbehave; ``left`` is how often still, None is for ever."""

    name: str
    left: int | None = None

    def __str__(self) -> str:
        return self.name if self.left is None else f"{self.name}:{self.left}"


def parse(text: str, known: Iterable[str]) -> Fault:
    """Read ``name`` or ``name:times``.

    Raises:
        ValueError: An unknown name or a wrong number; the text says which names there are.
    """
    name, separator, times = text.partition(":")
    if name not in known:
        raise ValueError(f"unknown fault {name!r}; known are {', '.join(known)}")
    if not separator:
        return Fault(name)
    if not times.isdigit():
        raise ValueError(f"{name}: after the colon comes how many times, e.g. {name}:3")
    return Fault(name, int(times))


def option_help(known: Mapping[str, str]) -> str:
    """The help of ``--fault``."""
    return "How it misbehaves, repeatable. " + "; ".join(f"{name}: {does}" for name, does in known.items()) + "."


def instead_of_taking(fault: str) -> Reply:
    """What comes of a request that was read and not taken, for the faults of ``WIRE`` that do so. Raises: Hang, Reset."""
    if fault == "hang":
        raise Hang
    if fault == "reset_after_read":
        raise Reset
    if fault == "html_502":
        return Reply(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})
    if fault == "empty_200":
        return Reply(200)
    return Reply(int(fault.removeprefix("http_")), b"", {"Retry-After": "1"} if fault == "http_503" else {})


class Faults:
    """The faults that are active now; for any number of threads.

    Args:
        known: What this partner can do wrong: name -> what it does.
        faults: Active from the start. Raises: ValueError for one that is not known.
    """

    def __init__(self, known: Mapping[str, str], faults: Iterable[str] = ()) -> None:
        self._known = known
        self._lock = threading.Lock()
        self._active: list[Fault] = [parse(text, known) for text in faults]

    def replace(self, faults: Sequence[str]) -> None:
        """From now on these and no others. Raises: ValueError."""
        parsed = [parse(text, self._known) for text in faults]
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
