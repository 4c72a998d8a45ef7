"""What a simulated partner remembers of what it got, in memory and, when asked, in a file that survives a restart.

The file holds identities and digests, never content.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: Raw requests are kept for inspection up to so many bytes in all; digests are kept for ever.
MOST_RAW_BYTES = 100_000_000


@dataclass(slots=True)
class Received:
    """A message that was taken over; ``sender`` and ``reference`` together are its identity.

    Attributes:
        digest: Of the message itself, in hex: what an identical repeat has too. Of XML its exclusive C14N is taken.
        sha256: Of the request's body, see ``Log.raw``.
        message_id: Identity of the request that carried it, when the protocol has one.
        answer: What the business answer is to be, in the partner's own words; empty for none.
        details: What the partner needs for its answer; JSON, and no content.
    """

    sender: str
    reference: str
    type: str
    digest: str
    sha256: str
    message_id: str = ""
    at: float = 0.0
    number: int = 0
    times: int = 1
    answer: str = ""
    answered: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was read whole, whatever came of it."""

    message_id: str
    sha256: str
    outcome: str


class Log:
    """All that was received; for any number of threads.

    Args:
        file: Where taken messages are written down before they are confirmed, and read from at start.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Received] = {}
        self._calls: list[Call] = []
        self._raw: deque[tuple[str, bytes]] = deque()
        self._raw_bytes = 0
        self.violations: list[str] = []
        if file is not None:
            self._read(file)
        self._file = file.open("a", encoding="utf-8") if file is not None else None

    def find(self, sender: str, reference: str) -> Received | None:
        """The message taken earlier under this identity."""
        return self._known.get((sender, reference))

    def take(self, message: Received) -> Received | None:
        """Remember a message, unless its identity is known: then that earlier one is returned and nothing changes."""
        with self._lock:
            earlier = self._known.get((message.sender, message.reference))
            if earlier is not None:
                return earlier
            message.number = len(self._known) + 1
            message.at = time.time()
            self._known[message.sender, message.reference] = message
            if self._file is not None:
                self._write({"taken": asdict(message)})
        return None

    def repeated(self, message: Received) -> None:
        """An identical repeat came."""
        with self._lock:
            message.times += 1

    def answered(self, message: Received) -> None:
        """Its business answer was confirmed."""
        with self._lock:
            message.answered = True
            self._write({"answered": [message.sender, message.reference]})

    def call(self, call: Call, raw: bytes) -> None:
        """Remember a request."""
        with self._lock:
            self._calls.append(call)
            self._raw.append((call.sha256, raw))
            self._raw_bytes += len(raw)
            while self._raw_bytes > MOST_RAW_BYTES:
                self._raw_bytes -= len(self._raw.popleft()[1])

    def violation(self, text: str) -> None:
        """Remember that a caller broke a rule of the interface."""
        with self._lock:
            self.violations.append(text)

    def messages(self) -> list[Received]:
        """All that was taken, in order."""
        with self._lock:
            return list(self._known.values())

    def calls(self) -> list[Call]:
        """All requests, in order."""
        with self._lock:
            return list(self._calls)

    def counts(self) -> dict[str, int]:
        """How many messages, requests and violations there were."""
        with self._lock:
            return {"messages": len(self._known), "calls": len(self._calls), "violations": len(self.violations)}

    def raw(self, sha256: str) -> bytes | None:
        """A request by the digest of its bytes, as far as it is still kept."""
        with self._lock:
            return next((raw for digest, raw in self._raw if digest == sha256), None)

    def clear(self) -> None:
        """Forget everything, the file included."""
        with self._lock:
            self._known.clear()
            self._calls.clear()
            self._raw.clear()
            self._raw_bytes = 0
            self.violations.clear()
            if self._file is not None:
                self._file.truncate(0)

    def close(self) -> None:
        """Close the file. Idempotent."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self, entry: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def _read(self, file: Path) -> None:
        for entry in _entries(file):
            if "taken" in entry:
                message = Received(**entry["taken"])
                self._known[message.sender, message.reference] = message
            else:
                self._known[entry["answered"][0], entry["answered"][1]].answered = True


def _entries(file: Path) -> Iterator[dict[str, Any]]:
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return  # the last line was cut off when the process was killed: that message was not confirmed
