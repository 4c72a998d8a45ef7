"""Care agreements: put in the list, decided once with a checklist, with a deadline, a task and who decided; never a message."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.journal import reading
from hub.routes.pgb import deciding
from hub.routes.pgb.zorgovereenkomst import Besluit, check_decision, read_agreement
from tests.console.conftest import chromium  # noqa: F401  # the browser
from tests.console.test_pages import WIDTHS, Sight
from tests.partners.pgb.test_pages import _SVB, grant, path_of, sign_in
from tests.partners.pgb.toekenningen import BSN
from tests.support.live_site import LiveSite

TODAY = dt.date(2026, 11, 30)
FIELDS: dict[str, Any] = {
    "gemeente": "0392", "budgetnummer": "PGB-1001", "kenmerk": "ZO-1", "soort": "opdracht", "ontvangen": "2026-11-27",
    "tarief": "25.50", "maximum": "25.50", "eenheid": "uur",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"ontvangen": "2026-12-01"}, [("PG31", "/ontvangen")]),
        ({"kenmerk": f"ZO{BSN}"}, [("PG10", "/kenmerk")]),
        ({"maximum": "0"}, [("PG36", "/maximum")]),
        ({"tarief": "veel"}, [("PG91", "/tarief")]),
        ({"soort": None}, [("PG91", "/soort")]),
    ],
)
def test_what_is_wrong_with_an_agreement_is_told_at_its_field(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    document, found = read_agreement({**FIELDS, **changes}, TODAY)
    assert [(one.rule, one.field) for one in found] == expected
    assert (document is None) == bool(expected)


@pytest.mark.parametrize(
    ("besluit", "too_high", "rules"),
    [
        (Besluit(zorg=True, tarief=True, besluit="akkoord"), False, []),
        (Besluit(zorg=True, tarief=False, besluit="niet_akkoord", reden="tarief"), True, []),
        (Besluit(), False, ["PG32", "PG32", "PG33"]),
        (Besluit(zorg=False, tarief=True, besluit="akkoord"), False, ["PG34"]),
        (Besluit(zorg=True, tarief=True, besluit="akkoord"), True, ["PG37"]),
        (Besluit(zorg=False, tarief=True, besluit="niet_akkoord"), False, ["PG35"]),
    ],
)
def test_a_decision_is_whole_and_does_not_contradict_its_checklist(besluit: Besluit, too_high: bool, rules: list[str]) -> None:
    assert [one.rule for one in check_decision(besluit, too_high=too_high)] == rules


def test_the_term_is_counted_in_working_days() -> None:
    assert deciding.due(dt.date(2026, 12, 23), 3).date() == dt.date(2026, 12, 30), "Christmas and a weekend do not count"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    with LiveSite(tmp_path_factory.mktemp("agreements"), environment="acceptatie", inbound=_SVB) as site:
        site.user("m.bakker", "administration")
        site.user("nieuw")
        grant(site, budgetnummer="PGB-1001")
        yield site


def add(site: LiveSite, **changes: str) -> httpx.Response:
    client = site.signed_in("m.bakker")
    page = client.get("/pgb/overeenkomsten/nieuw").text
    typed = {
        **{name: str(value) for name, value in FIELDS.items() if name != "ontvangen"},
        "tarief": "25,50", "maximum": "25,50", "ontvangen-dag": "27", "ontvangen-maand": "11", "ontvangen-jaar": "2025",
        "formulier": page.partition('name="formulier" value="')[2].partition('"')[0],
    }  # fmt: skip
    return client.post("/pgb/overeenkomsten/nieuw", data={**typed, **changes})


def decide(site: LiveSite, path: str, **typed: str) -> httpx.Response:
    client = site.signed_in("m.bakker")
    token = client.get("/pgb/overeenkomsten/nieuw").text.partition('name="formulier" value="')[2].partition('"')[0]
    return client.post(path, data={"formulier": token, **typed})


def open_about(site: LiveSite, path: str) -> list[Any]:
    subject = path.rpartition("/")[2]
    return [row for row in reading.open_tasks(site.hub.journal) if row["subject"] == subject]


def test_an_agreement_is_a_task_with_a_deadline_until_somebody_decides(desk: LiveSite) -> None:
    client = desk.signed_in("m.bakker")
    before = len(reading.list_messages(desk.hub.journal))
    path = add(desk).headers["location"]
    (task,) = open_about(desk, path)
    assert (task["kind"], task["place"]) == ("pgb.agreement", "pgb")
    assert task["due_at"] is not None
    assert "Zorgovereenkomst ZO-1 wacht op een besluit" in client.get("/taken").text
    assert "wacht al langer dan de termijn" in client.get("/pgb/overeenkomsten").text
    assert path in client.get(path_of(desk, "PGB-1001")).text
    assert decide(desk, path, zorg="ja", tarief="nee", besluit="akkoord").status_code == 400
    assert open_about(desk, path)
    assert decide(desk, path, zorg="ja", tarief="ja", besluit="akkoord").status_code == 303
    assert open_about(desk, path) == []
    page = client.get(path).text
    assert re.search(r"<dt>Besloten door</dt><dd>m\.bakker</dd>", page)
    decide(desk, path, zorg="nee", tarief="ja", besluit="niet_akkoord", reden="zorg")
    assert "Waarom niet" not in client.get(path).text, "the first decision stands"
    assert len(reading.list_messages(desk.hub.journal)) == before, "there is no message for it"


def test_the_same_agreement_twice_and_a_bsn_are_refused(desk: LiveSite) -> None:
    assert add(desk, kenmerk="ZO-2").status_code == 303
    again = add(desk, kenmerk="ZO-2")
    assert again.status_code == 400
    assert "staat al in de lijst" in again.text
    assert add(desk, kenmerk="ZO-2", gemeente="0473").status_code == 303, "another municipality's"
    assert "In dit nummer staat een burgerservicenummer" in add(desk, kenmerk=f"Z{BSN}").text
    assert add(desk, soort="anders").status_code == 400


def test_a_tariff_above_the_maximum_cannot_be_agreed_with(desk: LiveSite) -> None:
    path = add(desk, kenmerk="ZO-3", tarief="30").headers["location"]
    assert "hoger dan het maximum" in desk.signed_in("m.bakker").get(path).text
    assert "Het tarief is hoger dan het maximum" in decide(desk, path, zorg="ja", tarief="ja", besluit="akkoord").text
    assert decide(desk, path, zorg="ja", tarief="nee", besluit="niet_akkoord", reden="tarief").status_code == 303
    assert "Het tarief is te hoog" in desk.signed_in("m.bakker").get(path).text


def test_who_has_no_right_sees_and_decides_nothing(desk: LiveSite) -> None:
    client = desk.signed_in("nieuw")
    assert client.get("/pgb/overeenkomsten").status_code == 403
    assert client.post("/pgb/overeenkomsten/nieuw", data={}).status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_agreements_read_well(chromium: Any, desk: LiveSite, width: int) -> None:  # noqa: F811
    path = add(desk, kenmerk=f"ZB-{width}", tarief="30").headers["location"]
    sight = Sight(chromium, width)
    sign_in(sight, desk)
    for name, place in {"lijst": "/pgb/overeenkomsten", "nieuw": "/pgb/overeenkomsten/nieuw", "een": path}.items():
        assert sight.go(desk.url + place) == 200
        sight.check(f"pgb-overeenkomst-{name}", width)
    sight.page.get_by_role("button", name="Leg het besluit vast").click()
    sight.page.get_by_role("alert").wait_for()
    sight.page.wait_for_load_state("networkidle")
    sight.errors.clear()  # the browser reports the status of a page with errors
    sight.check("pgb-overeenkomst-fout", width)
    sight.context.close()
