"""The way in from SVB: what its messages mean. Everything else is ``hub.transports.digikoppeling.endpoint``."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from lxml import etree

from hub.adapters.svb.retour import Antwoord, is_closing, judged, payload_of, read_afsluiting, read_antwoord
from hub.adapters.svb.settings import SvbSettings
from hub.contracts.adapter import InboundRequest, Incoming
from hub.errors import NoRoute, Stage, Untrusted
from hub.schemas import registry
from hub.schemas.parsing import Limits, c14n_digest, parse
from hub.standards.istandaarden import HEEN, MAX_BYTES, RETOUR, read_envelope, read_retour
from hub.standards.stuf import Stuurgegevens, read_stuurgegevens
from hub.transports.digikoppeling import addressing, envelope
from hub.transports.digikoppeling.endpoint import BusinessElement, DigikoppelingEndpoint, read_stuf_answer

#: The inbound route of closings, as an exchange names it, and the kind of the key by which they find their budget.
CLOSING = "budgetafsluiting"
BUDGET = "pgb.budget"
#: Kind of the key by which a return without an envelope finds its message: code, sender and identification.
IDENTIFICATIE = "pgb.identificatie"
#: Code of a return -> that of what it answers, where a return has a code of its own.
_ANSWERED = {"502": "501", "TKBretour": "TKB"}
#: Namespaces of what comes in an envelope, or is a fault message.
_ENVELOPES = frozenset(registry.find(name).tag[1:].partition("}")[0] for name in (HEEN, "Fo01Bericht"))


class SvbEndpoint(DigikoppelingEndpoint):
    """Incoming face of the connection to SVB; for any number of threads."""

    partner: ClassVar[str] = "svb"
    delivered_types: ClassVar[frozenset[str]] = frozenset({HEEN, RETOUR, "Fo01Bericht"})

    def __init__(self, settings: SvbSettings) -> None:
        super().__init__(settings)
        self._by_files = settings.transport == "files"
        self._service = settings.ebms_service

    def authenticate(self, request: InboundRequest) -> None:
        """As every connection over Digikoppeling; where messages come as files nobody may call. Raises: Untrusted."""
        if self._by_files:
            raise Untrusted("over this connection messages come as files", stage=Stage.RECEIVING)
        super().authenticate(request)

    def parse_file(self, body: bytes) -> Incoming:
        """A message that came as a file: in its envelope, or the return alone, which finds its message by its header.

        Raises:
            PermanentError: As ``parse``.
        """
        root = parse(body, limits=Limits(max_bytes=MAX_BYTES))
        if etree.QName(root).namespace not in _ENVELOPES:
            return self._bare_return(root)
        # The headers of Digikoppeling are made of the message itself, so that one reading holds for both ways in.
        action = addressing.action(self._service, addressing.recommended_action(*envelope.root_of(body)))
        pieces = envelope.splice(addressing.headers_for(read_stuurgegevens(root), action), body)
        return self.parse(InboundRequest({}, b"".join(bytes(piece) for piece in pieces)))

    def _bare_return(self, root: etree._Element) -> Incoming:
        payload, remarks = judged(root)
        header = read_retour(payload).header
        if header.afzender not in self._ours:
            raise Untrusted("the return is to a message of another organisation", stage=Stage.RECEIVING)
        told = read_antwoord(payload, header.ontvanger)
        codes = dict.fromkeys((header.code, _ANSWERED.get(header.code, header.code)))
        return Incoming(
            type=etree.QName(root).localname,
            sender=header.ontvanger,
            reference=read_retour(payload).identificatie,
            digest=c14n_digest(root),
            body=etree.tostring(root, encoding="UTF-8"),
            verdict=not told.codes,
            code=_code(told),
            reason=self._reason(told),
            keys=tuple((IDENTIFICATIE, f"{code}/{told.identificatie}") for code in codes),
            remarks=(*remarks, "it came as a file without its envelope"),
            title=_title(told),
            sent_to={"to_organisatie": header.ontvanger},
            meaning=told,
        )

    def read_element(self, name: str, element: etree._Element, message: Stuurgegevens) -> BusinessElement:
        """A return to a message of ours, a fault message about one, or the closing of a budget."""
        speaker = message.zender.organisatie
        if name == RETOUR:
            return self._retour(element, speaker)
        if name == HEEN:
            return self._heen(element)
        answer = read_stuf_answer(name, element, self.display_name)
        return replace(answer, meaning=Antwoord((("envelop", answer.code or "onbekend"),), "Fo01", speaker))

    def _retour(self, element: etree._Element, speaker: str) -> BusinessElement:
        payload, remarks = payload_of(read_envelope(element))
        told = read_antwoord(payload, speaker)
        return BusinessElement(
            verdict=not told.codes,
            code=_code(told),
            reason=self._reason(told),
            remarks=remarks,
            title=_title(told),
            meaning=told,
        )

    def _reason(self, told: Antwoord) -> str:
        if not told.codes:
            return f"Aangenomen door {self.display_name}"
        return f"Afgewezen door {self.display_name} (code {told.codes[0][1]})"

    def _heen(self, element: etree._Element) -> BusinessElement:
        payload, remarks = payload_of(read_envelope(element))
        if not is_closing(payload):
            raise NoRoute("the message inside is not one that is delivered to us", stage=Stage.RECEIVING)
        told = read_afsluiting(payload)
        return BusinessElement(
            keys=((BUDGET, told.budget),), remarks=remarks, title="Budgetafsluiting", route=CLOSING, meaning=told
        )


def _code(told: Antwoord) -> str:
    code = told.codes[0][1] if told.codes else ""
    return code if code.isalnum() else ""


def _title(told: Antwoord) -> str:
    return "Retour: afgewezen" if told.codes else "Retour: aangenomen"
