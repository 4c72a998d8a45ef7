"""The simulated depot: it takes each order once, and sends what it is told to."""

from __future__ import annotations

import json
import threading
from typing import Annotated

import typer

from hub.simulators.serving import Reply, Request, Server, json_reply


class Depot:
    """What the depot knows; called by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken: dict[str, str] = {}
        self.outbox: dict[str, dict[str, str]] = {}

    def before_body(self, path: str) -> None:
        """Nothing to do."""

    def handle(self, request: Request) -> Reply:
        """Take an order, tell what was sent, or answer a question of a test."""
        steps = request.path.strip("/").split("/")
        with self._lock:
            if steps[-1] == "outbox":
                if request.method == "POST":
                    item = json.loads(request.body)
                    self.outbox[item["id"]] = item
                return json_reply(list(self.outbox.values()))
            if steps[-1] == "taken" and len(steps) > 1:
                self.outbox.pop(steps[-2], None)
                return json_reply({})
            if steps[-1] == "received":
                return json_reply(self.taken)
            if b"weiger" in request.body:
                return Reply(422)
            self.taken.setdefault(request.headers["x-request-id"], request.body.decode())
            return json_reply({})


class Simulation:
    """The depot on a port."""

    def __init__(self, port: int) -> None:
        self._server = Server(Depot(), port)
        self._server.start()
        self.url = f"{self._server.url}/"
        self.control_url = self.url

    def stop(self) -> None:
        """Stop listening."""
        self._server.stop()


def simulate(
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens; 0 takes a free port.")] = 0,
    hub: Annotated[str, typer.Option(metavar="URL", help="Not used: the depot is asked.")] = "",
) -> Simulation:
    """Run a depot until it is interrupted."""
    del hub
    return Simulation(port)
