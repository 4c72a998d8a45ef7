"""Notifications as the Raad would send them about a request that the simulator took; synthetic persons only."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from lxml import etree

from hub.transports.digikoppeling.stuf import JZ, STUF, Systeem, new_reference, stamp

_ZKN = "http://www.egem.nl/StUF/sector/zkn/0310"
_BG = "http://www.egem.nl/StUF/sector/bg/0310"

#: What a notification repeats of a child, in the order of the schema.
_PERSON = ("inp.bsn", "geslachtsnaam", "voorvoegselGeslachtsnaam", "voornamen", "geslachtsaanduiding", "geboortedatum")

#: A child for a notification that nothing was sent about.
SYNTHETIC: Mapping[str, str] = {"inp.bsn": "999999047", "geslachtsnaam": "Testkind", "voornamen": "Test"}


def kenmerk_of(vto: etree._Element) -> str:
    """Case number of a ``vtoDi01``."""
    return vto.findtext(f"{{{JZ}}}object/{{{_ZKN}}}identificatie") or ""


def children_of(vto: etree._Element) -> list[dict[str, str]]:
    """What identifies each born child of a ``vtoDi01``."""
    found = vto.iterfind(
        f"{{{JZ}}}object/{{{_ZKN}}}heeftBetrekkingOp/{{{_ZKN}}}gerelateerde/{{{_ZKN}}}natuurlijkPersoon"
    )
    return [{name: person.findtext(f"{{{_BG}}}{name}") or "" for name in _PERSON} for person in found]


def write(
    zender: Systeem, ontvanger: Systeem, kenmerk: str, child: Mapping[str, str], *, status: str, resultaat: str = ""
) -> bytes:
    """A ``notificatieDi01`` about one child.

    Args:
        zender: The Raad's system.
        ontvanger: The hub's system.
        kenmerk: Our case number; empty for an ex-officio investigation.
        child: Values by element name, see ``SYNTHETIC``.
        status: e.g. ``Intake afgerond``.
        resultaat: e.g. ``Geen maatregel opgelegd``; empty for none.
    """
    person = "".join(f"<BG:{name}>{escape(child[name])}</BG:{name}>" for name in _PERSON if child.get(name))
    result = f"<ZKN:resultaat><ZKN:omschrijving>{escape(resultaat)}</ZKN:omschrijving></ZKN:resultaat>" if resultaat else ""
    ours = f"<ZKN:identificatie>{escape(kenmerk)}</ZKN:identificatie>" if kenmerk else ""
    return (
        f'<JZ:notificatieDi01 xmlns:JZ="{JZ}" xmlns:StUF="{STUF}" xmlns:ZKN="{_ZKN}" xmlns:BG="{_BG}">'
        f"{_stuurgegevens(zender, ontvanger)}"
        f'<JZ:object StUF:entiteittype="ZAK"><ZKN:identificatie>RvdK-SIM-0001</ZKN:identificatie>{result}'
        '<StUF:extraElementen><StUF:extraElement naam="indicatieAmbtshalve">'
        f"{'false' if kenmerk else 'true'}</StUF:extraElement>"
        f"</StUF:extraElementen>{_zaaktype('Uitvoeren onderzoek kinderbeschermingsmaatregel')}"
        '<ZKN:heeftBetrekkingOp StUF:entiteittype="ZAKOBJ"><ZKN:gerelateerde StUF:entiteittype="OBJ">'
        f'<ZKN:natuurlijkPersoon StUF:entiteittype="NPS">{person}</ZKN:natuurlijkPersoon></ZKN:gerelateerde>'
        "<ZKN:omschrijving>Client (kind)</ZKN:omschrijving></ZKN:heeftBetrekkingOp>"
        '<ZKN:heeftBetrekkingOpAndere StUF:entiteittype="ZAKZAKBTR"><ZKN:gerelateerde StUF:entiteittype="ZAK">'
        f"{ours}{_zaaktype('Overwegen kinderbeschermingsmaatregel')}</ZKN:gerelateerde></ZKN:heeftBetrekkingOpAndere>"
        '<ZKN:heeft StUF:entiteittype="ZAKSTT"><ZKN:gerelateerde StUF:entiteittype="STT">'
        f"<ZKN:omschrijving>{escape(status)}</ZKN:omschrijving></ZKN:gerelateerde>"
        f"<ZKN:datumStatusGezet>{stamp()[:12]}</ZKN:datumStatusGezet></ZKN:heeft></JZ:object></JZ:notificatieDi01>"
    ).encode()


def _zaaktype(text: str) -> str:
    return (
        '<ZKN:isVan StUF:entiteittype="ZAKZKT"><ZKN:gerelateerde StUF:entiteittype="ZKT"><ZKN:omschrijvingGeneriek>'
        f"{text}</ZKN:omschrijvingGeneriek></ZKN:gerelateerde></ZKN:isVan>"
    )


def _stuurgegevens(zender: Systeem, ontvanger: Systeem) -> str:
    def systeem(name: str, one: Systeem) -> str:
        parts = (("organisatie", one.organisatie), ("applicatie", one.applicatie), ("administratie", one.administratie))
        inner = "".join(f"<StUF:{part}>{escape(value)}</StUF:{part}>" for part, value in parts if value)
        return f"<StUF:{name}>{inner}</StUF:{name}>"

    return (
        "<JZ:stuurgegevens><StUF:berichtcode>Di01</StUF:berichtcode>"
        f"{systeem('zender', zender)}{systeem('ontvanger', ontvanger)}"
        f"<StUF:referentienummer>{new_reference()}</StUF:referentienummer><StUF:tijdstipBericht>{stamp()}</StUF:tijdstipBericht>"
        "<StUF:functie>notificatieDi01</StUF:functie></JZ:stuurgegevens>"
    )
