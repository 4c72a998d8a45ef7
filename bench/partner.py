"""The fast local partner: a Digikoppeling adapter that takes everything over at once, in a process of its own.

It does as little as it can: one thread, one epoll loop, keep-alive, an answer made of constant bytes around the reference of
the request. Its CPU is not the hub's and is reported apart. It remembers when each reference came first, by CLOCK_MONOTONIC,
which all processes of a machine share.

``POST /`` takes a message. ``GET /count`` tells how many references came; ``GET /seen`` gives a line per reference, with the
nanoseconds of its first arrival; ``GET /reset`` forgets all and answers the number of requests there were, repeats included.
"""

from __future__ import annotations

import argparse
import heapq
import re
import selectors
import socket
import sys
import time

_REFERENCE = re.compile(rb"referentienummer>([^<]{1,60})<")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
_BEFORE = (
    b"<?xml version='1.0' encoding='UTF-8'?>"
    b'<SOAP:Envelope xmlns:SOAP="http://schemas.xmlsoap.org/soap/envelope/"><SOAP:Body>'
    b'<StUF:Bv04Bericht xmlns:StUF="http://www.egem.nl/StUF/StUF0301"><StUF:stuurgegevens>'
    b"<StUF:berichtcode>Bv04</StUF:berichtcode>"
    b"<StUF:zender><StUF:organisatie>00000099000000002000</StUF:organisatie>"
    b"<StUF:applicatie>RvdK-applicatie</StUF:applicatie></StUF:zender>"
    b"<StUF:ontvanger><StUF:organisatie>00000099000000001000</StUF:organisatie>"
    b"<StUF:applicatie>jeugd-applicatie</StUF:applicatie></StUF:ontvanger>"
    b"<StUF:referentienummer>bench-bv04</StUF:referentienummer>"
    b"<StUF:tijdstipBericht>20261123120000000</StUF:tijdstipBericht><StUF:crossRefnummer>"
)
_AFTER = b"</StUF:crossRefnummer></StUF:stuurgegevens></StUF:Bv04Bericht></SOAP:Body></SOAP:Envelope>"


class Partner:
    """Answers until its standard input closes.

    Args:
        delay: Seconds between the last byte of a request and its answer.
    """

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay
        self._seen: dict[bytes, int] = {}
        self._requests = 0
        self._selector = selectors.DefaultSelector()
        self._pending: dict[socket.socket, bytearray] = {}
        self._later: list[tuple[float, int, socket.socket, bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        """Serve until standard input ends."""
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        while True:
            for key, _ in self._selector.select(self._until_next()):
                if key.data is None:
                    return
                key.data(key.fileobj)
            while self._later and self._later[0][0] <= time.monotonic():
                _, _, connection, answer = heapq.heappop(self._later)
                self._send(connection, answer)

    def _until_next(self) -> float | None:
        return max(0.0, self._later[0][0] - time.monotonic()) if self._later else None

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending[connection] = bytearray()
        self._selector.register(connection, selectors.EVENT_READ, self._read)

    def _read(self, connection: socket.socket) -> None:
        try:
            piece = connection.recv(262_144)
        except OSError:
            piece = b""
        if not piece:
            self._drop(connection)
            return
        held = self._pending[connection]
        held += piece
        end = held.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(held, 0, end)
        total = end + 4 + (int(length[1]) if length else 0)
        if len(held) < total:
            return
        request = bytes(held[: min(total, end + 12_000)])  # the reference stands near the beginning
        del held[:total]
        self._answer(connection, request)

    def _answer(self, connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"GET "):
            self._send(connection, self._tell(request))
            return
        now = time.monotonic_ns()
        found = _REFERENCE.search(request)
        reference = found[1] if found else b"none"
        self._requests += 1
        self._seen.setdefault(reference, now)
        body = _BEFORE + reference + _AFTER
        answer = _HEAD % len(body) + body
        if self._delay:
            heapq.heappush(self._later, (time.monotonic() + self._delay, self._requests, connection, answer))
        else:
            self._send(connection, answer)

    def _tell(self, request: bytes) -> bytes:
        if request.startswith(b"GET /seen"):
            body = b"\n".join(b"%b %d" % pair for pair in self._seen.items())
        elif request.startswith(b"GET /reset"):
            body = b"%d" % self._requests
            self._seen, self._requests = {}, 0
        else:
            body = b"%d" % len(self._seen)
        return _HEAD % len(body) + body

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        try:
            connection.setblocking(True)
            connection.sendall(answer)
        except OSError:
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        if self._pending.pop(connection, None) is not None:
            self._selector.unregister(connection)
            connection.close()


def main() -> None:
    """Print the port, then serve."""
    parser = argparse.ArgumentParser(description="A partner that takes everything over at once.")
    parser.add_argument("--delay-ms", type=float, default=0.0)
    partner = Partner(parser.parse_args().delay_ms / 1000)
    print(partner.port, flush=True)
    partner.run()


if __name__ == "__main__":
    main()
