"""A raadsverzoek as one reads it: a letter of sections with lines. Pure; from the document as it was accepted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Json = Mapping[str, Any]

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_SEX = {"M": "Man", "V": "Vrouw", "O": "Onbekend"}


class Section(NamedTuple):
    """A heading with what is told under it: names of facts and facts."""

    title: str
    lines: tuple[tuple[str, str], ...]


class Attachment(NamedTuple):
    """A file that went along; ``number`` counts from 1."""

    number: int
    soort: str
    name: str
    mediatype: str
    size: str


class Letter(NamedTuple):
    """A request as one reads it."""

    opening: str
    sections: tuple[Section, ...]
    attachments: tuple[Attachment, ...]


def letter(document: Json) -> Letter:
    """The letter of a document that was accepted."""
    children = [_child(number, child, document) for number, child in _numbered(document)]
    parties = [_party(party, document) for party in document.get("betrokkenen", ())]
    return Letter(
        _opening(document), (_request(document), *children, *parties, _sender(document)), tuple(_attachments(document))
    )


def attachment(document: Json, number: int) -> tuple[str, str, bytes] | None:
    """Name, media type and bytes of a file that went along; None when there is none of this number."""
    papers = document.get("documenten", ())
    if not 1 <= number <= len(papers):
        return None
    paper = papers[number - 1]
    try:
        data = base64.b64decode(paper.get("inhoud") or "")
    except binascii.Error:
        return None
    return str(paper.get("bestandsnaam") or f"bijlage-{number}"), str(paper.get("mediatype") or ""), data


def _opening(document: Json) -> str:
    numbered = list(_numbered(document))
    born = sum(not child.get("ongeboren") for _, child in numbered)
    unborn = len(numbered) - born
    about = [f"{born} {'kind' if born == 1 else 'kinderen'}"] if born else []
    about += ["een ongeboren kind" if unborn == 1 else f"{unborn} ongeboren kinderen"] if unborn else []
    who = (document.get("verzoeker") or {}).get("organisatie") or "De beschermingstafel"
    return f"{who} vraagt de Raad voor de Kinderbescherming om een onderzoek naar {' en '.join(about)}."


def _request(document: Json) -> Section:
    return Section(
        "Het verzoek",
        _lines(
            ("Urgentie", document.get("urgentie")),
            ("Zaaknummer", document.get("kenmerk")),
            ("Korte omschrijving", document.get("onderwerp")),
            ("Aangemeld bij de tafel", day(document.get("datumAanmelding"))),
            ("Besluit van de tafel", day(document.get("datumBesluitTafel"))),
            ("Rol van de inbrenger", document.get("rolInbrenger")),
        ),
    )


def _child(number: int, child: Json, document: Json) -> Section:
    unborn = bool(child.get("ongeboren"))
    mother = next((_name(one) for one in document.get("betrokkenen", ()) if one.get("id") == child.get("moeder")), "")
    birth = day(child.get("geboortedatum")) or ("niet bekend" if child.get("geboortedatumOnbekend") else "")
    title = f"Kind {number}: {_name(child) or 'ongeboren'}" if unborn or _name(child) else f"Kind {number}"
    return Section(
        title,
        _lines(
            ("Verwacht op" if unborn else "Geboren op", birth),
            ("Moeder", mother if unborn else ""),
            *_person(child),
            ("Gezag", "Niet bekend wie het gezag heeft" if child.get("gezagOnbekend") else ""),
        ),
    )


def _party(party: Json, document: Json) -> Section:
    names = {number: _name(child) or f"kind {number}" for number, child in _numbered(document)}
    roles = [_role(relation, names) for relation in party.get("relaties", ())]
    institution = party.get("soort") == "instelling"
    own = (("Vestigingsnummer", party.get("vestigingsnummer")),) if institution else ()
    born = () if institution else (("Geboren op", day(party.get("geboortedatum"))),)
    title = str(party.get("naam") or "Instelling") if institution else _name(party)
    return Section(title, _lines(*((("Rol", role)) for role in roles), *own, *born, *_person(party)))


def _role(relation: Json, names: Mapping[int, str]) -> str:
    kind = relation.get("kind")
    child = "het hele gezin" if kind is None else names.get(kind, f"kind {kind}")
    told = f"{str(relation.get('rol') or '').capitalize()} van {child}"
    if relation.get("geinformeerd") is True:
        return f"{told}; weet van dit verzoek"
    if relation.get("geinformeerd") is False:
        return f"{told}; weet niet van dit verzoek: {relation.get('redenNietGeinformeerd') or 'zonder reden'}"
    return told


def _sender(document: Json) -> Section:
    sender = document.get("verzoeker") or {}
    employee = sender.get("medewerker") or {}
    return Section(
        "De afzender",
        _lines(
            ("Organisatie", sender.get("organisatie")),
            ("RSIN", sender.get("rsin")),
            ("Wie de Raad kan bellen", _name({**employee, "geslachtsnaam": employee.get("achternaam")})),
            ("Functie", employee.get("functie")),
            ("Telefoonnummer", employee.get("telefoon")),
            ("E-mailadres", employee.get("email")),
        ),
    )


def _person(person: Json) -> Sequence[tuple[str, Any]]:
    abroad = person.get("adresBuitenland") or {}
    return (
        ("Burgerservicenummer", person.get("bsn")),
        ("Nummer niet-ingezetene", person.get("rniNummer")),
        ("Vreemdelingennummer", person.get("vreemdelingennummer")),
        ("Geslacht", _SEX.get(person.get("geslacht") or "")),
        ("Adres", "Geheim; niet meegestuurd" if person.get("geheimAdres") else _address(person.get("adres") or {})),
        ("Adres", ", ".join(str(abroad[key]) for key in ("regel1", "regel2", "regel3", "landnaam") if abroad.get(key))),
        ("Telefoonnummer", person.get("telefoon")),
        ("E-mailadres", person.get("email")),
    )


def _address(address: Json) -> str:
    number = "".join(str(address[key]) for key in ("huisnummer", "huisletter") if address.get(key))
    number = " ".join(part for part in (number, str(address.get("toevoeging") or "")) if part)
    street = " ".join(part for part in (str(address.get("straat") or ""), number) if part)
    town = " ".join(str(address[key]) for key in ("postcode", "plaats") if address.get(key))
    return ", ".join(part for part in (street, town, str(address.get("locatie") or "")) if part)


def _attachments(document: Json) -> Iterable[Attachment]:
    for number, paper in enumerate(document.get("documenten", ()), 1):
        text = str(paper.get("inhoud") or "")
        size = max(0, len(text) * 3 // 4 - text[-2:].count("="))
        yield Attachment(
            number,
            str(paper.get("soort") or "Document"),
            str(paper.get("bestandsnaam") or f"bijlage-{number}"),
            str(paper.get("mediatype") or ""),
            f"{size / 1_000_000:.1f} MB".replace(".", ",") if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB",
        )


def _numbered(document: Json) -> Iterable[tuple[int, Json]]:
    return ((child.get("volgnummer") or place, child) for place, child in enumerate(document.get("kinderen", ()), 1))


def _name(person: Json) -> str:
    parts = (person.get("voornamen") or person.get("voorletters"), person.get("voorvoegsel"), person.get("geslachtsnaam"))
    return " ".join(str(part) for part in parts if part)


def day(text: object) -> str:
    """A full or partial date of the document as people write it."""
    parts = str(text or "").split("-")
    if not parts[0] or not all(part.isdigit() for part in parts):
        return str(text or "")
    month = _MONTHS[int(parts[1]) - 1] if len(parts) > 1 and 1 <= int(parts[1]) <= len(_MONTHS) else ""
    number = str(int(parts[2])) if len(parts) > 2 else ""
    return " ".join(part for part in (number, month, parts[0]) if part)


def _lines(*facts: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in facts if value not in (None, ""))
