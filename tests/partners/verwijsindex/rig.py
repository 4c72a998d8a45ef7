"""A whole hub in this process with every role running, beside a simulated index: for scenarios, on both set-ups."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub.assembly import DutyParts, Hub
from hub.config import load
from hub.contracts.duty import DutyContext
from hub.delivery.roles import Roles
from hub.intake.intake import Taken
from hub.journal import outstanding, reading
from hub.journal.reading import MessageView
from hub.message import Caller, MessageId
from hub.routes.verwijsindex import cases
from hub.simulators.verwijsindex.simulator import IndexSimulator
from hub.transports import wsdl as wsdl  # zeep, imported before threads are
from hub.web.accounts import create_user
from hub.web.server import WebServer
from tests.partners.verwijsindex.documents import encoded, melder, melding
from tests.support.processes import wait_until
from tests.support.setups import servers_of

PASSWORD = "een heel lang wachtwoord"
ANNA = Caller("user", "anna")
SYSTEM = Caller("api_key", "dossier")

_SETTINGS = """\
[hub]
environment = "test"
data_dir = {folder}
[journal]
url = "{journal}"
[broker]
url = "{broker}"
ticket_life_seconds = 3
[web]
port = 0
[delivery]
poll_seconds = 0.1
retry_base_seconds = 0.2
retry_max_seconds = 0.5
breaker_seconds = 0.3
breaker_max_seconds = 0.5
[connections.verwijsindex]
partner = "verwijsindex"
[connections.verwijsindex.settings]
url = "{url}"
every_seconds = 0.2
{settings}
[routes.melding.settings]
municipalities = {{ "0392" = "Voorbeeldstad" }}
organisation = "CJG Voorbeeldstad"
"""


class World:
    """A hub and an index. ``start`` lets the roles run; before that nothing leaves or comes."""

    def __init__(self, folder: Path, *, journal: str = "", broker: str = "memory://", settings: str = "") -> None:
        self.index = IndexSimulator()
        self.index.start()
        file = folder / "hub.toml"
        journal = journal or f"sqlite:///{folder}/hub.sqlite3"
        values = {"folder": json.dumps(str(folder)), "journal": journal, "broker": broker, "url": self.index.url}
        file.write_text(_SETTINGS.format(**values, settings=settings), encoding="utf-8")
        self.config_file = file
        self.hub = Hub(load(file, env={}))
        self.roles = Roles()
        self.server: WebServer | None = None

    def start(self) -> None:
        """Everything that ``hub run`` starts."""
        hub = self.hub
        hub.broker.declare(hub.sending_connections())
        self.roles.start("worker", partial(hub.worker, "verwijsindex"))
        self.roles.start("dispatcher", hub.dispatcher)
        self.roles.start("housekeeper", hub.housekeeper)
        self.roles.start("poller", partial(hub.poller, "verwijsindex"))
        self.roles.start("duties", hub.duty_runner)

    def serve(self) -> str:
        """The console; its address."""
        self.server = server = WebServer(self.hub)
        self.roles.start("web", lambda: server)
        assert server.ready.wait(60)
        return server.url

    def user(self, name: str) -> None:
        """An account of a coach; its password is ``PASSWORD``."""
        create_user(self.hub.journal, name, ("coach",), PASSWORD, display_name=name.capitalize())

    def decide(self, route: str, document: dict[str, Any], by: Caller = ANNA) -> Taken:
        """Propose and decide, as the pages do."""
        proposed = self.hub.intake.propose(route, encoded(document), by, assignee=by.id)
        return self.hub.intake.decide(proposed.proposal_id, by)

    def report(self, by: str = "anna", **changes: Any) -> str:
        """A report, decided; its number."""
        document = melding(melder=melder(by), **changes)
        self.decide("melding", document, Caller("user", by))
        return str(document["meldingId"])

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait until this holds."""
        wait_until(lambda: bool(condition()), what)

    def view(self, message_id: MessageId) -> MessageView:
        """A message as it stands."""
        found = reading.show(self.hub.journal, message_id)
        assert found is not None
        return found

    def tasks(self) -> list[tuple[str, str]]:
        """Kind and assignee of the open tasks."""
        return sorted((one.kind, one.assignee) for one in outstanding.list_open(self.hub.journal))

    def at_index(self) -> list[str]:
        """Reports of ours that stand there."""
        return [one["id"] for one in self.index.questions["reports"]() if one["ours"] and not one["archived"]]

    def close(self) -> None:
        """End everything."""
        self.roles.stop()
        self.hub.close()
        self.index.stop()


def report_of(here: World, melding_id: str) -> cases.Report:
    found = cases.report(here.hub.journal, melding_id)
    assert found is not None
    return found


def run_duty(here: World, name: str) -> None:
    """Let a duty be due now."""
    (duty,) = [one for one in here.hub.duties if one.name == name]
    now = dt.datetime.now(dt.UTC)
    parts = DutyParts(here.hub.config, here.hub.journal, here.hub.keyring, here.hub.routes, here.hub.intake)
    duty.run(DutyContext(name, parts, now, None, now, lambda: True))


@contextmanager
def world(request: pytest.FixtureRequest, setup: str, folder: Path, settings: str = "") -> Iterator[World]:
    """A world on one of the set-ups: ``embedded``, or ``apart`` on PostgreSQL and RabbitMQ."""
    with servers_of(request, setup) as servers, ExitStack() as ending:
        made = World(folder, journal=servers["journal"] or "", broker=servers["broker"] or "memory://", settings=settings)
        ending.callback(made.close)
        if setup == "apart":
            _prepare(made)
        _ = made.hub.keyring, made.hub.journal
        yield made


def _prepare(made: World) -> None:
    """Keys and tables, as ``hub keys init`` and ``hub migrate`` make them."""
    for words in (("keys", "init"), ("migrate",)):
        command = [sys.executable, "-m", "hub", "--config", str(made.config_file), *words]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
