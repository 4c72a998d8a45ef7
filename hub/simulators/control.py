"""The interface to look inside a simulated partner and to steer it while it runs: JSON under ``/_sim/``.

It also listens on a port of its own, because a partner that refuses connections would refuse these too.

=====================  ==================================================================================================
GET /_sim/             counts, faults and set-up
GET /_sim/received     messages taken, with referentienummer, MessageID, C14N digest and how often they came
GET /_sim/calls        every request that was read, with the SHA-256 of its body and what came of it
GET /_sim/raw/SHA256   a request's body: ``{"body": base64}``
GET /_sim/deliveries   what went to the hub, and what the hub said to each attempt
GET /_sim/violations   rules of the interface that the hub broke
POST /_sim/faults      ``{"faults": ["hang:1"]}``: from now on these and no others
POST /_sim/settings    ``{"delay": 0.5, "late": 30, "drip": 1, "notify": true}``, each optional
POST /_sim/deliver     ``{"body": base64, "times": 1, "wait": 10}``: deliver this message, wait for the hub's last word
POST /_sim/notify      ``{"zender": [...], "ontvanger": [...], "kenmerk", "status", "resultaat", "child": {}, "wait": 10}``,
                       and, each optional, ``"mother": {}, "decision": {}``: see ``corv_notifications.write``
POST /_sim/clear       forget everything but the faults
=====================  ==================================================================================================
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hub.errors import HubError
from hub.simulators.corv import notifications as corv_notifications
from hub.simulators.deliveries import Delivery
from hub.simulators.serving import Reply, Request, Server, json_reply
from hub.standards.stuf import Systeem

if TYPE_CHECKING:
    from hub.simulators.corv.simulator import CorvSimulator


class ControlPort:
    """The same interface on a port of its own."""

    def __init__(self, simulator: CorvSimulator) -> None:
        self._simulator = simulator
        self.server = Server(self)

    def before_body(self, path: str) -> None:
        """Nothing to do."""

    def handle(self, request: Request) -> Reply:
        """Answer a question."""
        return handle(self._simulator, request)


def handle(simulator: CorvSimulator, request: Request) -> Reply:
    """Answer a question or carry out an order; 400 says what is wrong with it."""
    name = request.path.removeprefix("/_sim/")
    try:
        if request.method == "GET":
            return _show(simulator, name)
        order = json.loads(request.body or b"{}")
        if request.method != "POST" or not isinstance(order, dict):
            return json_reply({"error": "GET, or POST with a JSON object"}, 400)
        return _do(simulator, name, order)
    except (ValueError, TypeError, KeyError, HubError) as error:
        return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)


def _show(simulator: CorvSimulator, name: str) -> Reply:
    log = simulator.log
    if name.startswith("raw/"):
        raw = log.raw(name[4:])
        return json_reply({"error": "not kept"}, 404) if raw is None else json_reply({"body": base64.b64encode(raw).decode()})
    shown: dict[str, Any] = {
        "received": lambda: [asdict(message) for message in log.messages()],
        "calls": lambda: [asdict(call) for call in log.calls()],
        "deliveries": lambda: [_delivery(one) for one in simulator.deliverer.all()],
        "violations": lambda: log.violations,
        "": lambda: {**log.counts(), "faults": simulator.faults.active(), "settings": asdict(simulator.options)},
    }
    return json_reply(shown[name]()) if name in shown else json_reply({"error": "no such question"}, 404)


def _do(simulator: CorvSimulator, name: str, order: dict[str, Any]) -> Reply:
    if name == "faults":
        simulator.faults.replace(list(order["faults"]))
        simulator.apply_refuse()
        return json_reply({"faults": simulator.faults.active()})
    if name == "settings":
        for key in ("delay", "late", "drip"):
            if key in order:
                setattr(simulator.options, key, float(order[key]))
        simulator.options.notify = bool(order.get("notify", simulator.options.notify))
        return json_reply(asdict(simulator.options))
    if name == "clear":
        simulator.log.clear()
        simulator.deliverer.clear()
        return json_reply({})
    if name in ("deliver", "notify"):
        body = base64.b64decode(order["body"], validate=True) if name == "deliver" else _notification(order)
        delivery = simulator.deliver(body, times=int(order.get("times", 1)))
        delivery.done.wait(float(order.get("wait", 0)))
        return json_reply(_delivery(delivery))
    return json_reply({"error": "no such order"}, 404)


def _notification(order: dict[str, Any]) -> bytes:
    return corv_notifications.write(
        Systeem(*order["zender"]),
        Systeem(*order["ontvanger"]),
        str(order.get("kenmerk", "")),
        {**corv_notifications.SYNTHETIC, **order.get("child", {})},
        status=str(order.get("status", "Intake afgerond")),
        resultaat=str(order.get("resultaat", "")),
        mother=order.get("mother"),
        decision=order.get("decision"),
    )


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "reference": delivery.reference,
        "type": delivery.type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "answers": list(delivery.answers),
    }
