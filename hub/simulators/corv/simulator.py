"""The simulated Digikoppeling adapter with CORV and the Raad behind it: strict, and wilful when asked.

It takes messages as Digikoppeling Intern prescribes, holds them against schema and rules, confirms with Bv04, and later
delivers Bv01 or Fo01 to the hub, repeating until the hub answers Bv03. See ``hub.simulators.faults`` for how it misbehaves
and ``hub.simulators.control`` for the interface to look inside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lxml import etree

from hub.errors import DecodeFailure, NoRoute
from hub.schemas import parsing, registry
from hub.simulators import control
from hub.simulators.corv import headers as corv_headers
from hub.simulators.corv import notifications as corv_notifications
from hub.simulators.corv import rules as corv_rules
from hub.simulators.corv.faults import BUSINESS, KNOWN, WIRE
from hub.simulators.deliveries import Deliverer, Delivery, Said
from hub.simulators.faults import Faults
from hub.simulators.partner import Options, SimulatedPartner
from hub.simulators.received import Log, Received
from hub.simulators.serving import Reply, Request
from hub.standards.stuf import (
    Fout,
    Stuurgegevens,
    Systeem,
    answer_to,
    read_fout,
    read_stuurgegevens,
    write_bevestiging,
    write_fout,
)
from hub.transports import soap
from hub.transports.digikoppeling import addressing, delivered, envelope
from hub.transports.http_reply import HttpReply

#: ebMS Service that the simulated adapter was configured with, unless told otherwise.
SERVICE = "urn:osb:services:corv:1.0"

_XML = {"Content-Type": soap.CONTENT_TYPE}
_MESSAGE_ID = re.compile(rb"MessageID[^>]*>([^<]*)<")

_DAI = f"{{{addressing.DAI}}}bericht"


@dataclass(slots=True)
class CorvOptions(Options):
    """How the simulated partner is set up.

    Attributes:
        service: ebMS Service in wsa:Action.
        notify: Whether each accepted request is followed by a notification per child; may change while it runs.
    """

    service: str = SERVICE
    notify: bool = False


class CorvSimulator(SimulatedPartner):
    """One simulated partner. ``start`` it, and ``stop`` it at the end.

    Args:
        options: Set-up.
        faults: As on the command line, e.g. ``("hang:1",)``.
        port: Where it listens; 0 takes a free port.
        state: File in which taken messages survive a restart.
        host: Address to listen on.

    Raises:
        ValueError: An unknown fault.
        OSError: The port is in use, or the address is none of this machine.
    """

    path: ClassVar[str] = "/digikoppeling"
    wire: ClassVar[Mapping[str, str]] = WIRE
    changeable = SimulatedPartner.changeable | {"notify"}

    def __init__(
        self,
        options: CorvOptions | None = None,
        *,
        faults: Sequence[str] = (),
        port: int = 0,
        state: Path | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        options = options or CorvOptions()
        super().__init__(
            options,
            faults=Faults(KNOWN, faults),
            log=Log(state),
            deliverer=Deliverer(options.hub, envelope.HTTP_HEADERS, _read_hubs_answer),
            port=port,
            host=host,
        )

    def start(self) -> None:
        """Listen, and go on with business answers that a restart interrupted."""
        envelope.prepare()
        super().start()

    def resume(self) -> None:
        """Send the business answers that were still to be sent."""
        for message in self.log.messages():
            if message.answer and not message.answered:
                self._answer_later(message, self.options.delay)

    @property
    def orders(self) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
        """``notify`` delivers a notification: ``{"zender": [...], "ontvanger": [...], "kenmerk", "status", "resultaat",
        "child": {}, "wait": 10}``, and, each optional, ``"mother": {}, "decision": {}``; see ``notifications.write``.
        """
        return {"notify": lambda order: control.deliver(self, corv_notifications.ordered(order), order)}

    def identity(self, request: Request) -> str:
        """Its wsa:MessageID."""
        found = _MESSAGE_ID.search(request.body[:8192])
        return found[1].decode("utf-8", "replace") if found else ""

    def deliver(self, body: bytes, *, times: int = 1, after: float = 0.0) -> Delivery:
        """Deliver a business message to the hub, e.g. a notification; it is sent as it is, valid or not.

        Raises:
            DecodeFailure: It has no stuurgegevens to make headers of.
        """
        element = parsing.parse(body)
        return self.deliverer.add(self._delivery(element, body, times), after=after)

    def _delivery(self, element: etree._Element, body: bytes, times: int = 1) -> Delivery:
        message = read_stuurgegevens(element)
        if not message.referentienummer:
            raise DecodeFailure("the message has no referentienummer")
        namespace, _, name = element.tag[1:].partition("}")
        action = addressing.action(self.options.service, addressing.recommended_action(namespace, name))
        pieces = envelope.splice(addressing.headers_for(message, action), body)
        return Delivery(message.referentienummer, name, b"".join(pieces), times)

    def instead_of_taking(self, fault: str, request: Request) -> Reply:
        """Fo03 for faults of its own, else as any partner. Raises: Hang, Reset."""
        if not fault.startswith("fo03_"):
            return super().instead_of_taking(fault, request)
        plek = fault.removeprefix("fo03_")
        code = {"client": "StUF055", "server": "StUF058"}[plek]
        try:
            message = read_stuurgegevens(delivered.read(request.body).element)
        except DecodeFailure:
            return _plain_fault("Server", "gesimuleerd")
        return _fo03(message, Fout(code, plek, "gesimuleerd"))

    def take(self, request: Request) -> tuple[Reply, str]:
        """Judge a message as adapter and CORV do together; take it, refuse it, or recognise it."""
        try:
            outer = soap.read_message(request.body)
            element = _business(outer)
            known = registry.find(str(element.tag))
        except (DecodeFailure, NoRoute) as error:
            self.log.violation(error.text)
            return _plain_fault("Client", error.text), "unreadable"
        message = read_stuurgegevens(element)
        wrong = corv_headers.violations(outer.headers, message, element, request.headers, self.options.service)
        wrong += [f"{known.name}: {finding.rule} {finding.path}" for finding in registry.validate(element, schema=known)]
        if message.zender.applicatie == message.ontvanger.applicatie:
            wrong.append("zender and ontvanger carry the same applicatie")
        for text in wrong:
            self.log.violation(text)
        if wrong:
            fout = Fout("StUF055", "client", "Het bericht voldoet niet", "\n".join(wrong))
            return _fo03(message, fout), "Fo03 StUF055"
        return self._take_valid(element, _received(element, known.name, message, outer, request), message)

    def _take_valid(self, element: etree._Element, received: Received, message: Stuurgegevens) -> tuple[Reply, str]:
        fault = None
        earlier = self.log.find(received.sender, received.reference)
        if earlier is None:
            fault = self.faults.take(BUSINESS)
            received.answer = self._business_answer(element, fault)
            earlier = self.log.take(received)
        if earlier is not None:
            if earlier.digest != received.digest or self.faults.has("refuse_duplicates"):
                fout = Fout("StUF016", "client", "Combinatie van zender en referentienummer is niet uniek")
                return _fo03(message, fout), "Fo03 StUF016"
            self.log.repeated(earlier)
        elif received.answer:
            self._answer(received, fault)
            if self.options.notify and received.answer == "Bv01" and received.type == "vtoDi01":
                self._notify(element, message)
        return Reply(200, soap.write_message(write_bevestiging(answer_to("Bv04", message))), _XML), "Bv04"

    def _business_answer(self, element: etree._Element, fault: str | None) -> str:
        """What the Raad will say: Bv01, or Fo01 with code and details; nothing to what is itself an answer."""
        if not element.tag.endswith("Di01") or fault == "never_answer":
            return ""
        if fault == "fo01":
            return "Fo01:901:gesimuleerd"
        rejection = corv_rules.judge(element)
        return f"Fo01:{rejection.code}:{rejection.details}" if rejection else "Bv01"

    def _answer(self, message: Received, fault: str | None) -> None:
        if fault == "answer_before_bv04":
            self.deliverer.now(self._answer_delivery(message))
            return
        after = self.options.delay + (self.options.late if fault == "answer_late" else 0.0)
        self._answer_later(message, after, times=2 if fault == "answer_twice" else 1)

    def _answer_later(self, message: Received, after: float, *, times: int = 1) -> None:
        self.deliverer.add(self._answer_delivery(message, times), after=after)

    def _answer_delivery(self, message: Received, times: int = 1) -> Delivery:
        code, _, rest = message.answer.partition(":")
        zender, ontvanger = Systeem(*message.details["zender"]), Systeem(*message.details["ontvanger"])
        original = Stuurgegevens("Di01", zender, ontvanger, message.reference)
        answer = answer_to(code, original)
        if code == "Bv01":
            body = write_bevestiging(answer, (f"{message.type} verwerkt",))
        else:
            number, _, details = rest.partition(":")
            body = write_fout(answer, Fout(number, "server", f"Het StUF {message.type} bericht voldoet niet", details))
        delivery = self._delivery(parsing.parse(body), body, times)
        delivery.when_confirmed = lambda: self.log.answered(message)
        return delivery

    def _notify(self, vto: etree._Element, message: Stuurgegevens) -> None:
        for child in corv_notifications.children_of(vto):
            body = corv_notifications.write(
                message.ontvanger, message.zender, corv_notifications.kenmerk_of(vto), child, status="Intake afgerond"
            )
            self.deliver(body, after=self.options.delay + 0.5)


def _business(outer: soap.SoapMessage) -> etree._Element:
    inner = soap.elements(outer.body[0]) if len(outer.body) == 1 and outer.body[0].tag == _DAI else ()
    if len(inner) != 1:
        raise DecodeFailure("the body does not hold one dai:bericht with one message")
    return inner[0]


def _received(
    element: etree._Element, name: str, message: Stuurgegevens, outer: soap.SoapMessage, request: Request
) -> Received:
    found = delivered.read_headers(outer.headers)
    zender, ontvanger = message.zender, message.ontvanger
    return Received(
        sender=zender.key,
        reference=message.referentienummer,
        type=name,
        digest=parsing.c14n_digest(element).hex(),
        sha256=hashlib.sha256(request.body).hexdigest(),
        message_id=found.get("MessageID", ""),
        details={
            "zender": [zender.organisatie, zender.applicatie, zender.administratie],
            "ontvanger": [ontvanger.organisatie, ontvanger.applicatie, ontvanger.administratie],
        },
    )


def _plain_fault(code: str, text: str) -> Reply:
    return Reply(500, soap.write_fault(code, text), _XML)


def _fo03(message: Stuurgegevens, fout: Fout) -> Reply:
    if not message.referentienummer:
        return _plain_fault("Client", fout.omschrijving)
    faultcode = "Client" if fout.plek == "client" else "Server"
    return Reply(500, soap.write_fault(faultcode, "Fo03", write_fout(answer_to("Fo03", message), fout)), _XML)


def _read_hubs_answer(reply: HttpReply) -> Said:
    """What the hub said to a delivery."""
    try:
        message = soap.read_message(reply.body)
    except DecodeFailure:
        return Said(f"http:{reply.status}")
    if message.fault is None:
        name = message.body[0].tag.rpartition("}")[2] if len(message.body) == 1 else ""
        return Said("Bv03", "confirmed") if name == "Bv03Bericht" and reply.status == 200 else Said(f"foreign:{name}")
    for detail in message.fault.detail:
        if detail.tag.endswith("}Fo03Bericht"):
            fout = read_fout(detail)
            return Said(fout.code, "refused" if fout.plek == "client" else "pending")
    return Said(f"fault:{message.fault.code}")
