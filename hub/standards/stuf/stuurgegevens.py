"""Stuurgegevens: what every StUF 03.01 message says about itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from hub.standards.stuf.dates import stamp
from hub.standards.xml_writer import element, group

#: Namespace of StUF 03.01.
STUF = "http://www.egem.nl/StUF/StUF0301"

#: Longest referentienummer (StUF 03.01, type Refnummer).
MAX_REFNUMMER = 40

_SYSTEEM = ("organisatie", "applicatie", "administratie", "gebruiker")


@dataclass(frozen=True, slots=True)
class Systeem:
    """A sending or receiving system (StUF 03.01, type Systeem); an absent part is the empty string."""

    organisatie: str
    applicatie: str
    administratie: str = ""
    gebruiker: str = ""

    @property
    def key(self) -> str:
        """The scope in which referentienummers are unique: organisatie, applicatie and administratie, never gebruiker."""
        return f"{self.organisatie}/{self.applicatie}/{self.administratie}"


@dataclass(frozen=True, slots=True)
class Stuurgegevens:
    """What a message says about itself. ``tijdstip`` is 8 to 17 digits of Amsterdam time."""

    berichtcode: str
    zender: Systeem
    ontvanger: Systeem
    referentienummer: str
    tijdstip: str = ""
    functie: str = ""
    cross_refnummer: str = ""


def new_reference() -> str:
    """A referentienummer for a message that nobody else numbers."""
    return uuid.uuid4().hex


def answer_to(code: str, original: Stuurgegevens, *, zender: Systeem | None = None) -> Stuurgegevens:
    """Stuurgegevens of an answer to ``original``: roles swapped, a reference of its own and the crossRefnummer.

    Args:
        code: Berichtcode, e.g. ``Bv03``.
        original: What is answered.
        zender: The answering system, when it is not the one that was addressed.
    """
    return Stuurgegevens(
        berichtcode=code,
        zender=zender or original.ontvanger,
        ontvanger=original.zender,
        referentienummer=new_reference(),
        tijdstip=stamp(),
        cross_refnummer=original.referentienummer,
    )


def write_stuurgegevens(message: Stuurgegevens, *, name: str = "StUF:stuurgegevens") -> str:
    """The element, in the schema's order and without absent parts; the prefix ``StUF`` is for the caller to declare.

    Args:
        name: Of the element, with the sector's prefix where the sector's schema declares it.
    """
    inner = (
        f"{element('StUF:berichtcode', message.berichtcode)}{_write_systeem('StUF:zender', message.zender)}"
        f"{_write_systeem('StUF:ontvanger', message.ontvanger)}{element('StUF:referentienummer', message.referentienummer)}"
        f"{element('StUF:tijdstipBericht', message.tijdstip)}{element('StUF:crossRefnummer', message.cross_refnummer)}"
        f"{element('StUF:functie', message.functie)}"
    )
    return group(name, inner)


def _write_systeem(name: str, systeem: Systeem) -> str:
    return group(name, "".join(element(f"StUF:{part}", getattr(systeem, part)) for part in _SYSTEEM))


def read_stuurgegevens(message: etree._Element) -> Stuurgegevens:
    """What ``message`` says about itself; absent parts are empty. Its element is in the namespace of StUF or of the message."""
    own = str(message.tag).rpartition("}")[0].removeprefix("{")
    found = next(message.iterchildren(f"{{{STUF}}}stuurgegevens", f"{{{own}}}stuurgegevens"), None)
    if found is None:
        return Stuurgegevens("", Systeem("", ""), Systeem("", ""), "")
    parts = children_by_tag(found)
    return Stuurgegevens(
        berichtcode=text_of(parts, "berichtcode"),
        zender=_read_systeem(parts.get(f"{{{STUF}}}zender")),
        ontvanger=_read_systeem(parts.get(f"{{{STUF}}}ontvanger")),
        referentienummer=text_of(parts, "referentienummer"),
        tijdstip=text_of(parts, "tijdstipBericht"),
        functie=text_of(parts, "functie"),
        cross_refnummer=text_of(parts, "crossRefnummer"),
    )


def _read_systeem(systeem: etree._Element | None) -> Systeem:
    if systeem is None:
        return Systeem("", "")
    parts = children_by_tag(systeem)
    return Systeem(*(text_of(parts, name) for name in _SYSTEEM))


def children_by_tag(parent: etree._Element) -> Mapping[str, etree._Element]:
    """The first child with each tag."""
    return {child.tag: child for child in reversed(parent)}


def text_of(parts: Mapping[str, etree._Element], name: str) -> str:
    """Text of a StUF element among ``parts``; empty when it is absent."""
    found = parts.get(f"{{{STUF}}}{name}")
    return (found.text or "").strip() if found is not None else ""
