"""What is written together leaves together; a session that is closed ends soon, also when the other side says nothing."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest

from hub.broker.session import CONNECT_SECONDS, Session
from hub.broker.streams import Streams


class _Protocol:
    """What pika would be; it writes when it is told of its connection."""

    def __init__(self, write: Callable[[Any], None]) -> None:
        self.connection_made = write

    def connection_lost(self, error: BaseException | None) -> None:
        del error

    def data_received(self, data: bytes) -> None:
        del data

    def eof_received(self) -> bool:
        return False


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_closing_ends_a_connection_whose_other_side_is_silent(listener: socket.socket, tls: bool) -> None:
    """Long before connecting is given up, and with its socket: no descriptor is left, and the other side knows."""
    options = pika.SSLOptions(ssl.create_default_context(), "localhost") if tls else None
    parameters = pika.ConnectionParameters(
        "127.0.0.1",
        listener.getsockname()[1],
        ssl_options=options,
        socket_timeout=20 * CONNECT_SECONDS,
        stack_timeout=20 * CONNECT_SECONDS,
        blocked_connection_timeout=None,
    )
    session = Session(parameters, opened=lambda _: None)
    thread = threading.Thread(target=session.run)
    thread.start()
    with listener.accept()[0] as silent:
        silent.settimeout(10)
        assert silent.recv(3) == (b"\x16\x03\x01" if tls else b"AMQ"), "the first words of the handshake"
        session.close()
        assert session.ended.wait(CONNECT_SECONDS)
        thread.join(10)
        while silent.recv(4096):
            pass
    assert session.failure is not None
    assert not session.call(lambda: None)


def _writes(script: Callable[[Streams, Any], None]) -> list[bytes]:
    """What reaches the other side, write by write (a datagram socket keeps them apart)."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setblocking(False)
        theirs.settimeout(10)
        streams = Streams()
        loop = streams.get_native_ioloop()

        def begin(transport: Any) -> None:
            script(streams, transport)
            transport.write(b"end")

        streams.create_streaming_connection(lambda: _Protocol(begin), ours, lambda _: loop.call_later(0.05, loop.stop))
        loop.start()
        found = list(iter(lambda: theirs.recv(100), b"end"))
        streams.close()
        return found


def test_what_is_written_in_a_block_is_one_write_at_its_end() -> None:
    def script(streams: Streams, transport: Any) -> None:
        with streams.together():
            transport.write(b"me")
            transport.write(b"thod")
        transport.write(b"after")
        with streams.together():
            pass

    assert _writes(script) == [b"method", b"after"]


def test_what_was_written_before_a_block_broke_off_still_leaves() -> None:
    def script(streams: Streams, transport: Any) -> None:
        with contextlib.suppress(RuntimeError), streams.together():
            transport.write(b"frame")
            raise RuntimeError

    assert _writes(script) == [b"frame"]
