"""The stage of the demonstration: a whole hub in this process, in a fresh folder, and each partner in another process."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from hub import telemetry
from hub.assembly import Hub
from hub.config import load
from hub.contracts.demonstration import Demonstration, DemoPartner, DemoPlace
from hub.delivery.roles import Roles
from hub.demo.partner import PartnerProcess
from hub.errors import Unavailable
from hub.transports.held_port import HeldPort
from hub.web.server import WebServer

#: Where the console is expected; another port is taken when this one is busy.
USUAL_PORT = 8080
#: Seconds for the web server to listen on a busy machine.
READY_SECONDS = 60.0
#: Seconds between two looks whether it listens.
_PACE = 0.02
#: Names of its folders begin with this and the number of the process.
_FOLDER = "hub-demo-"

#: A demonstration is a hub in a hurry: the schedules are short, everything else is as always.
_SETTINGS = """\
# The settings of this demonstration. With them, other commands look into it: hub --config {file} list
[hub]
name = "demo"
environment = "demo"
organisation = "CJG Voorbeeldstad"
data_dir = {folder}

[web]
port = {port}
public_url = "http://127.0.0.1:{port}"

[delivery]
poll_seconds = 0.2
retry_base_seconds = 0.6
retry_max_seconds = 2
breaker_failures = 3
breaker_seconds = 1
breaker_max_seconds = 2

[housekeeping]
interval_seconds = 1
"""


class Scene:
    """Use as a context manager, from the main thread; at the end everything is stopped and the folder removed.

    Args:
        demonstrations: What is played on it.
        port: Where the console should be; a free port is taken when it is busy.
        pause: Waits so many seconds, or raises when the demonstration should end meanwhile. Nothing else waits for long.

    Attributes:
        hub: The hub, once entered.
        partners: The process behind each connection.
        wanted_port: What was asked for.
        port: Where the console is.
        pause: As given.
        config_file: Settings with which other commands look into this hub while it runs.
    """

    hub: Hub

    def __init__(
        self,
        demonstrations: Sequence[Demonstration],
        port: int = USUAL_PORT,
        *,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.pause = pause
        self.wanted_port = port
        _remove_left_overs()
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
        self.config_file = self.folder / "hub.toml"
        self._place = DemoPlace(self.url.rstrip("/"), self.folder)
        self._routes = [one.settings for one in demonstrations]
        self._kinds = {partner.connection: partner for one in reversed(demonstrations) for partner in one.partners}
        self._ending = contextlib.ExitStack()
        self._ending.enter_context(self._listener)
        self.partners = {name: self._partner(one) for name, one in self._kinds.items()}

    def _partner(self, kind: DemoPartner) -> PartnerProcess:
        """Its port is held to the end, so that it comes back on the same one when a case takes it down."""
        port = self._ending.enter_context(HeldPort())
        return PartnerProcess(kind.arguments(self._place), self.folder, port=port.number)

    @property
    def url(self) -> str:
        """The console."""
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        with self._ending.pop_all() as ending:
            ending.callback(shutil.rmtree, self.folder, ignore_errors=True)
            log = ending.enter_context((self.folder / "hub.log").open("a", encoding="utf-8"))
            telemetry.configure(level="info", format="json", stream=log)
            ending.callback(telemetry.configure, level="error", format="console")
            for partner in self.partners.values():
                ending.callback(partner.stop)
                partner.start(self.pause)
            self.config_file.write_text(self._settings(), encoding="utf-8")
            self._start_hub(ending)
            self._ending = ending.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ending.close()

    def _settings(self) -> str:
        """The settings, now that it is known where the partners listen."""
        own = _SETTINGS.format(file=self.config_file, folder=json.dumps(str(self.folder)), port=self.port)
        connections = [one.settings(self._place, self.partners[name].listening) for name, one in self._kinds.items()]
        return "\n".join(part for part in (own, *connections, *self._routes) if part)

    def _start_hub(self, ending: contextlib.ExitStack) -> None:
        """Everything that `hub run` starts, in this process. Raises: Unavailable when the console does not come up."""
        self.hub = hub = Hub(load(self.config_file, env={}))
        ending.callback(hub.close)
        _ = hub.keyring, hub.journal, hub.routes
        hub.broker.declare(hub.sending_connections())
        roles = Roles()
        ending.callback(roles.stop)
        for name in hub.sending_connections():
            roles.start(f"worker-{name}", partial(hub.worker, name))
        for name in hub.polled_connections():
            roles.start(f"poller-{name}", partial(hub.poller, name))
        if hub.duties:
            roles.start("duties", hub.duty_runner)
        roles.start("dispatcher", hub.dispatcher)
        roles.start("housekeeper", hub.housekeeper)
        server = WebServer(hub, listener=self._listener)
        roles.start("web", lambda: server)
        end = time.monotonic() + READY_SECONDS
        while not server.ready.is_set():
            if time.monotonic() > end:
                raise Unavailable("the console did not start")
            self.pause(_PACE)


def _remove_left_overs() -> None:
    """Remove folders of demonstrations that were killed before they could do so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        number = folder.name.removeprefix(_FOLDER).partition("-")[0]
        if number.isdigit() and not _is_alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _listen(port: int) -> socket.socket:
    """Listen on this port, or on another one when that is in use."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=512)
    except OSError:
        return socket.create_server(("127.0.0.1", 0), backlog=512)
