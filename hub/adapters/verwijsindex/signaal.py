"""A signal as the hub keeps it: our report, and the other reporters' identity and contact. Nothing else is taken over."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

#: Our own form of the messages, see ``hub/schemas/verwijsindex``.
NAMESPACE = "urn:ketenhub:stand-in:verwijsindex:1"
#: Type of the message, and its inbound route.
TYPE, ROUTE = "virSignaal", "signaal"

_NSMAP: dict[str, str] = {None: NAMESPACE}  # type: ignore[dict-item]  # lxml takes None for "no prefix"
_FIELDS = ("id", "naam", "organisatie", "telefoon", "email")


@dataclass(frozen=True, slots=True)
class Contact:
    """Another professional who reported."""

    id: str
    naam: str
    organisatie: str
    telefoon: str
    email: str


@dataclass(frozen=True, slots=True)
class Signaal:
    """A signal. ``same_person``: the reports are about one and the same; ``source`` is actueel or archief."""

    signaal_id: str
    melding_id: str
    same_person: bool
    source: str
    others: tuple[Contact, ...] = field(repr=False)


def write(signaal: Signaal) -> bytes:
    """The signal in our own form."""
    root = etree.Element(f"{{{NAMESPACE}}}{TYPE}", nsmap=_NSMAP)
    _add(root, "signaalId", signaal.signaal_id)
    _add(root, "meldingId", signaal.melding_id)
    for other in signaal.others:
        part = etree.SubElement(root, f"{{{NAMESPACE}}}ander")
        for name in _FIELDS:
            _add(part, name, getattr(other, name))
    _add(root, "zelfdeJongere", "true" if signaal.same_person else "false")
    _add(root, "bron", signaal.source)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def read(root: etree._Element) -> Signaal:
    """What ``write`` wrote and the schema judged."""
    text = {name: root.findtext(f"{{{NAMESPACE}}}{name}") or "" for name in ("signaalId", "meldingId", "zelfdeJongere", "bron")}
    others = tuple(
        Contact(*(part.findtext(f"{{{NAMESPACE}}}{name}") or "" for name in _FIELDS))
        for part in root.iterfind(f"{{{NAMESPACE}}}ander")
    )
    return Signaal(text["signaalId"], text["meldingId"], text["zelfdeJongere"] == "true", text["bron"], others)


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text
