"""Every page in a real browser, wide and narrow: no findings of axe, no errors, and light."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.console.states import PATHS
from tests.support.live_site import PASSWORD, LiveSite

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)
MOST_BYTES = 150_000
#: Folder for pictures of the pages; none are made without it.
SHOTS = os.environ.get("HUB_TEST_SHOTS")

FULL = {
    "overzicht": "/",
    "partners": "/partners",
    "berichten": "/berichten",
    "onderweg": "/berichten?open=ja",
    "geparkeerd": "/geparkeerd",
    "bericht-bevestigd": "completed",
    "bericht-afgewezen": "rejected",
    "bericht-wacht": "retry",
    "bericht-geparkeerd": "parked",
    "bericht-ingetrokken": "cancelled",
    "opnieuw": "parked/opnieuw",
    "intrekken": "waiting/intrekken",
    "niet-gevonden": "/berichten/onbekend",
}
EMPTY = {"leeg-overzicht": "/", "leeg-partners": "/partners", "leeg-berichten": "/berichten", "leeg-geparkeerd": "/geparkeerd"}


class Sight:
    """A page in the browser, with what went wrong in it and what it weighed."""

    def __init__(self, chromium: Any, width: int, **options: Any) -> None:
        self.context = chromium.new_context(viewport={"width": width, "height": 900}, locale="nl-NL", **options)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.bytes = 0
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", self._weigh)

    def _weigh(self, response: Any) -> None:
        self.bytes += int(response.headers.get("content-length", "0"))

    def go(self, url: str) -> int:
        """Open a page; its status."""
        self.bytes = 0
        return int(self.page.goto(url, wait_until="networkidle").status)

    def sign_in(self, site: LiveSite, name: str) -> None:
        """Sign in by keyboard, as a person does."""
        self.go(f"{site.url}/aanmelden")
        self.page.get_by_label("Naam").fill(name)
        self.page.get_by_label("Wachtwoord").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{site.url}/")

    def check(self, name: str, width: int) -> None:
        """Hold the page against what every page must be."""
        from axe_playwright_python.sync_playwright import Axe

        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()
        assert self.errors == []
        assert self.bytes < MOST_BYTES
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{name} scrolls sideways by {wider} px"
        assert self.page.locator("h1").count() == 1


def _path(place: str) -> str:
    if place.startswith("/"):
        return place
    state, _, rest = place.partition("/")
    return f"{PATHS[state]}/{rest}" if rest else PATHS[state]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_light_and_without_errors(chromium: Any, full_site: LiveSite, width: int):
    sight = Sight(chromium, width)
    sight.sign_in(full_site, "beheer")
    for name, place in FULL.items():
        status = sight.go(full_site.url + _path(place))
        assert status == (404 if name == "niet-gevonden" else 200), name
        if status == 404:
            sight.errors.clear()  # the browser itself reports the status
        sight.check(name, width)
    sight.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_empty_pages_say_what_will_appear(chromium: Any, empty_site: LiveSite, width: int):
    sight = Sight(chromium, width)
    sight.go(f"{empty_site.url}/")
    sight.check("aanmelden", width)
    sight.sign_in(empty_site, "beheer")
    for name, path in EMPTY.items():
        sight.go(empty_site.url + path)
        sight.check(name, width)
    sight.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_an_error_is_told_at_the_top_and_linked_to_its_field(chromium: Any, empty_site: LiveSite, width: int):
    sight = Sight(chromium, width)
    sight.go(f"{empty_site.url}/aanmelden")
    sight.page.get_by_role("button", name="Aanmelden").click()
    sight.page.wait_for_load_state("networkidle")
    sight.errors.clear()  # the browser itself reports the 401
    sight.check("aanmelden-fout", width)
    sight.page.get_by_role("alert").get_by_role("link").click()
    assert sight.page.evaluate("document.activeElement.id") == "naam"
    sight.context.close()


def test_somebody_without_a_role_is_told_so(chromium: Any, empty_site: LiveSite):
    sight = Sight(chromium, 1280)
    sight.sign_in(empty_site, "nieuw")
    sight.check("welkom", 1280)
    assert "nog geen rol" in sight.page.inner_text("main")
    sight.context.close()


def test_pages_are_readable_in_the_dark(chromium: Any, full_site: LiveSite):
    sight = Sight(chromium, 1280, color_scheme="dark")
    sight.sign_in(full_site, "beheer")
    for name in ("overzicht", "bericht-geparkeerd", "intrekken", "partners"):
        sight.go(full_site.url + _path(FULL[name]))
        sight.check(f"donker-{name}", 1280)
    sight.context.close()


def test_pages_work_without_scripts(chromium: Any, full_site: LiveSite):
    sight = Sight(chromium, 1280, java_script_enabled=False)
    sight.sign_in(full_site, "beheer")
    sight.page.get_by_label("Zoek op kenmerk of nummer").fill(PATHS["sent"].rpartition("/")[2])
    sight.page.keyboard.press("Enter")
    sight.page.wait_for_url(f"{full_site.url}{PATHS['sent']}")
    assert sight.page.get_by_role("link", name="Ververs deze pagina").is_visible()
    assert "wacht op bevestiging" in sight.page.inner_text("main")
    sight.context.close()


def test_the_overview_renews_itself(chromium: Any, full_site: LiveSite):
    sight = Sight(chromium, 1280)
    sight.go(f"{full_site.url}/")
    before = sight.page.locator("[data-live] .hub-rows li").count()
    assert before
    taken = full_site.accept()
    sight.page.get_by_text(taken.kenmerk).wait_for(timeout=20_000)
    assert sight.errors == []
    sight.context.close()


def test_the_first_stop_of_the_keyboard_leads_to_the_content(chromium: Any, full_site: LiveSite):
    sight = Sight(chromium, 1280)
    sight.go(f"{full_site.url}/")
    sight.page.keyboard.press("Tab")
    assert sight.page.evaluate("document.activeElement.textContent") == "Naar de inhoud"
    sight.page.keyboard.press("Enter")
    assert sight.page.evaluate("document.activeElement.id") == "inhoud"
    sight.context.close()
