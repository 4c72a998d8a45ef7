"""Synthetic messages of StUF-Jeugdzorg for tests: no real persons, OINs with the test prefix."""

from __future__ import annotations

from hub.adapters.corv.namespaces import JZ
from hub.standards.stuf import (
    STUF,
    Fout,
    Stuurgegevens,
    Systeem,
    new_reference,
    stamp,
    write_bevestiging,
    write_fout,
)
from hub.transports.digikoppeling.addressing import Addressing, headers_for
from hub.transports.digikoppeling.envelope import splice

OURS = Systeem("00000099000000001000", "jeugd-applicatie")
RAAD = Systeem("00000099000000002000", "RvdK-applicatie")

#: What stands for personal data in tests that watch for leaks.
MARKED = "Geheim_Ächternaam"


def _stuurgegevens(zender: Systeem, ontvanger: Systeem, reference: str, functie: str) -> str:
    def systeem(name: str, one: Systeem) -> str:
        inner = f"<StUF:organisatie>{one.organisatie}</StUF:organisatie><StUF:applicatie>{one.applicatie}</StUF:applicatie>"
        return f"<StUF:{name}>{inner}</StUF:{name}>"

    return (
        "<JZ:stuurgegevens><StUF:berichtcode>Di01</StUF:berichtcode>"
        f"{systeem('zender', zender)}{systeem('ontvanger', ontvanger)}"
        f"<StUF:referentienummer>{reference}</StUF:referentienummer><StUF:tijdstipBericht>{stamp()}</StUF:tijdstipBericht>"
        f"<StUF:functie>{functie}</StUF:functie></JZ:stuurgegevens>"
    )


_NAMESPACES = (
    f'xmlns:JZ="{JZ}" xmlns:StUF="{STUF}" xmlns:ZKN="http://www.egem.nl/StUF/sector/zkn/0310" '
    'xmlns:BG="http://www.egem.nl/StUF/sector/bg/0310" xmlns:xmime="http://www.w3.org/2005/05/xmlmime"'
)


def _zaaktype(text: str) -> str:
    return (
        '<ZKN:isVan StUF:entiteittype="ZAKZKT"><ZKN:gerelateerde StUF:entiteittype="ZKT"><ZKN:omschrijvingGeneriek>'
        f"{text}</ZKN:omschrijvingGeneriek></ZKN:gerelateerde></ZKN:isVan>"
    )


def _kind(bsn: str, extra: str = "") -> str:
    return (
        '<ZKN:heeftBetrekkingOp StUF:entiteittype="ZAKOBJ"><ZKN:gerelateerde StUF:entiteittype="OBJ">'
        f'<ZKN:natuurlijkPersoon StUF:entiteittype="NPS"><BG:inp.bsn>{bsn}</BG:inp.bsn>'
        f"<BG:geslachtsnaam>{MARKED}</BG:geslachtsnaam>"
        "<BG:voornamen>Test</BG:voornamen><BG:geslachtsaanduiding>M</BG:geslachtsaanduiding>"
        f"<BG:geboortedatum>20120731</BG:geboortedatum>{extra}</ZKN:natuurlijkPersoon></ZKN:gerelateerde>"
        "<ZKN:omschrijving>Client (kind)</ZKN:omschrijving></ZKN:heeftBetrekkingOp>"
    )


def notificatie(kenmerk: str = "CJG-2026-000001", *, reference: str = "", status: str = "Intake afgerond") -> bytes:
    """A valid ``notificatieDi01`` from the Raad to us."""
    return (
        f"<JZ:notificatieDi01 {_NAMESPACES}>{_stuurgegevens(RAAD, OURS, reference or new_reference(), 'notificatieDi01')}"
        '<JZ:object StUF:entiteittype="ZAK"><ZKN:identificatie>RvdK-2026-0101</ZKN:identificatie>'
        '<StUF:extraElementen><StUF:extraElement naam="indicatieAmbtshalve">false</StUF:extraElement></StUF:extraElementen>'
        f"{_zaaktype('Uitvoeren onderzoek kinderbeschermingsmaatregel')}{_kind('999999047')}"
        '<ZKN:heeftBetrekkingOpAndere StUF:entiteittype="ZAKZAKBTR"><ZKN:gerelateerde StUF:entiteittype="ZAK">'
        f"<ZKN:identificatie>{kenmerk}</ZKN:identificatie>{_zaaktype('Overwegen kinderbeschermingsmaatregel')}"
        "</ZKN:gerelateerde></ZKN:heeftBetrekkingOpAndere>"
        '<ZKN:heeft StUF:entiteittype="ZAKSTT"><ZKN:gerelateerde StUF:entiteittype="STT">'
        f"<ZKN:omschrijving>{status}</ZKN:omschrijving></ZKN:gerelateerde>"
        "<ZKN:datumStatusGezet>202611241000</ZKN:datumStatusGezet></ZKN:heeft></JZ:object></JZ:notificatieDi01>"
    ).encode()


def vto(
    reference: str,
    *,
    kenmerk: str = "CJG-2026-000001",
    bsn: str = "999999047",
    ontvanger: Systeem = RAAD,
    soort: str = "Verzoek tot onderzoek RvdK",
    mime: str = "application/pdf",
    inhoud: str = "U1lOVEg=",
    bestandsnaam: str = "verzoek.pdf",
    meer: str = "",
) -> bytes:
    """A valid ``vtoDi01`` from us to the Raad, with one child, one guardian and one document.

    Args:
        meer: Further ``ZKN:heeftRelevant`` elements.
    """
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<JZ:vtoDi01 {_NAMESPACES}>'
        f"{_stuurgegevens(OURS, ontvanger, reference, 'vtoDi01')}"
        f'<JZ:object StUF:entiteittype="ZAK"><ZKN:identificatie>{kenmerk}</ZKN:identificatie>'
        "<ZKN:startdatum>20261122</ZKN:startdatum><ZKN:registratiedatum>20261122</ZKN:registratiedatum>"
        '<StUF:extraElementen><StUF:extraElement naam="urgentie">Hoog</StUF:extraElement></StUF:extraElementen>'
        f"{_zaaktype('Overwegen kinderbeschermingsmaatregel')}{_kind(bsn)}"
        '<ZKN:heeftAlsBelanghebbende StUF:entiteittype="ZAKBTRBLH"><ZKN:gerelateerde StUF:entiteittype="BTR">'
        '<ZKN:natuurlijkPersoon StUF:entiteittype="NPS"><BG:geslachtsnaam>Gezag</BG:geslachtsnaam>'
        "</ZKN:natuurlijkPersoon></ZKN:gerelateerde><ZKN:omschrijving>voogd</ZKN:omschrijving></ZKN:heeftAlsBelanghebbende>"
        '<ZKN:heeftAlsUitvoerende StUF:entiteittype="ZAKBTRUTV"><ZKN:gerelateerde StUF:entiteittype="BTR">'
        '<ZKN:nietNatuurlijkPersoon StUF:entiteittype="NNP"><BG:statutaireNaam>CJG Voorbeeld</BG:statutaireNaam>'
        '</ZKN:nietNatuurlijkPersoon><ZKN:medewerker StUF:entiteittype="MDW"><ZKN:achternaam>Testgeval</ZKN:achternaam>'
        "<ZKN:voorletters>A</ZKN:voorletters><ZKN:telefoonnummer>0756555200</ZKN:telefoonnummer></ZKN:medewerker>"
        "</ZKN:gerelateerde></ZKN:heeftAlsUitvoerende>"
        '<ZKN:heeftBetrekkingOpAndere StUF:entiteittype="ZAKZAKBTR"><ZKN:gerelateerde StUF:entiteittype="ZAK">'
        f"{_zaaktype('Uitvoeren onderzoek kinderbeschermingsmaatregel')}</ZKN:gerelateerde></ZKN:heeftBetrekkingOpAndere>"
        f"{document(soort, mime=mime, inhoud=inhoud, bestandsnaam=bestandsnaam)}{meer}</JZ:object></JZ:vtoDi01>"
    ).encode()


def document(soort: str, *, mime: str = "application/pdf", inhoud: str = "U1lOVEg=", bestandsnaam: str = "stuk.pdf") -> str:
    """A document of a ``vtoDi01``."""
    return (
        '<ZKN:heeftRelevant StUF:entiteittype="ZAKEDC"><ZKN:gerelateerde StUF:entiteittype="EDC">'
        f"<ZKN:identificatie>25678</ZKN:identificatie><ZKN:dct.omschrijving>{soort}</ZKN:dct.omschrijving>"
        "<ZKN:creatiedatum>20261120</ZKN:creatiedatum><ZKN:titel>Stuk</ZKN:titel><ZKN:taal>Nederlands</ZKN:taal>"
        "<ZKN:vertrouwelijkAanduiding>VERTROUWELIJK</ZKN:vertrouwelijkAanduiding><ZKN:auteur>A. Testgeval</ZKN:auteur>"
        f'<ZKN:inhoud xmime:contentType="{mime}" StUF:bestandsnaam="{bestandsnaam}">{inhoud}</ZKN:inhoud>'
        "</ZKN:gerelateerde></ZKN:heeftRelevant>"
    )


def antwoord(code: str, cross: str, *, reference: str = "") -> Stuurgegevens:
    """Stuurgegevens of a Bv01 or Fo01 of the Raad to our message ``cross``."""
    return Stuurgegevens(code, RAAD, OURS, reference or new_reference(), stamp(), cross_refnummer=cross)


def bv01(cross: str, *, reference: str = "", melding: str = "") -> bytes:
    """A business confirmation."""
    return write_bevestiging(antwoord("Bv01", cross, reference=reference), (melding,) if melding else ())


def fo01(cross: str, *, code: str = "901", reference: str = "") -> bytes:
    """A business rejection whose words quote content, as they do in practice."""
    return write_fout(antwoord("Fo01", cross, reference=reference), Fout(code, "server", "Het VTO voldoet niet", MARKED))


#: A wsa:Action that the endpoint does not look at unless it is told to.
ACTION = "urn:dkintern:urn:osb:services:corv:1.0:x"


def delivered(message: bytes, stuurgegevens: Stuurgegevens, *, action: str = ACTION) -> bytes:
    """``message`` as the Digikoppeling adapter hands it to us."""
    return b"".join(splice(headers_for(stuurgegevens, action), message))


def enveloped(message: bytes, headers: Addressing) -> bytes:
    """``message`` with whatever headers."""
    return b"".join(splice(headers, message))
