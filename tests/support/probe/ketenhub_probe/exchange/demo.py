"""One order, as a demonstration."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, DemoPartner, DemoPlace


def _settings(place: DemoPlace, url: str) -> str:
    del place
    return f'[connections.probe]\npartner = "probe"\n[connections.probe.settings]\ndisplay_name = "het depot"\nurl = "{url}"\n'


def _order(today: dt.date) -> bytes:
    return json.dumps({"artikel": f"stoel {today.year}", "aantal": 2}).encode()


DEMONSTRATION = Demonstration(
    opening="Het gesimuleerde depot draait op deze computer.",
    partners=(DemoPartner(connection="probe", arguments=lambda place: ("probe",), settings=_settings),),
    cases=(
        DemoCase(
            name="order",
            title="Een bestelling",
            caption="an order",
            route="probe_order",
            expected="completed",
            document=_order,
        ),
    ),
    comparison=DemoComparison(digest=lambda body: hashlib.sha256(body).hexdigest()),
)
