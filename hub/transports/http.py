"""The hub's one lean HTTP transport: a keep-alive connection to one partner.

It translates every failure into an error of ``hub.errors`` with the right ``reached``, never retries, never follows a
redirect and never speaks to another origin than the configured one. It does not judge answers: that is the adapter's.

Time-outs are per socket operation. A total deadline is kept by calling ``close`` from another thread.

``http.client``, and urllib3 which is built on it, were tried in its place. They take an announcement (103) for the answer, so
that the next request gets the answer of this one, and bound neither announcements nor trailers (decision 20).
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from hub.errors import ConfigError, ConnectionFault, HubError, NotConnected, Reached, Stage, Unavailable
from hub.transports.http_reply import CutShort, HttpReply, NotHttp, read_reply
from hub.transports.tls import TlsMode, TlsSettings, client_context

#: Seconds a connection may have been idle and still be used. Shorter than the keep-alive time of common servers (Apache 5 s),
#: because a request written to a connection that is just being closed has an unknown outcome.
MAX_IDLE_SECONDS = 4.0

#: Largest answer that is read; the answers of this trade are a few kilobytes.
MAX_REPLY_BYTES = 1_000_000

#: Requests up to this many bytes go out in one write.
_JOIN_BELOW = 65_536

#: Statuses after which a connection is used again: success, and 500, which carries SOAP faults. After anything else, such as a
#: proxy's error page, the next request starts afresh, on another back end with some luck.
_KEEP_AFTER = frozenset((*range(200, 300), 500))

#: Words in an OpenSSL alert that mean: the other side does not like our certificate or our TLS.
_HANDSHAKE_ALERTS = ("CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE", "ACCESS_DENIED", "PROTOCOL_VERSION", "INSUFFICIENT_SECURITY")

#: One part of a body.
Piece = bytes | memoryview

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class HttpTransport:
    """One keep-alive connection to one origin.

    Used by one thread at a time, except ``close``, which any thread may call at any moment.

    Args:
        url: Where requests go, e.g. ``https://adapter.example/intern``.
        tls: TLS of this connection.
        context: What ``client_context`` made of ``tls`` before, for who makes many transports; otherwise it is made here.
        connect_timeout: Seconds for connecting and, again, for the TLS handshake.
        read_timeout: Seconds for each read or write.
        max_reply_bytes: Larger answers are refused.
        max_idle_seconds: Older idle connections are replaced before use.
        permit: Says of an IP address whether it may be connected to; asked of the very address, after the name was looked up.

    Raises:
        ConfigError: The URL or a certificate file cannot work.
    """

    def __init__(
        self,
        url: str,
        *,
        tls: TlsSettings | None = None,
        context: ssl.SSLContext | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        max_reply_bytes: int = MAX_REPLY_BYTES,
        max_idle_seconds: float = MAX_IDLE_SECONDS,
        permit: Callable[[str], bool] = lambda address: True,
    ) -> None:
        tls = tls or TlsSettings()
        self._host, self._port, self._path, self._authority = _read_url(url, tls)
        self._context = context or client_context(tls)
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._max_reply_bytes = max_reply_bytes
        self._max_idle_seconds = max_idle_seconds
        self._permit = permit
        self._lock = threading.Lock()  # guards the four below
        self._sock: socket.socket | None = None
        self._busy = False
        self._closed = False
        self._idle_since = 0.0

    def open(self) -> None:
        """Allow requests again after ``close``. Does not connect."""
        with self._lock:
            self._closed = False

    def connect(self) -> None:
        """Connect, TLS included, without sending a request; does nothing when connected.

        Raises:
            NotConnected: There is nobody.
            ConnectionFault: TLS does not come about.
        """
        self._end(self._begin(), keep=True)

    def close(self) -> None:
        """Let go of the connection; from any thread. A running request ends at once with ``connection_lost``."""
        with self._lock:
            self._closed = True
            sock = self._sock
            if sock is None:
                return
            _shut_down(sock)
            if not self._busy:  # the thread that runs a request closes its own socket: a number may not be reused under it
                self._sock = None
                sock.close()

    def post(self, target: str, body: Piece | Sequence[Piece], headers: Mapping[str, str]) -> HttpReply:
        """Send one POST and read its answer. See ``request``."""
        return self.request("POST", target, body, headers)

    def request(
        self, method: str, target: str, body: Piece | Sequence[Piece] = b"", headers: Mapping[str, str] = _NO_HEADERS
    ) -> HttpReply:
        """Put exactly one request on the wire and read its answer, whatever its status.

        Args:
            method: GET, POST, ...; not HEAD, whose answers tell of a body that does not come.
            target: A path with query on the configured origin; empty for the configured path.
            body: Bytes, or pieces that are written one after the other without being joined when they are large.
            headers: Further headers; Host, Content-Length and Connection are set here.

        Raises:
            NotConnected: Surely nothing was sent.
            ConnectionFault: TLS does not come about.
            Unavailable: Time-out, reset or an unreadable answer, with ``reached`` maybe.
        """
        pieces: Sequence[Piece] = (body,) if isinstance(body, (bytes, memoryview)) else body
        head = self._head(method, target, headers, sum(map(len, pieces)))
        sock, reusable = self._begin(), False
        try:
            reply, reusable = self._exchange(sock, head, pieces)
        except (OSError, CutShort, NotHttp) as error:
            raise self._translate(error) from None  # the cause may quote what was received
        finally:
            self._end(sock, keep=reusable)
        return reply

    def _head(self, method: str, target: str, headers: Mapping[str, str], length: int) -> bytes:
        target = target or self._path
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._authority}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if length or method in ("POST", "PUT"):
            lines.append(f"Content-Length: {length}")
        if not target.startswith("/") or any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a target must be a path and a header may not hold a line break")
        return "\r\n".join((*lines, "\r\n")).encode("latin-1")

    def _begin(self) -> socket.socket:
        """A connection that is fit for a request, marked busy."""
        with self._lock:
            if self._closed:
                raise _not_connected("the connection has been closed", code="connection_lost")
            sock = self._sock
            if sock is not None and (time.monotonic() - self._idle_since > self._max_idle_seconds or _has_word(sock)):
                sock.close()
                self._sock = sock = None
            self._busy = True
        if sock is not None:
            return sock
        try:
            return self._connect()
        except BaseException:
            with self._lock:
                self._busy = False
                failed, self._sock = self._sock, None
            if failed is not None:
                failed.close()
            raise

    def _end(self, sock: socket.socket, *, keep: bool) -> None:
        with self._lock:
            self._busy = False
            self._idle_since = time.monotonic()
            if not keep or self._closed:
                self._sock = None
                sock.close()

    def _connect(self) -> socket.socket:
        try:
            addresses = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError:
            raise _not_connected("the host name of this connection is not found") from None
        last: NotConnected | None = None
        for family, kind, protocol, _, address in addresses:
            if not self._permit(str(address[0])):
                last = _not_connected("this address may not be connected to", code="address_wrong")
                continue
            sock = socket.socket(family, kind, protocol)
            try:
                self._adopt(sock)
                sock.settimeout(self._connect_timeout)
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except TimeoutError:
                last = _not_connected("connecting took too long")
            except OSError as error:
                last = _not_connected(f"connecting failed ({type(error).__name__})")
            else:
                return self._secure(sock)
            sock.close()
        raise last or _not_connected("the host name of this connection has no address")

    def _adopt(self, sock: socket.socket) -> None:
        """Make the socket known to ``close`` before anything blocks on it."""
        with self._lock:
            self._sock = sock
            if self._closed:
                raise _not_connected("the connection has been closed", code="connection_lost")

    def _secure(self, sock: socket.socket) -> socket.socket:
        if self._context is not None:
            try:
                secured = self._context.wrap_socket(sock, server_hostname=self._host, do_handshake_on_connect=False)
                sock = secured
                self._adopt(sock)  # so that close() also ends a handshake that hangs
                secured.do_handshake()
            except ssl.SSLEOFError:
                raise _not_connected("the connection broke during the TLS handshake") from None
            except ssl.SSLError as error:
                raise _tls_failed(error) from None
            except OSError as error:
                raise _not_connected(f"the TLS handshake did not end ({type(error).__name__})") from None
        sock.settimeout(self._read_timeout)
        self._adopt(sock)
        return sock

    def _exchange(self, sock: socket.socket, head: bytes, pieces: Sequence[Piece]) -> tuple[HttpReply, bool]:
        try:
            _write(sock, head, pieces)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            # The other side may have said why before it hung up: a TLS alert about our certificate, 401, 413. Reading does not
            # block on a connection that is broken.
            return self._read_reply(sock)[0], False
        return self._read_reply(sock)

    def _read_reply(self, sock: socket.socket) -> tuple[HttpReply, bool]:
        """The answer, and whether the connection may be used again."""
        reply, reusable = read_reply(sock, self._max_reply_bytes)
        return reply, reusable and reply.status in _KEEP_AFTER

    def _translate(self, error: Exception) -> HubError:
        """What a failure after the first byte may have been written means."""
        if self._closed:
            return _unavailable("the connection was closed while the request ran", "connection_lost")
        if isinstance(error, TimeoutError):
            return _unavailable("no answer in time", "timed_out")
        if isinstance(error, ssl.SSLError) and any(word in (error.reason or "") for word in _HANDSHAKE_ALERTS):
            return _tls_failed(error)  # TLS 1.3 tells us only now that our certificate is not accepted
        if isinstance(error, (OSError, CutShort)):
            return _unavailable(f"the connection broke ({type(error).__name__})", "connection_lost")
        return _unavailable("the answer is not HTTP", "foreign_answer")


def _read_url(url: str, tls: TlsSettings) -> tuple[str, int, str, str]:
    """Host, port, path with query, and the value of the Host header."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError("not a URL", key="url") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ConfigError("the URL must look like https://host[:port]/path, without user or fragment", key="url")
    if (parts.scheme == "https") != (tls.mode is not TlsMode.NONE):
        raise ConfigError("https needs tls.mode one-way or two-way, http needs none", key="tls.mode")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(character <= " " for character in path):
        raise ConfigError("the path of the URL must be percent-encoded", key="url")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80), path, parts.netloc


def _write(sock: socket.socket, head: bytes, pieces: Sequence[Piece]) -> None:
    if sum(map(len, pieces)) <= _JOIN_BELOW:
        sock.sendall(b"".join((head, *pieces)))
        return
    sock.sendall(head)
    for piece in pieces:
        sock.sendall(piece)


def _has_word(sock: socket.socket) -> bool:
    """Whether an idle connection has something to read: its end, or bytes that belong to no request."""
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


def _shut_down(sock: socket.socket) -> None:
    """End both directions without touching TLS: ``SSLSocket.shutdown`` drops its encryption first, so that another thread
    could write plain text."""
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # not connected (any more)


def _not_connected(text: str, *, code: str | None = None) -> NotConnected:
    return NotConnected(text, code=code, stage=Stage.SENDING)


def _unavailable(text: str, code: str) -> Unavailable:
    return Unavailable(text, code=code, reached=Reached.MAYBE, stage=Stage.SENDING)


def _tls_failed(error: ssl.SSLError) -> ConnectionFault:
    reason = getattr(error, "verify_message", "") or error.reason or "no reason given"
    return ConnectionFault(f"TLS failed: {reason}", code="tls_failed", stage=Stage.SENDING)
