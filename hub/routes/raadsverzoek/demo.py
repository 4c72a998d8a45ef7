"""The requests of the demonstration: synthetic people, published test BSNs, files made in code."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, DemoPartner, DemoPlace, Line
from hub.demo import sample_files as files
from hub.schemas.parsing import c14n_digest, parse

#: Seconds that the simulated Raad thinks about a request. The real one takes hours.
ANSWER_DELAY = 1.5

_CONNECTION = """\
[connections.corv]
partner = "corv"
call_deadline_seconds = 10

[connections.corv.settings]
display_name = "de Raad"
url = "{url}"
own = {{ organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }}
partner = {{ organisatie = "00000002003214436001_OTA", applicatie = "RvdK-applicatie" }}
"""

_ROUTE = """\
# This organisation also allows mails as attachments; the receiving side does not, which one case shows.
[routes.raadsverzoek.settings.mediatypes]
"application/pdf" = { extensions = [".pdf"], starts_with = "255044462d" }
"application/msword" = { extensions = [".doc"], starts_with = "d0cf11e0a1b11ae1" }
"image/jpeg" = { extensions = [".jpg", ".jpeg"], starts_with = "ffd8ff" }
"application/vnd.ms-outlook" = { extensions = [".msg"], starts_with = "d0cf11e0a1b11ae1" }
"""

#: BSNs published for testing; nobody has them.
_CHILD, _MOTHER, _FATHER, _GUARDIAN, _OTHER = "999999047", "999990342", "999900006", "111222333", "123456782"

_PLACE = {"plaats": "Voorbeeldstad", "straat": "Lindelaan", "postcode": "2011AB", "huisnummer": 12}


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


def _arguments(place: DemoPlace) -> tuple[str, ...]:
    state = str(place.folder / "corv.state")
    return "corv", "--hub", f"{place.hub}/partners/corv", "--delay", str(ANSWER_DELAY), "--state", state


def _connection(place: DemoPlace, url: str) -> str:
    del place
    return _CONNECTION.format(url=url)


def _digest(body: bytes) -> str:
    return c14n_digest(parse(body)).hex()


def _describe(offered: bytes) -> Iterator[Line]:
    """How much is in it, and who was not informed."""
    document = json.loads(offered)
    kinds = ", ".join(str(one["bestandsnaam"]).rpartition(".")[2] for one in document["documenten"])
    counts = (
        f"{_count(document['kinderen'], 'kind', 'kinderen')}, {_count(document['betrokkenen'], 'betrokkene', 'betrokkenen')}"
    )
    counts += f", {_count(document['documenten'], 'bijlage', 'bijlagen')}"
    yield Line(f"Document beoordeeld: {counts}", f"every rule held; attachments: {kinds}")
    for person in document["betrokkenen"]:
        for relation in person["relaties"]:
            if relation.get("geinformeerd") is False:
                why = relation["redenNietGeinformeerd"]
                yield Line(f"Een {relation['rol']} is niet geïnformeerd; de reden gaat mee", f"{len(why)} characters")


def _count(items: Sequence[object], one: str, many: str) -> str:
    return f"{len(items)} {one if len(items) == 1 else many}"


def _encoded(make: Callable[[dt.date], dict[str, Any]]) -> Callable[[dt.date], bytes]:
    return lambda today: json.dumps(make(today), ensure_ascii=False).encode()


DEMONSTRATION = Demonstration(
    opening="De gesimuleerde Digikoppeling-adapter en de gesimuleerde Raad draaien op deze computer.",
    partners=(DemoPartner(connection="corv", arguments=_arguments, settings=_connection),),
    settings=_ROUTE,
    comparison=DemoComparison(
        digest=_digest, sentence="De adapter ontving precies wat is vastgelegd", caption="same C14N digest"
    ),
    describe=_describe,
    cases=(
        DemoCase(
            name="accepted",
            title="Een verzoek tot onderzoek dat de Raad in behandeling neemt",
            caption="a request that the Raad accepts (Bv04, later Bv01)",
            route="raadsverzoek",
            expected="completed",
            document=_encoded(accepted_request),
        ),
        DemoCase(
            name="rejected",
            title="Een verzoek dat de Raad afwijst",
            caption="a request that the receiving side rejects (Fo01)",
            route="raadsverzoek",
            expected="rejected",
            document=_encoded(rejected_request),
        ),
        DemoCase(
            name="partner away",
            title="Een verzoek terwijl de partner onbereikbaar is",
            caption="sent while the partner is down, delivered when it returns",
            route="raadsverzoek",
            expected="completed",
            document=_encoded(request_while_away),
            partner_down=True,
        ),
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
