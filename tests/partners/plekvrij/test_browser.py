"""The pages in a real browser, wide and narrow: no findings of axe, no errors, no sideways scrolling, and quick to use."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hub.web.accounts import create_user
from tests.console.test_pages import WIDTHS, Sight
from tests.partners.plekvrij.offers import at, encoded, located
from tests.partners.plekvrij.site import key_of, plekvrij_site, provider, publish, referrer
from tests.support.live_site import PASSWORD, LiveSite

pytestmark = pytest.mark.browser

PAGES = {
    "huisarts": {
        "verwijzer-bord": "/plekken",
        "verwijzer-gevonden-niets": "/plekken?leeftijd=1",
        "verwijzer-verloop": "/plekken/99000001/linde-1/crisis",
    },
    "linde": {
        "aanbieder-mijn-plekken": "/mijn-plekken",
        "aanbieder-bevestigd": "/mijn-plekken?gedaan=bevestigd",
        "aanbieder-nieuw": "/mijn-plekken/nieuw",
    },
    "beheer": {"beheer-abonnees": "/abonnees"},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A board with something of each age."""
    with plekvrij_site(tmp_path_factory.mktemp("plekvrij")) as made:
        key = key_of(made, "care_provider")
        for days in range(28, 0, -1):
            publish(made, encoded(vrij=days % 5, peilmoment=at(days=days)), key)
        publish(made, encoded(), key)
        publish(made, encoded(**located("eik", naam="Groep Zuid"), plaatstype="verblijf", peilmoment=at(hours=30)), key)
        expired = {"vrij": 3, "geldigTot": at(hours=1), "peilmoment": at(hours=60)}
        publish(made, encoded(**located("beuk", naam="Gezinshuis Beuk"), plaatstype="gezinshuis", **expired), key)
        provider(made)
        referrer(made)
        create_user(made.hub.journal, "beheer", ["operator"], PASSWORD)
        body = {"naam": "Regio Kennemerland", "adres": "https://regio.example/plekken", "plaatstype": "crisis"}
        made.browser().post("/v1/plekabonnementen", json=body, headers=key_of(made, "operator"))
        yield made


def signed_in(chromium: Any, site: LiveSite, name: str, width: int, **options: Any) -> Sight:
    sight = Sight(chromium, width, **options)
    sight.go(f"{site.url}/aanmelden")
    sight.page.get_by_label("Naam").fill(name)
    sight.page.get_by_label("Wachtwoord").fill(PASSWORD)
    sight.page.keyboard.press("Enter")
    sight.page.wait_for_url(lambda url: "/aanmelden" not in url)
    return sight


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_light_and_without_errors(chromium: Any, site: LiveSite, name: str, width: int) -> None:
    sight = signed_in(chromium, site, name, width)
    for page, path in PAGES[name].items():
        assert sight.go(site.url + path) == 200
        sight.check(page, width)
    sight.context.close()


def test_a_planner_confirms_and_publishes_by_keyboard_on_a_phone_without_scripts(chromium: Any, site: LiveSite) -> None:
    sight = signed_in(chromium, site, "linde", 390, java_script_enabled=False)
    began = time.monotonic()
    sight.go(f"{site.url}/mijn-plekken")
    sight.page.get_by_role("button", name=re.compile("Dit klopt nog.*Gezinshuis Beuk")).press("Enter")
    sight.page.get_by_text("Bevestigd. Verwijzers zien dat het nog klopt.").wait_for()
    sight.page.locator("#vrij-99000001-beuk-gezinshuis").fill("1")
    sight.page.keyboard.press("Enter")
    sight.page.get_by_text("Gepubliceerd. Verwijzers zien het nu.").wait_for()
    assert time.monotonic() - began < 30
    sight.context.close()
    looking = signed_in(chromium, site, "huisarts", 390, java_script_enabled=False)
    looking.go(f"{site.url}/plekken?plaatstype=gezinshuis&vrij=1")
    assert looking.page.get_by_role("link", name="Bel 023-5550101").get_attribute("href") == "tel:0235550101"
    assert "1 plek vrij" in looking.page.inner_text("main")
    looking.context.close()


def test_an_open_board_shows_a_change_by_itself(chromium: Any, site: LiveSite) -> None:
    sight = signed_in(chromium, site, "huisarts", 1280)
    sight.go(f"{site.url}/plekken?gemeente=Zandvoort")
    assert "Geen plek gevonden" in sight.page.inner_text("main")
    changes = located("duin", gemeente="Zandvoort")
    publish(site, encoded(**changes), key_of(site, "care_provider"))
    sight.page.get_by_text("2 plekken vrij").wait_for(timeout=15_000)
    sight.context.close()
