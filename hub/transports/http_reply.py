"""Reading one HTTP answer from a socket, with llhttp (the parser of Node.js, by way of httptools).

The parser refuses what the standard does not allow (RFC 9112); this module keeps the size within bounds and finds out whether
the connection may be used again.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass

import httptools

from hub.errors import Reached, Stage, Unavailable

#: Bytes that may come without adding to the body: status line and headers, or trailers and the extensions of chunks. The
#: answers of this trade have a few hundred.
MAX_HEAD_BYTES = 65_536

#: The only ones that this transport speaks; the parser knows others.
VERSIONS = ("1.0", "1.1")

_READ_SIZE = 16_384
#: Statuses below this announce the real answer (RFC 9110, 15.2).
_FIRST_FINAL = 200


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer, whole. Header names are lower case; of a repeated header the last value counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotHttp(Exception):
    """What came is no HTTP answer."""


class CutShort(Exception):
    """The other side hung up before the end of its answer."""


class _Collector:
    """What the parser has found so far; it calls the methods."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.declared = self.size = 0
        self.known = True
        self.head_read = self.complete = self.reusable = False

    def on_message_begin(self) -> None:
        self.reusable = False  # when it comes behind the answer: nothing that we asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_read:  # a trailer may not replace a header (RFC 9110, 6.5.1)
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if not self.head_read:
            self.status = self.parser.get_status_code()
            self.known = self.parser.get_http_version() in VERSIONS
            self.head_read = self.status >= _FIRST_FINAL
            self.declared = int(self.headers.get("content-length", "0"))  # llhttp has seen to it that it is a number

    def on_body(self, piece: bytes) -> None:
        if self.head_read and not self.complete:
            self.body.append(piece)
            self.size += len(piece)

    def on_message_complete(self) -> None:
        if self.head_read and not self.complete:
            self.complete, self.reusable = True, self.parser.should_keep_alive()
        elif not self.complete:
            self.headers = {}  # of a 1xx answer

    @property
    def until_end(self) -> bool:
        """Whether the body ends where the connection does (RFC 9112, 6.3, rules 4 and 8)."""
        chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        return self.head_read and not chunked and "content-length" not in self.headers


def read_reply(sock: socket.socket, limit: int) -> tuple[HttpReply, bool]:
    """The next answer on this connection, and whether the connection may be used for another request.

    Args:
        limit: Bytes of body that are read at most.

    Raises:
        NotHttp: What came is no answer.
        CutShort: The connection ended in the middle, or before anything came.
        Unavailable: The answer is larger than ``limit``.
        OSError: From the socket.
    """
    found = _Collector()
    idle = 0
    while True:
        data = sock.recv(_READ_SIZE)
        if not data:
            if not found.until_end:
                raise CutShort
            break
        before = found.size
        broken = _feed(found.parser, data)
        idle = 0 if found.size > before else idle + len(data)
        if max(found.declared, found.size) > limit:
            raise _too_large(f"is larger than {limit} bytes")
        if found.complete and found.known:
            break  # what may be wrong comes behind it
        if broken or not found.known:
            raise NotHttp
        if idle > MAX_HEAD_BYTES:
            raise _too_large(f"has more than {MAX_HEAD_BYTES} bytes beside its body")
    return HttpReply(found.status, found.headers, b"".join(found.body)), found.reusable


def _feed(parser: httptools.HttpResponseParser, data: bytes) -> bool:
    """Whether the parser found something that is not HTTP."""
    try:
        parser.feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):  # nor have we asked for another protocol
        return True
    return False


def _too_large(what: str) -> Unavailable:
    return Unavailable(f"the answer {what}", code="foreign_answer", reached=Reached.MAYBE, stage=Stage.SENDING)
