"""Confirmations (Bv): an asynchronous one of the business (Bv01), a synchronous one of the hop (Bv03, Bv04)."""

from __future__ import annotations

from lxml import etree

from hub.standards.stuf.stuurgegevens import STUF, Stuurgegevens, write_stuurgegevens
from hub.standards.xml_writer import element


def write_bevestiging(message: Stuurgegevens, meldingen: tuple[str, ...] = ()) -> bytes:
    """A Bv01, Bv02, Bv03 or Bv04, UTF-8, without XML declaration. Only Bv01 and Bv02 may carry meldingen."""
    return write_bericht(message, "".join(element("StUF:melding", melding) for melding in meldingen))


def write_bericht(message: Stuurgegevens, rest: str) -> bytes:
    """A message of StUF itself, named after its berichtcode, with ``rest`` (XML) behind its stuurgegevens."""
    name = f"StUF:{message.berichtcode}Bericht"
    return f'<{name} xmlns:StUF="{STUF}">{write_stuurgegevens(message)}{rest}</{name}>'.encode()


def read_meldingen(message: etree._Element) -> tuple[str, ...]:
    """The meldingen of a confirmation; they may hold content."""
    return tuple(melding.text or "" for melding in message.iterfind(f"{{{STUF}}}melding"))
