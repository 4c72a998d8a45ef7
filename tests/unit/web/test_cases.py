"""The secretary's pages over HTTP: what she sees, what she may do, and that every look leaves a line."""

from __future__ import annotations

import pytest

from tests.support.cases import Raad
from tests.support.live_site import LiveSite, hidden

PAGES = ("/raadsverzoeken", "/raadsverzoeken?deel=lopend", "/raadsverzoeken?deel=afgerond", "/meldingen", "/taken")
SECRETS = ("999999047", "Noor", "Proefouder", "Testgeval", "verzoek.pdf")


@pytest.fixture
def raad(site: LiveSite) -> Raad:
    """The Raad, which answers."""
    return Raad(site)


@pytest.mark.parametrize("path", PAGES)
def test_a_secretary_sees_her_pages(site: LiveSite, path: str):
    assert site.signed_in("secretary").get(path).status_code == 200


@pytest.mark.parametrize("role", ["operator", "coach", "privacy_officer", "nobody"])
@pytest.mark.parametrize("path", PAGES)
def test_another_role_does_not(site: LiveSite, role: str, path: str):
    assert site.signed_in(role).get(path).status_code == 403


def test_signing_in_leads_the_secretary_to_her_list(site: LiveSite):
    answer = site.signed_in("secretary").get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/raadsverzoeken")


def test_a_case_is_found_by_its_kenmerk_and_not_by_a_bsn(site: LiveSite):
    taken = site.accept()
    browser = site.signed_in("secretary")
    token = hidden(browser.get("/raadsverzoeken"))
    found = browser.post("/raadsverzoeken/zoeken", data={**token, "zoek": f" {taken.kenmerk} "})
    assert found.headers["location"] == f"/raadsverzoeken/{taken.message_id}"
    refused = browser.post("/raadsverzoeken/zoeken", data={**token, "zoek": "999999047"})
    assert refused.status_code == 400
    assert "999999047" not in refused.text


def test_the_case_page_tells_its_story_without_content(site: LiveSite, raad: Raad):
    taken = site.accept()
    raad.takes_over(taken)
    raad.confirms(taken)
    raad.notifies(taken.kenmerk)
    page = site.signed_in("secretary").get(f"/raadsverzoeken/{taken.message_id}").text
    assert "Loopt bij de Raad" in page
    assert "Intake afgerond" in page
    assert "Kind 1" in page
    for secret in SECRETS:
        assert secret not in page
