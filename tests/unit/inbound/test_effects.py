"""From a request to the effects that an exchange's manifest names: inbound route, meaning, content, own tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from hub import registry
from hub.assembly import Hub
from hub.config import load
from hub.contracts.adapter import HttpAnswer, InboundRequest, Incoming
from hub.contracts.exchange import EffectsMaking, Exchange
from hub.inbound.reception import Reception
from hub.journal import reading
from hub.journal.effects import Context
from hub.journal.opening import revision
from hub.message import InStatus, MessageId
from tests.contract.ledger import TABLES, Ledger, lines

PROBE = Exchange(
    name="ledger",
    partner="corv",
    title="A ledger",
    inbound=("ledger.inbox",),
    tables="tests.contract.ledger:TABLES",
    effects="tests.unit.inbound.test_effects:make",
)
MADE: list[Ledger] = []
SEEN: list[bytes | None] = []


def make(making: EffectsMaking) -> Ledger:
    """As a manifest names it."""
    assert callable(making.routes)
    assert callable(making.keyring)
    MADE.append(Ledger(_look))
    return MADE[-1]


def _look(context: Context, message_id: MessageId, word: str) -> None:
    SEEN.append(context.content(message_id))


class Endpoint:
    """Takes whatever comes as a message of the ledger's inbox, or of the connection."""

    partner: ClassVar[str] = "probe"
    path = "/partners/probe"
    max_bytes = 1_000
    duplicate_identical = "answer-again"

    def authenticate(self, request: InboundRequest) -> None:
        """Everybody is welcome."""

    def parse(self, request: InboundRequest) -> Incoming:
        """The body names the route."""
        route = request.body.decode()
        return Incoming("notice", "them", f"in-{route}", bytes(32), request.body, route=route, meaning={"of": route})

    def confirm(self, incoming: Incoming) -> HttpAnswer:
        return HttpAnswer(200, b"yes")

    def refuse(self, request: InboundRequest, error: Exception) -> HttpAnswer:
        raise error

    def clash(self, incoming: Incoming, *, identical: bool) -> HttpAnswer:
        return HttpAnswer(409, b"no")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(registry, "exchanges", lambda: {"ledger": PROBE})
    MADE.clear()
    SEEN.clear()
    file = tmp_path / "hub.toml"
    file.write_text(f'[journal]\nurl = "sqlite:///{tmp_path}/hub.db"\n[keys]\nfile = "{tmp_path}/hub.keys"\n')
    hub = Hub(load(file, env={}))
    yield hub
    hub.close()


def _receive(hub: Hub, route: str) -> reading.MessageView:
    reception = Reception(hub.journal, hub.keyring, Endpoint(), connection="probe")
    assert reception.handle(InboundRequest({}, route.encode())).status == 200
    (view,) = reading.list_messages(hub.journal, reading.Filter(most=1))
    return view


def test_a_message_of_an_inbound_route_reaches_the_effects_with_its_meaning(hub: Hub) -> None:
    view = _receive(hub, "ledger.inbox")
    assert (view.route, view.connection, view.status) == ("ledger.inbox", "probe", InStatus.HANDLED)
    assert lines(hub.journal) == [(view.id, "received handled nothing counts")]
    assert MADE[0].facts == [{"of": "ledger.inbox"}]
    assert SEEN == [b"ledger.inbox"], "stored contents are opened with the hub's keys"


def test_a_message_of_no_inbound_route_is_the_connections_as_ever(hub: Hub) -> None:
    view = _receive(hub, "")
    assert (view.route, view.status) == ("probe", InStatus.UNMATCHED)
    assert lines(hub.journal) == []


def test_the_tables_of_an_exchange_are_made_with_the_journals(hub: Hub) -> None:
    assert revision(hub.journal, TABLES.name) == "0001"
