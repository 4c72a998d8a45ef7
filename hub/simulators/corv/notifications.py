"""Notifications as the Raad would send them about a request that the simulator took; synthetic persons only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from hub.standards.stuf import STUF, Systeem, new_reference, stamp

_JZ = "http://www.stufstandaarden.nl/koppelvlak/jz0100"
_ZKN = "http://www.egem.nl/StUF/sector/zkn/0310"
_BG = "http://www.egem.nl/StUF/sector/bg/0310"
_NS = {"JZ": _JZ, "StUF": STUF, "ZKN": _ZKN, "BG": _BG}

#: What a notification repeats of a child, in the order of the schema. A number of a non-resident has no place in it.
_PERSON = (
    "inp.bsn", "geslachtsnaam", "voorvoegselGeslachtsnaam", "voorletters", "voornamen", "geslachtsaanduiding", "geboortedatum",
)  # fmt: skip

#: A child for a notification that nothing was sent about.
SYNTHETIC: Mapping[str, str] = {"inp.bsn": "999999047", "geslachtsnaam": "Testkind", "voornamen": "Test"}

BORN, UNBORN = "Client (kind)", "Client (ongeboren kind)"


def kenmerk_of(vto: etree._Element) -> str:
    """Case number of a ``vtoDi01``."""
    return vto.findtext(f"{{{_JZ}}}object/{{{_ZKN}}}identificatie") or ""


def children_of(vto: etree._Element) -> list[dict[str, str]]:
    """What identifies each child of a ``vtoDi01``, born or not: values by element name, and ``omschrijving``."""
    found = []
    for client in vto.iterfind("JZ:object/ZKN:heeftBetrekkingOp", _NS):
        person = client.find("ZKN:gerelateerde/ZKN:natuurlijkPersoon", _NS)
        values = {} if person is None else {name: person.findtext(f"BG:{name}", "", _NS) or "" for name in _PERSON}
        found.append({**values, "omschrijving": client.findtext("ZKN:omschrijving", BORN, _NS)})
    return found


def ordered(order: Mapping[str, Any]) -> bytes:
    """A ``notificatieDi01`` as an order at the control interface asks for it; see ``write`` for the names."""
    return write(
        Systeem(*order["zender"]),
        Systeem(*order["ontvanger"]),
        str(order.get("kenmerk", "")),
        {**SYNTHETIC, **order.get("child", {})},
        status=str(order.get("status", "Intake afgerond")),
        resultaat=str(order.get("resultaat", "")),
        mother=order.get("mother"),
        decision=order.get("decision"),
    )


def write(
    zender: Systeem,
    ontvanger: Systeem,
    kenmerk: str,
    child: Mapping[str, str],
    *,
    status: str,
    resultaat: str = "",
    mother: Mapping[str, str] | None = None,
    decision: Mapping[str, str] | None = None,
    reference: str = "",
) -> bytes:
    """A ``notificatieDi01`` about one child.

    Args:
        zender: The Raad's system.
        ontvanger: The hub's system.
        kenmerk: Our case number; empty for an ex-officio investigation.
        child: Values by element name, see ``SYNTHETIC``; ``omschrijving`` says whether it is born, and names that are no
            elements become extraElementen of the person.
        status: e.g. ``Intake afgerond``.
        resultaat: e.g. ``Geen maatregel opgelegd``; empty for none.
        mother: Values by element name, for an unborn child.
        decision: ``datum``, ``toelichting``, ``ingang``, ``einde``, ``beslissendeInstantie``, ``uitvoerendeInstantie``.
        reference: referentienummer; a new one when absent.
    """
    result = f"<ZKN:resultaat><ZKN:omschrijving>{escape(resultaat)}</ZKN:omschrijving></ZKN:resultaat>" if resultaat else ""
    ours = f"<ZKN:identificatie>{escape(kenmerk)}</ZKN:identificatie>" if kenmerk else ""
    own = {name: value for name, value in child.items() if name not in (*_PERSON, "omschrijving") and value}
    return (
        f'<JZ:notificatieDi01 xmlns:JZ="{_JZ}" xmlns:StUF="{STUF}" xmlns:ZKN="{_ZKN}" xmlns:BG="{_BG}">'
        f"{_stuurgegevens(zender, ontvanger, reference or new_reference())}"
        f'<JZ:object StUF:entiteittype="ZAK"><ZKN:identificatie>RvdK-SIM-0001</ZKN:identificatie>{result}'
        f"{_extras({'indicatieAmbtshalve': 'false' if kenmerk else 'true'})}"
        f"{_zaaktype('Uitvoeren onderzoek kinderbeschermingsmaatregel')}"
        '<ZKN:heeftBetrekkingOp StUF:entiteittype="ZAKOBJ"><ZKN:gerelateerde StUF:entiteittype="OBJ">'
        f'<ZKN:natuurlijkPersoon StUF:entiteittype="NPS">{_person(child)}{_extras(own)}</ZKN:natuurlijkPersoon>'
        f"</ZKN:gerelateerde><ZKN:omschrijving>{escape(child.get('omschrijving', BORN))}</ZKN:omschrijving>"
        f"</ZKN:heeftBetrekkingOp>{_mother(mother)}{_case(ours) if kenmerk else ''}"
        '<ZKN:heeft StUF:entiteittype="ZAKSTT"><ZKN:gerelateerde StUF:entiteittype="STT">'
        f"<ZKN:omschrijving>{escape(status)}</ZKN:omschrijving></ZKN:gerelateerde>"
        f"<ZKN:datumStatusGezet>{stamp()[:12]}</ZKN:datumStatusGezet></ZKN:heeft>{_decision(decision)}"
        "</JZ:object></JZ:notificatieDi01>"
    ).encode()


def _person(values: Mapping[str, str]) -> str:
    return "".join(f"<BG:{name}>{escape(values[name])}</BG:{name}>" for name in _PERSON if values.get(name))


def _extras(values: Mapping[str, str]) -> str:
    inner = "".join(
        f"<StUF:extraElement naam={quoteattr(name)}>{escape(value)}</StUF:extraElement>" for name, value in values.items()
    )
    return f"<StUF:extraElementen>{inner}</StUF:extraElementen>" if inner else ""


def _mother(values: Mapping[str, str] | None) -> str:
    if values is None:
        return ""
    return (
        '<ZKN:heeftAlsBelanghebbende StUF:entiteittype="ZAKBTRBLH"><ZKN:gerelateerde StUF:entiteittype="BTR">'
        f'<ZKN:natuurlijkPersoon StUF:entiteittype="NPS">{_person(values)}</ZKN:natuurlijkPersoon></ZKN:gerelateerde>'
        "<ZKN:omschrijving>ouder, gezag niet benoemd</ZKN:omschrijving></ZKN:heeftAlsBelanghebbende>"
    )


def _case(ours: str) -> str:
    return (
        '<ZKN:heeftBetrekkingOpAndere StUF:entiteittype="ZAKZAKBTR"><ZKN:gerelateerde StUF:entiteittype="ZAK">'
        f"{ours}{_zaaktype('Overwegen kinderbeschermingsmaatregel')}</ZKN:gerelateerde></ZKN:heeftBetrekkingOpAndere>"
    )


def _decision(values: Mapping[str, str] | None) -> str:
    if values is None:
        return ""
    elements = (
        ("datumBeslissing", "datum"), ("toelichting", "toelichting"), ("ingangsdatumWerking", "ingang"),
        ("einddatumWerking", "einde"),
    )  # fmt: skip
    inner = "".join(f"<ZKN:{tag}>{escape(values[name])}</ZKN:{tag}>" for tag, name in elements if values.get(name))
    names = ("beslissendeInstantie", "uitvoerendeInstantie")
    inner += _extras({name: values[name] for name in names if values.get(name)})
    return (
        '<ZKN:leidtTot StUF:entiteittype="ZAKBSL"><ZKN:gerelateerde StUF:entiteittype="BSL">'
        f"{inner}</ZKN:gerelateerde></ZKN:leidtTot>"
    )


def _zaaktype(text: str) -> str:
    return (
        '<ZKN:isVan StUF:entiteittype="ZAKZKT"><ZKN:gerelateerde StUF:entiteittype="ZKT"><ZKN:omschrijvingGeneriek>'
        f"{text}</ZKN:omschrijvingGeneriek></ZKN:gerelateerde></ZKN:isVan>"
    )


def _stuurgegevens(zender: Systeem, ontvanger: Systeem, reference: str) -> str:
    def systeem(name: str, one: Systeem) -> str:
        parts = (("organisatie", one.organisatie), ("applicatie", one.applicatie), ("administratie", one.administratie))
        inner = "".join(f"<StUF:{part}>{escape(value)}</StUF:{part}>" for part, value in parts if value)
        return f"<StUF:{name}>{inner}</StUF:{name}>"

    return (
        "<JZ:stuurgegevens><StUF:berichtcode>Di01</StUF:berichtcode>"
        f"{systeem('zender', zender)}{systeem('ontvanger', ontvanger)}"
        f"<StUF:referentienummer>{escape(reference)}</StUF:referentienummer><StUF:tijdstipBericht>{stamp()}</StUF:tijdstipBericht>"
        "<StUF:functie>notificatieDi01</StUF:functie></JZ:stuurgegevens>"
    )
