"""A TCP port of this machine that is kept for one server: known before that starts, and still its own when it starts again."""

from __future__ import annotations

import socket
import sys
from types import TracebackType
from typing import Self


class HeldPort:
    """A port that this process holds without listening, so that nobody else is given it. Use as a context manager, or close it.

    Asking for a free port, closing it and hoping that it is still free when a server wants it goes wrong on a busy machine.
    Here the port stays taken: the system gives it to no other program, neither to listen on nor to call from. A server that
    sets SO_REUSEADDR (asyncio, ``socket.create_server``, PostgreSQL, Erlang) may listen on it all the same, and again after
    it died. While none does, whoever connects is refused. This is how Linux does it: two sockets that both set the option
    may be bound to one port as long as neither listens. On other systems the port is chosen here and not held, so that a server
    can still listen there. Children do not inherit the hold.

    Args:
        number: 0 takes any port.
        host: The address that the server will listen on.

    Raises:
        OSError: The port is in use, or the address is none of this machine.
    """

    def __init__(self, number: int = 0, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, number))
        except BaseException:
            self._socket.close()
            raise
        self.number: int = self._socket.getsockname()[1]
        if not sys.platform.startswith("linux"):
            self._socket.close()

    def close(self) -> None:
        """Let go of it; a server that listens goes on. Idempotent."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
