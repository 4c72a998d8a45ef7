"""Every adapter runs the conformance suite: the one in memory, the smallest one over HTTP, and each partner's."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import pytest

from hub.adapters.corv.client import CorvAdapter
from hub.adapters.corv.settings import CorvSettings
from hub.contracts.adapter import Adapter
from hub.errors import Blame, HubError, Reached, Refused, Unavailable
from hub.message import Outgoing, new_id
from hub.simulators.corv.simulator import CorvSimulator
from hub.simulators.serving import Reply, Request
from hub.transports.digikoppeling.settings import SystemSettings
from tests.contract import adapter_suite as suite
from tests.support import berichten
from tests.support.partners import FakeAdapter, FakePartner, TinyHttpAdapter


class FakeBench:
    """A partner in memory."""

    verbatim = True
    patience = 10.0
    blames = Blame.CONNECTION

    def __init__(self, make: Callable[[FakePartner], Adapter] = FakeAdapter) -> None:
        self._make = make
        self._partner = FakePartner()
        self._numbers = itertools.count(1)
        self._made: list[Adapter] = []

    def adapter(self) -> Adapter:
        self._made.append(self._make(self._partner))
        return self._made[-1]

    def outgoing(self) -> Outgoing:
        body = f"<x>{suite.MARKED}</x>".encode()
        return Outgoing(new_id(), "route", "fake", "x", f"ref-{next(self._numbers)}", body, 1, False)

    def behave(self, *behaviours: str) -> None:
        orders: dict[str, HubError | str] = {
            suite.HANG: "hang",
            suite.LOSE_ANSWER: Unavailable("lost", code="connection_lost", reached=Reached.MAYBE),
            suite.PROXY_PAGE: Unavailable("proxy", code="foreign_answer", reached=Reached.MAYBE),
            suite.NOT_NOW: Unavailable("not now"),
            suite.REJECT: Refused("no"),
            suite.GARBAGE: Unavailable("garbage", code="foreign_answer", reached=Reached.MAYBE),
        }
        self._partner.script.extend(orders[behaviour] for behaviour in behaviours)

    def away(self, away: bool) -> None:
        self._partner.away = away

    def arrived(self) -> Sequence[bytes]:
        return [outgoing.body for outgoing in self._partner.received]

    def wait_for_arrival(self) -> None:
        assert self._partner.arrived.wait(self.patience)

    def close(self) -> None:
        for adapter in self._made:
            adapter.close()


class HttpBench:
    """A partner over HTTP. ``Wilful`` stands before the real one: it records requests and misbehaves where told."""

    verbatim = True
    patience = 10.0
    blames = Blame.CONNECTION

    def __init__(self) -> None:
        self._orders: deque[str] = deque()
        self._bodies: list[bytes] = []
        self._arrived = threading.Event()
        self._release = threading.Event()
        self._seeds = itertools.count()
        self._numbers = itertools.count(1)
        self._made: list[Adapter] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self._conns: list[socket.socket] = []
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/digikoppeling"

    def honest(self, request: Request) -> Reply:
        """What the partner says when it behaves."""
        return Reply(200, b"taken")

    def saying(self, behaviour: str, request: Request) -> Reply:
        """The partner's own words for no and not now."""
        return Reply(422 if behaviour == suite.REJECT else 500, suite.MARKED.encode())

    def make(self) -> Adapter:
        return TinyHttpAdapter(self.url)

    def adapter(self) -> Adapter:
        self._made.append(self.make())
        return self._made[-1]

    def outgoing(self) -> Outgoing:
        reference = f"ref-{next(self._numbers)}"
        return Outgoing(new_id(), "route", "tiny", "x", reference, f"<x>{suite.MARKED}</x>".encode(), 1, False)

    def behave(self, *behaviours: str) -> None:
        self._orders.extend(behaviours)

    def away(self, away: bool) -> None:
        if away:
            self._stop_listening()
        else:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._listen()

    def arrived(self) -> Sequence[bytes]:
        with self._lock:
            return list(self._bodies)

    def wait_for_arrival(self) -> None:
        assert self._arrived.wait(self.patience)

    def close(self) -> None:
        self._release.set()
        for adapter in self._made:
            adapter.close()
        self._stop_listening()

    def _stop_listening(self) -> None:
        for sock in (self._listener, *self._conns):
            _cut(sock)
        self._conns.clear()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            self._conns.append(conn)
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn: socket.socket) -> None:
        try:
            with conn.makefile("rb") as reader:
                while (request := _read(reader)) is not None and self._answer(conn, request):
                    pass
        except OSError:
            pass
        finally:
            _cut(conn)

    def _answer(self, conn: socket.socket, request: Request) -> bool:
        """Whether the connection stays."""
        with self._lock:
            self._bodies.append(request.body)
            order = self._orders.popleft() if self._orders else None
        self._arrived.set()
        if order == suite.HANG:
            self._release.wait(60)
            return False
        if order == suite.LOSE_ANSWER:
            self.honest(request)
            return False
        if order == suite.GARBAGE:
            conn.sendall(suite.garbage(next(self._seeds)))
            return False
        if order == suite.PROXY_PAGE:
            reply = Reply(502, f"<html>{suite.MARKED}</html>".encode())
        else:
            reply = self.saying(order, request) if order else self.honest(request)
        conn.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (reply.status, len(reply.body)) + reply.body)
        return True


class CorvBench(HttpBench):
    """The hub's adapter to CORV, against the simulated partner."""

    def __init__(self) -> None:
        super().__init__()
        self.simulator = CorvSimulator()

    def make(self) -> Adapter:
        ours, raad = berichten.OURS, berichten.RAAD
        settings = CorvSettings(
            url=self.url,
            own=SystemSettings(organisatie=ours.organisatie, applicatie=ours.applicatie),
            partner=SystemSettings(organisatie=raad.organisatie, applicatie=raad.applicatie),
            read_timeout_seconds=30,
        )
        return CorvAdapter(settings, connection="corv")

    def outgoing(self) -> Outgoing:
        reference = f"ref-{next(self._numbers)}"
        body = berichten.vto(reference).replace(berichten.MARKED.encode(), suite.MARKED.encode())
        return Outgoing(new_id(), "raadsverzoek", "corv", "vtoDi01", reference, body, 1, False)

    def honest(self, request: Request) -> Reply:
        reply = self.simulator.handle(request)
        assert self.simulator.log.violations == []
        return reply

    def saying(self, behaviour: str, request: Request) -> Reply:
        self.simulator.faults.replace(["fo03_client:1" if behaviour == suite.REJECT else "fo03_server:1"])
        reply = self.simulator.handle(request)
        return Reply(reply.status, reply.body.replace(b"gesimuleerd", suite.MARKED.encode()))

    def close(self) -> None:
        super().close()
        self.simulator.stop()


def _read(reader: object) -> Request | None:
    line: bytes = reader.readline()  # type: ignore[attr-defined]
    if not line:
        return None
    headers = {}
    while (line := reader.readline()) not in (b"\r\n", b""):  # type: ignore[attr-defined]
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body: bytes = reader.read(int(headers.get("content-length", "0")))  # type: ignore[attr-defined]
    return Request("POST", "/digikoppeling", headers, body)


def _cut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


BENCHES: dict[str, Callable[[], FakeBench | HttpBench]] = {"fake": FakeBench, "tiny": HttpBench, "corv": CorvBench}


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest) -> Iterator[FakeBench | HttpBench]:
    made = BENCHES[request.param]()
    yield made
    made.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_an_adapter_keeps_its_contract(bench: FakeBench | HttpBench, check: suite.Check) -> None:
    check(bench)
