"""The envelope of StUF 03.01 messages: stuurgegevens, confirmations (Bv) and fault messages (Fo). No transport, no partner.

Writing goes by text with escaping, which is quick and keeps the order that the schema prescribes; reading goes by lxml
elements that the hub's hardened parser made.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from lxml import etree

#: Namespace of StUF 03.01.
STUF = "http://www.egem.nl/StUF/StUF0301"

#: Namespace of the Jeugdzorg messages, unchanged since 1.0.
JZ = "http://www.stufstandaarden.nl/koppelvlak/jz0100"

#: Time zone of tijdstipBericht.
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

#: Longest omschrijving and details of a fault message (StUF 03.01, types Foutomschrijving and Foutdetails).
MAX_OMSCHRIJVING, MAX_DETAILS = 200, 1000

#: Longest referentienummer (StUF 03.01, type Refnummer).
MAX_REFNUMMER = 40


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


@dataclass(frozen=True, slots=True)
class Fout:
    """The body of a fault message. ``omschrijving`` and ``details`` may hold content when another system wrote them."""

    code: str
    plek: str  # client: the sender of the refused message erred; server: the receiver did
    omschrijving: str
    details: str = ""


def stamp(moment: dt.datetime | None = None) -> str:
    """``moment`` (default: now) as seventeen digits of Amsterdam time, yyyymmddhhmmssmmm."""
    local = (moment or dt.datetime.now(dt.UTC)).astimezone(AMSTERDAM)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


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


def write_bevestiging(message: Stuurgegevens, meldingen: tuple[str, ...] = ()) -> bytes:
    """A Bv01, Bv02, Bv03 or Bv04, UTF-8, without XML declaration. Only Bv01 and Bv02 may carry meldingen."""
    text = "".join(f"<StUF:melding>{escape(melding)}</StUF:melding>" for melding in meldingen)
    return _bericht(message, text)


def write_fout(message: Stuurgegevens, fout: Fout) -> bytes:
    """A Fo01 or Fo03, UTF-8, without XML declaration. Over-long texts are cut to what the schema allows."""
    text = f"<StUF:code>{escape(fout.code)}</StUF:code><StUF:plek>{fout.plek}</StUF:plek>"
    text += f"<StUF:omschrijving>{escape(fout.omschrijving[:MAX_OMSCHRIJVING])}</StUF:omschrijving>"
    if fout.details:
        text += f"<StUF:details>{escape(fout.details[:MAX_DETAILS])}</StUF:details>"
    return _bericht(message, f"<StUF:body>{text}</StUF:body>")


def _bericht(message: Stuurgegevens, rest: str) -> bytes:
    name = f"StUF:{message.berichtcode}Bericht"
    return f'<{name} xmlns:StUF="{STUF}">{_stuurgegevens(message)}{rest}</{name}>'.encode()


def _stuurgegevens(message: Stuurgegevens) -> str:
    parts = (
        ("berichtcode", message.berichtcode),
        ("zender", _systeem(message.zender)),
        ("ontvanger", _systeem(message.ontvanger)),
        ("referentienummer", escape(message.referentienummer)),
        ("tijdstipBericht", message.tijdstip),
        ("crossRefnummer", escape(message.cross_refnummer)),
    )
    return f"<StUF:stuurgegevens>{_elements(parts)}</StUF:stuurgegevens>"


def _systeem(systeem: Systeem) -> str:
    names = ("organisatie", "applicatie", "administratie", "gebruiker")
    return _elements(tuple((name, escape(getattr(systeem, name))) for name in names))


def _elements(parts: tuple[tuple[str, str], ...]) -> str:
    """Elements for what is present; never an empty one."""
    return "".join(f"<StUF:{name}>{inner}</StUF:{name}>" for name, inner in parts if inner)


def read_stuurgegevens(message: etree._Element) -> Stuurgegevens:
    """What ``message`` says about itself; absent parts are empty. Their element is in StUF's or in the sector's namespace."""
    found = next(message.iterchildren(f"{{{STUF}}}stuurgegevens", f"{{{JZ}}}stuurgegevens"), None)
    if found is None:
        return Stuurgegevens("", Systeem("", ""), Systeem("", ""), "")
    parts = {child.tag: child for child in reversed(found)}
    return Stuurgegevens(
        berichtcode=_text(parts, "berichtcode"),
        zender=_read_systeem(parts.get(f"{{{STUF}}}zender")),
        ontvanger=_read_systeem(parts.get(f"{{{STUF}}}ontvanger")),
        referentienummer=_text(parts, "referentienummer"),
        tijdstip=_text(parts, "tijdstipBericht"),
        functie=_text(parts, "functie"),
        cross_refnummer=_text(parts, "crossRefnummer"),
    )


def read_fout(message: etree._Element) -> Fout:
    """The body of a Fo message; absent parts are empty."""
    body = message.find(f"{{{STUF}}}body")
    if body is None:
        return Fout("", "", "")
    parts = {child.tag: child for child in reversed(body)}
    return Fout(*(_text(parts, name) for name in ("code", "plek", "omschrijving", "details")))


def _read_systeem(element: etree._Element | None) -> Systeem:
    if element is None:
        return Systeem("", "")
    parts = {child.tag: child for child in reversed(element)}
    return Systeem(*(_text(parts, name) for name in ("organisatie", "applicatie", "administratie", "gebruiker")))


def _text(parts: Mapping[str, etree._Element], name: str) -> str:
    """Text of a StUF element among ``parts``, which maps tags to the first element with that tag."""
    found = parts.get(f"{{{STUF}}}{name}")
    return (found.text or "").strip() if found is not None else ""
