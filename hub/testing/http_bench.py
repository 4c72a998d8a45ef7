"""A partner over HTTP for the conformance suite of adapters: a socket that does what it is told, also what no server does.

It is not a simulated partner (``hub.simulators``): it judges nothing, and lives in the process of a test.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import BinaryIO

from hub.contracts.adapter import Adapter
from hub.errors import Blame
from hub.message import Outgoing
from hub.simulators.serving import Reply, Request
from hub.testing import adapter_suite as suite


class HttpBench(ABC):
    """A partner over HTTP under control: it records requests, misbehaves where told, and is honest for the rest.

    An adapter's test says how its adapter and a message are made, and what its partner says: ``make``, ``outgoing``,
    ``honest`` and, where the partner has words of its own for no and not now, ``saying``. Close it at the end.
    """

    verbatim = True
    patience = 10.0
    blames = Blame.CONNECTION

    def __init__(self) -> None:
        self._orders: deque[str] = deque()
        self._bodies: list[bytes] = []
        self._arrived = threading.Event()
        self._release = threading.Event()
        self._seeds = itertools.count()
        self._numbers = itertools.count(1)
        self._made: list[Adapter] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self._conns: list[socket.socket] = []
        self._listen()

    @property
    def url(self) -> str:
        """Where this partner listens."""
        return f"http://127.0.0.1:{self._port}/partner"

    @abstractmethod
    def make(self) -> Adapter:
        """A new adapter to ``url``."""

    @abstractmethod
    def outgoing(self) -> Outgoing:
        """A valid message with a new ``reference()``, whose body holds ``adapter_suite.MARKED``."""

    @abstractmethod
    def honest(self, request: Request) -> Reply:
        """What the partner says when it behaves."""

    def saying(self, behaviour: str, request: Request) -> Reply:
        """The partner's own words for no and not now."""
        return Reply(422 if behaviour == suite.REJECT else 500, suite.MARKED.encode())

    def reference(self) -> str:
        """A reference that no message had yet."""
        return f"ref-{next(self._numbers)}"

    def adapter(self) -> Adapter:
        """See ``adapter_suite.Bench``."""
        self._made.append(self.make())
        return self._made[-1]

    def behave(self, *behaviours: str) -> None:
        """See ``adapter_suite.Bench``."""
        self._orders.extend(behaviours)

    def away(self, away: bool) -> None:
        """See ``adapter_suite.Bench``."""
        if away:
            self._stop_listening()
        else:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._listen()

    def arrived(self) -> Sequence[bytes]:
        """See ``adapter_suite.Bench``."""
        with self._lock:
            return list(self._bodies)

    def wait_for_arrival(self) -> None:
        """See ``adapter_suite.Bench``."""
        assert self._arrived.wait(self.patience)

    def close(self) -> None:
        """Stop listening, and close every adapter that was made."""
        self._release.set()
        for adapter in self._made:
            adapter.close()
        self._stop_listening()

    def _stop_listening(self) -> None:
        for sock in (self._listener, *self._conns):
            _cut(sock)
        self._conns.clear()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            self._conns.append(conn)
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn: socket.socket) -> None:
        try:
            with conn.makefile("rb") as reader:
                while (request := _read(reader)) is not None and self._answer(conn, request):
                    pass
        except OSError:
            pass
        finally:
            _cut(conn)

    def _answer(self, conn: socket.socket, request: Request) -> bool:
        """Whether the connection stays."""
        with self._lock:
            self._bodies.append(request.body)
            order = self._orders.popleft() if self._orders else None
        self._arrived.set()
        if order == suite.HANG:
            self._release.wait(60)
            return False
        if order == suite.LOSE_ANSWER:
            self.honest(request)
            return False
        if order == suite.GARBAGE:
            conn.sendall(suite.garbage(next(self._seeds)))
            return False
        if order == suite.PROXY_PAGE:
            reply = Reply(502, f"<html>{suite.MARKED}</html>".encode())
        else:
            reply = self.saying(order, request) if order else self.honest(request)
        conn.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (reply.status, len(reply.body)) + reply.body)
        return True


def _read(reader: BinaryIO) -> Request | None:
    line: bytes = reader.readline()
    if not line:
        return None
    path = line.decode("latin-1").split(" ")[1]
    headers = {}
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body: bytes = reader.read(int(headers.get("content-length", "0")))
    return Request("POST", path, headers, body)


def _cut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
