"""The routes keep their contract, and the rules of the domain page hold."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from hub.contracts.route import AMSTERDAM
from hub.errors import SchemaViolation
from hub.routes.plekvrij.kinds import KINDS, freshness
from hub.routes.plekvrij.reading import read
from hub.routes.plekvrij.route import EVENT_TYPE, Plekken, Webhook, subscriber_document
from hub.routes.plekvrij.settings import PlekkenSettings
from hub.testing.route_suite import CHECKS, IDENTITY, Case
from tests.partners.plekvrij.offers import offer

MARK = "Q7XJZ2"
MOMENT = dt.datetime(2026, 11, 22, 14, 0, tzinfo=AMSTERDAM)


def document(**changes: Any) -> bytes:
    """An offer of the moment at which the suite's clock stands."""
    return json.dumps(offer(peilmoment=MOMENT.isoformat()) | changes).encode()


def _broken() -> list[bytes]:
    changes: list[dict[str, Any]] = [
        {"vrij": MARK},
        {"vrij": -1, "bevestigdDoor": MARK},
        {"vrij": 9, "bevestigdDoor": MARK},
        {"leeftijdVan": 19, "bevestigdDoor": MARK},
        {"plaatstype": MARK},
        {f"veld {MARK}": 1},
        {"aanbieder": {"agb": MARK, "naam": MARK}},
        {"locatie": MARK},
        {"contact": {"telefoon": f"bel {MARK}"}},
        {"contact": {MARK: MARK}},
        {"peilmoment": "2026-11-22T18:00:00+01:00", "bevestigdDoor": MARK},
        {"peilmoment": MARK},
        {"geldigTot": "2026-11-21T18:00:00+01:00", "bevestigdDoor": MARK},
        {"status": {"soort": "wachtlijst", "reden": MARK}},
        {"status": {"soort": "opnamestop"}, "bevestigdDoor": MARK},
        {"verwachtVrij": [{"datum": MARK, "aantal": 1}]},
    ]
    return [document(**one) for one in changes]


def plekken_case() -> Case:
    marked = document(bevestigdDoor=MARK, contact={"naam": f"Plaatsing {MARK}", "telefoon": "023-5550101"})
    return Case(
        route=Plekken(PlekkenSettings(), connection="plekvrij"),
        document=document(),
        refused=_broken(),
        marked=marked,
        marks=(MARK.encode(),),
        is_xml=False,
        type_of=lambda body: str(json.loads(body)["type"]),
    )


def webhook_case() -> Case:
    built = plekken_case()
    plain, marked = (built.build(one).body for one in (built.document, built.marked))
    broken = [{"abonnement": MARK, "adres": "ftp://x", "generaties": [1], "event": {}}, {"abonnement": MARK}]
    return Case(
        route=Webhook(PlekkenSettings(), connection="plekvrij"),
        document=subscriber_document("s1", "https://example.invalid/", (1,), plain),
        refused=[json.dumps(one).encode() for one in broken],
        marked=subscriber_document("s1", "https://example.invalid/", (1,), marked),
        marks=(MARK.encode(),),
        is_xml=False,
        type_of=lambda body: str(json.loads(body)["type"]),
    )


CASES = {"plekken": plekken_case, "plek_webhook": webhook_case}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", CASES)
def test_a_route_keeps_its_contract(name: str, check: Callable[[Case], None]) -> None:
    check(CASES[name]())


def test_an_offer_becomes_an_event_of_the_profile() -> None:
    event = json.loads(plekken_case().build().body)
    assert event["type"] == EVENT_TYPE
    assert event["id"] == IDENTITY.reference
    assert event["subject"] == "99000001/linde-1/crisis"
    assert event["routingkey"] == "plekvrij.haarlem.crisis"
    assert event["source"].startswith("urn:nld:oin:")
    assert event["data"]["geldigTot"] == (MOMENT + KINDS["crisis"].valid).isoformat()


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"vrij": 5, "gereserveerd": 2, "bezet": 2}, "PV01", "/vrij"),
        ({"leeftijdVan": 18, "leeftijdTot": 12}, "PV02", "/leeftijdTot"),
        ({"peilmoment": "2026-11-22T14:06:00+01:00"}, "PV03", "/peilmoment"),
        ({"geldigTot": "2027-11-22T14:00:00+01:00"}, "PV04", "/geldigTot"),
        ({"status": {"soort": "wachtlijst"}}, "PV05", "/status/weken"),
        ({"vrij": 0, "status": {"soort": "opnamestop"}}, "PV06", "/status/reden"),
        ({"status": {"soort": "opnamestop", "reden": "verbouwing"}}, "PV07", "/vrij"),
        ({"contact": {}}, "PV08", "/contact/telefoon"),
        ({"vrij": 1.5}, "PV90", "/vrij"),
    ],
)
def test_each_rule_is_told_at_its_place(changes: dict[str, Any], rule: str, field: str) -> None:
    try:
        found = read(document(**changes), MOMENT)[1]
    except SchemaViolation as error:
        found = error.findings
    assert [(one.rule, one.field) for one in found if one.rule != "PV08" or rule == "PV08"] == [(rule, field)]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0, "actueel"), (3.9, "actueel"), (4, "ouder"), (11.9, "ouder"), (12, "onbekend")],
)
def test_what_is_said_about_a_crisis_place_ages_and_becomes_unknown(hours: float, expected: str) -> None:
    kind = KINDS["crisis"]
    now = MOMENT + dt.timedelta(hours=hours)
    assert freshness(now, MOMENT, MOMENT + kind.valid, kind.current).value == expected


def test_a_provider_is_the_scope_of_its_offers() -> None:
    route = plekken_case().route
    assert route.scope_of(document()) == "agb:99000001"
    assert route.scope_of(b"{}") is None
