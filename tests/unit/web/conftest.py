"""One running site for the tests that do not change what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.live_site import LiveSite


@pytest.fixture
def site(running_site: LiveSite) -> Iterator[LiveSite]:
    """The running site, with fresh browsers."""
    yield running_site
    running_site.close_browsers()


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A hub in environment "test" with an account for each role."""
    with LiveSite(tmp_path_factory.mktemp("site")) as found:
        for role in ("operator", "secretary", "privacy_officer"):
            found.user(role, role)
        found.user("nobody")
        yield found
