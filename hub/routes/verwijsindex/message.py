"""From document to message: the closed list of the law, element by element. What is not written here cannot leave. Pure."""

from __future__ import annotations

import datetime as dt

from lxml import etree

from hub.contracts.route import Identity
from hub.routes.verwijsindex.document import Beeindiging, Jongere, Melding, Professional, Wijziging

#: Our own form of the messages; the adapter maps it to an index's operations.
NAMESPACE = "urn:ketenhub:stand-in:verwijsindex:1"
_NSMAP: dict[str, str] = {None: NAMESPACE}  # type: ignore[dict-item]  # lxml takes None for "no prefix"


def melding_message(melding: Melding, removal: dt.date, identity: Identity) -> bytes:
    """A report. With a BSN nothing else about the young person leaves."""
    root = _root("virMelding", melding.meldingId)
    _jongere(root, melding.jongere)
    _professional(root, "melder", melding.melder)
    _professional(root, "coordinator", melding.coordinator)
    _add(root, "tijdstip", _moment(identity))
    _add(root, "verwijderdatum", removal.isoformat())
    _besluit(root, identity)
    return _written(root)


def wijziging_message(wijziging: Wijziging, identity: Identity) -> bytes:
    """A change: only what changes."""
    root = _root("virMeldingWijziging", wijziging.meldingId)
    _professional(root, "melder", wijziging.melder)
    _professional(root, "coordinator", wijziging.coordinator)
    if wijziging.verwijderdatum is not None:
        _add(root, "verwijderdatum", wijziging.verwijderdatum.isoformat())
    _besluit(root, identity)
    return _written(root)


def beeindiging_message(beeindiging: Beeindiging) -> bytes:
    """An end, with its reason."""
    root = _root("virMeldingBeeindiging", beeindiging.meldingId)
    _add(root, "reden", beeindiging.reden)
    return _written(root)


def _root(name: str, melding_id: str) -> etree._Element:
    root = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_NSMAP)
    _add(root, "meldingId", melding_id)
    return root


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


def _part(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")


def _jongere(root: etree._Element, jongere: Jongere) -> None:
    part = _part(root, "jongere")
    if jongere.bsn is not None:
        _add(part, "bsn", jongere.bsn)
        return
    _add(part, "geslachtsnaam", jongere.geslachtsnaam or "")
    _add(part, "geboortedatum", jongere.geboortedatum.isoformat())
    _add(part, "geslacht", jongere.geslacht or "")


def _professional(root: etree._Element, name: str, who: Professional | None) -> None:
    if who is None:
        return
    part = _part(root, name)
    for field in ("id", "naam", "organisatie", "telefoon", "email"):
        _add(part, field, getattr(who, field))


def _besluit(root: etree._Element, identity: Identity) -> None:
    part = _part(root, "besluit")
    _add(part, "door", identity.decided_by.id if identity.decided_by else "")
    _add(part, "op", _moment(identity))


def _moment(identity: Identity) -> str:
    return (identity.decided_at or identity.moment).isoformat(timespec="seconds")


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
