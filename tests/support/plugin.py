"""Fixtures that give a test a real RabbitMQ or PostgreSQL.

Without the programs a test that needs them is skipped on a laptop and fails with ``CI=true``. ``HUB_TEST_AMQP`` and
``HUB_TEST_POSTGRES`` name servers to use instead of private ones: ``amqp_url`` and ``postgres_url`` then come from there,
and tests that stop or kill a server are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

import pytest

from tests.support.processes import still_running
from tests.support.services import PostgresServer, RabbitServer, ServiceUnavailable, create_database, drop_database

AnyServer = TypeVar("AnyServer", PostgresServer, RabbitServer)

GIVEN_AMQP = "HUB_TEST_AMQP"
GIVEN_POSTGRES = "HUB_TEST_POSTGRES"


def do_without(reason: str) -> NoReturn:
    """Something a test needs is not here: skip it on a laptop, fail with ``CI=true``."""
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(f"{reason} (CI=true, so this is a failure)", pytrace=False)
    pytest.skip(reason)


def need_program(name: str) -> None:
    """For a test that runs the commands of a page."""
    if shutil.which(name) is None:
        do_without(f"the page's commands need {name}, which is not installed")


def _server_or_reason(kind: Callable[[], AnyServer], name: str, given: str) -> Iterator[AnyServer | str]:
    """A private server, or why there is none; tried once per session."""
    if os.environ.get(given):
        yield f"this test stops and kills {name}, and {given} names one that is not ours"
        return
    try:
        server = kind()
    except ServiceUnavailable as error:
        yield str(error)
        return
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def _rabbit_or_reason() -> Iterator[RabbitServer | str]:
    yield from _server_or_reason(RabbitServer, "RabbitMQ", GIVEN_AMQP)


@pytest.fixture(scope="session")
def _postgres_or_reason() -> Iterator[PostgresServer | str]:
    yield from _server_or_reason(PostgresServer, "PostgreSQL", GIVEN_POSTGRES)


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """The first fixture of a run and so the last to end: by then every process has been ended by who started it."""
    yield
    left = still_running()
    for process in left:
        process.end()
    assert not left, f"tests left these running: {[process.name for process in left]}"


def server_or_skip(request: pytest.FixtureRequest, fixture: str) -> Any:
    """A session's server for a fixture of wider scope than one test; running."""
    return _running(request.getfixturevalue(fixture))


def _running(server: AnyServer | str) -> AnyServer:
    if isinstance(server, str):
        do_without(server)
    if not server.running:
        server.start()
    return server


@pytest.fixture
def rabbit_server(_rabbit_or_reason: RabbitServer | str) -> RabbitServer:
    """A private RabbitMQ node that the test may stop, kill and restart; it runs when the test starts."""
    return _running(_rabbit_or_reason)


@pytest.fixture
def amqp_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty virtual host for this test alone (the given one when ``HUB_TEST_AMQP`` is set)."""
    given = os.environ.get(GIVEN_AMQP)
    if given:
        return given
    server: RabbitServer = request.getfixturevalue("rabbit_server")
    return server.url_of(server.new_vhost())


@pytest.fixture
def postgres_server(_postgres_or_reason: PostgresServer | str) -> PostgresServer:
    """A private PostgreSQL cluster that the test may stop, kill and restart; it runs when the test starts."""
    return _running(_postgres_or_reason)


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Makes databases: ``new_database()`` or ``new_database(template="name")`` returns a URL; dropped after the test."""
    given = os.environ.get(GIVEN_POSTGRES)
    server_url = given or request.getfixturevalue("postgres_server").url
    made: list[str] = []

    def make(*, template: str | None = None) -> str:
        made.append(create_database(server_url, template=template))
        return made[-1]

    yield make
    for url in made:
        drop_database(url, server_url=server_url)


@pytest.fixture
def postgres_url(new_database: Callable[..., str]) -> str:
    """The URL of an empty database for this test alone."""
    return new_database()
