"""The secretary's walk through the form in a real browser, wide and narrow: from the first question to the proof of sending."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.test_pages import WIDTHS, Sight
from tests.support.form_filler import PDF
from tests.support.live_site import LiveSite

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def form_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A hub with a secretary."""
    with LiveSite(tmp_path_factory.mktemp("form")) as site:
        site.user("anna", "secretary")
        yield site


class Walk:
    """A secretary at a browser who looks at every page."""

    def __init__(self, sight: Sight, width: int) -> None:
        self.sight = sight
        self.page = sight.page
        self.width = width

    def press(self, name: str, *, exact: bool = True) -> None:
        """Press a button and wait for the page it leads to."""
        self.sight.bytes = 0
        with self.page.expect_navigation(wait_until="networkidle"):
            self.page.get_by_role("button", name=name, exact=exact).click()

    def fill(self, **values: str) -> None:
        """Type in inputs by id."""
        for name, value in values.items():
            self.page.locator(f"[id='{name.replace('__', '-')}']").fill(value)

    def choose(self, label: str, within: str = "main") -> None:
        """Choose a radio button or box by its words."""
        self.page.locator(within).get_by_label(label, exact=True).check()

    def look(self, name: str) -> None:
        """Hold the page against what every page must be."""
        self.sight.check(f"form-{name}", self.width)

    def expect_errors(self) -> None:
        """The browser itself reports the status of a page with errors."""
        self.sight.errors = [one for one in self.sight.errors if "the server responded with a status of 4" not in one]
        assert self.page.evaluate("document.activeElement.getAttribute('role')") == "alert"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_secretary_sends_a_request_for_a_whole_family(chromium: Any, form_site: LiveSite, tmp_path: Path, width: int):
    sight = Sight(chromium, width)
    _sign_in(sight, form_site)
    walk = Walk(sight, width)
    sight.go(f"{form_site.url}/raadsverzoeken/nieuw")
    walk.look("1-gevaar")
    walk.press("Verder")
    walk.expect_errors()
    walk.look("1-gevaar-fout")
    walk.choose("Nee")
    walk.press("Verder")
    _the_request(walk)
    _two_children(walk)
    _gezag(walk)
    _others(walk)
    _papers(walk, tmp_path)
    _check_and_send(walk, width)
    sight.context.close()


def _sign_in(sight: Sight, site: LiveSite) -> None:
    from tests.support.live_site import PASSWORD

    sight.go(f"{site.url}/aanmelden")
    sight.page.get_by_label("Naam").fill("anna")
    sight.page.get_by_label("Wachtwoord").fill(PASSWORD)
    with sight.page.expect_navigation(wait_until="networkidle"):
        sight.page.keyboard.press("Enter")


def _the_request(walk: Walk) -> None:
    walk.look("2-verzoek")
    walk.press("Bewaar en ga verder")
    walk.expect_errors()
    walk.look("2-verzoek-fout")
    walk.page.get_by_role("alert").get_by_role("link").first.click()
    assert walk.page.evaluate("document.activeElement.id") == "urgentie"
    walk.choose("Hoog")
    walk.fill(onderwerp="Zorgen na bespreking aan de tafel", verzoeker__organisatie="CJG Voorbeeldgemeente")
    walk.fill(verzoeker__medewerker__achternaam="Testgeval", verzoeker__medewerker__telefoon="023-5550100")
    walk.press("Bewaar en ga verder")


def _two_children(walk: Walk) -> None:
    walk.look("3-kinderen-leeg")
    walk.press("Voeg een kind toe")
    walk.look("3-kind")
    walk.fill(bsn="999999048", voornamen="Noor", geslachtsnaam="Voorbeeld")
    walk.fill(geboortedatum__dag="9", geboortedatum__maand="3", geboortedatum__jaar="2015")
    walk.press("Bewaar en ga verder")
    walk.expect_errors()
    walk.look("3-kind-fout")
    walk.fill(bsn="999999047")
    walk.press("Bewaar en ga verder")
    walk.press("Voeg een ongeboren kind toe")
    walk.fill(geboortedatum__maand=str(_month()[1]), geboortedatum__jaar=str(_month()[0]))
    walk.page.get_by_label("Wie is de moeder?").select_option("nieuw")
    walk.look("3-ongeboren")
    walk.press("Bewaar en ga verder")


def _gezag(walk: Walk) -> None:
    walk.fill(voornamen="Zoë", geslachtsnaam="Voorbeeld", telefoon="06-12345678", bsn="111222333")
    walk.page.get_by_label("Rol bij Noor Voorbeeld").select_option("ouder met gezag")
    walk.page.get_by_label("Rol bij Ongeboren kind (kind 2)").select_option("ouder met gezag")
    walk.choose("Ja")
    walk.look("4-persoon")
    walk.press("Bewaar en ga verder")
    walk.press("Voeg een persoon toe")
    walk.fill(voornamen="Joris", voorvoegsel="de", geslachtsnaam="Proefman")
    walk.page.get_by_label("Rol bij Noor Voorbeeld").select_option("ouder met gezag")
    assert not walk.page.get_by_label("Waarom niet?").is_visible()
    walk.choose("Nee")
    walk.press("Bewaar en ga verder")
    walk.expect_errors()
    walk.look("4-persoon-fout")
    walk.fill(redenNietGeinformeerd="Vader reageert niet op brief, telefoon en e-mail van 9, 12 en 16 november.")
    walk.press("Bewaar en ga verder")
    walk.look("4-gezag")
    walk.press("Verder")


def _others(walk: Walk) -> None:
    walk.press("Voeg een instelling toe")
    walk.fill(naam="Basisschool De Proef", telefoon="023-5550133")
    walk.page.get_by_label("Rol bij Noor Voorbeeld").select_option("onderwijsgevende")
    walk.look("5-instelling")
    walk.press("Bewaar en ga verder")
    walk.look("5-betrokkenen")
    walk.press("Verder")


def _papers(walk: Walk, folder: Path) -> None:
    walk.look("6-documenten-leeg")
    (folder / "verzoek.pdf").write_bytes(PDF)
    (folder / "kwaad.pdf").write_bytes(b"MZ dit is geen pdf")
    walk.page.get_by_label("Bestand", exact=True).set_input_files(folder / "kwaad.pdf")
    walk.page.get_by_text("Maak er een pdf van").wait_for()
    walk.press("Voeg dit document toe")
    walk.expect_errors()
    walk.look("6-documenten-fout")
    walk.page.get_by_label("Bestand", exact=True).set_input_files(folder / "verzoek.pdf")
    walk.page.wait_for_function("document.getElementById('datum-jaar').value !== ''")
    walk.press("Voeg dit document toe")
    walk.look("6-documenten")
    with walk.page.expect_navigation(wait_until="networkidle"):
        walk.page.get_by_role("link", name="Wijzig of haal weg").first.click()
    walk.look("6-document")
    walk.press("Bewaar en ga verder")
    walk.press("Verder naar de controle")


def _check_and_send(walk: Walk, width: int) -> None:
    walk.look("7-controle")
    assert "Er zijn nog" not in walk.page.inner_text("main")
    walk.press("Verstuur naar de Raad")
    if walk.page.get_by_role("alert").count():  # the second walk finds the child of the first in a request that runs
        walk.expect_errors()
        walk.look("7-controle-vinken")
        for box in walk.page.get_by_role("checkbox").all():
            box.check()
        walk.press("Verstuur naar de Raad")
    walk.look("8-verstuurd")
    assert "N.V. (2015), ongeboren kind" in walk.page.inner_text("main")
    assert re.search(r"CJG-20\d\d-\d{6}", walk.page.inner_text("main"))
    walk.page.emulate_media(media="print")
    assert not walk.page.get_by_role("button", name="Stop: niet versturen").is_visible()
    walk.page.emulate_media(media="screen")
    walk.press("Stop: niet versturen")
    assert "Klopt dit verzoek?" in walk.page.inner_text("main")
    walk.sight.go(walk.page.url.split("/raadsverzoeken")[0] + "/raadsverzoeken/concepten")
    walk.look("concepten")


def _month() -> tuple[int, int]:
    """A month that lies four months ahead."""
    import datetime as dt

    day = dt.date.today() + dt.timedelta(days=120)
    return day.year, day.month


def test_what_is_typed_is_kept_by_itself_and_another_window_is_noticed(chromium: Any, form_site: LiveSite):
    sight = Sight(chromium, 1280)
    walk = _in_a_draft(sight, form_site)
    page = sight.page
    other = sight.context.new_page()
    other.goto(page.url, wait_until="networkidle")
    walk.fill(onderwerp="nog niet met een knop bewaard")
    page.get_by_text(re.compile(r"^Bewaard om \d\d:\d\d:\d\d\.$")).wait_for()
    other.locator("[id='onderwerp']").fill("uit een ander venster")
    other.get_by_text("in een ander venster gewijzigd").wait_for()
    assert other.locator("[id='onderwerp']").input_value() == "uit een ander venster"
    sight.go(page.url)
    assert page.locator("[id='onderwerp']").input_value() == "nog niet met een knop bewaard"
    sight.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_beside_the_road_are_as_good(chromium: Any, form_site: LiveSite, width: int):
    sight = Sight(chromium, width)
    walk = _in_a_draft(sight, form_site)
    base = sight.page.url.rpartition("/")[0]
    walk.press("Bewaar en stop")
    for name, place in (("7-controle-fouten", "controle"), ("weg", "weg"), ("stop", "stop")):
        sight.go(f"{base}/{place}")
        walk.look(name)
    sight.go(f"{base}/verzoek")
    walk.fill(onderwerp="te lang weggeweest")
    sight.context.clear_cookies()
    walk.press("Bewaar en ga verder")
    sight.errors.clear()  # the browser itself reports the 401
    walk.look("afgemeld")
    assert sight.page.locator("input[type=hidden][name=onderwerp]").input_value() == "te lang weggeweest"
    sight.context.close()


def test_the_form_is_readable_in_the_dark(chromium: Any, form_site: LiveSite):
    sight = Sight(chromium, 1280, color_scheme="dark")
    walk = _in_a_draft(sight, form_site)
    walk.press("Bewaar en ga verder")
    walk.expect_errors()
    walk.look("donker-verzoek-fout")
    sight.go(f"{sight.page.url.rpartition('/')[0]}/controle")
    walk.look("donker-controle")
    sight.context.close()


def test_a_page_is_filled_in_and_sent_by_keyboard_alone(chromium: Any, form_site: LiveSite):
    sight = Sight(chromium, 1280)
    _sign_in(sight, form_site)
    sight.go(f"{form_site.url}/raadsverzoeken/nieuw")
    keys = sight.page.keyboard
    for _ in range(40):
        keys.press("Tab")
        if sight.page.evaluate("document.activeElement.name") == "onverwijldeSpoed":
            break
    keys.press("ArrowDown")
    with sight.page.expect_navigation(wait_until="networkidle"):
        keys.press("Enter")
    assert "Wat vraagt u aan de Raad?" in sight.page.inner_text("h1")
    sight.context.close()


def _in_a_draft(sight: Sight, site: LiveSite) -> Walk:
    _sign_in(sight, site)
    walk = Walk(sight, sight.page.viewport_size["width"])
    sight.go(f"{site.url}/raadsverzoeken/nieuw")
    walk.choose("Nee")
    walk.press("Verder")
    return walk
