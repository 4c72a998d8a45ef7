"""The mapping of a raadsverzoek to ``vtoDi01`` (StUF-koppelvlak Jeugdzorg 1.0.9): a document in, bytes out, nothing decided.

The message is written directly, in the schema's fixed order, because that is several times faster than a tree and keeps the
base64 of the attachments in one piece. Rules have been checked before, see ``rules``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from hub.routes.raadsverzoek.attachments import mediatype_of
from hub.routes.raadsverzoek.dates import PartialDate, digits
from hub.routes.raadsverzoek.document import (
    GEZAG_ROLES,
    Adres,
    AdresBuitenland,
    Betrokkene,
    Document,
    Kind,
    Persoonsgegevens,
    Relatie,
    Verzoek,
    Verzoeker,
)
from hub.routes.raadsverzoek.settings import ExtraNames, Party, RaadsverzoekSettings
from hub.standards.xml_writer import element, escape, escape_attribute, group

_ROOT = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<JZ:vtoDi01 xmlns:JZ="http://www.stufstandaarden.nl/koppelvlak/jz0100"'
    ' xmlns:ZKN="http://www.egem.nl/StUF/sector/zkn/0310" xmlns:StUF="http://www.egem.nl/StUF/StUF0301"'
    ' xmlns:BG="http://www.egem.nl/StUF/sector/bg/0310" xmlns:xmime="http://www.w3.org/2005/05/xmlmime">'
)
_IS_VAN = (
    '<ZKN:isVan StUF:entiteittype="ZAKZKT"><ZKN:gerelateerde StUF:entiteittype="ZKT">'
    "<ZKN:omschrijvingGeneriek>Overwegen kinderbeschermingsmaatregel</ZKN:omschrijvingGeneriek>"
    "</ZKN:gerelateerde></ZKN:isVan>"
)
_ANDERE = (
    '<ZKN:heeftBetrekkingOpAndere StUF:entiteittype="ZAKZAKBTR"><ZKN:gerelateerde StUF:entiteittype="ZAK">'
    '<ZKN:isVan StUF:entiteittype="ZAKZKT"><ZKN:gerelateerde StUF:entiteittype="ZKT">'
    "<ZKN:omschrijvingGeneriek>Uitvoeren onderzoek kinderbeschermingsmaatregel</ZKN:omschrijvingGeneriek>"
    "</ZKN:gerelateerde></ZKN:isVan></ZKN:gerelateerde></ZKN:heeftBetrekkingOpAndere>"
)
#: Longest street name that fits ``gor.straatnaam``; a longer one goes to ``gor.openbareRuimteNaam`` (O, verify).
_STREET = 24


class Stamped(Protocol):
    """What the mapping needs of ``hub.contracts.route.Identity``; adapters do not import routes."""

    @property
    def reference(self) -> str: ...
    @property
    def case_number(self) -> str: ...
    @property
    def moment(self) -> dt.datetime: ...
    @property
    def digits(self) -> str: ...


class Place(NamedTuple):
    """``length`` bytes at ``offset`` of the message hold the first ``length`` digits of the stamp."""

    offset: int
    length: int


class Vto(NamedTuple):
    """The message and the places of its stamp: ``tijdstipBericht`` (17 digits) and ``datumIndiening`` (8 digits)."""

    body: bytes
    places: tuple[Place, ...]


def build_vto(document: Verzoek, identity: Stamped, settings: RaadsverzoekSettings) -> Vto:
    """Write the message of a document that ``rules.check`` found without errors.

    The same input gives the same bytes: a document without ``documentkenmerk`` gets one derived from the reference.
    """
    head, day, middle = _before_the_stamp(identity, settings), _up_to_the_day(document, identity, settings), []
    middle.append(_after_the_day(document, settings))
    stamp = identity.digits.encode("ascii")
    chunks = [head.encode(), stamp, day.encode(), stamp[:8]]
    first = len(chunks[0])
    places = (Place(first, 17), Place(first + 17 + len(chunks[2]), 8))
    for number, item in enumerate(document.documenten, 1):
        before, after = _document(item, number, identity, settings)
        middle.append(before)
        chunks += ("".join(middle).encode(), item.inhoud or b"")
        middle = [after]
    middle.append("</JZ:object></JZ:vtoDi01>\n")
    chunks.append("".join(middle).encode())
    return Vto(b"".join(chunks), places)


def _entity(name: str, inner: str, kind: str) -> str:
    """An element of an entiteittype around others, or nothing when there are none."""
    return f'<{name} StUF:entiteittype="{kind}">{inner}</{name}>' if inner else ""


def _extra(*pairs: tuple[str, object]) -> str:
    """The extraElementen that have a value."""
    elements = (
        f'<StUF:extraElement naam="{escape_attribute(name)}">{escape(str(value))}</StUF:extraElement>'
        for name, value in pairs
        if value is not None
    )
    return group("StUF:extraElementen", "".join(elements))


def _related(name: str, kind: str, inner_kind: str, inner: str, after: str = "") -> str:
    """A StUF relation: an element of ``kind`` around one ``gerelateerde``, and what follows it."""
    return _entity(name, _entity("ZKN:gerelateerde", inner, inner_kind) + after, kind)


def _before_the_stamp(identity: Stamped, settings: RaadsverzoekSettings) -> str:
    return (
        f"{_ROOT}<JZ:stuurgegevens><StUF:berichtcode>Di01</StUF:berichtcode>{_party('StUF:zender', settings.zender)}"
        f"{_party('StUF:ontvanger', settings.ontvanger)}{element('StUF:referentienummer', identity.reference)}"
        "<StUF:tijdstipBericht>"
    )


def _party(name: str, party: Party) -> str:
    return group(name, element("StUF:organisatie", party.organisatie) + element("StUF:applicatie", party.applicatie))


def _up_to_the_day(document: Verzoek, identity: Stamped, settings: RaadsverzoekSettings) -> str:
    names, made_on = settings.extra_names, identity.moment.date()
    return (
        "</StUF:tijdstipBericht><StUF:functie>vtoDi01</StUF:functie></JZ:stuurgegevens>"
        '<JZ:object StUF:entiteittype="ZAK">'
        f"{element('ZKN:identificatie', document.kenmerk or identity.case_number)}"
        f"{element('ZKN:omschrijving', document.onderwerp)}"
        f"{element('ZKN:startdatum', digits(document.datum_aanmelding or made_on))}"
        f"{element('ZKN:registratiedatum', digits(made_on))}"
        f'<StUF:extraElementen><StUF:extraElement naam="{escape_attribute(names.datum_indiening)}">'
    )


def _after_the_day(document: Verzoek, settings: RaadsverzoekSettings) -> str:
    names = settings.extra_names
    # The extraElementen opened above hold the day, so what _extra would wrap is continued here without its wrapper.
    rest = _extra(
        (names.urgentie, document.urgentie), (names.rol_verzoeker, document.rol_inbrenger or settings.rol_inbrenger)
    ).removeprefix("<StUF:extraElementen>")
    parts = ["</StUF:extraElement>", rest, _IS_VAN]
    parts += (_child(child, document.number_of(index), names) for index, child in enumerate(document.kinderen))
    for party in document.betrokkenen:
        inner = _institution(party) if party.is_institution else _person(party, "")
        parts += (_interested(inner, *relation, names) for relation in _relations(party, settings.betrokkene_per_kind))
    parts += (_performer(settings.verzoeker_of(document)), _ANDERE)
    return "".join(parts)


def _child(child: Kind, number: int, names: ExtraNames) -> str:
    extra = _extra((names.clientvolgnummer, number), (names.vreemdelingennummer, child.vreemdelingennummer))
    omschrijving = "Client (ongeboren kind)" if child.ongeboren else "Client (kind)"
    return _related(
        "ZKN:heeftBetrekkingOp", "ZAKOBJ", "OBJ", _person(child, extra), f"<ZKN:omschrijving>{omschrijving}</ZKN:omschrijving>"
    )


def _person(person: Persoonsgegevens, extra: str) -> str:
    inner = (
        f"{element('BG:inp.bsn', person.bsn)}{element('BG:anp.identificatie', person.rni_nummer)}"
        f"{element('BG:geslachtsnaam', person.geslachtsnaam)}{element('BG:voorvoegselGeslachtsnaam', person.voorvoegsel)}"
        f"{element('BG:voorletters', person.voorletters)}{element('BG:voornamen', person.voornamen)}"
        f"{element('BG:geslachtsaanduiding', person.geslacht)}{_birth(person.geboortedatum)}"
        f"{_address(person.adres)}{_abroad(person.adres_buitenland)}"
        f"{element('BG:sub.telefoonnummer', person.telefoon)}{element('BG:sub.emailadres', person.email)}{extra}"
    )
    return _entity("ZKN:natuurlijkPersoon", inner, "NPS")


def _birth(day: PartialDate | None) -> str:
    if day is None:
        return ""
    attribute = f' StUF:indOnvolledigeDatum="{day.incomplete}"' if day.incomplete else ""
    return f"<BG:geboortedatum{attribute}>{day.digits}</BG:geboortedatum>"


def _address(address: Adres | None) -> str:
    if address is None:
        return ""
    long = address.straat is not None and len(address.straat) > _STREET
    inner = (
        f"{element('BG:wpl.woonplaatsNaam', address.plaats)}"
        f"{element('BG:gor.openbareRuimteNaam' if long else 'BG:gor.straatnaam', address.straat)}"
        f"{element('BG:aoa.postcode', address.postcode)}{element('BG:aoa.huisnummer', address.huisnummer)}"
        f"{element('BG:aoa.huisletter', address.huisletter)}{element('BG:aoa.huisnummertoevoeging', address.toevoeging)}"
        f"{element('BG:inp.locatiebeschrijving', address.locatie)}"
    )
    return group("BG:verblijfsadres", inner)


def _abroad(address: AdresBuitenland | None) -> str:
    if address is None:
        return ""
    inner = (
        f"{element('BG:lnd.landcode', address.landcode)}{element('BG:lnd.landnaam', address.landnaam)}"
        f"{element('BG:sub.adresBuitenland1', address.regel1)}{element('BG:sub.adresBuitenland2', address.regel2)}"
        f"{element('BG:sub.adresBuitenland3', address.regel3)}"
    )
    return group("BG:sub.verblijfBuitenland", inner)


def _institution(party: Betrokkene) -> str:
    inner = (
        f"{element('BG:vestigingsNummer', party.vestigingsnummer)}{element('BG:handelsnaamVerkort', party.naam)}"
        f"{element('BG:sub.telefoonnummer', party.telefoon)}{element('BG:sub.emailadres', party.email)}"
    )
    return _entity("ZKN:vestiging", inner, "VES")


def _relations(party: Betrokkene, per_child: bool) -> Iterator[tuple[Relatie, Sequence[int]]]:
    """Each element to write for one party: the relation, and the numbers of the children it is about."""
    if per_child:
        for relation in party.relaties:
            yield relation, () if relation.kind is None else (relation.kind,)
        return
    bundles: dict[tuple[object, ...], tuple[Relatie, list[int]]] = {}
    for relation in party.relaties:
        # A relation to the whole family names no child, so it must not disappear into one that does.
        key = (relation.rol, relation.geinformeerd, relation.reden_niet_geinformeerd, relation.kind is None)
        children = bundles.setdefault(key, (relation, []))[1]
        if relation.kind is not None:
            children.append(relation.kind)
    yield from bundles.values()


def _interested(inner: str, relation: Relatie, children: Sequence[int], names: ExtraNames) -> str:
    informed = relation.geinformeerd if relation.rol in GEZAG_ROLES else None
    extra = _extra(
        *((names.clientvolgnummer, number) for number in children),
        (names.geinformeerd, None if informed is None else str(informed).lower()),
        (names.reden_niet_geinformeerd, relation.reden_niet_geinformeerd if informed is False else None),
    )
    return _related("ZKN:heeftAlsBelanghebbende", "ZAKBTRBLH", "BTR", inner, element("ZKN:omschrijving", relation.rol) + extra)


def _performer(verzoeker: Verzoeker) -> str:
    inner = ""
    if (employee := verzoeker.medewerker) is not None:
        tags = (
            f"{element('ZKN:achternaam', employee.achternaam)}{element('ZKN:voorletters', employee.voorletters)}"
            f"{element('ZKN:voorvoegselAchternaam', employee.voorvoegsel)}"
            f"{element('ZKN:geslachtsaanduiding', employee.geslacht)}{element('ZKN:functie', employee.functie)}"
            f"{element('ZKN:telefoonnummer', employee.telefoon)}{element('ZKN:emailadres', employee.email)}"
        )
        inner = _entity("ZKN:medewerker", tags, "MDW")
    tags = element("BG:inn.nnpId", verzoeker.rsin) + element("BG:statutaireNaam", verzoeker.organisatie)
    inner += _entity("ZKN:nietNatuurlijkPersoon", tags, "NNP")
    return _related("ZKN:heeftAlsUitvoerende", "ZAKBTRUTV", "BTR", inner)


def _document(item: Document, number: int, identity: Stamped, settings: RaadsverzoekSettings) -> tuple[str, str]:
    """What stands before and after the base64 of one attachment."""
    kenmerk = item.documentkenmerk or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{identity.reference}/{number}"))
    mediatype = item.mediatype or mediatype_of(item.inhoud, settings.mediatypes) or ""
    before = (
        '<ZKN:heeftRelevant StUF:entiteittype="ZAKEDC"><ZKN:gerelateerde StUF:entiteittype="EDC">'
        f"{element('ZKN:identificatie', kenmerk)}{element('ZKN:dct.omschrijving', item.soort)}"
        f"{element('ZKN:creatiedatum', None if item.datum is None else digits(item.datum))}"
        f"{element('ZKN:titel', item.titel or item.soort)}{element('ZKN:taal', item.taal or 'Nederlands')}"
        f"{element('ZKN:vertrouwelijkAanduiding', item.vertrouwelijkheid or 'VERTROUWELIJK')}"
        f"{element('ZKN:auteur', item.auteur)}"
        f'<ZKN:inhoud xmime:contentType="{escape_attribute(mediatype)}"'
        f' StUF:bestandsnaam="{escape_attribute(item.bestandsnaam or "")}">'
    )
    return before, "</ZKN:inhoud></ZKN:gerelateerde></ZKN:heeftRelevant>"
