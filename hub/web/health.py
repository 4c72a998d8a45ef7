"""Health, at the paths that municipal software has: livez, readyz, and everything; and the metrics."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from hub.assembly import Hub
from hub.errors import HubError
from hub.journal import facts, reading
from hub.schemas import registry as schemas
from hub.telemetry import DEGRADED, OPEN_MESSAGES, REGISTRY, WINDOW
from hub.web.auth import bearer

#: A role whose newest heartbeat is older than this many seconds has stopped.
BEAT_SECONDS = 120
#: An answer about the broker is used again for so many seconds: anyone may ask, and each look costs a connection.
BROKER_SECONDS = 10.0


class Health:
    """Looks at the parts of a hub. Thread-safe."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._compiled = False
        self._broker: tuple[float, bool] | None = None

    def ready(self) -> dict[str, Any]:
        """What this process needs to take requests: the journal and its schemas. The broker is not among it."""
        return {"journal": _told(self._journal), "schemas": _told(self._schemas)}

    def all(self) -> dict[str, Any]:
        """Every part."""
        parts = self.ready() | {"broker": _told(self._broker_answers)}
        if parts["journal"] != "ok":
            return parts | {"roles": "unknown", "progress": "unknown"}
        return parts | {"roles": _told(self._beats), "progress": _told(self._progress)}

    def _journal(self) -> bool:
        return facts.count_connections(self._hub.journal) >= 0

    def _schemas(self) -> bool:
        with self._lock:
            if not self._compiled:
                for file in {one.file for one in schemas.OWN}:
                    schemas.compile_schema(file)
                self._compiled = True
        return True

    def _broker_answers(self) -> bool:
        with self._lock:
            if self._broker is None or time.monotonic() - self._broker[0] > BROKER_SECONDS:
                publisher = self._hub.broker.publisher()
                try:
                    self._broker = (time.monotonic(), publisher.ready())
                finally:
                    publisher.close()
            return self._broker[1]

    def _beats(self) -> bool:
        """Every role that has been seen lately beats now; a role that was never seen is not ours to miss."""
        newest: dict[str, int] = {}
        for row in reading.process_beats(self._hub.journal):
            if row["trouble"] == "role_fails":
                continue  # told by its process, and not a beat of its own
            newest[row["role"]] = min(int(row["age"]), newest.get(row["role"], int(row["age"])))
        return all(age <= BEAT_SECONDS for age in newest.values())

    def _progress(self) -> bool:
        """What is due is tried, and no part is in trouble; each of what is not is a task."""
        return not reading.degraded(self._hub.journal)


def _told(look: Callable[[], bool]) -> str:
    try:
        return "ok" if look() else "failing"
    except HubError as error:
        return error.code
    except Exception:  # a probe answers, whatever is wrong; the text of a driver's error may hold an address
        return "failing"


def _probe(router: APIRouter, path: str) -> Callable[[Callable[[], Response]], Callable[[], Response]]:
    """A route by GET and HEAD, with and without its last slash: a probe that is led elsewhere would take that for health."""

    def add(answer: Callable[[], Response]) -> Callable[[], Response]:
        for spelling in (path, f"{path}/"):
            router.add_api_route(spelling, answer, methods=["GET", "HEAD"])
        return answer

    return add


def health_router(hub: Hub, health: Health) -> APIRouter:
    """The routes of this module."""
    router = APIRouter(include_in_schema=False)

    @_probe(router, "/_healthz/livez")
    def livez() -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @_probe(router, "/_healthz/readyz")
    def readyz() -> Response:
        """This process can take requests."""
        return _answer(health.ready())

    @_probe(router, "/_healthz")
    def healthz() -> Response:
        """Everything."""
        return _answer(health.all())

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        """Prometheus, for this machine or the holder of an API key."""
        if not _is_local(request) and bearer(request, hub.journal) is None:
            return JSONResponse({"status": 401, "title": "An API key is needed"}, 401, {"WWW-Authenticate": "Bearer"})
        DEGRADED.clear()
        for part, code in reading.degraded(hub.journal):
            DEGRADED.labels(part, code).set(1)
        for row in reading.connection_states(hub.journal):
            WINDOW.labels(row["name"]).set(row["window_now"])
            for status in ("waiting", "sending", "sent", "parked"):
                OPEN_MESSAGES.labels(row["name"], status).set(row[status])
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return router


def _answer(parts: dict[str, Any]) -> Response:
    ok = all(part == "ok" for part in parts.values())
    return JSONResponse({"status": "ok" if ok else "failing", **parts}, 200 if ok else 503)


def _is_local(request: Request) -> bool:
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
