"""A running hub beside the simulated SVB, on both set-ups, for the tests of one module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.partners.pgb.processes import PgbProcesses
from tests.support.plugin import GIVEN_AMQP, GIVEN_POSTGRES, server_or_skip
from tests.support.services import create_database, drop_database
from tests.support.setups import SETUPS


@pytest.fixture(scope="module", params=SETUPS)
def running_hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgbProcesses]:
    with ExitStack() as ending:
        journal = broker = None
        if request.param == "apart":
            server = os.environ.get(GIVEN_POSTGRES) or server_or_skip(request, "_postgres_or_reason").url
            journal = create_database(server)
            ending.callback(drop_database, journal, server_url=server)
            broker = os.environ.get(GIVEN_AMQP)
            if broker is None:
                node = server_or_skip(request, "_rabbit_or_reason")
                broker = node.url_of(node.new_vhost())
        folder = tmp_path_factory.mktemp(str(request.param))
        (folder / "in").mkdir()
        more = f'[folders.pgb]\npath = "{folder}/in"\nroute = "toekenning"\nsettle_seconds = 0.2\npoll_seconds = 0.3\n'
        yield ending.enter_context(PgbProcesses(folder, more=more, journal=journal, broker=broker))


@pytest.fixture
def hub(running_hub: PgbProcesses) -> PgbProcesses:
    running_hub.start()
    running_hub.fresh_svb()
    return running_hub
