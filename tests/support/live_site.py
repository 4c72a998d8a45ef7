"""A hub whose web server really listens, on a free port, with SQLite in a temporary folder; nothing is delivered by itself."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest

from hub.assembly import Hub
from hub.config import load
from hub.intake.intake import Taken
from hub.journal import reading
from hub.journal.database import Tx
from hub.journal.reading import MessageView
from hub.journal.records import Change
from hub.journal.units import finishing
from hub.message import Caller, Event, MessageId
from hub.web.accounts import create_user
from hub.web.bodies import Patience
from hub.web.server import WebServer
from tests.support import raadsverzoeken as rv

PASSWORD = "een heel lang wachtwoord"

_SETTINGS = """
[hub]
data_dir = "{folder}"
environment = "{environment}"
[web]
port = 0
max_request_bytes = {most}
byte_budget = {budget}
{web}
[connections.corv]
partner = "corv"
[connections.corv.settings]
url = "http://127.0.0.1:9/nergens"
own = {{organisatie = "00000099000000001000", applicatie = "jeugd-applicatie"}}
partner = {{organisatie = "00000099000000002000", applicatie = "RvdK-applicatie"}}
[connections.corv.settings.inbound]
max_bytes = 2_000_000
"""


class LiveSite:
    """Use as a context manager.

    Args:
        folder: For its data.
        environment: demo, test, acceptatie or productie.
        web: More lines for the table ``web`` of the settings.
        inbound: More lines for the inbound settings of the connection.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environment: str = "test",
        most: int = 40_000_000,
        budget: int = 160_000_000,
        web: str = "",
        inbound: str = "",
        patience: Patience | None = None,
    ) -> None:
        file = folder / "hub.toml"
        file.write_text(_SETTINGS.format(folder=folder, environment=environment, most=most, budget=budget, web=web) + inbound)
        self.hub = Hub(load(file, {}))
        _ = self.hub.keyring, self.hub.journal
        self.server = WebServer(self.hub, patience=patience)
        self._thread = threading.Thread(target=self.server.run, name="web")
        self._browsers: list[httpx.Client] = []

    def __enter__(self) -> Self:
        self._thread.start()
        assert self.server.ready.wait(60), "the server does not listen"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close_browsers()
        self.server.stop()
        self._thread.join(60)
        self.hub.close()
        assert not self._thread.is_alive(), "the server does not stop"

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.server.url

    def browser(self) -> httpx.Client:
        """A client with cookies of its own that follows nothing."""
        self._browsers.append(httpx.Client(base_url=self.url, timeout=30))
        return self._browsers[-1]

    def close_browsers(self) -> None:
        """Close every client that ``browser`` made."""
        while self._browsers:
            self._browsers.pop().close()

    def user(self, name: str, *roles: str, scope: Iterable[str] = ()) -> str:
        """Make an account; its password is ``PASSWORD``."""
        create_user(self.hub.journal, name, roles, PASSWORD, display_name=name.capitalize(), scope=scope)
        return name

    def signed_in(self, name: str) -> httpx.Client:
        """A client of somebody who has signed in."""
        client = self.browser()
        answer = client.post("/aanmelden", data={**hidden(client.get("/aanmelden")), "naam": name, "wachtwoord": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    def accept(self, **changes: Any) -> Taken:
        """Accept a raadsverzoek."""
        return self.hub.intake.accept("raadsverzoek", encoded(**changes), Caller("user", "j.jansen"))

    def accept_for(self, scope: str, monkeypatch: pytest.MonkeyPatch) -> Taken:
        """Accept a raadsverzoek as if it were on behalf of this organisation."""
        route = type(self.hub.routes["raadsverzoek"])
        with monkeypatch.context() as patched:
            patched.setattr(route, "scope_of", lambda self, document: scope)
            return self.accept()

    def move(self, message_id: MessageId, event: Event, entry: str, code: str = "", **detail: Any) -> None:
        """Let something happen to a message, as the engine would write it."""
        assert self.hub.journal.run(_move, message_id, event, entry, code, detail)

    def view(self, message_id: MessageId) -> MessageView:
        """A message as it stands."""
        found = reading.show(self.hub.journal, message_id)
        assert found is not None
        return found


def verzoek(**changes: Any) -> dict[str, Any]:
    """A raadsverzoek whose kenmerk the hub allots."""
    return {name: value for name, value in (rv.raadsverzoek() | changes).items() if name != "kenmerk"}


def encoded(**changes: Any) -> bytes:
    """The same as JSON."""
    return json.dumps(verzoek(**changes)).encode()


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page's last form that has them."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))


def _move(tx: Tx, message_id: MessageId, event: Event, entry: str, code: str, detail: dict[str, Any]) -> bool:
    row = finishing.lock(tx, [message_id])[message_id]
    change = Change(row, event, entry, code, detail={"code": code, **detail}, reason="retry", attempts=detail.get("attempt"))
    if event == Event.FAILED:
        change = replace(change, next_at=row.now + 180_000_000)
    return message_id in finishing.apply(tx, [change])
