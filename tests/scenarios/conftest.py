"""The two set-ups on which every scenario runs: everything embedded, and PostgreSQL with RabbitMQ and processes apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.hub_processes import HubProcesses
from tests.support.plugin import GIVEN_AMQP, GIVEN_POSTGRES, server_or_skip
from tests.support.services import create_database, drop_database


@pytest.fixture(scope="module", params=["embedded", "apart"])
def running_hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcesses]:
    """A running hub with its simulated partner, for all tests of a module; ended in good order."""
    folder: Path = tmp_path_factory.mktemp(str(request.param))
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
        yield ending.enter_context(HubProcesses(folder, journal=journal, broker=broker, answer_within=3))


@pytest.fixture
def hub(running_hub: HubProcesses) -> HubProcesses:
    """The running hub as a test wants to find it: partner without faults or memory, connection open, all roles up."""
    running_hub.fresh()
    return running_hub
