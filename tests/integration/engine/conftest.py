"""The engine on both setups: embedded, and PostgreSQL with RabbitMQ."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.broker.rabbitmq import RabbitBroker
from hub.contracts.broker import Broker
from hub.journal import tables
from hub.journal.database import Database
from hub.journal.opening import open_journal
from hub.message import MessageId
from tests.contract.journal_rig import Rig
from tests.support.engine import Engine
from tests.support.fake_partner import FakePartner
from tests.support.journals import new_sqlite_journal, postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES
from tests.support.routes import PlainRoute, plain_document

T = TypeVar("T")

EMBEDDED = pytest.param("embedded", id="embedded")
SERVERS = pytest.param("servers", id="servers", marks=[pytest.mark.rabbit, pytest.mark.postgres])


class Setup:
    """A journal and a broker, and engines around them that are stopped at the end of the test."""

    def __init__(self, journal: Database, broker: Broker, stack: ExitStack) -> None:
        self.journal = journal
        self.broker = broker
        self._stack = stack

    def engine(self, partners: Mapping[str, FakePartner], routes: list[Any] | None = None, **facts: Any) -> Engine:
        """An engine with a plain route per partner, of the same name; not started."""
        routes = routes if routes is not None else [PlainRoute(name, name) for name in partners]
        facts.setdefault("broker", self.broker)
        facts.setdefault("journal", self.journal)
        adapters = facts.pop("adapters", {name: partner.adapter for name, partner in partners.items()})
        engine = Engine(facts.pop("journal"), facts.pop("broker"), routes, adapters, **facts)
        return self._stack.enter_context(engine)

    def verify(self) -> None:
        """The journal's invariants."""
        _looking(self.journal).verify()

    def rig(self) -> Rig:
        """Words to look at the journal and to meddle with it."""
        return _looking(self.journal)

    def tasks(self) -> list[tuple[str, str]]:
        return self.rig().open_tasks()

    def wait_for_all(self, ids: list[MessageId], *, status: str = "completed", timeout: float = 120.0) -> None:
        """Wait until every one of these messages has this status."""
        wanted = set(ids)
        rig = self.rig()

        def there() -> bool:
            found = {row["id"] for row in rig.rows(tables.messages) if row["status"] == status}
            found |= {row["message_id"] for row in rig.rows(tables.work) if row["status"] == status}
            return wanted <= found

        Engine.wait_until(there, f"{len(wanted)} messages {status}", timeout=timeout)


def _looking(journal: Database) -> Rig:
    rig = Rig.__new__(Rig)
    rig.db = journal
    return rig


def offer(engine: Engine, many: int, *, route: str = "plain", key: Callable[[int], str] = str) -> list[MessageId]:
    """Accept that many documents, by default each with a key of its own."""
    return [engine.accept(route, plain_document(key(number), number)).message_id for number in range(many)]


@pytest.fixture(params=[EMBEDDED, SERVERS])
def setup(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Setup]:
    """Both setups in turn."""
    yield from make_setup(request.param, request, tmp_path)


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Setup]:
    yield from make_setup("embedded", request, tmp_path)


def make_setup(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Setup]:
    """The servers are asked for first, so that they outlive the engines: a worker keeps its outcomes until it may settle."""
    journal: Database
    broker: Broker
    if kind == "embedded":
        journal, broker = new_sqlite_journal(folder), EmbeddedBroker()
    else:
        server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
        journal = open_journal(postgres_journal_url(server_url, request.getfixturevalue("new_database")))
        broker = RabbitBroker(request.getfixturevalue("amqp_url"))
    with ExitStack() as stack:
        stack.callback(journal.close)
        stack.callback(broker.close)
        yield Setup(journal, broker, stack)


def in_thread(call: Callable[[], object], name: str = "test") -> threading.Thread:
    """Start a thread."""
    thread = threading.Thread(target=call, name=name, daemon=True)
    thread.start()
    return thread
