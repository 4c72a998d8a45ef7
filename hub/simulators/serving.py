"""A small HTTP/1.1 server for simulators: a thread per connection, keep-alive, and the means to misbehave.

It is not for production: it trusts its caller's sizes. What a simulator does with a request is its ``Partner``'s affair.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.transports.held_port import HeldPort

#: Answers leave in pieces of this size when they drip.
DRIP_BYTES = 1

_LARGEST_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Request:
    """A request, read whole. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0  # above 0: one byte at a time, with this pause


class Reset(Exception):
    """Break the connection off with a TCP reset instead of answering."""


class Hang(Exception):
    """Keep the connection open and never answer."""


class Partner(Protocol):
    """What a simulator does with requests; called by many threads."""

    def before_body(self, path: str) -> None:
        """Called when the head of a request is in. Raises: Reset, Hang."""

    def handle(self, request: Request) -> Reply:
        """The answer. Raises: Reset, Hang."""


class Server:
    """Listens on one address until ``stop``.

    Args:
        partner: What is done with requests.
        port: 0 takes a free one; ``port`` tells which.
        host: Address to listen on; 0.0.0.0 is every one of this machine.
    """

    def __init__(self, partner: Partner, port: int = 0, host: str = "127.0.0.1") -> None:
        self._partner = partner
        self._host = host
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopped = threading.Event()
        self._held = HeldPort(port, host)  # also while it refuses
        self.port = self._held.number
        try:
            self._listener: socket.socket | None = socket.create_server((host, self.port), backlog=512)
        except OSError:
            self._held.close()
            raise

    @property
    def url(self) -> str:
        """Where it listens, as this machine reaches it."""
        return f"http://{'127.0.0.1' if self._host == '0.0.0.0' else self._host}:{self.port}"

    def start(self) -> None:
        """Accept connections in threads of its own."""
        listener = self._listener
        if listener is not None:
            threading.Thread(target=self._accept, args=(listener,), name="simulator", daemon=True).start()

    def refuse(self) -> None:
        """Stop listening and cut every connection, so that callers are refused."""
        with self._lock:
            listener, self._listener = self._listener, None
            connections = list(self._open)
        if listener is not None:
            _shut(listener)
            listener.close()
        for conn in connections:
            _shut(conn)

    def accept_again(self) -> None:
        """Listen on the same port again."""
        with self._lock:
            if self._listener is not None or self._stopped.is_set():
                return
            self._listener = socket.create_server((self._host, self.port), backlog=512)
        self.start()

    def stop(self) -> None:
        """Stop for good. Idempotent."""
        self._stopped.set()
        self.refuse()
        self._held.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return  # no longer listening
            with self._lock:
                if self._listener is not listener:
                    conn.close()
                    return
                self._open.add(conn)
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn: socket.socket) -> None:
        try:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with conn.makefile("rb", 65_536) as reader:
                while self._serve_one(conn, reader):
                    pass
        except Reset:
            with contextlib.suppress(OSError):
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except Hang:
            self._wait_for_the_end(conn)
        except (OSError, ValueError):
            pass  # the caller went away, or does not speak HTTP
        finally:
            with self._lock:
                self._open.discard(conn)
            conn.close()

    def _serve_one(self, conn: socket.socket, reader: Any) -> bool:
        """Serve one request; whether the connection stays open."""
        line = reader.readline(_LARGEST_HEAD)
        if not line:
            return False
        method, path, _ = line.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := reader.readline(_LARGEST_HEAD)) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        self._partner.before_body(path)
        if headers.get("expect", "").lower() == "100-continue":
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _read_body(reader, headers)
        reply = self._partner.handle(Request(method, path, headers, body))
        keep = headers.get("connection", "").lower() != "close"
        self._answer(conn, reply, keep=keep)
        return keep

    def _answer(self, conn: socket.socket, reply: Reply, *, keep: bool) -> None:
        phrase = "OK" if reply.status == 200 else "Simulated"
        lines = [f"HTTP/1.1 {reply.status} {phrase}", f"Content-Length: {len(reply.body)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        if not keep:
            lines.append("Connection: close")
        data = "\r\n".join((*lines, "\r\n")).encode("latin-1") + reply.body
        if not reply.drip_seconds:
            conn.sendall(data)
            return
        for start in range(0, len(data), DRIP_BYTES):
            conn.sendall(data[start : start + DRIP_BYTES])
            if self._stopped.wait(reply.drip_seconds):
                return

    def _wait_for_the_end(self, conn: socket.socket) -> None:
        """Until the caller hangs up or the server stops (which cuts the connection)."""
        with contextlib.suppress(OSError):
            while conn.recv(4096):
                pass


def json_reply(value: object, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(value).encode() + b"\n", {"Content-Type": "application/json"})


def _read_body(reader: Any, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        pieces = []
        while size := int(reader.readline(_LARGEST_HEAD).split(b";")[0], 16):
            pieces.append(reader.read(size))
            reader.readline(_LARGEST_HEAD)
        reader.readline(_LARGEST_HEAD)
        return b"".join(pieces)
    length = int(headers.get("content-length", "0"))
    body: bytes = reader.read(length)
    if len(body) < length:
        raise ConnectionResetError("cut short")
    return body


def _shut(sock: socket.socket) -> None:
    """End both directions, which wakes the thread that reads or accepts; that thread closes a connection."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
