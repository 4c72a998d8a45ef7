"""Publishing and searching over the API: what a provider may do, what becomes of what comes late, and what is told to whom."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from hub.routes.plekvrij.pages.exporting import safe_cell
from tests.partners.plekvrij.offers import at, encoded, located, offer
from tests.partners.plekvrij.site import key_of, plekvrij_site, publish, reasons
from tests.support.live_site import LiveSite

CSV = {"content-type": "text/csv"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    with plekvrij_site(tmp_path) as made:
        yield made


def found(site: LiveSite, query: str = "") -> list[dict[str, object]]:
    answer = site.browser().get(f"/v1/plekken{query}", headers=key_of(site, "referring_professional"))
    assert answer.status_code == 200, answer.text
    results: list[dict[str, object]] = answer.json()["resultaten"]
    return results


def test_what_a_provider_publishes_is_found(site: LiveSite) -> None:
    answer = publish(site, encoded(), key_of(site, "care_provider", agb="99000001"))
    assert answer.status_code == 201
    [one] = found(site, "?plaatstype=crisis&leeftijd=12&geslacht=m&gemeente=haarlem&vrij=2&stand=actueel")
    assert (one["vrij"], one["stand"], one["bevestigdDoor"]) == (2, "actueel", "Planning")
    for query in ("?plaatstype=verblijf", "?leeftijd=11", "?gemeente=Heemstede", "?vrij=3", "?beveiliging=gesloten"):
        assert found(site, query) == []


def test_a_provider_publishes_for_itself_only(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000002")
    assert publish(site, encoded(), headers).status_code == 403
    assert publish(site, encoded(), key_of(site, "referring_professional")).status_code == 403
    answer = site.browser().post("/v1/plekopgaven/reeksen", json=[offer()], headers=headers)
    assert [(one["uitkomst"], one["code"]) for one in answer.json()["resultaten"]] == [("refused", "out_of_scope")]
    assert found(site) == []


def test_an_older_offer_is_kept_and_not_shown(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    publish(site, encoded(vrij=3, peilmoment=at(minutes=5)), headers)
    late = publish(site, encoded(vrij=0, peilmoment=at(minutes=9)), headers)
    assert (late.status_code, [one["code"] for one in late.json()["waarschuwingen"]]) == (201, ["PV10"])
    assert found(site)[0]["vrij"] == 3
    confirmed = publish(site, encoded(vrij=3), headers)
    assert confirmed.json()["waarschuwingen"] == []
    assert found(site)[0]["peilmoment"] > at(minutes=1)  # type: ignore[operator]


def test_what_has_expired_is_unknown_and_neither_zero_nor_free(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    publish(site, encoded(vrij=2, peilmoment=at(hours=13)), headers)
    publish(site, encoded(**located("ouder"), vrij=1, peilmoment=at(hours=5)), headers)
    assert [(one["vrij"], one["stand"]) for one in found(site)] == [(1, "ouder"), (None, "onbekend")]
    answer = site.browser().get("/v1/plekken?vrij=1", headers=key_of(site, "referring_professional")).json()
    assert (answer["totaal"], answer["onbekend"]) == (1, 1)


def test_what_is_wrong_is_told_at_its_field(site: LiveSite) -> None:
    answer = publish(site, encoded(vrij=9), key_of(site, "care_provider", agb="99000001"))
    assert (answer.status_code, reasons(answer)) == (400, ["PV01"])
    assert answer.json()["invalidParams"][0]["name"] == "/vrij"


def test_a_batch_tells_of_each_and_may_be_repeated(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    batch = [offer(**located("a")), offer(**located("b"), vrij=9), "geen opgave", offer(**located("c"))]
    for expected in ("accepted", "repeated"):
        answer = site.browser().post("/v1/plekopgaven/reeksen", json=batch, headers=headers)
        told = [one["uitkomst"] for one in answer.json()["resultaten"]]
        assert told == [expected, "refused", "refused", expected]
    assert len(found(site)) == 2
    too_many = site.browser().post("/v1/plekopgaven/reeksen", json=[{}] * 1001, headers=headers)
    assert too_many.status_code == 413


def test_a_bad_row_of_a_file_does_not_stop_the_others(site: LiveSite) -> None:
    names = "agb;aanbieder;locatie;locatienaam;plaats;gemeente;plaatstype;leeftijdVan;leeftijdTot;capaciteit;vrij;peilmoment"
    row = "99000001;De Linde;{place};Huis;Haarlem;Haarlem;verblijf;6;18;8;{free};" + at(minutes=1)
    text = "\n".join((names, row.format(place="a", free=1), row.format(place="b", free="veel"), row.format(place="c", free=9)))
    headers = {**key_of(site, "care_provider", agb="99000001"), **CSV}
    answer = site.browser().post("/v1/plekopgaven/bestanden", content=text.encode(), headers=headers)
    told = [(one["regel"], one["uitkomst"], [wrong["veld"] for wrong in one["fouten"]]) for one in answer.json()["resultaten"]]
    assert [(row, state) for row, state, _ in told] == [(2, "accepted"), (3, "refused"), (4, "refused")]
    assert told[1][2] == ["vrij"]
    assert told[2][2][0] == "vrij"
    assert site.browser().post("/v1/plekopgaven/bestanden", content=b"wat;anders\n1;2", headers=headers).status_code == 400


def test_exports_hold_no_formula_and_leave_the_unknown_empty(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    document = offer(aanbieder={"agb": "99000001", "naam": "=HYPERLINK(1)"}, peilmoment=at(hours=13))
    publish(site, json.dumps(document).encode(), headers)
    reader = key_of(site, "referring_professional")
    text = site.browser().get("/v1/plekken?formaat=csv", headers=reader).text.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert (rows[0]["aanbieder"], rows[0]["vrij"], rows[0]["stand"]) == ("'=HYPERLINK(1)", "", "onbekend")
    feed = etree.fromstring(site.browser().get("/v1/plekken?formaat=atom", headers=reader).content)
    have = etree.fromstring(site.browser().get("/v1/plekken?formaat=have", headers=reader).content)
    assert have.find(".//{*}AvailableCount") is None
    assert site.browser().get("/v1/plekken?formaat=have&leeftijd=1", headers=reader).status_code == 404
    assert "niet bekend" in str(feed.findtext("{*}entry/{*}title"))


@pytest.mark.parametrize("text", ["=1+1", "+31", "-1", "@x", "\t=1", "\r=1"])
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert safe_cell(text).startswith("'")


def test_pages_of_a_search_hold_each_offer_once(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    batch = [offer(**located(f"huis-{number}"), vrij=number % 3) for number in range(25)]
    site.browser().post("/v1/plekopgaven/reeksen", json=batch, headers=headers)
    seen: list[str] = []
    for number in (1, 2, 3):
        seen += [one["locatie"]["id"] for one in found(site, f"?aantal=10&bladzijde={number}")]  # type: ignore[index]
    assert len(seen) == len(set(seen)) == 25
