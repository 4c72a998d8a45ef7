"""A whole engine as a process of its own that can be killed: intake, reception, dispatcher, worker and housekeeper.

The program reads orders as JSON lines and answers each with one line after its commit. ``EngineProcess`` is the other side.
The partner is an HTTP server of the test, so that what it got outlives the process.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
from collections import defaultdict
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE, TimeoutExpired
from typing import Any, ClassVar

from hub.contracts.adapter import PartnerHealth
from hub.errors import NotConnected, Reached, Unavailable
from hub.message import Outgoing, Receipt, Repeat
from tests.support.processes import PATIENCE, ChildProcess

#: A lease lasts the sum of these, in seconds: short, so that what a dead process held comes back soon.
CALL_DEADLINE, ABANDON_AFTER, LEASE_MARGIN = 0.6, 0.2, 0.4
LEASE_SECONDS = CALL_DEADLINE + ABANDON_AFTER + LEASE_MARGIN


class Died(Exception):
    """The process ended before it answered."""


class HttpAdapter:
    """Posts the bytes to the test's partner; one connection per call."""

    partner: ClassVar[str] = "http"
    repeat: ClassVar[Repeat] = Repeat.RECOGNISED
    can_ping: ClassVar[bool] = False

    def __init__(self, port: int) -> None:
        self._port = port

    def open(self) -> None:
        """Nothing to get ready."""

    def close(self) -> None:
        """Nothing is kept."""

    def send(self, outgoing: Outgoing) -> Receipt:
        """One POST."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=CALL_DEADLINE)
        try:
            try:
                connection.connect()
            except OSError:
                raise NotConnected("the partner cannot be reached") from None
            try:
                connection.request("POST", f"/{outgoing.reference}", outgoing.body)
                answer = connection.getresponse()
                code = answer.read().decode()
            except (OSError, http.client.HTTPException):
                raise Unavailable("no answer", code="connection_lost", reached=Reached.MAYBE) from None
            if answer.status != 200:
                raise Unavailable("not now", reached=Reached.MAYBE)
            return Receipt(code)
        finally:
            connection.close()

    def ping(self) -> PartnerHealth:
        """Not asked."""
        return PartnerHealth(True)


class HttpPartner:
    """The partner's side: records every request before it answers.

    Attributes:
        got: Bodies per reference, in order of arrival.
        hold: While it is clear, requests are recorded and not answered.
    """

    def __init__(self) -> None:
        self.got: dict[str, list[bytes]] = defaultdict(list)
        self.hold = threading.Event()
        self.hold.set()
        self.changed = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.changed:
                    outer.got[self.path.lstrip("/")].append(body)
                    outer.changed.notify_all()
                outer.hold.wait(60)
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", "4")
                    self.end_headers()
                    self.wfile.write(b"Bv04")
                except OSError:
                    return

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="partner", daemon=True).start()

    def calls(self) -> dict[str, int]:
        """Requests per reference so far."""
        with self.changed:
            return {reference: len(bodies) for reference, bodies in self.got.items()}

    def wait_for(self, many: int, timeout: float = PATIENCE) -> None:
        """Wait until that many requests have come. Raises: TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: sum(map(len, self.got.values())) >= many, timeout):
                raise TimeoutError(f"{sum(map(len, self.got.values()))} of {many} requests came")

    def assert_same_bytes(self) -> None:
        """Every repeat carried the same bytes, and every reference its own."""
        assert all(len(set(bodies)) == 1 for bodies in self.got.values())
        assert len({bodies[0] for bodies in self.got.values()}) == len(self.got)
        assert all(reference.encode() in bodies[0] for reference, bodies in self.got.items())

    def close(self) -> None:
        """Stop."""
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()


class EngineProcess:
    """One run of the program. Orders are given by one thread.

    Args:
        journal: URL of the journal, migrated.
        broker: URL of the broker; "memory:" for the embedded one.
        keys: The key file.
        crash_at: Where it kills itself, see ``hub.crashpoints``.
    """

    def __init__(
        self, journal: str, broker: str, partner: int, keys: Path, *, crash_at: str = "", roles: str = "dispatch work housekeep"
    ) -> None:
        given = {"journal": journal, "broker": broker, "partner": partner, "keys": str(keys), "roles": roles}
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        if crash_at:
            environment["HUB_CRASH_AT"] = crash_at
        self.log = keys.with_suffix(".log")
        self._process: ChildProcess[str] = ChildProcess(
            [sys.executable, "-m", "tests.support.engine_process", json.dumps(given)],
            log=self.log, stdin=PIPE, stdout=PIPE, env=environment, text=True,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def killed(self) -> bool:
        """Whether it ended by SIGKILL."""
        return self._process.poll() == -signal.SIGKILL

    def ask(self, **order: Any) -> dict[str, Any]:
        """Give an order and wait for its answer. Raises: Died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            self._process.wait(PATIENCE)
            raise Died
        answer: dict[str, Any] = json.loads(line)
        return answer

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait for the end. Idempotent."""
        self._process.end()

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end."""
        return self._process.wait(timeout)

    def stop(self) -> None:
        """End in good order; by force when that takes too long. Idempotent."""
        if self.lives and self._process.stdin is not None:
            self._process.stdin.close()
            with suppress(TimeoutExpired):
                self._process.wait(PATIENCE)
        self._process.end()


def main(given: dict[str, Any]) -> None:
    """Run an engine and obey until standard input ends."""
    import datetime as dt

    from hub import telemetry
    from hub.broker.embedded import EmbeddedBroker
    from hub.broker.rabbitmq import RabbitBroker
    from hub.contracts.route import Release
    from hub.crypto.keyring import Keyring
    from hub.delivery.worker import WorkerOptions
    from hub.journal.opening import open_journal
    from hub.journal.units import receiving
    from tests.contract.journal_rig import Rig
    from tests.support.engine import Engine
    from tests.support.routes import PlainRoute, plain_document

    telemetry.configure(level="warning", stream=sys.stderr)
    journal = open_journal(given["journal"])
    broker: Any = EmbeddedBroker() if given["broker"] == "memory:" else RabbitBroker(given["broker"], ticket_life=1.0)
    answered = PlainRoute("answered", "plain", answer_within=dt.timedelta(hours=1), release=Release.ANSWERED)
    engine = Engine(
        journal,
        broker,
        [PlainRoute("plain", "plain", max_attempts=100), answered],
        {"plain": lambda: HttpAdapter(given["partner"])},
        options=WorkerOptions(4, CALL_DEADLINE, LEASE_MARGIN, ABANDON_AFTER, journal_pause=0.1),
        ticket_life=1.0,
        poll=0.1,
        deaths_allowed=50,
        keyring=Keyring.load_or_create(Path(given["keys"])),
    )
    rig = Rig.__new__(Rig)
    rig.db, rig.connection = journal, "plain"
    roles = given["roles"].split()
    engine.start(dispatch="dispatch" in roles, work="work" in roles, housekeep="housekeep" in roles)
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "accept":
            taken = engine.accept(
                order["route"], plain_document(order["key"], order["seq"]), idempotency_key=order["idempotency"]
            )
            answer = {"id": str(taken.message_id), "reference": taken.reference, "again": taken.again}
        elif order["do"] == "answer":
            received = journal.run(
                receiving.receive,
                rig.incoming(reference=order["inbound"], answers=order["reference"], verdict=True, data_key=None),
            )
            answer = {"again": received.again, "status": received.status.value}
        else:
            answer = {"ready": True}
        print(json.dumps(answer), flush=True)
    engine.stop()
    engine.intake.close()
    broker.close()
    journal.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
