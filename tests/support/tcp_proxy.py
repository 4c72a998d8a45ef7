"""A TCP proxy between a client and a real server that can be told to misbehave while it runs."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from enum import StrEnum
from types import TracebackType

from hub.transports.held_port import HeldPort

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close() sends RST instead of FIN


class Mode(StrEnum):
    """What happens to bytes that arrive."""

    PASS = "pass"
    STALL = "stall"  # connections are accepted, nothing is forwarded; what came is kept and forwarded afterwards
    STALL_ANSWERS = "stall_answers"  # the same, from server to client only
    LOSE_ANSWERS = "lose_answers"  # the server gets everything, the client nothing; what was dropped stays lost
    HALVE = "halve"  # half of the next piece from the client is forwarded, then the connection is reset


class TcpProxy:
    """Forwards connections to a server. Thread-safe; starts at once and ends with ``close`` or as a context manager.

    Args:
        host: The real server.
        port: Its port.

    Attributes:
        port: Where this proxy listens on 127.0.0.1; the same after ``refuse`` and ``accept``.
        connections: Connections accepted so far.
        bytes_to_server: Bytes forwarded to the server so far.
        bytes_to_client: Bytes forwarded to clients so far.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._changed = threading.Condition()
        self._mode = Mode.PASS
        self._delay = 0.0
        self._closed = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._silent: set[int] = set()
        self.connections = self.bytes_to_server = self.bytes_to_client = 0
        self._held = HeldPort()  # also while it refuses
        self.port = self._held.number
        self._listener: socket.socket | None = self._listen(self.port)

    def switch(self, mode: Mode) -> None:
        """Treat everything that arrives from now on in this way, on connections that exist too."""
        with self._changed:
            self._mode = mode
            self._changed.notify_all()

    def pass_through(self) -> None:
        """Behave: the mode at the start, without delay."""
        self._delay = 0.0
        self.switch(Mode.PASS)

    def stall(self, *, answers_only: bool = False) -> None:
        """Forward nothing until told otherwise, or nothing from the server only."""
        self.switch(Mode.STALL_ANSWERS if answers_only else Mode.STALL)

    def stall_existing(self) -> None:
        """Forward nothing any more on the connections of this moment, which stay open; new ones pass."""
        with self._changed:
            self._silent |= {id(end) for pair in self._pairs for end in pair}

    def lose_answers(self) -> None:
        """Let requests through and drop what the server says."""
        self.switch(Mode.LOSE_ANSWERS)

    def halve(self) -> None:
        """Forward half of the next piece that a client sends, then reset; later connections pass."""
        self.switch(Mode.HALVE)

    def delay(self, seconds: float) -> None:
        """Hold every piece so long in each direction."""
        self._delay = seconds

    def cut(self) -> int:
        """Reset every connection of this moment; returns how many. New ones are welcome."""
        with self._changed:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _reset(*pair)
        return len(pairs)

    def refuse(self) -> None:
        """Stop listening: connecting is refused by the operating system. Connections that exist go on."""
        with self._changed:
            listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept(); close() alone would not
            listener.close()

    def accept(self) -> None:
        """Listen again on the same port."""
        with self._changed:
            if self._listener is None and not self._closed:
                self._listener = self._listen(self.port)

    def close(self) -> None:
        """Reset all and stop. Idempotent."""
        self.refuse()
        self._held.close()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.cut()

    def __enter__(self) -> TcpProxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=128)
        threading.Thread(target=self._accept_all, args=(listener,), name="proxy-accept", daemon=True).start()
        return listener

    def _accept_all(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, timeout=10)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            with self._changed:
                self.connections += 1
                self._pairs.append((client, server))
            for source, sink, to_server in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(source, sink, to_server), name="proxy-pump", daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, to_server: bool) -> None:
        """Forward one direction until it ends; then both ends of the connection are closed."""
        with suppress(OSError):
            while piece := source.recv(65536):
                mode = self._wait_for_turn(to_server, source)
                if mode is Mode.LOSE_ANSWERS and not to_server:
                    continue
                if mode is Mode.HALVE and to_server:
                    self._forward(piece[: len(piece) // 2], sink, to_server)
                    self.switch(Mode.PASS)
                    break
                self._forward(piece, sink, to_server)
            else:
                self._end(source, sink)
                return
        _reset(source, sink)
        self._end(source, sink)

    def _forward(self, piece: bytes, sink: socket.socket, to_server: bool) -> None:
        sink.sendall(piece)
        with self._changed:
            if to_server:
                self.bytes_to_server += len(piece)
            else:
                self.bytes_to_client += len(piece)

    def _wait_for_turn(self, to_server: bool, source: socket.socket) -> Mode:
        """The mode in which to treat a piece: waits as long as this direction stalls, and for the delay."""
        stalls = {Mode.STALL} if to_server else {Mode.STALL, Mode.STALL_ANSWERS}
        with self._changed:
            if self._delay:
                self._changed.wait_for(lambda: self._closed, self._delay)
            self._changed.wait_for(lambda: self._closed or (self._mode not in stalls and id(source) not in self._silent))
            if self._closed:
                raise OSError("the proxy has been closed")
            return self._mode

    def _end(self, *pair: socket.socket) -> None:
        with self._changed:
            before = len(self._pairs)
            self._pairs = [known for known in self._pairs if pair[0] not in known]
            if len(self._pairs) == before:
                return  # it is being reset, or has been ended from the other side; a farewell now would soften the reset
        for end in pair:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _reset(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Closing does not wake a thread that reads from this socket, and the kernel keeps the connection until it has:
        # stop reading first, then close with a reset.
        with suppress(OSError):
            end.shutdown(socket.SHUT_RD)
        end.close()
