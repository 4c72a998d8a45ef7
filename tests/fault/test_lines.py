"""A bad line between the hub and its broker, its database or a partner: cut, stalled, halved, or losing only the answers."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.broker.rabbitmq import RabbitBroker
from hub.delivery.retry import RetryPolicy
from hub.delivery.worker import WorkerOptions
from hub.errors import Unavailable
from hub.intake.intake import Taken
from hub.journal import tables
from hub.journal.opening import open_journal
from tests.contract.journal_rig import Rig
from tests.support.engine import Engine
from tests.support.engine_process import HttpAdapter, HttpPartner
from tests.support.fake_partner import FakePartner
from tests.support.journals import new_sqlite_journal, postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES, do_without
from tests.support.routes import PlainRoute, plain_document
from tests.support.services import PostgresServer, RabbitServer
from tests.support.tcp_proxy import TcpProxy

FAULTS: dict[str, Callable[[TcpProxy], object]] = {
    "cut": TcpProxy.cut,
    "stalled": TcpProxy.stall,
    "halved": TcpProxy.halve,
    "answers lost": TcpProxy.lose_answers,
    "refused": lambda proxy: (proxy.refuse(), proxy.cut()),
}
OPTIONS = WorkerOptions(4, call_deadline=0.6, lease_margin=0.6, abandon_after=0.2, journal_pause=0.1)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _mend(proxy: TcpProxy) -> None:
    proxy.pass_through()
    proxy.accept()
    proxy.cut()  # what was said on a line that swallowed answers cannot be mended


def _rig(journal: object) -> Rig:
    rig = Rig.__new__(Rig)
    rig.db = journal  # type: ignore[assignment]
    return rig


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_line_to_a_partner_loses_nothing(fault: str, stack: ExitStack, tmp_path: object) -> None:
    journal = new_sqlite_journal(tmp_path)  # type: ignore[arg-type]
    stack.callback(journal.close)
    partner = HttpPartner()
    stack.callback(partner.close)
    proxy = stack.enter_context(TcpProxy("127.0.0.1", partner.port))
    route = PlainRoute("plain", "plain", max_attempts=1000)
    engine = Engine(
        journal, EmbeddedBroker(), [route], {"plain": lambda: HttpAdapter(proxy.port)}, options=OPTIONS, deaths_allowed=50,
        retry=RetryPolicy(base=0.05, most=0.2),
    )  # fmt: skip
    stack.enter_context(engine)
    taken = [engine.accept("plain", plain_document(str(number), number)) for number in range(3)]
    FAULTS[fault](proxy)
    engine.start()
    first = taken[0].message_id
    if fault not in ("cut", "halved"):
        engine.wait_until(lambda: len(engine.view(first).timeline) > 1, "a first failure")
    _mend(proxy)
    for one in taken:
        engine.wait(one.message_id, "completed")
    partner.assert_same_bytes()
    assert set(partner.got) == {one.reference for one in taken}
    _rig(journal).verify()


@pytest.mark.rabbit
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_line_to_the_broker_costs_time_only(
    fault: str, stack: ExitStack, rabbit_server: RabbitServer, tmp_path: object
) -> None:
    journal = new_sqlite_journal(tmp_path)  # type: ignore[arg-type]
    stack.callback(journal.close)
    proxy = stack.enter_context(TcpProxy(*rabbit_server.host_and_port))
    broker = RabbitBroker(rabbit_server.url_of(rabbit_server.new_vhost(), port=proxy.port))
    stack.callback(broker.close)
    partner = FakePartner()
    engine = Engine(journal, broker, [PlainRoute()], {"plain": partner.adapter}, options=OPTIONS, ticket_life=1.0)
    stack.enter_context(engine)
    engine.start()
    taken = [engine.accept("plain", plain_document(str(number), number)) for number in range(10)]
    engine.wait(taken[0].message_id, "completed")
    FAULTS[fault](proxy)
    taken += [engine.accept("plain", plain_document(str(number), number)) for number in range(10, 20)]
    threading.Event().wait(0.3)
    _mend(proxy)
    for one in taken:
        engine.wait(one.message_id, "completed")
    assert sorted(one.message_id for one in partner.got) == sorted(one.message_id for one in taken)
    _rig(journal).verify()


@pytest.mark.postgres
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_line_to_the_database_loses_and_repeats_nothing(
    fault: str, stack: ExitStack, request: pytest.FixtureRequest, new_database: Callable[..., str]
) -> None:
    if os.environ.get(GIVEN_POSTGRES):
        do_without("needs a server of our own")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = postgres_journal_url(server.url, new_database)
    direct = open_journal(url)
    stack.callback(direct.close)
    proxy = stack.enter_context(TcpProxy(*server.host_and_port))
    journal = open_journal(url.replace(f":{server.port}/", f":{proxy.port}/"))
    stack.callback(journal.close)
    partner = FakePartner()
    engine = Engine(journal, EmbeddedBroker(), [PlainRoute()], {"plain": partner.adapter}, options=OPTIONS, ticket_life=1.0)
    stack.enter_context(engine)
    engine.start()
    identities: dict[str, set[str]] = {}

    def accept(number: int) -> Taken:
        name = f"i{number}"
        taken = engine.accept("plain", plain_document(str(number), number), idempotency_key=name)
        identities.setdefault(name, set()).add(taken.reference)
        return taken

    taken = [accept(number) for number in range(5)]
    engine.wait(taken[0].message_id, "completed")
    FAULTS[fault](proxy)
    mending = threading.Timer(0.5, _mend, [proxy])
    mending.start()
    stack.callback(mending.cancel)
    for number in range(5, 15):
        for _ in range(60):
            try:
                taken.append(accept(number))
                break
            except Unavailable:
                threading.Event().wait(0.1)
        else:
            raise AssertionError("the database does not come back")
    mending.join()
    for number in range(15):
        again = accept(number)
        assert again.again
    assert all(len(found) == 1 for found in identities.values()), "a repeat got another identity"
    for one in taken:
        engine.wait(one.message_id, "completed")
    # A lease whose commit went unheard ends by itself; nothing is sent after a success was recorded.
    assert {one.message_id for one in partner.got} == {one.message_id for one in taken}
    partner.assert_same_bytes()
    rig = _rig(direct)
    rig.verify()
    assert len({row["reference"] for row in rig.rows(tables.messages)}) == 15


def test_the_partner_of_these_tests_answers(stack: ExitStack) -> None:
    partner = HttpPartner()
    stack.callback(partner.close)
    connection = http.client.HTTPConnection("127.0.0.1", partner.port, timeout=5)
    connection.request("POST", "/ref", b"<x>ref</x>")
    assert connection.getresponse().read() == b"Bv04"
    connection.close()
    assert partner.calls() == {"ref": 1}
