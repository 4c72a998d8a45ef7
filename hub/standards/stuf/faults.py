"""Fault messages (Fo): of the business (Fo01), of the hop (Fo03)."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from hub.standards.stuf.confirmations import write_bericht
from hub.standards.stuf.stuurgegevens import STUF, Stuurgegevens, children_by_tag, text_of
from hub.standards.xml_writer import element, group

#: Longest omschrijving and details of a fault message (StUF 03.01, types Foutomschrijving and Foutdetails).
MAX_OMSCHRIJVING, MAX_DETAILS = 200, 1000


@dataclass(frozen=True, slots=True)
class Fout:
    """The body of a fault message. ``omschrijving`` and ``details`` may hold content when another system wrote them."""

    code: str
    plek: str  # client: the sender of the refused message erred; server: the receiver did
    omschrijving: str
    details: str = ""


def write_fout(message: Stuurgegevens, fout: Fout) -> bytes:
    """A Fo01 or Fo03, UTF-8, without XML declaration. Over-long texts are cut to what the schema allows."""
    inner = (
        f"{element('StUF:code', fout.code)}{element('StUF:plek', fout.plek)}"
        f"{element('StUF:omschrijving', fout.omschrijving[:MAX_OMSCHRIJVING])}"
        f"{element('StUF:details', fout.details[:MAX_DETAILS])}"
    )
    return write_bericht(message, group("StUF:body", inner))


def read_fout(message: etree._Element) -> Fout:
    """The body of a Fo message; absent parts are empty."""
    body = message.find(f"{{{STUF}}}body")
    if body is None:
        return Fout("", "", "")
    parts = children_by_tag(body)
    return Fout(*(text_of(parts, name) for name in ("code", "plek", "omschrijving", "details")))
