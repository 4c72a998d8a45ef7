"""A report about a young person whom another organisation has reported: the index matches, and a signal waits."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator

from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, DemoPartner, DemoPlace, Line

#: In the simulated index's register; another organisation has reported this one.
_KNOWN = "999990019"


def _settings(place: DemoPlace, url: str) -> str:
    del place
    return f"""\
[connections.verwijsindex]
partner = "verwijsindex"
[connections.verwijsindex.settings]
url = "{url}"
every_seconds = 1
"""


def _melding(today: dt.date) -> bytes:
    del today
    return json.dumps(
        {
            "meldingId": str(uuid.uuid4()),
            "gemeente": "0392",
            "jongere": {"bsn": _KNOWN, "geboortedatum": "2014-05-03"},
            "melder": {
                "id": "demo",
                "naam": "Anna Testgeval",
                "organisatie": "CJG Voorbeeldstad",
                "telefoon": "023-5550100",
                "email": "a.testgeval@cjg.example",
            },
            "geinformeerd": {"jongere": "ja", "wettelijkVertegenwoordiger": "ja"},
        }
    ).encode()


def _describe(document: bytes) -> Iterator[Line]:
    del document
    yield Line("Een mens besloot: zonder besluit gaat er niets weg", "decided by a person: nothing leaves without")


DEMONSTRATION = Demonstration(
    opening="De gesimuleerde verwijsindex draait op deze computer; een andere organisatie heeft daar al gemeld.",
    partners=(
        DemoPartner(connection="verwijsindex", arguments=lambda place: ("verwijsindex", "--known", _KNOWN), settings=_settings),
    ),
    cases=(
        DemoCase(
            name="melding",
            title="Twee organisaties melden dezelfde jongere",
            caption="two organisations report the same young person",
            route="melding",
            expected="completed",
            document=_melding,
        ),
    ),
    comparison=DemoComparison(digest=lambda body: hashlib.sha256(body).hexdigest()),
    settings='[routes.melding.settings]\nmunicipalities = { "0392" = "Voorbeeldstad" }\n',
    describe=_describe,
)
