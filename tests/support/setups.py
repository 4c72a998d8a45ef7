"""The two set-ups on which scenarios run: everything embedded, and PostgreSQL with RabbitMQ and processes apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.hub_processes import HubProcesses
from tests.support.plugin import GIVEN_AMQP, GIVEN_POSTGRES, server_or_skip
from tests.support.services import create_database, drop_database

SETUPS = ("embedded", "apart")


@contextmanager
def servers_of(request: pytest.FixtureRequest, setup: str) -> Iterator[dict[str, str | None]]:
    """The journal and the broker of a set-up, as ``HubProcesses`` takes them: each of its own, or None."""
    with ExitStack() as ending:
        journal = broker = None
        if setup == "apart":
            server = os.environ.get(GIVEN_POSTGRES) or server_or_skip(request, "_postgres_or_reason").url
            journal = create_database(server)
            ending.callback(drop_database, journal, server_url=server)
            broker = os.environ.get(GIVEN_AMQP)
            if broker is None:
                node = server_or_skip(request, "_rabbit_or_reason")
                broker = node.url_of(node.new_vhost())
        yield {"journal": journal, "broker": broker}


@contextmanager
def running(request: pytest.FixtureRequest, setup: str, folder: Path, **options: Any) -> Iterator[HubProcesses]:
    """A running hub with its simulated partner, ended in good order.

    Args:
        setup: One of ``SETUPS``.
        folder: An empty one.
        options: For ``HubProcesses``.
    """
    with servers_of(request, setup) as servers, HubProcesses(folder, **servers, **options) as hub:
        yield hub
