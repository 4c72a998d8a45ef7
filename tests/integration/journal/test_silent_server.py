"""A database whose connections stay open and say nothing: every wait ends, and new connections serve."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from hub.errors import Reached, Unavailable
from hub.journal.database import Statement, Tx
from hub.journal.postgres import PostgresDatabase, PostgresWaker
from tests.contract.journal_rig import Rig
from tests.support.journals import postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.postgres

PATIENCE = 1.0
#: What every wait must end in: the wait itself and the time to connect.
SECONDS = 12.0
_ONE = Statement("SELECT 1")


@pytest.fixture
def url(request: pytest.FixtureRequest, new_database: Callable[..., str]) -> str:
    import os

    server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
    return postgres_journal_url(server_url, new_database)


@pytest.fixture
def proxy(url: str) -> Iterator[TcpProxy]:
    place = urlsplit(url)
    with TcpProxy(place.hostname or "127.0.0.1", place.port or 5432) as made:
        yield made


@pytest.fixture
def through(url: str, proxy: TcpProxy) -> str:
    place = urlsplit(url)
    who = f"{place.username}:{place.password}@" if place.password else f"{place.username}@" if place.username else ""
    return place._replace(netloc=f"{who}127.0.0.1:{proxy.port}").geturl()


@pytest.fixture
def journal(through: str, proxy: TcpProxy) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(through, patience=PATIENCE)
    yield opened
    proxy.cut()
    opened.close()


def ask(tx: Tx) -> int:
    return int(tx.rows(_ONE)[0][0])


def write(tx: Tx) -> None:
    tx.run(Statement("INSERT INTO series (name, last) VALUES ('x', 1)"))


def within(call: Callable[[], object]) -> BaseException | None:
    """What the call raises; it must end in time."""
    caught: list[BaseException | None] = [None]

    def run() -> None:
        try:
            call()
        except BaseException as error:
            caught[0] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "it waits for ever"
    return caught[0]


def test_a_unit_on_a_silent_line_ends(journal: PostgresDatabase, proxy: TcpProxy) -> None:
    journal.run(ask)
    proxy.stall()
    error = within(lambda: journal.run(ask))
    assert isinstance(error, Unavailable)
    assert error.reached is Reached.NO


def test_lines_that_fell_silent_are_replaced_at_once(journal: PostgresDatabase, proxy: TcpProxy) -> None:
    """As after a fail-over: the old connections are silent, and new ones work."""
    barrier = threading.Barrier(3)

    def together(tx: Tx) -> None:
        ask(tx)
        barrier.wait(10)

    threads = [threading.Thread(target=journal.run, args=(together,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    proxy.stall_existing()
    begun = time.monotonic()
    assert within(lambda: journal.run(ask)) is None
    assert time.monotonic() - begun < PATIENCE + 5
    assert within(lambda: journal.run(ask)) is None


def test_a_commit_on_a_silent_line_may_have_been(journal: PostgresDatabase, proxy: TcpProxy, url: str) -> None:
    def unit(tx: Tx) -> None:
        write(tx)
        proxy.stall(answers_only=True)

    error = within(lambda: journal.run(unit))
    assert isinstance(error, Unavailable)
    assert error.reached is Reached.MAYBE


def test_a_read_on_a_silent_line_ends(journal: PostgresDatabase, proxy: TcpProxy) -> None:
    def read() -> None:
        with journal.reading() as connection:
            connection.execute(text("SELECT 1"))

    read()
    proxy.stall()
    assert isinstance(within(read), Unavailable)
    proxy.pass_through()
    proxy.cut()
    assert within(read) is None


def test_a_read_that_falls_silent_half_way_ends(journal: PostgresDatabase, proxy: TcpProxy) -> None:
    def read() -> None:
        with journal.reading() as connection:
            connection.execute(text("SELECT 1"))
            proxy.stall()
            connection.execute(text("SELECT 1"))

    assert isinstance(within(read), Unavailable)


def test_a_waker_on_a_silent_line_takes_a_new_one(url: str, through: str, proxy: TcpProxy) -> None:
    waker, other = PostgresWaker(through, patience=PATIENCE, silence=0.2), PostgresDatabase(url)
    try:
        waker.wait(0.1)
        proxy.stall_existing()
        time.sleep(0.3)
        end = time.monotonic() + SECONDS
        while not (found := waker.wait(0.2)):
            other.run(lambda tx: tx.notify("svb"))
            assert time.monotonic() < end, "no hint gets through any more"
        assert found == {"svb"}
    finally:
        waker.close()
        other.close()


def test_closing_does_not_wait_for_a_silent_server(journal: PostgresDatabase, proxy: TcpProxy) -> None:
    Rig(journal).accept()
    with journal.reading() as connection:
        connection.execute(text("SELECT 1"))
    proxy.stall()
    assert within(journal.close) is None
