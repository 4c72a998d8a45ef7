"""Whatever comes instead of an answer, it is one of the failures that are foreseen."""

from __future__ import annotations

import contextlib
import random
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.errors import Unavailable
from hub.transports.http_reply import CutShort, HttpReply, NotHttp, read_reply

LIMIT = 1_000
HEADS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>",
    b"HTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n<a/>",
    b"HTTP/1.1 101 Switch\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nPRI",
    b"HTTP/1.1 204 None\r\nConnection: close\r\n\r\n",
)
WORDS = (
    b"\r\n",
    b"\n",
    b":",
    b"0",
    b"-1",
    b"99999999999999999999",
    b"Content-Length: 5\r\n",
    b"\0",
    b"\xff",
    b"Upgrade",
    b" ",
    b"",
)


def read(*pieces: bytes) -> tuple[HttpReply, bool]:
    near, far = socket.socketpair()
    with near, far:
        for piece in pieces:
            far.sendall(piece)
        far.shutdown(socket.SHUT_WR)
        return read_reply(near, LIMIT)


@pytest.mark.parametrize("whole", [HEADS[0], HEADS[1]])
def test_an_answer_is_the_same_however_it_is_cut(whole: bytes) -> None:
    assert read(whole) == read(*(bytes((byte,)) for byte in whole))
    assert read(whole)[0].body == b"<a/>"


@pytest.mark.parametrize("upgrade", [b"h2c", b"websocket"])
def test_another_protocol_is_no_answer(upgrade: bytes) -> None:
    with pytest.raises(NotHttp):
        read(b"HTTP/1.1 101 Switch\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n" % upgrade)


def test_an_offer_of_another_protocol_beside_an_answer_is_passed_over() -> None:
    """Apache makes it in every first answer."""
    reply, reusable = read(b"HTTP/1.1 200 OK\r\nUpgrade: h2\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok")
    assert (reply.body, reusable) == (b"ok", True)


@pytest.mark.parametrize("line", [b"A: " + b"v" * 200_000, b"A: v\r\n" * 30_000], ids=["one long", "many short"])
def test_trailers_are_bounded(line: bytes) -> None:
    near, far = socket.socketpair()
    with near, far, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(far.sendall, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + line)
        with pytest.raises(Unavailable, match="beside its body"):
            read_reply(near, LIMIT)
        near.close()
        assert isinstance(writing.exception(20), OSError | None)


def test_a_trailer_replaces_no_header() -> None:
    reply, _ = read(b"HTTP/1.1 200 OK\r\nA: head\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: tail\r\n\r\n")
    assert (reply.body, reply.headers["a"]) == (b"x", "head")


@pytest.mark.parametrize("version", [b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3.1"])
def test_versions_that_are_not_spoken_are_not_read(version: bytes) -> None:
    with pytest.raises(NotHttp):
        read(version + b" 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_a_body_in_an_announcement_is_not_the_answers() -> None:
    reply, _ = read(b"HTTP/1.1 199 X\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert reply.body == b"ok"


def test_a_body_in_another_coding_ends_with_its_connection() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok")[0].body == b"ok"


def test_a_spoiled_answer_ends_in_a_failure_that_is_foreseen() -> None:
    chance = random.Random(1)
    good = 0
    for _ in range(3_000):
        data = bytearray(chance.choice(HEADS))
        for _ in range(chance.randint(0, 4)):
            place = chance.randrange(len(data) + 1)
            data[place : place + chance.randint(0, 5)] = chance.choice(WORDS)
        with contextlib.suppress(NotHttp, CutShort, Unavailable):
            read(bytes(data))
            good += 1
    assert 300 < good < 2_700, "both kinds were tried"
