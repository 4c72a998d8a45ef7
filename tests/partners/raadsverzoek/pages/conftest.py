"""A running hub with two secretaries and an operator, for tests that send forms as a browser without scripts does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.form_filler import Secretary
from tests.support.live_site import LiveSite


@pytest.fixture(scope="session")
def desk_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A hub with accounts: anna and bert are secretaries, otto is an operator."""
    with LiveSite(tmp_path_factory.mktemp("desk")) as site:
        site.user("anna", "secretary")
        site.user("bert", "secretary")
        site.user("otto", "operator")
        yield site


@pytest.fixture
def anna(desk_site: LiveSite) -> Iterator[Secretary]:
    """A secretary at a fresh browser."""
    yield Secretary(desk_site, "anna")
    desk_site.close_browsers()
