"""A real browser for the console. Absent: skipped with one line on a laptop, a failure with CI=true."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.support.live_site import LiveSite
from tests.support.plugin import do_without

_PLACES = (os.environ.get("HUB_TEST_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """A running Chromium, for one module: the event loop of its driver ends with it, so no other test meets it."""
    found = next((path for name in _PLACES if name and (path := shutil.which(name))), None)
    if found is None:
        do_without("Chromium is not installed; `apt-get install chromium`, or set HUB_TEST_CHROMIUM to a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_ARGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def full_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A demo with a message in every state, and an operator."""
    from tests.console.states import fill

    with LiveSite(tmp_path_factory.mktemp("console"), environment="demo") as site:
        fill(site)
        yield site


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A hub in production to be, with nothing in it yet."""
    with LiveSite(tmp_path_factory.mktemp("empty"), environment="acceptatie") as site:
        site.user("beheer", "operator")
        site.user("nieuw")
        yield site
