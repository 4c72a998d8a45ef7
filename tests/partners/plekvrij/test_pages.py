"""The board and the provider's own page, as somebody without scripts uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.routes.plekvrij.duties import remind
from tests.partners.plekvrij.offers import at, encoded, located
from tests.partners.plekvrij.site import key_of, plekvrij_site, provider, publish, referrer
from tests.support.live_site import LiveSite, hidden

OWN = {"plek": "99000001/linde-1/crisis"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    with plekvrij_site(tmp_path) as made:
        yield made


def test_a_referrer_sees_number_age_phone_and_who_confirmed(site: LiveSite) -> None:
    publish(site, encoded(), key_of(site, "care_provider", agb="99000001"))
    page = referrer(site).get("/plekken").text
    for text in ("2 plekken vrij", "Actueel, minder dan een minuut oud", 'href="tel:0235550101"', "Bevestigd door Planning"):
        assert text in page
    assert "1 aanbod gevonden" in page


def test_what_has_expired_is_shown_as_unknown(site: LiveSite) -> None:
    publish(site, encoded(peilmoment=at(hours=13)), key_of(site, "care_provider", agb="99000001"))
    client = referrer(site)
    page = client.get("/plekken").text
    assert "Niet bekend" in page
    assert "Onbekend, verlopen na 13 uur" in page
    assert "plekken vrij" not in page
    asked = client.get("/plekken?vrij=1").text
    assert "Geen plek gevonden" in asked
    assert "Van nog 1 passend aanbod is niet bekend of er plek is" in asked


def test_one_tap_confirms_and_another_publishes(site: LiveSite) -> None:
    publish(site, encoded(peilmoment=at(hours=5)), key_of(site, "care_provider", agb="99000001"))
    client = provider(site)
    page = client.get("/mijn-plekken")
    assert "Niet meer actueel, 5 uur oud" in page.text
    answer = client.post("/mijn-plekken", data={**hidden(page), **OWN, "actie": "bevestig"})
    assert answer.headers["location"] == "/mijn-plekken?gedaan=bevestigd"
    page = client.get("/mijn-plekken")
    assert "Bevestigd door De Linde" in page.text
    assert "Opgegeven door linde" in page.text
    assert "2 plekken vrij" in page.text
    changed = {**hidden(page), **OWN, "actie": "publiceer", "vrij": "0", "gereserveerd": "1", "opname": "open"}
    assert client.post("/mijn-plekken", data=changed).status_code == 303
    assert "Geen plek vrij" in referrer(site).get("/plekken").text


def test_what_cannot_be_is_told_and_not_published(site: LiveSite) -> None:
    publish(site, encoded(), key_of(site, "care_provider", agb="99000001"))
    client = provider(site)
    wrong = {**hidden(client.get("/mijn-plekken")), **OWN, "actie": "publiceer", "opname": "open", "gereserveerd": "0"}
    for number in ("9", "veel", "-1"):
        answer = client.post("/mijn-plekken", data={**wrong, "vrij": number})
        assert (answer.status_code, "Dit is nog niet gepubliceerd" in answer.text) == (400, True)
    assert "2 plekken vrij" in client.get("/mijn-plekken").text


def test_nobody_touches_the_places_of_another(site: LiveSite) -> None:
    publish(site, encoded(), key_of(site, "care_provider", agb="99000001"))
    other = provider(site, "eik", "99000002")
    page = other.get("/mijn-plekken")
    assert "Huis De Linde" not in page.text
    form = hidden(other.get("/mijn-plekken/nieuw"))
    assert other.post("/mijn-plekken", data={**form, **OWN, "actie": "bevestig"}).status_code == 404
    assert other.get("/mijn-plekken/wijzig/99000001/linde-1/crisis").status_code == 404
    assert other.post("/mijn-plekken/nieuw", data={**form, "agb": "99000001"}).status_code == 403
    assert referrer(site).get("/mijn-plekken").status_code == 403
    assert site.browser().get("/plekken").headers["location"].startswith("/aanmelden")


def test_a_new_place_is_published_by_the_form(site: LiveSite) -> None:
    client = provider(site)
    form = hidden(client.get("/mijn-plekken/nieuw"))
    typed = {
        "locatie-naam": "Groep Noord", "locatie-id": "noord-1", "locatie-plaats": "Haarlem", "locatie-gemeente": "Haarlem",
        "plaatstype": "verblijf", "leeftijdVan": "6", "leeftijdTot": "12", "geslacht": "beide", "beveiliging": "open",
        "capaciteitTotaal": "8", "vrij": "2", "status-soort": "open", "contact-telefoon": "023-5550100",
    }  # fmt: skip
    wrong = client.post("/mijn-plekken/nieuw", data={**form, **typed, "leeftijdTot": "4"})
    assert wrong.status_code == 400
    assert 'href="#leeftijdTot"' in wrong.text
    assert 'value="Groep Noord"' in wrong.text
    assert client.post("/mijn-plekken/nieuw", data={**form, **typed}).status_code == 303
    assert "Groep Noord" in client.get("/mijn-plekken").text
    key = key_of(site, "care_provider", agb="99000001")
    coming = [{"datum": "2030-01-01", "aantal": 3}]
    publish(site, encoded(**located("noord-1"), plaatstype="verblijf", verwachtVrij=coming), key)
    assert client.post("/mijn-plekken/nieuw", data={**form, **typed}).status_code == 303
    answer = site.browser().get("/v1/plekken", headers=key).json()["resultaten"][0]
    assert (answer["locatie"]["naam"], answer["verwachtVrij"]) == ("Groep Noord", coming)
    assert 'value="noord-1"' in client.get("/mijn-plekken/wijzig/99000001/noord-1/verblijf").text


def test_the_course_of_a_place_is_drawn_and_told(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    publish(site, encoded(vrij=2, peilmoment=at(hours=3)), headers)
    publish(site, encoded(vrij=1), headers)
    publish(site, encoded(vrij=0, peilmoment=at(hours=2)), headers)
    page = referrer(site).get("/plekken/99000001/linde-1/crisis").text
    assert page.count('stroke-width="3"') == 2
    assert "Kwam te laat; niet getoond" in page
    assert referrer(site, "cjg").get("/plekken/99000001/linde-1/verblijf").status_code == 404


def test_a_provider_is_reminded_before_its_offer_expires_and_not_after_it_confirmed(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    publish(site, encoded(peilmoment=at(hours=10)), headers)
    publish(site, encoded(**located("vers")), headers)
    assert site.hub.journal.run(remind) == 1
    assert site.hub.journal.run(remind) == 0
    client = provider(site)
    page = client.get("/taken").text
    assert "Huis De Linde, Crisisopvang" in page
    assert "De opgave verloopt bijna. Klopt het nog? Bevestig, werk bij, of zeg dat deze plek er niet meer is." in page
    other = provider(site, "eik", "99000002")
    assert "Huis De Linde" not in other.get("/taken").text
    task = re.search(r'action="(/taken/[^"]+)/neem"', page)
    assert task is not None
    assert client.get(task[1]).status_code == 200
    assert other.get(task[1]).status_code == 404
    assert other.post(f"{task[1]}/neem", data=hidden(other.get("/mijn-plekken/nieuw"))).status_code == 404
    form = hidden(client.get("/mijn-plekken"))
    client.post("/mijn-plekken", data={**form, **OWN, "actie": "bevestig"})
    assert "Huis De Linde" not in client.get("/taken").text


def test_a_place_that_is_there_no_more_leaves_the_board_until_it_is_published_again(site: LiveSite) -> None:
    headers = key_of(site, "care_provider", agb="99000001")
    publish(site, encoded(peilmoment=at(hours=10)), headers)
    site.hub.journal.run(remind)
    client, looking = provider(site), referrer(site)
    form = hidden(client.get("/mijn-plekken"))
    answer = client.post("/mijn-plekken", data={**form, **OWN, "actie": "beeindig"})
    assert "staat niet meer op het bord" in client.get(answer.headers["location"]).text
    for page in (client.get("/mijn-plekken").text, looking.get("/plekken").text, client.get("/taken").text):
        assert "Huis De Linde" not in page
    assert 'value="Haarlem"' not in looking.get("/plekken").text
    assert "Deze plek is er niet meer" in looking.get("/plekken/99000001/linde-1/crisis").text
    assert site.browser().get("/v1/plekken", headers=headers).json()["totaal"] == 0
    assert site.hub.journal.run(remind) == 0
    publish(site, encoded(), headers)
    assert "Huis De Linde" in looking.get("/plekken").text


def test_the_outside_hears_which_organisation_confirmed_and_never_which_person(site: LiveSite) -> None:
    publish(site, encoded(), key_of(site, "care_provider", agb="99000001"))
    client = provider(site, "jan-de-vries")
    client.post("/mijn-plekken", data={**hidden(client.get("/mijn-plekken")), **OWN, "actie": "bevestig"})
    key = key_of(site, "referring_professional")
    for path in ("/plekken", "/plekken/99000001/linde-1/crisis"):
        assert "jan-de-vries" not in referrer(site, f"arts{len(path)}").get(path).text.casefold()
    answers = [site.browser().get(f"/v1/plekken?formaat={form}", headers=key).text for form in ("json", "csv", "atom", "have")]
    assert not any("jan-de-vries" in answer.casefold() for answer in answers)
    assert '"bevestigdDoor":"De Linde"' in answers[0]
    assert "Opgegeven door jan-de-vries" in client.get("/mijn-plekken").text


def test_the_form_keeps_until_when_a_stop_lasts(site: LiveSite) -> None:
    key = key_of(site, "care_provider", agb="99000001")
    stop = {"soort": "opnamestop", "reden": "verbouwing", "tot": "2030-05-01"}
    publish(site, encoded(vrij=0, status=stop), key)
    client = provider(site)
    form = hidden(client.get("/mijn-plekken/nieuw"))
    typed = {
        "locatie-naam": "Huis De Linde", "locatie-id": "linde-1", "locatie-plaats": "Haarlem", "locatie-gemeente": "Haarlem",
        "plaatstype": "crisis", "leeftijdVan": "6", "leeftijdTot": "12", "geslacht": "beide", "beveiliging": "open",
        "capaciteitTotaal": "8", "vrij": "0", "status-soort": "opnamestop", "status-reden": "verbouwing",
        "contact-telefoon": "023-5550100",
    }  # fmt: skip
    for kind, kept in (("opnamestop", "2030-05-01"), ("open", None)):
        assert client.post("/mijn-plekken/nieuw", data={**form, **typed, "status-soort": kind}).status_code == 303
        answer = site.browser().get("/v1/plekken", headers=key).json()["resultaten"][0]
        assert answer["status"]["tot"] == kept
