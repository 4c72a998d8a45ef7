from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.errors import ConfigError, ConnectionFault, HubError, NotConnected, Reached, Unavailable
from hub.transports.http import HttpTransport
from hub.transports.tls import TlsMode, TlsSettings
from tests.support.raw_server import RawServer, answering, cut, raw_server, reply

Connect = Callable[..., HttpTransport]


@pytest.fixture
def to() -> Iterator[Connect]:
    """Makes transports to a server or URL, and closes them after the test."""
    made: list[HttpTransport] = []

    def connect(where: RawServer | str, **settings: Any) -> HttpTransport:
        url = where if isinstance(where, str) else where.url
        made.append(HttpTransport(url, **{"connect_timeout": 5.0, "read_timeout": 5.0, **settings}))
        return made[-1]

    yield connect
    for transport in made:
        transport.close()


def failure(transport: HttpTransport, body: bytes = b"<x/>") -> HubError:
    with pytest.raises(HubError) as caught:
        transport.post("", body, {})
    return caught.value


def test_a_post_carries_path_host_length_and_headers(to: Connect) -> None:
    with raw_server(answering(reply(b"yes", headers="X-One: 1\r\n"))) as server:
        answer = to(server).post("", b"hello", {"SOAPAction": '""'})
        assert (answer.status, answer.body, answer.headers["x-one"]) == (200, b"yes", "1")
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == "POST /intern HTTP/1.1"
        assert f"Host: 127.0.0.1:{server.port}" in lines
        assert "Content-Length: 5" in lines
        assert 'SOAPAction: ""' in lines
        assert body == b"hello"


def test_one_connection_serves_many_requests(to: Connect) -> None:
    with raw_server(answering(reply(b"yes"))) as server:
        transport = to(server)
        for _ in range(3):
            assert transport.post("", b"x", {}).body == b"yes"
        assert server.connections == 1
        assert len(server.requests) == 3


def test_large_bodies_in_pieces_arrive_whole_and_in_order(to: Connect) -> None:
    with raw_server(answering(reply(b"yes"))) as server:
        middle = b"m" * 3_000_000
        assert to(server).post("", [b"<a>", memoryview(middle), b"</a>"], {}).status == 200
        assert server.requests[0].partition(b"\r\n\r\n")[2] == b"<a>" + middle + b"</a>"


def test_a_connection_that_the_partner_closed_meanwhile_is_replaced_before_use(to: Connect) -> None:
    closed = threading.Event()

    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            server.read_request(conn)
            conn.sendall(reply(b"yes"))
            cut(conn)
            closed.set()

        return script

    with raw_server(make) as server:
        transport = to(server)
        transport.post("", b"1", {})
        assert closed.wait(60)
        assert transport.post("", b"2", {}).body == b"yes"
        assert (server.connections, len(server.requests)) == (2, 2)


def test_a_connection_idle_for_too_long_is_replaced(to: Connect) -> None:
    with raw_server(answering(reply(b"yes"))) as server:
        transport = to(server, max_idle_seconds=0.0)
        transport.post("", b"1", {})
        transport.post("", b"2", {})
        assert server.connections == 2


@pytest.mark.parametrize(("status", "connections"), [("200 OK", 1), ("202 OK", 1), ("500 X", 1), ("502 X", 2), ("302 X", 2)])
def test_a_proxys_error_page_ends_the_connection(to: Connect, status: str, connections: int) -> None:
    with raw_server(answering(reply(b"page", status=status))) as server:
        transport = to(server)
        transport.post("", b"1", {})
        transport.post("", b"2", {})
        assert server.connections == connections


def test_connection_close_is_honoured(to: Connect) -> None:
    with raw_server(answering(reply(b"yes", headers="Connection: close\r\n"))) as server:
        transport = to(server)
        transport.post("", b"1", {})
        transport.post("", b"2", {})
        assert server.connections == 2


def test_a_chunked_answer_is_read_whole(to: Connect) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nye\r\n1\r\ns\r\n0\r\n\r\n"
    with raw_server(answering(chunked)) as server:
        transport = to(server)
        assert transport.post("", b"1", {}).body == b"yes"
        assert transport.post("", b"2", {}).body == b"yes"
        assert server.connections == 1


def test_an_announcement_before_the_answer_is_passed_over(to: Connect) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nX-One: early\r\n\r\n"
    with raw_server(answering(early + reply(b"yes", headers="X-Two: 2\r\n"))) as server:
        answer = to(server).post("", b"x", {})
        assert (answer.status, answer.body, answer.headers.get("x-one"), answer.headers["x-two"]) == (200, b"yes", None, "2")


def test_an_answer_long_after_its_announcement_is_not_the_answer_to_the_next_request(to: Connect) -> None:
    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            for number in range(3):
                server.read_request(conn)
                conn.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                time.sleep(0.05)
                conn.sendall(reply(b"%d" % number))

        return script

    with raw_server(make) as server:
        transport = to(server)
        assert [transport.post("", b"x", {}).body for _ in range(3)] == [b"0", b"1", b"2"]


def test_an_answer_without_a_length_ends_with_its_connection(to: Connect) -> None:
    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            server.read_request(conn)
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\nall ")
            conn.sendall(b"of it")

        return script

    with raw_server(make) as server:
        transport = to(server)
        assert [transport.post("", b"x", {}).body for _ in range(2)] == [b"all of it"] * 2
        assert server.connections == 2


@pytest.mark.parametrize("behind", [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!", b"nonsense"])
def test_what_comes_behind_an_answer_is_no_answer_to_the_next_request(to: Connect, behind: bytes) -> None:
    with raw_server(answering(reply(b"yes") + behind)) as server:
        transport = to(server)
        assert [transport.post("", b"x", {}).body for _ in range(2)] == [b"yes", b"yes"]
        assert server.connections == 2


def test_a_refused_connection_was_surely_not_sent(to: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(to(f"http://127.0.0.1:{port}/"))
    assert isinstance(error, NotConnected)
    assert (error.reached, error.code) == (Reached.NO, "not_connected")


def test_an_unknown_host_was_surely_not_sent(to: Connect) -> None:
    error = failure(to("http://nobody.invalid/"))
    assert isinstance(error, NotConnected)
    assert error.reached is Reached.NO


def test_a_connect_timeout_was_surely_not_sent(to: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        error = failure(to(f"http://127.0.0.1:{address[1]}/", connect_timeout=0.3))
        for filler in fillers:
            filler.close()
    assert isinstance(error, NotConnected)
    assert error.reached is Reached.NO


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "connection_lost"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "foreign_answer"),
        (b"HTTP/1.1 abc\r\n\r\n", "foreign_answer"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "foreign_answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "foreign_answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "foreign_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", "foreign_answer"),
    ],
)
def test_a_broken_answer_leaves_the_outcome_unknown(to: Connect, answer: bytes, code: str) -> None:
    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            server.read_request(conn)
            conn.sendall(answer)

        return script

    with raw_server(make) as server:
        error = failure(to(server))
        assert isinstance(error, Unavailable)
        assert (error.code, error.reached) == (code, Reached.MAYBE)
        assert len(server.requests) == 1


def test_silence_is_a_timeout_with_unknown_outcome(to: Connect) -> None:
    done = threading.Event()

    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            server.read_request(conn)
            done.wait(10)

        return script

    with raw_server(make) as server:
        error = failure(to(server, read_timeout=0.2))
        done.set()
        assert (error.code, error.reached, len(server.requests)) == ("timed_out", Reached.MAYBE, 1)


@pytest.mark.parametrize("declared", [True, False])
def test_an_endless_answer_is_cut_off(to: Connect, declared: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 999999999\r\n" if declared else b"") + b"\r\n"

    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            server.read_request(conn)
            conn.sendall(head)
            while True:
                conn.sendall(b"z" * 4096)

        return script

    with raw_server(make) as server:
        error = failure(to(server, max_reply_bytes=10_000))
        assert (error.code, error.reached) == ("foreign_answer", Reached.MAYBE)


def test_close_from_another_thread_ends_a_request_that_hangs(to: Connect) -> None:
    release = threading.Event()

    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            server.read_request(conn)
            release.wait(60)

        return script

    with raw_server(make) as server:
        transport = to(server, read_timeout=60)
        caught: list[HubError] = []
        thread = threading.Thread(target=lambda: caught.append(failure(transport)))
        thread.start()
        assert server.seen.wait(60)
        transport.close()
        thread.join(60)
        release.set()
        assert not thread.is_alive()
        assert (caught[0].code, caught[0].reached) == ("connection_lost", Reached.MAYBE)


def test_close_ends_a_tls_handshake_that_hangs(to: Connect) -> None:
    release = threading.Event()
    with RawServer(lambda conn: bool(conn.recv(1)) and release.wait(60) and None) as server:
        transport = to(
            server.url.replace("http:", "https:"), tls=TlsSettings(mode=TlsMode.ONE_WAY), connect_timeout=60, read_timeout=60
        )
        caught: list[HubError] = []
        thread = threading.Thread(target=lambda: caught.append(failure(transport)))
        thread.start()
        deadline = time.monotonic() + 60
        while not server.connections and time.monotonic() < deadline:
            thread.join(0.01)
        transport.close()
        thread.join(60)
        release.set()
        assert not thread.is_alive()
        assert isinstance(caught[0], NotConnected)


def test_a_closed_transport_sends_nothing_until_it_is_opened_again(to: Connect) -> None:
    with raw_server(answering(reply(b"yes"))) as server:
        transport = to(server)
        transport.post("", b"1", {})
        transport.close()
        transport.close()
        error = failure(transport)
        assert (error.code, error.reached, len(server.requests)) == ("connection_lost", Reached.NO, 1)
        transport.open()
        transport.open()
        assert transport.post("", b"2", {}).status == 200


def test_an_early_refusal_is_read_although_the_body_was_not_taken(to: Connect) -> None:
    def make(server: RawServer):  # type: ignore[no-untyped-def]
        def script(conn: socket.socket) -> None:
            conn.recv(1000)
            conn.sendall(reply(b"too large", status="413 X"))
            conn.shutdown(socket.SHUT_WR)
            conn.recv(1000)

        return script

    with raw_server(make) as server:
        assert to(server).post("", b"x" * 20_000_000, {}).status == 413


def test_redirects_are_returned_and_not_followed(to: Connect) -> None:
    with raw_server(answering(reply(status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"))) as server:
        assert to(server).post("", b"1", {}).status == 302


def test_plain_http_where_tls_is_expected_is_a_fault_of_the_connection(to: Connect) -> None:
    with RawServer(lambda conn: conn.sendall(reply(b"plain"))) as server:
        error = failure(to(server.url.replace("http:", "https:"), tls=TlsSettings(mode=TlsMode.ONE_WAY)))
        assert isinstance(error, ConnectionFault)
        assert (error.code, error.reached) == ("tls_failed", Reached.NO)


@pytest.mark.parametrize(
    "url", ["ftp://x/", "http://", "http://user:pw@host/", "http://host:99999/", "http://host/a b", "http://host/é", "host/x"]
)
def test_a_url_that_cannot_work_is_refused_at_start(url: str) -> None:
    with pytest.raises(ConfigError):
        HttpTransport(url)


@pytest.mark.parametrize(("url", "mode"), [("https://host/", TlsMode.NONE), ("http://host/", TlsMode.ONE_WAY)])
def test_scheme_and_tls_mode_must_agree(url: str, mode: TlsMode) -> None:
    with pytest.raises(ConfigError, match="https needs"):
        HttpTransport(url, tls=TlsSettings(mode=mode))


def test_a_missing_trust_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no-such\.pem: tls\.trust_store"):
        HttpTransport("https://host/", tls=TlsSettings(mode=TlsMode.ONE_WAY, trust_store=tmp_path / "no-such.pem"))


@pytest.mark.parametrize("header", [{"X": "a\r\nY: b"}, {"X\r\nY": "b"}])
def test_a_header_cannot_smuggle_another(to: Connect, header: dict[str, str]) -> None:
    with raw_server(answering(reply())) as server, pytest.raises(ValueError, match="line break"):
        to(server).post("", b"", header)
