from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.services import wait_until
from tests.support.tcp_proxy import TcpProxy

PATIENCE = 60.0


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            while piece := client.recv(1024):
                client.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listener.getsockname()
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(PATIENCE)


@pytest.fixture
def proxy(echo: tuple[str, int]) -> Iterator[TcpProxy]:
    with TcpProxy(*echo) as proxy:
        yield proxy


def _client(proxy: TcpProxy) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxy.port), PATIENCE)
    client.settimeout(PATIENCE)
    return client


def _heard(client: socket.socket, count: int) -> bytes:
    heard = b""
    while len(heard) < count and (piece := client.recv(count - len(heard))):
        heard += piece
    return heard


def test_bytes_pass_and_are_counted(proxy: TcpProxy) -> None:
    with _client(proxy) as client:
        client.sendall(b"hello")
        assert _heard(client, 5) == b"hello"
    wait_until(lambda: (proxy.connections, proxy.bytes_to_server, proxy.bytes_to_client) == (1, 5, 5), "the counts", seconds=5)


def test_a_cut_connection_is_reset_and_a_new_one_passes(proxy: TcpProxy) -> None:
    with _client(proxy) as client:
        client.sendall(b"hello")
        _heard(client, 5)
        assert proxy.cut() == 1
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with _client(proxy) as client:
        client.sendall(b"again")
        assert _heard(client, 5) == b"again"


@pytest.mark.parametrize("answers_only", [False, True])
def test_a_stall_keeps_bytes_until_it_ends(proxy: TcpProxy, answers_only: bool) -> None:
    proxy.stall(answers_only=answers_only)
    with _client(proxy) as client:
        client.sendall(b"hello")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert proxy.bytes_to_server == (5 if answers_only else 0)
        proxy.pass_through()
        client.settimeout(PATIENCE)
        assert _heard(client, 5) == b"hello"


def test_lost_answers_reach_the_server_only(proxy: TcpProxy) -> None:
    proxy.lose_answers()
    with _client(proxy) as client:
        client.sendall(b"hello")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert (proxy.bytes_to_server, proxy.bytes_to_client) == (5, 0)


def test_half_a_request_is_forwarded_and_then_cut(proxy: TcpProxy) -> None:
    proxy.halve()
    with _client(proxy) as client:
        client.sendall(b"12345678")
        with suppress(ConnectionResetError):
            assert client.recv(8) in {b"", b"1234"}
    wait_until(lambda: proxy.bytes_to_server == 4, "half of the bytes", seconds=5)


def test_a_refused_connection_is_refused_by_the_system_and_welcome_later(proxy: TcpProxy) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        _client(proxy)
    proxy.accept()
    with _client(proxy) as client:
        client.sendall(b"hello")
        assert _heard(client, 5) == b"hello"


def test_a_delay_holds_bytes_but_loses_none(proxy: TcpProxy) -> None:
    proxy.delay(0.05)
    with _client(proxy) as client:
        client.sendall(b"hello")
        assert _heard(client, 5) == b"hello"
