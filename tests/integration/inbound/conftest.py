"""A running hub that three Digikoppeling adapters deliver to, each with other settings, on both set-ups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.doors import MORE, MOST_BYTES, Doors
from tests.support.setups import SETUPS, running


@pytest.fixture(scope="module", params=SETUPS)
def doors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """``corv`` answers an identical repeat again, ``streng`` refuses it, ``krap`` takes little and compares wsa:To."""
    more = MORE.format(name="streng", inbound='duplicate_identical = "refuse"')
    krap = f'max_bytes = {MOST_BYTES}\nexpected_to = "urn:dkintern:00000099000000001000:jeugd-applicatie:"'
    more += MORE.format(name="krap", inbound=krap)
    folder = tmp_path_factory.mktemp(str(request.param))
    with running(request, str(request.param), folder, more=more) as hub:
        yield Doors(hub)
