"""A real hub as its own processes, beside the simulated partner as another: what a user runs, made for one test.

Embedded it is one ``hub run``; on servers it is ``serve``, ``dispatch``, ``worker corv`` and ``housekeep`` apart.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.assembly import Hub
from hub.config import load
from hub.demo.partner import PartnerProcess
from hub.intake.intake import Taken
from hub.journal import reading
from hub.journal.reading import MessageView
from hub.journal.units import connections
from hub.message import FINAL, Caller, MessageId
from tests.support import raadsverzoeken
from tests.support.processes import free_port, wait_until

CALLER = Caller("system", "tests")
ROOT = Path(__file__).parents[2]

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
port = {port}
[delivery]
poll_seconds = 0.2
lease_margin_seconds = 2
retry_base_seconds = 0.3
retry_max_seconds = 1
breaker_failures = 3
breaker_seconds = 0.3
breaker_max_seconds = 1
{more}
[connections.corv]
partner = "corv"
concurrency = 4
call_deadline_seconds = 3
[connections.corv.settings]
url = "http://127.0.0.1:{partner_port}/digikoppeling"
own = {{ organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }}
partner = {{ organisatie = "00000002003214436001_OTA", applicatie = "RvdK-applicatie" }}
[routes.raadsverzoek.settings]
answer_within = "PT{answer_within}S"
"""


class HubProcesses:
    """Use as a context manager: the partner runs, then the hub.

    Args:
        folder: Of this test; keys, log files and the SQLite file are in it.
        journal: ``postgresql://...``; None is SQLite in ``folder``.
        broker: ``amqp://...``; None is in memory, and then everything is one process.
        delay: Seconds until the simulated Raad answers.
        answer_within: Seconds after which a missing answer is a task.
        more: Lines for the section [delivery] and further sections.
    """

    def __init__(
        self,
        folder: Path,
        *,
        journal: str | None = None,
        broker: str | None = None,
        delay: float = 0.0,
        answer_within: int = 3600,
        more: str = "",
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.embedded = broker is None
        partner_port = free_port()
        inbound, state = f"http://127.0.0.1:{self.port}/partners/corv", str(folder / "partner.state")
        arguments = ("corv", "--hub", inbound, "--delay", str(delay), "--state", state)
        self.partner = PartnerProcess(arguments, folder, port=partner_port)
        self.config_file = folder / "hub.toml"
        self.config_file.write_text(
            _SETTINGS.format(
                folder=json.dumps(str(folder)),
                journal=journal or f"sqlite:///{folder}/hub.sqlite3",
                broker=broker or "memory://",
                port=self.port,
                partner_port=partner_port,
                answer_within=answer_within,
                more=more,
            ),
            encoding="utf-8",
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @cached_property
    def hub(self) -> Hub:
        """A hub on the same configuration in this process: to accept and to look with."""
        return Hub(load(self.config_file, env={}))

    @property
    def roles(self) -> tuple[tuple[str, ...], ...]:
        """The commands of this set-up."""
        return (("run",),) if self.embedded else (("serve",), ("dispatch",), ("worker", "corv"), ("housekeep",))

    def __enter__(self) -> Self:
        self.partner.start()
        self.command("keys", "init")
        self.command("migrate")
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self.hub.close()
        self.partner.stop()

    def fresh(self) -> None:
        """For the next test: the partner without faults or memory, the connection open, every role running."""
        if self.partner.pid is None:
            self.partner.start()
        self.tell("faults", {"faults": []})
        self.tell("settings", {"delay": 0, "late": 30, "drip": 1})
        self.tell("clear", {})
        self.start(*(role[0] for role in self.roles if role[0] not in self.processes))
        self.hub.journal.run(connections.resume, "corv", str(CALLER))

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one ``hub`` command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "hub", "--config", str(self.config_file), *words],
            cwd=ROOT,
            env=_environment(str(self.temporary)),
            capture_output=True,
            text=True,
            check=check,
            timeout=60,
        )

    def start(self, *names: str, **environment: str) -> None:
        """Start these roles (all when none are named) and wait until the web server answers."""
        for role in self.roles:
            if role[0] not in self.processes and (not names or role[0] in names):
                self._start_one(role, environment)
        if "serve" in self.processes or "run" in self.processes:
            wait_until(self._alive, "the hub listens")

    def _start_one(self, role: tuple[str, ...], environment: dict[str, str]) -> None:
        with (self.folder / f"{role[0]}.log").open("ab") as log:
            self.processes[role[0]] = subprocess.Popen(
                [sys.executable, "-m", "hub", "--config", str(self.config_file), *role],
                cwd=ROOT,
                env={**_environment(str(self.temporary)), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _alive(self) -> bool:
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        assert not ended, f"{ended} ended: {self.log(ended[0])[-2000:]}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_healthz/livez/", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self, name: str) -> str:
        """What a role wrote."""
        file = self.folder / f"{name}.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def kill(self, *names: str) -> None:
        """SIGKILL these roles (all when none are named)."""
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End the hub in good order; raises when a role does not end with 0."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        codes = {name: process.wait(timeout=60) for name, process in self.processes.items()}
        self.processes.clear()
        bad = {name: code for name, code in codes.items() if code}
        assert not bad, f"ended badly: {bad}; {[self.log(name)[-1500:] for name in bad]}"

    def accept(self, document: dict[str, Any] | None = None, **options: Any) -> Taken:
        """Accept a raadsverzoek, a synthetic one when none is given."""
        made = raadsverzoeken.raadsverzoek(None) if document is None else document
        return self.hub.intake.accept("raadsverzoek", raadsverzoeken.encoded(made), CALLER, **options)

    def view(self, message_id: MessageId) -> MessageView:
        """A message as it stands."""
        found = reading.show(self.hub.journal, message_id)
        assert found is not None
        return found

    def stored(self, message_id: MessageId, kind: str = "message") -> bytes:
        """A content as it was stored, opened."""
        sealed = reading.content(self.hub.journal, message_id, kind)
        assert sealed is not None
        keyring = self.hub.keyring
        data_key = keyring.unwrap(sealed.data_key, sealed.key_id, message_id)
        return keyring.open(sealed.body, data_key, message_id=message_id, kind=kind)

    def tell(self, order: str, facts: dict[str, Any]) -> Any:
        """Give the simulated partner an order; see ``hub.simulators.control``."""
        request = urllib.request.Request(
            f"{self.partner.control}{order}", json.dumps(facts).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def wait_for_tickets(self) -> None:
        """Wait until the dispatcher has put something in the work queue."""
        wait_until(lambda: self.hub.broker.depth("corv") > 0, "tickets in the queue", seconds=20)

    def wait_for_connection(self, state: str) -> None:
        """Wait until the connection is in this state."""
        states = lambda: [row["state"] for row in reading.connection_states(self.hub.journal)]  # noqa: E731
        wait_until(lambda: states() == [state], f"connection {state}", seconds=20)

    def wait_for_task(self, kind: str, subject: str) -> None:
        """Wait until there is an open task of this kind about this subject."""
        wait_until(
            lambda: (kind, subject) in [(row["kind"], row["subject"]) for row in reading.open_tasks(self.hub.journal)],
            f"task {kind} about {subject}",
            seconds=30,
        )

    def wait(self, message_id: MessageId, *states: str, seconds: float = 40.0) -> MessageView:
        """Wait until a message is in one of these states (any final one when absent)."""
        wanted = states or tuple(status.value for status in FINAL)
        wait_until(lambda: self.view(message_id).status in wanted, f"{message_id} in {wanted}", seconds=seconds)
        return self.view(message_id)


def _environment(temporary: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("HUB_")} | {"TMPDIR": temporary}
