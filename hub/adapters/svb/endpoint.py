"""The way in from SVB: what its messages mean. Everything else is ``hub.transports.digikoppeling.endpoint``."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from lxml import etree

from hub.adapters.svb.retour import Antwoord, is_closing, payload_of, read_afsluiting, read_antwoord
from hub.errors import NoRoute, Stage
from hub.standards.istandaarden import HEEN, RETOUR, read_envelope
from hub.standards.stuf import Stuurgegevens
from hub.transports.digikoppeling.endpoint import BusinessElement, DigikoppelingEndpoint, read_stuf_answer

#: The inbound route of closings, as an exchange names it, and the kind of the key by which they find their budget.
CLOSING = "budgetafsluiting"
BUDGET = "pgb.budget"


class SvbEndpoint(DigikoppelingEndpoint):
    """Incoming face of the connection to SVB; for any number of threads."""

    partner: ClassVar[str] = "svb"
    delivered_types: ClassVar[frozenset[str]] = frozenset({HEEN, RETOUR, "Fo01Bericht"})

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
        code = told.codes[0][1] if told.codes else ""
        rejected = f"Afgewezen door {self.display_name} (code {code})"
        return BusinessElement(
            verdict=not told.codes,
            code=code if code.isalnum() else "",
            reason=rejected if told.codes else f"Aangenomen door {self.display_name}",
            remarks=remarks,
            title="Retour: afgewezen" if told.codes else "Retour: aangenomen",
            meaning=told,
        )

    def _heen(self, element: etree._Element) -> BusinessElement:
        payload, remarks = payload_of(read_envelope(element))
        if not is_closing(payload):
            raise NoRoute("the message inside is not one that is delivered to us", stage=Stage.RECEIVING)
        told = read_afsluiting(payload)
        return BusinessElement(
            keys=((BUDGET, told.budget),), remarks=remarks, title="Budgetafsluiting", route=CLOSING, meaning=told
        )
