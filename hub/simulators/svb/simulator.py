"""The simulated Digikoppeling adapter with the GGk and SVB behind it: strict, and wilful when asked.

It takes envelopes as Digikoppeling Intern prescribes and confirms with Bv04; it opens them, holds what is inside against the
four control levels, and later delivers a return or a Fo01. What breaks a rule of the interface, or comes out of order, stands
in its list of violations. See ``hub.simulators.faults`` and ``hub.simulators.control``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from lxml import etree

from hub.contracts.route import AMSTERDAM
from hub.errors import DecodeFailure, NoRoute
from hub.schemas import parsing, registry
from hub.simulators import control
from hub.simulators.deliveries import Deliverer, Delivery
from hub.simulators.faults import Faults
from hub.simulators.partner import Options, SimulatedPartner
from hub.simulators.received import Log, Received
from hub.simulators.serving import Reply, Request
from hub.simulators.svb import answers, headers, rules
from hub.simulators.svb.faults import BUSINESS, KNOWN, WIRE
from hub.simulators.svb.replies import XML, fo03, plain_fault, read_hubs_answer
from hub.standards.stuf import Fout, Stuurgegevens, answer_to, read_stuurgegevens, write_bevestiging
from hub.transports import soap
from hub.transports.digikoppeling import addressing, delivered, envelope

#: ebMS Service that the simulated adapter was configured with, unless told otherwise.
SERVICE = "urn:osb:services:ggk:2.1"

_MESSAGE_ID = re.compile(rb"MessageID[^>]*>([^<]*)<")
_DAI = f"{{{addressing.DAI}}}bericht"


@dataclass(slots=True)
class SvbOptions(Options):
    """How the simulated partner is set up.

    Attributes:
        service: ebMS Service in wsa:Action.
        code: Code with which the fault ``reject`` rejects; may change while it runs.
        closing: Number of a budget -> amount in euros that was spent of it; its closing follows the return that takes it.
        rejected: Number of a budget -> code with which each message about it is rejected.
    """

    service: str = SERVICE
    code: str = "S300"
    rejected: dict[str, str] = field(default_factory=dict)
    closing: dict[str, str] = field(default_factory=dict)


class SvbSimulator(SimulatedPartner):
    """One simulated partner. ``start`` it, and ``stop`` it at the end. Arguments as ``SimulatedPartner`` has them.

    Raises:
        ValueError: An unknown fault.
        OSError: The port is in use, or the address is none of this machine.
    """

    path: ClassVar[str] = "/digikoppeling"
    wire: ClassVar[Mapping[str, str]] = WIRE
    changeable = SimulatedPartner.changeable | {"code"}

    def __init__(
        self,
        options: SvbOptions | None = None,
        *,
        faults: Sequence[str] = (),
        port: int = 0,
        state: Path | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        options = options or SvbOptions()
        super().__init__(
            options,
            faults=Faults(KNOWN, faults),
            log=Log(state),
            deliverer=Deliverer(options.hub, envelope.HTTP_HEADERS, read_hubs_answer),
            port=port,
            host=host,
        )
        self._answering: dict[str, Delivery] = {}

    def start(self) -> None:
        """Listen, and go on with answers that a restart interrupted."""
        envelope.prepare()
        super().start()

    def resume(self) -> None:
        """Send the answers that were still to be sent."""
        for message in self.log.messages():
            if message.answer and not message.answered:
                self._answer(message, None)

    @property
    def questions(self) -> Mapping[str, Callable[[], Any]]:
        """``budgets``: per budget what was taken about it, oldest first: reference, identification, answer and digest."""
        return {"budgets": self._budgets}

    @property
    def orders(self) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
        """``close`` delivers the closing of a budget, see ``answers.afsluiting``; ``reject`` sets the code for a budget:
        ``{"budget", "code"}``, an empty code takes it back; ``closing`` says that so much will be spent of one:
        ``{"budget", "besteed"}``; ``stray`` delivers a return to a message that was never sent.
        """
        return {
            "close": lambda order: control.deliver(self, answers.afsluiting(order), order),
            "closing": self._closing,
            "reject": self._reject,
            "stray": self._stray,
        }

    def identity(self, request: Request) -> str:
        """Its wsa:MessageID."""
        found = _MESSAGE_ID.search(request.body[:8192])
        return found[1].decode("utf-8", "replace") if found else ""

    def deliver(self, body: bytes, *, times: int = 1, after: float = 0.0) -> Delivery:
        """Deliver a business message to the hub as it is, valid or not. Raises: DecodeFailure."""
        return self.deliverer.add(self._delivery(body, times), after=after)

    def instead_of_taking(self, fault: str, request: Request) -> Reply:
        """Fo03 where told so, else as any partner. Raises: Hang, Reset."""
        if not fault.startswith("fo03_"):
            return super().instead_of_taking(fault, request)
        plek = fault.removeprefix("fo03_")
        try:
            message = read_stuurgegevens(delivered.read(request.body).element)
        except DecodeFailure:
            return plain_fault("Server", "gesimuleerd")
        return fo03(message, Fout({"client": "StUF055", "server": "StUF058"}[plek], plek, "gesimuleerd"))

    def take(self, request: Request) -> tuple[Reply, str]:
        """Judge the envelope as the adapter does; take it, refuse it, or recognise it."""
        try:
            outer = soap.read_message(request.body)
            element = _business(outer)
            known = registry.find(str(element.tag))
        except (DecodeFailure, NoRoute) as error:
            self.log.violation(error.text)
            return plain_fault("Client", error.text), "unreadable"
        message = read_stuurgegevens(element)
        wrong = headers.violations(outer.headers, message, element, request.headers, self.options.service)
        wrong += [f"{known.name}: {finding.rule} {finding.path}" for finding in registry.validate(element, schema=known)]
        if len(request.body) > 25_000_000:
            wrong.append("the message is larger than 25 MB")
        for text in wrong:
            self.log.violation(text)
        if wrong:
            return fo03(message, Fout("StUF055", "client", "Het bericht voldoet niet", "\n".join(wrong)[:1000])), "Fo03 StUF055"
        return self._take_valid(element, message, request)

    def _take_valid(self, element: etree._Element, message: Stuurgegevens, request: Request) -> tuple[Reply, str]:
        received = _received(element, message, request)
        earlier = self.log.find(received.sender, received.reference)
        if earlier is None:
            fault = self.faults.take(BUSINESS)
            self._judge(element, received, fault)
            earlier = self.log.take(received)
            if earlier is None and received.answer:
                self._answer(received, fault)
        if earlier is not None:
            if earlier.digest != received.digest:
                fout = Fout("StUF016", "client", "Combinatie van zender en referentienummer is niet uniek")
                return fo03(message, fout), "Fo03 StUF016"
            self.log.repeated(earlier)
        return Reply(200, soap.write_message(write_bevestiging(answer_to("Bv04", message))), XML), "Bv04"

    def _judge(self, element: etree._Element, received: Received, fault: str | None) -> None:
        """What the business answer will be: a return with codes, or a Fo01; and what is kept of the message for it."""
        try:
            payload = rules.open_envelope(element)
        except rules.Broken as error:
            self.log.violation(str(error))
            received.answer = "fo01:IB001"
            return
        told = rules.read(payload)
        received.details |= {
            "returns": told.returns,
            "code": told.code,
            "afzender": told.sender,
            "ontvanger": told.receiver,
            "identificatie": told.identification,
            "dagtekening": (payload.findtext(".//{*}Dagtekening") or "").strip(),
            "budget": told.budget,
            **rules.period(payload),
        }
        received.answer = self._verdict(payload, told, received, fault)

    def _verdict(self, payload: etree._Element, told: rules.Told, received: Received, fault: str | None) -> str:
        earlier = [one for one in self.log.messages() if one.details.get("afzender") == told.sender]
        if told.sender != received.details["zender"][0] or told.receiver != received.details["ontvanger_systeem"][0]:
            self.log.violation("the header names other parties than the envelope")
        if any(self._unanswered(one) for one in earlier if one.details.get("budget") == told.budget):
            self.log.violation("a message about this budget came before the previous one was answered")
        if fault == "never_answer":
            return ""
        if fault == "fo01":
            return "fo01:IB007"
        if fault == "header_only" or (code := rules.within(payload, dt.datetime.now(AMSTERDAM).date())) == "0001":
            return "header:0001"
        key = (told.code, told.identification)
        if any((one.details.get("code"), one.details.get("identificatie")) == key for one in earlier):
            code = "9056"
        if fault == "reject":
            code = self.options.code
        return f"codes:{self.options.rejected.get(told.budget) or code or '0200'}"

    def _unanswered(self, message: Received) -> bool:
        delivery = self._answering.get(message.reference)
        return bool(message.answer) and not message.answered and (delivery is None or delivery.attempts == 0)

    def _answer(self, message: Received, fault: str | None) -> None:
        after = self.options.delay + (self.options.late if fault == "answer_late" else 0.0)
        kind, _, codes = message.answer.partition(":")
        told = {**message.details, "reference": message.reference}
        if kind == "fo01":
            body = answers.fo01(told, codes)
        else:
            body = answers.retour(told, codes.split(","), header_only=kind == "header")
        delivery = self._delivery(body, 2 if fault == "answer_twice" else 1)
        delivery.when_confirmed = lambda: self._answered(message)
        self._answering[message.reference] = delivery
        self.deliverer.add(delivery, after=after)

    def _answered(self, message: Received) -> None:
        self.log.answered(message)
        told = message.details
        spent = self.options.closing.get(told.get("budget", ""))
        if spent is not None and message.answer == "codes:0200":
            order = {**told, "gemeente": told["afzender"], "besteed": spent, "applicatie": told["zender"][1]}
            order["familie"] = "1.0" if told["code"] == "TKB" else "2.0"
            self.deliver(answers.afsluiting(order))

    def _delivery(self, body: bytes, times: int = 1) -> Delivery:
        element = parsing.parse(body)
        message = read_stuurgegevens(element)
        if not message.referentienummer:
            raise DecodeFailure("the message has no referentienummer")
        namespace, _, name = str(element.tag)[1:].partition("}")
        action = addressing.action(self.options.service, addressing.recommended_action(namespace, name))
        pieces = envelope.splice(addressing.headers_for(message, action), body)
        whole = b"".join(bytes(piece) for piece in pieces)
        return Delivery(message.referentienummer, name, whole, times)

    def _reject(self, order: dict[str, Any]) -> dict[str, str]:
        rejected = {**self.options.rejected, str(order["budget"]): str(order["code"])}
        self.options.rejected = {budget: code for budget, code in rejected.items() if code}
        return dict(self.options.rejected)

    def _closing(self, order: dict[str, Any]) -> dict[str, str]:
        self.options.closing = {**self.options.closing, str(order["budget"]): str(order["besteed"])}
        return dict(self.options.closing)

    def _stray(self, order: dict[str, Any]) -> dict[str, Any]:
        told = {
            "returns": "PGB502", "code": "501", "afzender": "0392", "ontvanger": "VWS", "identificatie": "999999999999",
            "dagtekening": "2026-11-30", "budget": "B-0", "zender": ["0392", "ketenhub"], "ontvanger_systeem": ["VWS", "GGk"],
            "reference": "00000000-0000-4000-8000-000000000000",
        }  # fmt: skip
        return control.deliver(self, answers.retour(told, ["0200"]), order)

    def _budgets(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for message in self.log.messages():
            key = f"{message.details.get('afzender', '')}/{message.details.get('budget', '')}"
            told = {"reference": message.reference, "identificatie": message.details.get("identificatie")}
            found.setdefault(key, []).append({**told, "answer": message.answer, "digest": message.digest})
        return found


def _business(outer: soap.SoapMessage) -> etree._Element:
    inner = soap.elements(outer.body[0]) if len(outer.body) == 1 and outer.body[0].tag == _DAI else ()
    if len(inner) != 1:
        raise DecodeFailure("the body does not hold one dai:bericht with one message")
    return inner[0]


def _received(element: etree._Element, message: Stuurgegevens, request: Request) -> Received:
    zender, ontvanger = message.zender, message.ontvanger
    return Received(
        sender=zender.key,
        reference=message.referentienummer,
        type=registry.find(str(element.tag)).name,
        digest=parsing.c14n_digest(element).hex(),
        sha256=hashlib.sha256(request.body).hexdigest(),
        message_id=message.referentienummer,
        details={
            "zender": [zender.organisatie, zender.applicatie],
            "ontvanger_systeem": [ontvanger.organisatie, ontvanger.applicatie],
            "functie": message.functie,
        },
    )
