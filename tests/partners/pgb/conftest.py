"""A running hub beside the simulated SVB, on both set-ups, for the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.partners.pgb.processes import PgbFiles, PgbProcesses
from tests.support.setups import SETUPS, servers_of


@pytest.fixture(scope="module", params=SETUPS)
def servers(request: pytest.FixtureRequest) -> Iterator[dict[str, str | None]]:
    """The journal and the broker of a set-up, as ``HubProcesses`` takes them; its name is the folder's."""
    with servers_of(request, request.param) as found:
        yield found


@pytest.fixture(scope="module")
def running_hub(servers: dict[str, str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgbProcesses]:
    folder = tmp_path_factory.mktemp("pgb")
    (folder / "in").mkdir()
    more = f'[folders.pgb]\npath = "{folder}/in"\nroute = "toekenning"\nsettle_seconds = 0.2\npoll_seconds = 0.3\n'
    with PgbProcesses(folder, more=more, **servers) as hub:
        yield hub


@pytest.fixture
def hub(running_hub: PgbProcesses) -> PgbProcesses:
    running_hub.start()
    running_hub.fresh_svb()
    return running_hub


@pytest.fixture(scope="module")
def files(servers: dict[str, str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgbFiles]:
    """A hub whose messages to SVB are files."""
    with PgbFiles(tmp_path_factory.mktemp("files"), **servers) as hub:
        yield hub
