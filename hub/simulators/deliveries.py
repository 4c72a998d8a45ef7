"""What a simulated partner sends to the hub by itself: it repeats until the hub confirms or refuses."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.errors import HubError
from hub.transports.http import HttpTransport
from hub.transports.http_reply import HttpReply

#: Seconds before a delivery is repeated: the first and the longest pause.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0

#: Deliveries at the same time.
THREADS = 4


class Said(NamedTuple):
    """What the hub said to a delivery, in a word; ``state`` is confirmed or refused for a last word, pending for trouble."""

    word: str
    state: str = "pending"


@dataclass(slots=True)
class Delivery:
    """One thing to deliver. ``state`` is pending, confirmed or refused."""

    reference: str
    type: str
    body: bytes
    times: int = 1  # how often in all, each until confirmed or refused
    state: str = "pending"
    attempts: int = 0
    answers: list[str] = field(default_factory=list)  # what the hub said to each, in a word
    done: threading.Event = field(default_factory=threading.Event)
    when_confirmed: Callable[[], None] | None = None


class Deliverer:
    """Delivers to one URL of the hub.

    Args:
        url: Where to; None delivers nothing and keeps everything pending.
        headers: HTTP headers of every request.
        read: Reads the hub's answer.
    """

    def __init__(self, url: str | None, headers: Mapping[str, str], read: Callable[[HttpReply], Said]) -> None:
        self._url = url
        self._headers = dict(headers)
        self._read = read
        self._queue: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition()
        self._stopped = False
        self._all: list[Delivery] = []
        for _ in range(THREADS if url else 0):
            threading.Thread(target=self._run, name="deliver", daemon=True).start()

    def add(self, delivery: Delivery, *, after: float = 0.0) -> Delivery:
        """Deliver in ``after`` seconds, and again until it is confirmed or refused."""
        with self._wake:
            self._all.append(delivery)
            self._push(delivery, after)
        return delivery

    def now(self, delivery: Delivery) -> None:
        """One attempt in the calling thread; when it fails it is repeated in the background."""
        with self._wake:
            self._all.append(delivery)
        if self._url is None:
            return
        transport = HttpTransport(self._url, read_timeout=10)
        try:
            self._attempt(transport, delivery)
        finally:
            transport.close()

    def all(self) -> list[Delivery]:
        """All deliveries, in order of asking."""
        with self._wake:
            return list(self._all)

    def clear(self) -> None:
        """Forget all deliveries, the pending ones too."""
        with self._wake:
            self._all.clear()
            self._queue.clear()

    def stop(self) -> None:
        """Start no further attempt."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()

    def _push(self, delivery: Delivery, after: float) -> None:
        heapq.heappush(self._queue, (time.monotonic() + after, next(self._numbers), delivery))
        self._wake.notify()

    def _run(self) -> None:
        transport = HttpTransport(self._url or "", read_timeout=60)
        while (delivery := self._next()) is not None:
            self._attempt(transport, delivery)
        transport.close()

    def _next(self) -> Delivery | None:
        with self._wake:
            while not self._stopped:
                if not self._queue:
                    self._wake.wait()
                elif (wait := self._queue[0][0] - time.monotonic()) > 0:
                    self._wake.wait(wait)
                else:
                    return heapq.heappop(self._queue)[2]
        return None

    def _attempt(self, transport: HttpTransport, delivery: Delivery) -> None:
        delivery.attempts += 1
        try:
            said = self._read(transport.post("", delivery.body, self._headers))
        except HubError as error:
            said = Said(error.code)
        delivery.answers.append(said.word)
        with self._wake:
            if said.state == "pending":
                pause = min(FIRST_PAUSE * 2 ** min(delivery.attempts, 10), LONGEST_PAUSE)
                self._push(delivery, pause)
                return
            delivery.times -= 1
            if delivery.times > 0:
                self._push(delivery, 0.0)
                return
        delivery.body = b""  # it will not be sent again; a long run would otherwise keep them all
        delivery.state = said.state
        if delivery.when_confirmed is not None:
            delivery.when_confirmed()
        delivery.done.set()
