"""The way in from CORV: what its messages mean. Everything else is ``hub.transports.digikoppeling.endpoint``."""

from __future__ import annotations

from typing import ClassVar

from lxml import etree

from hub.adapters.corv import notificatie
from hub.adapters.corv.namespaces import BG, ZKN
from hub.standards.stuf import Stuurgegevens
from hub.transports.digikoppeling.endpoint import BusinessElement, DigikoppelingEndpoint, read_stuf_answer

#: Where a notification names our case: the only key that notifications carry back.
_KENMERK = f".//{{{ZKN}}}heeftBetrekkingOpAndere/{{{ZKN}}}gerelateerde/{{{ZKN}}}identificatie"

#: The persons a message is about.
_SUBJECTS = f".//{{{ZKN}}}heeftBetrekkingOp//{{{BG}}}inp.bsn"

_BSN_DIGITS = 9


class CorvEndpoint(DigikoppelingEndpoint):
    """Incoming face of the connection to CORV; for any number of threads."""

    partner: ClassVar[str] = "corv"
    delivered_types: ClassVar[frozenset[str]] = frozenset({notificatie.TYPE, "Bv01Bericht", "Fo01Bericht"})

    def read_element(self, name: str, element: etree._Element, message: Stuurgegevens) -> BusinessElement:
        """An answer of the Raad to our request, or a notification."""
        if name != notificatie.TYPE:
            return read_stuf_answer(name, element, self.display_name)
        told = notificatie.read(element)
        return BusinessElement(
            keys=tuple(("kenmerk", kenmerk) for kenmerk in _texts(element, _KENMERK) if kenmerk),
            title=told.title,
            facts=told.facts,
            subjects=tuple(bsn for bsn in _texts(element, _SUBJECTS) if _is_bsn(bsn)),
            meaning=told,
            route=notificatie.ROUTE,
        )


def _texts(element: etree._Element, path: str) -> list[str]:
    """Each text that stands on a path, once."""
    return list(dict.fromkeys((found.text or "").strip() for found in element.iterfind(path)))


def _is_bsn(text: str) -> bool:
    return len(text) == _BSN_DIGITS and text.isascii() and text.isdigit()
