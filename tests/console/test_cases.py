"""The secretary's cases in a real browser, wide and narrow: every state, what she does about it, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.case_states import PATHS, fill
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
