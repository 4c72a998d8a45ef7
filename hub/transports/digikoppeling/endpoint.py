"""The way in over Digikoppeling Intern: what a Digikoppeling adapter delivers, and what we answer at once; for any partner.

``Bv03`` says that the hub has the message durably, ``Fo03`` in a SOAP fault that it does not take it. Everything here is pure;
storing, recognising repeats and correlating are the engine's. What the business element means is told by the partner's class,
in ``read_element``.
"""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from lxml import etree

from hub.contracts.adapter import HttpAnswer, InboundRequest, Incoming
from hub.errors import DecodeFailure, Finding, HubError, NoRoute, PermanentError, SchemaViolation, Stage, Throttled, Untrusted
from hub.schemas import parsing, registry
from hub.standards.stuf import (
    MAX_DETAILS,
    Fout,
    Stuurgegevens,
    answer_to,
    read_fout,
    read_meldingen,
    read_stuurgegevens,
    write_bevestiging,
    write_fout,
)
from hub.transports import soap
from hub.transports.digikoppeling import delivered as dk
from hub.transports.digikoppeling.settings import DigikoppelingSettings

_XML = {"Content-Type": soap.CONTENT_TYPE}
_DUPLICATE = "Combinatie van zender en referentienummer is niet uniek"
_UNADDRESSED = "the stuurgegevens name no receiving organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessElement:
    """What a partner's class read in a business element; fields as in ``hub.contracts.adapter.Incoming``.

    Attributes:
        type: Message type, when it is another than the element's name.
        answers: Reference of our message that it answers, when it stands elsewhere than in crossRefnummer.
    """

    type: str = ""
    answers: str | None = None
    verdict: bool | None = None
    code: str = ""
    reason: str = ""
    text: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    title: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = field(default=(), repr=False)
    route: str = ""
    meaning: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DigikoppelingIncoming(Incoming):
    """An incoming message with the stuurgegevens that its answer needs, so that a large body is not parsed again."""

    stuurgegevens: Stuurgegevens | None = None


class DigikoppelingEndpoint(ABC):
    """Incoming face of a connection; for any number of threads.

    Args:
        settings: Of this connection.
    """

    partner: ClassVar[str]
    #: Message types that are delivered here, by the names that ``hub.schemas.registry`` knows them by. All others are refused.
    delivered_types: ClassVar[frozenset[str]]

    def __init__(self, settings: DigikoppelingSettings) -> None:
        inbound = settings.inbound
        self.path = inbound.path
        self.max_bytes = inbound.max_bytes
        self.duplicate_identical: str = inbound.duplicate_identical
        self.display_name = settings.display_name or self.partner
        self._inbound = inbound
        self._own = settings.own.systeem()
        self._ours = {settings.own.organisatie, *inbound.also_addressed_to}
        self._limits = parsing.Limits(max_bytes=inbound.max_bytes)

    @abstractmethod
    def read_element(self, name: str, element: etree._Element, message: Stuurgegevens) -> BusinessElement:
        """Say what a business element means. Pure.

        Args:
            name: Its message type, one of ``delivered_types``.
            element: Valid by its schema, and the root of its document.
            message: Its stuurgegevens.

        Raises:
            DecodeFailure, SchemaViolation: What it carries inside cannot be taken; it is answered with Fo03.
        """

    def authenticate(self, request: InboundRequest) -> None:
        """Hold the caller against the connection's shared secret and certificate OINs, as far as those are set.

        Raises:
            Untrusted: Another caller.
        """
        inbound = self._inbound
        if inbound.certificate_oins and request.certificate_oin not in inbound.certificate_oins:
            raise Untrusted("no client certificate with an OIN that may deliver here", stage=Stage.RECEIVING)
        if inbound.shared_secret is not None:
            given = request.headers.get(inbound.shared_secret_header.lower(), "").encode()
            if not hmac.compare_digest(given, inbound.shared_secret.reveal().encode()):
                raise Untrusted("the shared secret of this connection is missing or wrong", stage=Stage.RECEIVING)

    def parse(self, request: InboundRequest) -> DigikoppelingIncoming:
        """Read and judge a delivered message.

        Raises:
            DecodeFailure: Not a message of Digikoppeling Intern.
            NoRoute: No schema knows the element, or it is not for us.
            SchemaViolation: Against the schema.
            Untrusted: It is addressed to another organisation, or To, From or Action are not as configured.
        """
        found = dk.read(request.body, limits=self._limits)
        known = registry.find(str(found.element.tag))
        if known.name not in self.delivered_types:
            raise NoRoute(f"{known.name} is not a message that is delivered to us", stage=Stage.RECEIVING)
        findings = registry.validate(found.element, schema=known)
        message = read_stuurgegevens(found.element)
        if not message.referentienummer:
            findings += (Finding("REFERENCE", "referentienummer is empty"),)
        if findings:
            raise SchemaViolation(f"{known.name} breaks {len(findings)} rule(s)", findings, stage=Stage.RECEIVING)
        self._compare(found, message)
        return self._incoming(known.name, found, message)

    def confirm(self, incoming: Incoming) -> HttpAnswer:
        """Bv03."""
        answer = answer_to("Bv03", _stuurgegevens_of(incoming), zender=self._own)
        return HttpAnswer(200, soap.write_message(write_bevestiging(answer)), _XML)

    def refuse(self, request: InboundRequest, error: Exception) -> HttpAnswer:
        """Fo03 in a SOAP fault; a plain fault when the message cannot be read so far as its referentienummer.

        Anything but a ``HubError`` is our own fault and nothing of it is told.
        """
        client = isinstance(error, PermanentError)
        faultcode, plek = ("Client", "client") if client else ("Server", "server")
        text = "Het bericht voldoet niet" if client else "Het bericht kon nu niet worden verwerkt"
        headers = dict(_XML)
        if isinstance(error, Throttled):
            headers["Retry-After"] = str(max(1, round(error.after)))
        if not self._trusted(request):
            return HttpAnswer(403, soap.write_fault("Client", "Niet toegestaan"), headers)
        original = None if getattr(error, "code", "") == "too_large" else self._stuurgegevens_in(request.body)
        if original is None:
            return HttpAnswer(500, soap.write_fault(faultcode, f"{text}: {_details(error)}"), headers)
        fout = Fout(self._code_of(error), plek, text, _details(error))
        return HttpAnswer(503 if "Retry-After" in headers else 500, self._fo03(original, faultcode, fout), headers)

    def clash(self, incoming: Incoming, *, identical: bool) -> HttpAnswer:
        """Fo03 StUF016: this reference was used before (StUF 03.01; official test scenario SCN 8)."""
        details = "Hetzelfde bericht is al ontvangen" if identical else "Een ander bericht met dit nummer is al ontvangen"
        fout = Fout(self._inbound.fault_codes.duplicate, "client", _DUPLICATE, details)
        return HttpAnswer(500, self._fo03(_stuurgegevens_of(incoming), "Client", fout), _XML)

    def _incoming(self, name: str, found: dk.Delivered, message: Stuurgegevens) -> DigikoppelingIncoming:
        read = self.read_element(name, found.element, message)
        unaddressed = () if message.ontvanger.organisatie else (_UNADDRESSED,)
        return DigikoppelingIncoming(
            type=read.type or name,
            sender=message.zender.key,
            reference=message.referentienummer,
            digest=parsing.c14n_digest(found.element),
            body=etree.tostring(found.element, encoding="UTF-8", xml_declaration=False, with_tail=False),
            answers=read.answers or message.cross_refnummer or None,
            verdict=read.verdict,
            code=read.code,
            reason=read.reason,
            text=read.text,
            keys=read.keys,
            remarks=(*dk.disagreements(found, message), *unaddressed, *read.remarks),
            title=read.title,
            facts=read.facts,
            subjects=read.subjects,
            route=read.route,
            sent_to={} if read.verdict is None else self._speaks_for(message),
            meaning=read.meaning,
            stuurgegevens=message,
        )

    def _speaks_for(self, message: Stuurgegevens) -> dict[str, str]:
        """Which receiver of ours who answers may speak for: itself, unless the settings trust it to answer for others."""
        sender = message.zender.organisatie
        return {} if sender in self._inbound.answers_from else {"to_organisatie": sender}

    def _fo03(self, original: Stuurgegevens, faultcode: str, fout: Fout) -> bytes:
        message = write_fout(answer_to("Fo03", original, zender=self._own), fout)
        return soap.write_fault(faultcode, fout.omschrijving, message)

    def _code_of(self, error: Exception) -> str:
        codes = self._inbound.fault_codes
        if isinstance(error, NoRoute):
            return codes.unknown_message
        return codes.invalid if isinstance(error, PermanentError) else codes.failed

    def _trusted(self, request: InboundRequest) -> bool:
        try:
            self.authenticate(request)
        except Untrusted:
            return False
        return True

    def _compare(self, found: dk.Delivered, message: Stuurgegevens) -> None:
        """Hold the receiver against us, and the headers against what the adapter was configured with; never derived."""
        inbound = self._inbound
        if message.ontvanger.organisatie and message.ontvanger.organisatie not in self._ours:
            raise Untrusted("the stuurgegevens name another receiving organisation than ours", stage=Stage.RECEIVING)
        if inbound.expected_to is not None and found.to != inbound.expected_to:
            raise Untrusted("wsa:To is not the configured one", stage=Stage.RECEIVING)
        if inbound.expected_from and found.from_ not in inbound.expected_from:
            raise Untrusted("wsa:From is not a configured one", stage=Stage.RECEIVING)
        if inbound.expected_actions and found.action not in inbound.expected_actions:
            raise Untrusted("wsa:Action is not a configured one", stage=Stage.RECEIVING)

    def _stuurgegevens_in(self, body: bytes) -> Stuurgegevens | None:
        """Enough of a refused message to answer it with a Fo03 that is valid itself, or None."""
        try:
            message = read_stuurgegevens(dk.read(body, limits=self._limits).element)
            draft = write_fout(answer_to("Fo03", message, zender=self._own), Fout("StUF055", "client", "-"))
            valid = not registry.validate(parsing.parse(draft))
        except (DecodeFailure, ValueError):
            return None
        return message if valid and message.referentienummer else None


def read_stuf_answer(name: str, element: etree._Element, partner: str) -> BusinessElement:
    """What a StUF answer means: Bv01 takes our message, Fo01 refuses it, and their words are kept apart.

    Args:
        partner: What people call who answered.
    """
    if name == "Bv01Bericht":
        text = "\n".join(read_meldingen(element))
        return BusinessElement(verdict=True, reason=f"Aangenomen door {partner}", text=text)
    fout = read_fout(element)
    code = fout.code if fout.code.isalnum() else ""
    return BusinessElement(
        verdict=False,
        code=code,
        reason=f"Afgekeurd door {partner}" + (f" (code {code})" if code else ""),
        text="\n".join(part for part in (fout.omschrijving, fout.details) if part),
    )


def _stuurgegevens_of(incoming: Incoming) -> Stuurgegevens:
    if isinstance(incoming, DigikoppelingIncoming) and incoming.stuurgegevens is not None:
        return incoming.stuurgegevens
    limits = parsing.Limits(max_bytes=max(len(incoming.body), 1))  # it passed the limits when it came in
    return read_stuurgegevens(parsing.parse(incoming.body, limits=limits))


def _details(error: Exception) -> str:
    """What the sender may know, at most 1,000 characters; findings name rule and place, never a value."""
    if isinstance(error, SchemaViolation) and error.findings:
        lines = [f"{one.message} (regel {one.line})" if one.line else one.message for one in error.findings]
        return "\n".join(lines)[:MAX_DETAILS]
    if isinstance(error, HubError):
        return error.text[:MAX_DETAILS]
    return "Interne fout"
