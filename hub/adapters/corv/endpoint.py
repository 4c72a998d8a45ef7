"""The way in from CORV: what the Digikoppeling adapter delivers, and what we answer at once.

``Bv03`` says that the hub has the message durably, ``Fo03`` in a SOAP fault that it does not take it. Everything here is pure;
storing, recognising repeats and correlating are the engine's.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import ClassVar

from lxml import etree

from hub.adapters.corv import notificatie
from hub.adapters.corv.settings import CorvSettings
from hub.contracts.adapter import HttpAnswer, InboundRequest, Incoming
from hub.errors import (
    DecodeFailure,
    Finding,
    HubError,
    NoRoute,
    PermanentError,
    SchemaViolation,
    Stage,
    Throttled,
    Untrusted,
)
from hub.schemas import parsing, registry
from hub.standards.stuf import (
    MAX_DETAILS,
    STUF,
    Fout,
    Stuurgegevens,
    answer_to,
    read_fout,
    read_stuurgegevens,
    write_bevestiging,
    write_fout,
)
from hub.transports import soap
from hub.transports.digikoppeling import delivered as dk

_XML = {"Content-Type": soap.CONTENT_TYPE}
_ZKN = "http://www.egem.nl/StUF/sector/zkn/0310"
_BG = "http://www.egem.nl/StUF/sector/bg/0310"

#: Known to the schemas but never delivered to us: what we send, and what is answered within a call.
_NOT_INBOUND = frozenset({"vtoDi01", "Bv03Bericht", "Bv04Bericht", "Fo03Bericht"})

#: Where a notification names our case: the only key that notifications carry back.
_KENMERK = f".//{{{_ZKN}}}heeftBetrekkingOpAndere/{{{_ZKN}}}gerelateerde/{{{_ZKN}}}identificatie"

_BSN_DIGITS = 9

#: The persons a message is about.
_SUBJECTS = f".//{{{_ZKN}}}heeftBetrekkingOp//{{{_BG}}}inp.bsn"

_DUPLICATE = "Combinatie van zender en referentienummer is niet uniek"


@dataclass(frozen=True, slots=True)
class CorvIncoming(Incoming):
    """An incoming message with the stuurgegevens that its answer needs, so that a large body is not parsed again."""

    stuurgegevens: Stuurgegevens | None = None


class CorvEndpoint:
    """Incoming face of the connection to CORV; for any number of threads.

    Args:
        settings: Of this connection.
    """

    partner: ClassVar[str] = "corv"

    def __init__(self, settings: CorvSettings) -> None:
        inbound = settings.inbound
        self.path = inbound.path
        self.max_bytes = inbound.max_bytes
        self.duplicate_identical: str = inbound.duplicate_identical
        self._settings = settings
        self._inbound = inbound
        self._own = settings.own.systeem()
        self._limits = parsing.Limits(max_bytes=inbound.max_bytes)

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

    def parse(self, request: InboundRequest) -> CorvIncoming:
        """Read and judge a delivered message.

        Raises:
            DecodeFailure: Not a message of Digikoppeling Intern.
            NoRoute: No schema knows the element, or it is not for us.
            SchemaViolation: Against the schema.
            Untrusted: To, From or Action are not as configured.
        """
        found = dk.read(request.body, limits=self._limits)
        known = registry.find(str(found.element.tag))
        if known.name in _NOT_INBOUND:
            raise NoRoute(f"{known.name} is not a message that is delivered to us", stage=Stage.RECEIVING)
        findings = registry.validate(found.element, schema=known)
        message = read_stuurgegevens(found.element)
        if not message.referentienummer:
            findings += (Finding("REFERENCE", "referentienummer is empty"),)
        if findings:
            raise SchemaViolation(f"{known.name} breaks {len(findings)} rule(s)", findings, stage=Stage.RECEIVING)
        self._compare(found)
        return _incoming(known.name, found, message, self._settings.display_name)

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
        code = self._code_of(error)
        text = "Het bericht voldoet niet" if client else "Het bericht kon nu niet worden verwerkt"
        headers = dict(_XML)
        if isinstance(error, Throttled):
            headers["Retry-After"] = str(max(1, round(error.after)))
        if not self._trusted(request):
            return HttpAnswer(403, soap.write_fault("Client", "Niet toegestaan"), headers)
        original = None if getattr(error, "code", "") == "too_large" else self._stuurgegevens_in(request.body)
        if original is None:
            return HttpAnswer(500, soap.write_fault(faultcode, f"{text}: {_details(error)}"), headers)
        fout = Fout(code, plek, text, _details(error))
        return HttpAnswer(503 if "Retry-After" in headers else 500, self._fo03(original, faultcode, fout), headers)

    def clash(self, incoming: Incoming, *, identical: bool) -> HttpAnswer:
        """Fo03 StUF016: this reference was used before (StUF 03.01; official test scenario SCN 8)."""
        details = "Hetzelfde bericht is al ontvangen" if identical else "Een ander bericht met dit nummer is al ontvangen"
        fout = Fout(self._inbound.fault_codes.duplicate, "client", _DUPLICATE, details)
        return HttpAnswer(500, self._fo03(_stuurgegevens_of(incoming), "Client", fout), _XML)

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

    def _compare(self, found: dk.Delivered) -> None:
        """Hold the headers against what the adapter was configured with; they are never derived."""
        inbound = self._inbound
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


def _incoming(name: str, found: dk.Delivered, message: Stuurgegevens, partner: str) -> CorvIncoming:
    verdict = {"Bv01Bericht": True, "Fo01Bericht": False}.get(name)
    fout = read_fout(found.element) if verdict is False else None
    code = fout.code if fout and fout.code.isalnum() else ""
    kenmerken = dict.fromkeys((one.text or "").strip() for one in found.element.iterfind(_KENMERK))
    subjects = dict.fromkeys((one.text or "").strip() for one in found.element.iterfind(_SUBJECTS))
    told = notificatie.read(found.element) if name == notificatie.TYPE else None
    return CorvIncoming(
        type=name,
        sender=message.zender.key,
        reference=message.referentienummer,
        digest=parsing.c14n_digest(found.element),
        body=etree.tostring(found.element, encoding="UTF-8", xml_declaration=False, with_tail=False),
        answers=message.cross_refnummer or None,
        verdict=verdict,
        code=code,
        reason=_reason(partner, verdict, code),
        text=_words(found.element, fout),
        keys=tuple(("kenmerk", kenmerk) for kenmerk in kenmerken if kenmerk),
        remarks=dk.disagreements(found, message),
        title=told.title if told else "",
        facts=told.facts if told else {},
        meaning=told,
        subjects=tuple(bsn for bsn in subjects if len(bsn) == _BSN_DIGITS and bsn.isascii() and bsn.isdigit()),
        stuurgegevens=message,
    )


def _reason(partner: str, verdict: bool | None, code: str) -> str:
    if verdict is None:
        return ""
    return f"Aangenomen door {partner}" if verdict else f"Afgekeurd door {partner}" + (f" (code {code})" if code else "")


def _words(element: etree._Element, fout: Fout | None) -> str:
    """The partner's own words; they may hold content."""
    if fout is not None:
        return "\n".join(part for part in (fout.omschrijving, fout.details) if part)
    return "\n".join(melding.text or "" for melding in element.iterfind(f"{{{STUF}}}melding"))


def _stuurgegevens_of(incoming: Incoming) -> Stuurgegevens:
    if isinstance(incoming, CorvIncoming) and incoming.stuurgegevens is not None:
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
