"""The secretary's cases in a real browser, wide and narrow: every state, what she does about it, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.case_states import KENMERKEN, PATHS, fill
from tests.console.test_pages import WIDTHS, Sight
from tests.support.live_site import PASSWORD, LiveSite

pytestmark = pytest.mark.browser

STATES = (
    "held", "away", "sent", "overdue", "confirmed", "rejected", "parked", "contradicted", "family", "closing", "cancelled",
)  # fmt: skip
LISTS = {"lijst": "/raadsverzoeken", "lopend": "/raadsverzoeken?deel=lopend", "taken": "/taken", "meldingen": "/meldingen"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A desk with a case in every state."""
    with LiveSite(tmp_path_factory.mktemp("cases"), environment="acceptatie") as site:
        fill(site)
        yield site


@pytest.fixture(scope="module")
def empty_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A desk where nothing has come in yet."""
    with LiveSite(tmp_path_factory.mktemp("empty-cases"), environment="acceptatie") as site:
        site.user("secretaris", "secretary")
        site.user("privacy", "privacy_officer")
        yield site


def sign_in(sight: Sight, site: LiveSite, name: str, home: str = "/raadsverzoeken") -> None:
    """Sign in by keyboard; it leads to somebody's own work."""
    sight.go(f"{site.url}/aanmelden")
    sight.page.get_by_label("Naam").fill(name)
    sight.page.get_by_label("Wachtwoord").fill(PASSWORD)
    sight.page.keyboard.press("Enter")
    sight.page.wait_for_url(f"{site.url}{home}")


def open_content(sight: Sight, purpose: str = "overleg") -> None:
    """Choose a purpose and open the content."""
    sight.page.get_by_label("Waarvoor hebt u de inhoud nodig?").select_option(purpose)
    sight.page.get_by_role("button", name="Toon inhoud").click()
    sight.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_case_reads_well(chromium: Any, desk: LiveSite, width: int):
    sight = Sight(chromium, width)
    sign_in(sight, desk, "a.devries")
    for name, path in LISTS.items():
        assert sight.go(desk.url + path) == 200
        sight.check(f"zaak-{name}", width)
    for name in STATES:
        assert sight.go(desk.url + PATHS[name]) == 200
        sight.check(f"zaak-{name}", width)
    for name in ("unmatched", "stranger", "ambtshalve"):
        assert sight.go(desk.url + PATHS[name]) == 200
        sight.check(f"zaak-melding-{name}", width)
    for name, action in (("held", "stop"), ("family", "afsluiten"), ("parked", "verbeter")):
        assert sight.go(f"{desk.url}{PATHS[name]}/{action}") == 200
        sight.check(f"zaak-vraag-{action}", width)
    sight.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_content_opens_with_a_purpose(chromium: Any, desk: LiveSite, width: int):
    sight = Sight(chromium, width)
    sign_in(sight, desk, "a.devries")
    sight.go(desk.url + PATHS["family"])
    sight.page.get_by_role("button", name="Toon inhoud").click()
    sight.page.wait_for_load_state("networkidle")
    sight.errors.clear()  # the browser itself reports the 400
    sight.check("zaak-zonder-doel", width)
    open_content(sight)
    assert "Noor Voorbeeld" in sight.page.inner_text("main")
    sight.check("zaak-open", width)
    sight.go(desk.url + PATHS["unmatched"])
    open_content(sight, "melding")
    sight.check("zaak-melding-open", width)
    sight.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_empty_lists_say_what_will_appear(chromium: Any, empty_desk: LiveSite, width: int):
    sight = Sight(chromium, width)
    sign_in(sight, empty_desk, "secretaris")
    for name in ("lijst", "taken", "meldingen"):
        sight.go(empty_desk.url + LISTS[name])
        sight.check(f"zaak-leeg-{name}", width)
    sight.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_privacy_officer_sees_who_looked(chromium: Any, desk: LiveSite, width: int):
    sight = Sight(chromium, width)
    sign_in(sight, desk, "privacy", "/inzage")
    sight.check("zaak-inzage", width)
    sight.page.get_by_label("Wie", exact=True).fill("a.devries")
    sight.page.get_by_role("button", name="Toon").click()
    sight.page.wait_for_load_state("networkidle")
    sight.check("zaak-inzage-gefilterd", width)
    sight.context.close()


def test_a_case_is_followed_without_scripts(chromium: Any, desk: LiveSite):
    sight = Sight(chromium, 390, java_script_enabled=False)
    sign_in(sight, desk, "a.devries")
    page = sight.page
    page.get_by_role("link", name="Concepten").first.wait_for()
    page.get_by_label("Zoek op zaaknummer").fill(KENMERKEN["family"])
    page.keyboard.press("Enter")
    page.wait_for_url(desk.url + PATHS["family"])
    open_content(sight, "melding")
    assert "De rechter heeft voor Noor Voorbeeld een maatregel opgelegd." in page.inner_text("main")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").first.click()
    assert download.value.suggested_filename.endswith(".pdf")
    page.get_by_role("link", name="Verberg de inhoud").click()
    page.wait_for_url(desk.url + PATHS["family"])
    assert "Noor" not in page.inner_text("main")
    sight.context.close()


def test_a_decision_is_taken_by_keyboard_and_told(chromium: Any, desk: LiveSite):
    sight = Sight(chromium, 1280)
    sign_in(sight, desk, "a.devries")
    page = sight.page
    sight.go(desk.url + PATHS["held"])
    page.get_by_role("link", name="Stoppen").press("Enter")
    page.wait_for_url(f"{desk.url}{PATHS['held']}/stop")
    page.get_by_role("button", name="Stoppen").press("Enter")
    page.wait_for_load_state("networkidle")
    sight.errors.clear()  # the browser itself reports the 400
    sight.check("zaak-vraag-fout", 1280)
    page.get_by_role("alert").get_by_role("link").press("Enter")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Stoppen").press("Enter")
    page.wait_for_url(f"{desk.url}{PATHS['held']}?gedaan=stop")
    assert "Het verzoek is gestopt" in page.get_by_role("status").inner_text()
    sight.check("zaak-gestopt", 1280)
    sight.context.close()


def test_a_notification_finds_its_case_and_goes_back(chromium: Any, desk: LiveSite):
    sight = Sight(chromium, 1280)
    sign_in(sight, desk, "a.devries")
    page = sight.page
    sight.go(desk.url + PATHS["stranger"])
    page.get_by_label("Of vul het zaaknummer in").fill(KENMERKEN["confirmed"])
    page.get_by_role("button", name="Koppel").click()
    page.wait_for_url(f"{desk.url}{PATHS['confirmed']}?gedaan=gekoppeld")
    assert "Het is niet duidelijk bij welk kind" in page.inner_text("main")
    sight.check("zaak-gekoppeld", 1280)
    sight.go(desk.url + PATHS["stranger"])
    page.get_by_role("button", name="Neem dit besluit terug").click()
    page.wait_for_url(f"{desk.url}/meldingen?gedaan=terug")
    sight.check("zaak-teruggenomen", 1280)
    sight.context.close()


def test_cases_are_readable_in_the_dark(chromium: Any, desk: LiveSite):
    sight = Sight(chromium, 1280, color_scheme="dark")
    sign_in(sight, desk, "a.devries")
    for name in ("family", "overdue"):
        sight.go(desk.url + PATHS[name])
        sight.check(f"zaak-donker-{name}", 1280)
    open_content(sight)
    sight.check("zaak-donker-open", 1280)
    sight.context.close()
