"""The demonstration: synthetic people only."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, DemoPartner, DemoPlace


def _settings(place: DemoPlace, url: str) -> str:
    del place
    return f'[connections.partnername]\npartner = "partnername"\n[connections.partnername.settings]\nurl = "{url}"\n'


def _document(today: dt.date) -> bytes:
    # fill in: a document that the partner takes
    return json.dumps({"tekst": f"Voorbeeld van {today.year}", "bsn": "999999047"}).encode()


DEMONSTRATION = Demonstration(
    opening="De gesimuleerde partner PartnerName draait op deze computer.",
    partners=(
        DemoPartner(
            connection="partnername",
            arguments=lambda place: ("partnername", "--state", str(place.folder / "partnername.state")),
            settings=_settings,
        ),
    ),
    comparison=DemoComparison(digest=lambda body: hashlib.sha256(body).hexdigest()),
    # fill in: the cases that people should see: one that is taken, one that is refused
    cases=(
        DemoCase(
            name="partnername",
            title="Een bericht dat PartnerName aanneemt",
            caption="a message that is taken",
            route="partnername",
            expected="completed",
            document=_document,
        ),
        DemoCase(
            name="partnername away",
            title="Een bericht terwijl PartnerName onbereikbaar is",
            caption="sent while the partner is down, delivered when it returns",
            route="partnername",
            expected="completed",
            document=_document,
            partner_down=True,
        ),
    ),
)
