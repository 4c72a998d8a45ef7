"""Synthetic raadsverzoek documents for tests: published test BSNs, invented names, small attachments.

``raadsverzoek`` is a valid document with one child; ``marked_raadsverzoek`` carries a marker in everything that is personal, so
that a test can look for it where it must not be.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import json
import re
import zlib
from pathlib import Path
from typing import Any

from lxml import etree

from hub.contracts.route import AMSTERDAM, Identity
from hub.routes.raadsverzoek.route import Raadsverzoek
from hub.routes.raadsverzoek.settings import Party, RaadsverzoekSettings

BSNS = ("999999047", "999990342", "999900006", "111222333", "123456782")
IDENTITY = Identity(
    reference="0b0f5a52-0000-4000-8000-000000000123",
    case_number="CJG-2026-000123",
    moment=dt.datetime(2026, 11, 22, 14, 30, 5, 123_000, AMSTERDAM),
)
TODAY = dt.date(2026, 11, 22)
#: First bytes per media type, enough for the hub to recognise it.
BEGINNINGS = {
    "application/pdf": b"%PDF-1.4\n",
    "application/msword": bytes.fromhex("d0cf11e0a1b11ae1"),
    "image/jpeg": bytes.fromhex("ffd8ffe0"),
}
ENDINGS = {"application/pdf": "pdf", "application/msword": "doc", "image/jpeg": "jpg"}
VTO = "{http://www.stufstandaarden.nl/koppelvlak/jz0100}vtoDi01"


def settings(**changes: Any) -> RaadsverzoekSettings:
    """Settings with the parties of the synthetic sample message."""
    given: dict[str, Any] = {
        "zender": Party(organisatie="00000099000000001000", applicatie="jeugd-applicatie"),
        "ontvanger": Party(organisatie="00000002003214436001_OTA", applicatie="RvdK-applicatie"),
    }
    return RaadsverzoekSettings(**(given | changes))


def official_schema_check(official_data: Path) -> etree.XMLSchema:
    """The official schema that holds ``vtoDi01``, compiled."""
    return etree.XMLSchema(file=str(official_data / "corv/xsd-jr/jz0100_msg_jzberichten_resolved2025.xsd"))


def route(**changes: Any) -> Raadsverzoek:
    """The route with ``settings(**changes)``."""
    return Raadsverzoek(settings(**changes))


def verzoeker() -> dict[str, Any]:
    """An organisation with an employee who can be called."""
    return {
        "organisatie": "CJG Voorbeeldgemeente",
        "medewerker": {"achternaam": "Testgeval", "voorletters": "A.B.", "telefoon": "023-5550100"},
    }


def kind(volgnummer: int = 1, **changes: Any) -> dict[str, Any]:
    """A born child; the BSN follows the number."""
    child = {
        "volgnummer": volgnummer,
        "bsn": BSNS[(volgnummer - 1) % len(BSNS)],
        "geslachtsnaam": "Voorbeeld",
        "voornamen": ("Noor", "Sami", "Liv", "Bo", "Isa")[(volgnummer - 1) % 5],
        "geboortedatum": f"{2014 + volgnummer}-03-09",
    }
    return _changed(child, changes)


def ongeboren(volgnummer: int = 1, moeder: str = "b1", **changes: Any) -> dict[str, Any]:
    """An unborn child with its expected date."""
    child = {"volgnummer": volgnummer, "ongeboren": True, "geboortedatum": "2027-03-15", "moeder": moeder}
    return _changed(child, changes)


def persoon(identifier: str = "b1", *relaties: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An interested person; a parent with gezag over child 1 who was informed, unless relations are given."""
    party = {
        "id": identifier,
        "soort": "persoon",
        "geslachtsnaam": "Proefouder",
        "voornamen": f"Ouder {identifier}",
        "telefoon": "06-12345678",
        "relaties": list(relaties) or [gezag(1)],
    }
    return _changed(party, changes)


def instelling(identifier: str = "b1", *relaties: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An interested institution: a guardian of child 1 unless relations are given."""
    party = {
        "id": identifier,
        "soort": "instelling",
        "naam": "GI Voorbeeld, team voogdij",
        "telefoon": "023-5550111",
        "relaties": list(relaties) or [gezag(1, rol="voogd")],
    }
    return _changed(party, changes)


def gezag(child: int = 1, informed: bool = True, rol: str = "ouder met gezag") -> dict[str, Any]:
    """A relation with gezag; not informed comes with a reason."""
    relation: dict[str, Any] = {"kind": child, "rol": rol, "geinformeerd": informed}
    if not informed:
        relation["redenNietGeinformeerd"] = "Reageert niet op brief, telefoon en e-mail in november."
    return relation


def document(
    soort: str = "Verzoek tot onderzoek RvdK", mediatype: str = "application/pdf", text: str = "synthetisch", **changes: Any
) -> dict[str, Any]:
    """An attachment whose content begins as its media type does."""
    name = f"{soort.lower().replace(' ', '-')}.{ENDINGS[mediatype]}"
    made = {
        "soort": soort,
        "bestandsnaam": name,
        "mediatype": mediatype,
        "datum": "2026-11-19",
        "inhoud": base64.b64encode(BEGINNINGS[mediatype] + f"{soort}: {text}".encode()).decode("ascii"),
    }
    return _changed(made, changes)


def raadsverzoek(kenmerk: str | None = "CJG-2026-000123", **changes: Any) -> dict[str, Any]:
    """A valid document with one child, one parent with gezag and one attachment.

    Args:
        kenmerk: The case number; None leaves it to the hub.
        changes: Top-level keys to set; None takes one away.
    """
    made = {
        "kenmerk": kenmerk,
        "onverwijldeSpoed": False,
        "urgentie": "Laag",
        "datumAanmelding": "2026-11-05",
        "rolInbrenger": "hulpverlener",
        "verzoeker": verzoeker(),
        "kinderen": [kind()],
        "betrokkenen": [persoon()],
        "documenten": [document()],
    }
    return _changed(made, changes)


def encoded(made: dict[str, Any]) -> bytes:
    """The document as it is offered."""
    return json.dumps(made, ensure_ascii=False).encode()


def marked_raadsverzoek(marker: str) -> dict[str, Any]:
    """A valid document in which names, addresses, reason, file content, telephone and e-mail all carry ``marker``.

    Args:
        marker: At most eighteen letters, digits, underscores and hyphens. Telephone numbers may hold digits only, so they
            carry ``marked_phone(marker)``.

    File names are not marked: they may be shown. BSNs are the published ones and have to be looked for as such.
    """
    if re.fullmatch(r"[A-Za-z0-9_-]{1,18}", marker) is None:
        raise ValueError("a marker is at most eighteen letters, digits, underscores and hyphens")
    address = {"plaats": f"Plaats {marker}", "straat": f"Straat {marker}", "postcode": "2011AB", "huisnummer": 12}
    child = kind(
        geslachtsnaam=f"Kindnaam{marker}", voornamen=f"Kind {marker}", voorvoegsel="van", adres=address,
        telefoon=marked_phone(marker), email=f"kind.{marker}@voorbeeld.example", vreemdelingennummer=f"V{marker}",
    )  # fmt: skip
    relation = {**gezag(1, informed=False), "redenNietGeinformeerd": f"Reden waarom niet: {marker}"}
    parent = persoon(
        "b1", relation, bsn=BSNS[3], geslachtsnaam=f"Oudernaam{marker}", voornamen=f"Ouder {marker}", voorletters="Z.",
        telefoon=marked_phone(marker), email=f"ouder.{marker}@voorbeeld.example",
        adresBuitenland={"landnaam": f"Land {marker}", "regel1": f"Regel {marker}", "regel2": f"Plaats {marker}"},
    )  # fmt: skip
    guardian = instelling("b2", naam=f"GI {marker}", telefoon=marked_phone(marker), email=f"gi.{marker}@gi.example")
    sender = {
        "organisatie": "CJG Voorbeeldgemeente",
        "medewerker": {
            "achternaam": f"Secretaris{marker}", "voorletters": "A.", "telefoon": marked_phone(marker),
            "email": f"secretaris.{marker}@cjg.example",
        },
    }  # fmt: skip
    attachment = document(text=marker, titel=f"Titel {marker}", auteur=f"Schrijver {marker}")
    return raadsverzoek(
        onderwerp=f"Onderwerp {marker}", verzoeker=sender, kinderen=[child], betrokkenen=[parent, guardian],
        documenten=[attachment],
    )  # fmt: skip


def marked_phone(marker: str) -> str:
    """Fourteen digits made of the marker: unlikely to stand anywhere by chance."""
    return f"06{zlib.crc32(marker.encode()):012d}"


def marks(marker: str) -> tuple[bytes, ...]:
    """Everything to look for in a log or an error text: marker, its telephone number, its base64 and the BSNs."""
    content = document(text=marker)["inhoud"]
    return tuple(text.encode() for text in (marker, marked_phone(marker), content[-24:], BSNS[0], BSNS[3]))


def _changed(made: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = made | copy.deepcopy(changes)
    return {key: value for key, value in merged.items() if value is not None}
