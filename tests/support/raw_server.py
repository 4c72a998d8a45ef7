"""A TCP server whose behaviour a test writes down, connection by connection: for what no decent server does."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType

#: What to do with one connection. It may return at any moment; the connection is closed after it.
Script = Callable[[socket.socket], None]


class RawServer:
    """Listens on a free port of 127.0.0.1 and plays ``script`` for every connection, each in its own thread.

    ``connections`` counts what was accepted; ``requests`` holds each request read by ``read_request``.
    """

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/intern"
        self.connections = 0
        self.requests: list[bytes] = []
        self.seen = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> RawServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and cut every connection."""
        for sock in (self._listener, *self._open):
            cut(sock)

    def read_request(self, conn: socket.socket) -> bytes:
        """One whole request with a Content-Length, head and body; empty when the other side closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = conn.recv(65_536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += conn.recv(1 << 20)
        self.requests.append(head + b"\r\n\r\n" + body)
        self.seen.set()
        return self.requests[-1]

    def _accept(self) -> None:
        while True:
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(conn)
            threading.Thread(target=self._play, args=(conn,), daemon=True).start()

    def _play(self, conn: socket.socket) -> None:
        try:
            if self._tls is not None:
                conn = secured = self._tls.wrap_socket(conn, server_side=True, do_handshake_on_connect=False)
                self._open.append(conn)
                _shake_hands(secured)
            self._script(conn)
        except OSError:
            pass
        finally:
            cut(conn)


def _shake_hands(conn: ssl.SSLSocket) -> None:
    """The server's handshake. A refusal is read by the client only if we do not reset the connection right behind it."""
    try:
        conn.do_handshake()
    except ssl.SSLError:
        conn.settimeout(2)
        socket.socket.shutdown(conn, socket.SHUT_WR)
        while socket.socket.recv(conn, 65_536):
            pass
        raise


def cut(sock: socket.socket) -> None:
    """End a connection in both directions, also while another thread reads from it."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    sock.close()


def reply(body: bytes = b"", *, status: str = "200 OK", headers: str = "") -> bytes:
    """An HTTP answer with a Content-Length."""
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answering(*answers: bytes) -> Callable[[RawServer], Script]:
    """A script that reads a request and gives the next answer, over and over the last one, on every connection."""

    def make(server: RawServer) -> Script:
        def script(conn: socket.socket) -> None:
            while server.read_request(conn):
                conn.sendall(answers[min(len(server.requests), len(answers)) - 1])

        return script

    return make


def raw_server(make: Callable[[RawServer], Script], *, tls: ssl.SSLContext | None = None) -> RawServer:
    """A server whose script needs the server itself, e.g. ``raw_server(answering(reply(b"ok")))``."""
    made: list[RawServer] = []
    ready = threading.Event()

    def script(conn: socket.socket) -> None:
        ready.wait(60)
        make(made[0])(conn)

    made.append(RawServer(script, tls=tls))
    ready.set()
    return made[0]
