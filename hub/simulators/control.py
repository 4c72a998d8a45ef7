"""The interface to look inside a simulated partner and to steer it while it runs: JSON under ``/_sim/``.

It also listens on a port of its own, because a partner that refuses connections would refuse these too.

=====================  ==================================================================================================
GET /_sim/             counts, faults and set-up
GET /_sim/received     messages taken, with reference, digest and how often they came
GET /_sim/calls        every request that was read, with the SHA-256 of its body and what came of it
GET /_sim/raw/SHA256   a request's body: ``{"body": base64}``
GET /_sim/deliveries   what went to the hub, and what the hub said to each attempt
GET /_sim/violations   rules of the interface that the hub broke
POST /_sim/faults      ``{"faults": ["hang:1"]}``: from now on these and no others
POST /_sim/settings    ``{"delay": 0.5}``: what may change while it runs, each optional
POST /_sim/deliver     ``{"body": base64, "times": 1, "wait": 10}``: deliver this message, wait for the hub's last word
POST /_sim/clear       forget everything but the faults
=====================  ==================================================================================================

A partner adds questions and orders of its own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from hub.errors import HubError
from hub.simulators.deliveries import Deliverer, Delivery
from hub.simulators.faults import Faults
from hub.simulators.received import Log
from hub.simulators.serving import Reply, Request, Server, json_reply

#: Where the interface is.
PATH = "/_sim/"


class Steered(Protocol):
    """What can be looked into and steered: a simulated partner.

    Attributes:
        options: Its set-up, a dataclass of plain values.
        changeable: Names of the options that may change while it runs.
        questions: Its own, by name: what is told as JSON.
        orders: Its own, by name: carries an order out and returns what is told; ValueError, TypeError, KeyError and HubError
            say what is wrong with it.
    """

    options: Any
    changeable: frozenset[str]
    log: Log
    faults: Faults
    deliverer: Deliverer

    @property
    def url(self) -> str:
        """Where messages are taken."""

    @property
    def questions(self) -> Mapping[str, Callable[[], Any]]: ...

    @property
    def orders(self) -> Mapping[str, Callable[[dict[str, Any]], Any]]: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def apply_refuse(self) -> None:
        """Listen or not, as the fault ``refuse`` says."""

    def deliver(self, body: bytes, *, times: int = 1) -> Delivery:
        """Deliver a message to the hub as it is, valid or not."""


class Controlled:
    """A simulated partner and its control interface, both running: a ``hub.contracts.simulation.Simulation``."""

    def __init__(self, simulator: Steered) -> None:
        self._simulator = simulator
        self._port = ControlPort(simulator)
        self.url = simulator.url
        self.control_url = f"{self._port.server.url}{PATH}"
        simulator.start()
        self._port.server.start()

    def stop(self) -> None:
        """Stop both. Idempotent."""
        self._port.server.stop()
        self._simulator.stop()


class ControlPort:
    """The same interface on a port of its own, of this machine only."""

    def __init__(self, simulator: Steered) -> None:
        self._simulator = simulator
        self.server = Server(self)

    def before_body(self, path: str) -> None:
        """Nothing to do."""

    def handle(self, request: Request) -> Reply:
        """Answer a question."""
        return handle(self._simulator, request)


def handle(simulator: Steered, request: Request) -> Reply:
    """Answer a question or carry out an order; 400 says what is wrong with it."""
    name = request.path.removeprefix(PATH)
    try:
        if request.method == "GET":
            return _show(simulator, name)
        order = json.loads(request.body or b"{}")
        if request.method != "POST" or not isinstance(order, dict):
            return json_reply({"error": "GET, or POST with a JSON object"}, 400)
        return _do(simulator, name, order)
    except (ValueError, TypeError, KeyError, HubError) as error:
        return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)


def deliver(simulator: Steered, body: bytes, order: Mapping[str, Any]) -> dict[str, Any]:
    """Deliver a message to the hub ``times`` times and wait at most ``wait`` seconds for its last word, as the order says."""
    delivery = simulator.deliver(body, times=int(order.get("times", 1)))
    delivery.done.wait(float(order.get("wait", 0)))
    return _delivery(delivery)


def _show(simulator: Steered, name: str) -> Reply:
    log = simulator.log
    if name.startswith("raw/"):
        raw = log.raw(name[4:])
        return json_reply({"error": "not kept"}, 404) if raw is None else json_reply({"body": base64.b64encode(raw).decode()})
    shown: dict[str, Callable[[], Any]] = {
        "received": lambda: [asdict(message) for message in log.messages()],
        "calls": lambda: [asdict(call) for call in log.calls()],
        "deliveries": lambda: [_delivery(one) for one in simulator.deliverer.all()],
        "violations": lambda: log.violations,
        "": lambda: {**log.counts(), "faults": simulator.faults.active(), "settings": asdict(simulator.options)},
        **simulator.questions,
    }
    return json_reply(shown[name]()) if name in shown else json_reply({"error": "no such question"}, 404)


def _do(simulator: Steered, name: str, order: dict[str, Any]) -> Reply:
    if name == "faults":
        simulator.faults.replace(list(order["faults"]))
        simulator.apply_refuse()
        return json_reply({"faults": simulator.faults.active()})
    if name == "settings":
        for key in simulator.changeable & set(order):
            setattr(simulator.options, key, type(getattr(simulator.options, key))(order[key]))
        return json_reply(asdict(simulator.options))
    if name == "clear":
        simulator.log.clear()
        simulator.deliverer.clear()
        return json_reply({})
    if name == "deliver":
        return json_reply(deliver(simulator, base64.b64decode(order["body"], validate=True), order))
    own = simulator.orders.get(name)
    return json_reply({"error": "no such order"}, 404) if own is None else json_reply(own(order))


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "reference": delivery.reference,
        "type": delivery.type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "answers": list(delivery.answers),
    }
