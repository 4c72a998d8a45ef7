"""The web server as a role of a process: uvicorn in the calling thread, stopped from any other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub import telemetry
from hub.assembly import Hub
from hub.config import WebSettings
from hub.errors import ConfigError
from hub.telemetry import LogEvent
from hub.web.app import make_app
from hub.web.bodies import Patience

log = telemetry.get_logger()

#: Connections at the same time; beyond it the answer is 503.
MOST_CONNECTIONS = 1000
#: Seconds for the head of a request, which a hostile sender would otherwise never end.
HEAD_SECONDS = 20.0
#: Seconds that running requests get when the server stops.
STOP_SECONDS = 10


class _Protocol(H11Protocol):
    """HTTP/1.1 that does not wait for ever on the head of a request."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        """A timer runs exactly while the head of a request is not in yet."""
        waiting = self.conn.their_state is h11.IDLE
        if waiting and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)
        elif not waiting and self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals to the process and tells when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's own affair."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()


def listen(web: WebSettings) -> socket.socket:
    """Listen where the settings say. Who calls is kept waiting until a ``WebServer`` runs on it.

    Raises:
        ConfigError: The address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    try:
        return socket.create_server((web.host, web.port), family=family, backlog=512)
    except OSError as error:
        text = (
            f"cannot listen on {web.host}:{web.port}: {error.strerror}; stop the program that uses it, or choose another port"
        )
        raise ConfigError(text, key="web.port") from None


def url_of(listener: socket.socket) -> str:
    """Where this socket listens; with port 0 in the settings only the socket knows."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"


class WebServer:
    """API, console and endpoints of one hub. ``run`` blocks; ``stop`` may be called by any thread, also before ``run``.

    Args:
        listener: From ``listen``; it stays open after ``run``, so that the next server goes on with it when one has failed.
            Without it ``run`` listens itself.

    Attributes:
        ready: Set once it answers; then ``url`` tells where, also when the configured port is 0.
    """

    def __init__(self, hub: Hub, *, patience: Patience | None = None, listener: socket.socket | None = None) -> None:
        self.ready = threading.Event()
        self.url = ""
        self._web = hub.config.web
        self._listener = listener
        config = uvicorn.Config(
            make_app(hub, patience=patience),
            http=_Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,  # a log of URLs would hold what people looked for
            server_header=False,
            proxy_headers=False,  # by itself it believes any process on this machine; see hub.web.proxies
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = _Server(config, self._tell)

    def run(self) -> None:
        """Serve until ``stop``.

        Raises:
            ConfigError: The address cannot be listened on.
        """
        if self._server.should_exit:
            return
        with listen(self._web) if self._listener is None else self._listener.dup() as listener:
            self.url = url_of(listener)
            self._server.run(sockets=[listener])
        self.ready.clear()

    def _tell(self) -> None:
        log.info(LogEvent.WEB_LISTENING, url=self.url)
        self.ready.set()

    def stop(self) -> None:
        """Ask ``run`` to end what runs and return. Idempotent."""
        self._server.should_exit = True
