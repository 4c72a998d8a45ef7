"""The requests of the demonstration: synthetic people, published test BSNs, files made in code."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hub.demo import sample_files as files

#: BSNs published for testing; nobody has them.
_CHILD, _MOTHER, _FATHER, _GUARDIAN, _OTHER = "999999047", "999990342", "999900006", "111222333", "123456782"

_PLACE = {"plaats": "Voorbeeldstad", "straat": "Lindelaan", "postcode": "2011AB", "huisnummer": 12}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what is sent, and what it should come to.

    Attributes:
        name: For scripts.
        title: What happens, in Dutch, for the screen.
        caption: The same in English.
        expected: The final status that it must reach.
        document: Makes the document, given today.
        partner_down: Whether the partner is away when it is sent.
    """

    name: str
    title: str
    caption: str
    expected: str
    document: Callable[[dt.date], dict[str, Any]]
    partner_down: bool = False
    route: str = "raadsverzoek"

    def encoded(self, today: dt.date) -> bytes:
        """The document as it is offered to the hub."""
        return json.dumps(self.document(today), ensure_ascii=False).encode()


def accepted_request(today: dt.date) -> dict[str, Any]:
    """A child, two parents, a guardian who was not informed and why, three attachments of different types."""
    reason = "Verblijft tot het einde van de maand in het buitenland; drie keer gebeld, brief gestuurd, nog geen antwoord."
    return _request(
        today,
        urgentie="Hoog",
        onderwerp="Zorgen over veiligheid en schoolgang",
        kinderen=[
            {
                "volgnummer": 1,
                "bsn": _CHILD,
                "geslachtsnaam": "Voorbeeld",
                "voornamen": "Noor",
                "geslacht": "V",
                "geboortedatum": f"{today.year - 8}-03-09",
                "adres": _PLACE,
            }
        ],
        betrokkenen=[
            _person(
                "b1", "Proefouder", "Mila", _MOTHER, "ouder zonder gezag", geslacht="V", telefoon="06-12345678", adres=_PLACE
            ),
            _person("b2", "Voorbeeld", "Daan", _FATHER, "ouder zonder gezag", geslacht="M", telefoon="06-23456789"),
            _person("b3", "Testvoogd", "Ria", _GUARDIAN, "voogd", informed=False, reason=reason, geslacht="V"),
        ],
        documenten=[
            _file(
                "Verzoek tot onderzoek RvdK",
                "verzoek-tot-onderzoek.pdf",
                "application/pdf",
                files.pdf("Verzoek tot onderzoek (synthetisch)", "Alle personen in dit document zijn verzonnen."),
                today,
            ),
            _file(
                "Hulpverleningsrapportage",
                "hulpverleningsrapportage.doc",
                "application/msword",
                files.compound_file("WordDocument", "Hulpverleningsrapportage (synthetisch)"),
                today,
            ),
            _file("Gezinsgeschiedenis", "genogram.jpg", "image/jpeg", files.jpeg(), today),
        ],
    )


def rejected_request(today: dt.date) -> dict[str, Any]:
    """A request with a mail as attachment: our organisation allows that type, the receiving side does not."""
    return _request(
        today,
        kinderen=[
            {
                "volgnummer": 1,
                "bsn": _OTHER,
                "geslachtsnaam": "Proef",
                "voornamen": "Sami",
                "geboortedatum": f"{today.year - 12}-09-14",
            }
        ],
        betrokkenen=[_person("b1", "Proef", "Lot", _MOTHER, "ouder met gezag", informed=True, telefoon="06-34567890")],
        documenten=[
            _file("Verzoek tot onderzoek RvdK", "verzoek.pdf", "application/pdf", files.pdf("Verzoek (synthetisch)"), today),
            _file(
                "Hulpverleningsrapportage",
                "bericht-van-school.msg",
                "application/vnd.ms-outlook",
                files.compound_file("__properties_version1.0", "Bericht van school (synthetisch)"),
                today,
            ),
        ],
    )


def request_while_away(today: dt.date) -> dict[str, Any]:
    """An unborn child with its mother, sent while the partner is away."""
    expected = today + dt.timedelta(days=90)
    return _request(
        today,
        kinderen=[{"volgnummer": 1, "ongeboren": True, "geboortedatum": expected.isoformat(), "moeder": "b1"}],
        betrokkenen=[_person("b1", "Testmoeder", "Fenna", _GUARDIAN, "ouder met gezag", informed=True, telefoon="06-45678901")],
        documenten=[
            _file("Verzoek tot onderzoek RvdK", "verzoek.pdf", "application/pdf", files.pdf("Verzoek (synthetisch)"), today)
        ],
    )


#: What `hub demo` plays, in this order.
CASES = (
    Case(
        "accepted",
        "Een verzoek tot onderzoek dat de Raad in behandeling neemt",
        "a request that the Raad accepts (Bv04, later Bv01)",
        "completed",
        accepted_request,
    ),
    Case(
        "rejected",
        "Een verzoek dat de Raad afwijst",
        "a request that the receiving side rejects (Fo01)",
        "rejected",
        rejected_request,
    ),
    Case(
        "partner away",
        "Een verzoek terwijl de partner onbereikbaar is",
        "sent while the partner is down, delivered when it returns",
        "completed",
        request_while_away,
        partner_down=True,
    ),
)


def _request(today: dt.date, **parts: Any) -> dict[str, Any]:
    base = {
        "onverwijldeSpoed": False,
        "urgentie": "Laag",
        "datumAanmelding": (today - dt.timedelta(days=18)).isoformat(),
        "datumBesluitTafel": (today - dt.timedelta(days=1)).isoformat(),
        "rolInbrenger": "hulpverlener",
        "verzoeker": {
            "organisatie": "CJG Voorbeeldstad",
            "medewerker": {
                "achternaam": "Testgeval",
                "voorletters": "A.B.",
                "functie": "secretaris Beschermingstafel",
                "telefoon": "023-5550100",
                "email": "tafel@cjg.example",
            },
        },
    }
    return base | parts


def _person(
    identifier: str,
    name: str,
    given: str,
    bsn: str,
    role: str,
    *,
    informed: bool | None = None,
    reason: str = "",
    **more: Any,
) -> dict[str, Any]:
    relation: dict[str, Any] = {"kind": 1, "rol": role}
    if informed is not None:
        relation["geinformeerd"] = informed
    if reason:
        relation["redenNietGeinformeerd"] = reason
    facts = {"id": identifier, "soort": "persoon", "geslachtsnaam": name, "voornamen": given, "bsn": bsn}
    return {**facts, **more, "relaties": [relation]}


def _file(kind: str, name: str, mediatype: str, content: bytes, today: dt.date) -> dict[str, Any]:
    return {
        "soort": kind,
        "bestandsnaam": name,
        "mediatype": mediatype,
        "datum": (today - dt.timedelta(days=4)).isoformat(),
        "inhoud": base64.b64encode(content).decode("ascii"),
    }
