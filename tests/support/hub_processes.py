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
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.assembly import Hub
from hub.config import load
from hub.demo.partner import PartnerProcess
from hub.intake.intake import Taken
from hub.journal import reading
from hub.journal.contents import open_content
from hub.journal.reading import MessageView
from hub.journal.units import connections
from hub.message import FINAL, Caller, MessageId
from hub.transports.held_port import HeldPort
from tests.support import raadsverzoeken
from tests.support.processes import PATIENCE, ChildProcess, wait_until

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
call_deadline_seconds = {call_deadline}
[connections.corv.settings]
url = "http://127.0.0.1:{partner_port}/digikoppeling"
own = {{ organisatie = "00000099000000001000", applicatie = "jeugd-applicatie" }}
partner = {{ organisatie = "00000002003214436001_OTA", applicatie = "RvdK-applicatie" }}
[routes.raadsverzoek.settings]
answer_within = "PT{answer_within}S"
"""


class HubProcesses:
    """Use as a context manager: the partner runs, then the hub; whatever fails, all of them are ended.

    Both ports are held from the beginning to the end, also while nobody listens there.

    Args:
        folder: Of this test; keys, log files and the SQLite file are in it.
        journal: ``postgresql://...``; None is SQLite in ``folder``.
        broker: ``amqp://...``; None is in memory, and then everything is one process.
        delay: Seconds until the simulated Raad answers.
        answer_within: Seconds after which a missing answer is a task.
        call_deadline: Seconds for one call. On a busy machine a call that the partner takes may still need several.
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
        call_deadline: float = 3,
        more: str = "",
    ) -> None:
        self.folder = folder
        self._ports = HeldPort(), HeldPort()
        self.port, partner_port = (port.number for port in self._ports)
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.embedded = broker is None
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
                call_deadline=call_deadline,
                more=more,
            ),
            encoding="utf-8",
        )
        self.processes: dict[str, ChildProcess[bytes]] = {}
        self._ending = ExitStack()

    @cached_property
    def hub(self) -> Hub:
        """A hub on the same configuration in this process: to accept and to look with."""
        return Hub(load(self.config_file, env={}))

    @property
    def roles(self) -> tuple[tuple[str, ...], ...]:
        """The commands of this set-up."""
        return (("run",),) if self.embedded else (("serve",), ("dispatch",), ("worker", "corv"), ("housekeep",))

    def __enter__(self) -> Self:
        with ExitStack() as ending:
            for port in self._ports:
                ending.callback(port.close)
            ending.callback(self.partner.stop)
            ending.callback(self._close_hub)
            ending.callback(self.kill)
            self.partner.start()
            self.command("keys", "init")
            self.command("migrate")
            self.start()
            self._ending = ending.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._ending:
            self.stop()

    def _close_hub(self) -> None:
        if "hub" in self.__dict__:
            self.hub.close()

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
            timeout=PATIENCE,
        )

    def start(self, *names: str, **environment: str) -> None:
        """Start these roles (all when none are named) and wait until the web server answers."""
        for role in self.roles:
            if role[0] not in self.processes and (not names or role[0] in names):
                self._start_one(role, environment)
        if "serve" in self.processes or "run" in self.processes:
            self.wait_until(self._answers, "the hub listens")

    def _start_one(self, role: tuple[str, ...], environment: dict[str, str]) -> None:
        self.processes[role[0]] = ChildProcess(
            [sys.executable, "-m", "hub", "--config", str(self.config_file), *role],
            log=self.folder / f"{role[0]}.log",
            cwd=ROOT,
            env={**_environment(str(self.temporary)), **environment},
        )

    def _answers(self) -> bool:
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
            self.processes.pop(name).end()

    def stop(self) -> None:
        """End the hub in good order; raises when a role does not end with 0."""
        processes, self.processes = self.processes, {}
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        for process in processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            process.end()  # no second SIGTERM: an interpreter that is on its way out no longer handles it
        bad = [f"{name} ended with {one.returncode}: {one.last_words()}" for name, one in processes.items() if one.returncode]
        assert not bad, "\n".join(bad)

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
        content = open_content(self.hub.journal, self.hub.keyring, message_id, kind)
        assert content is not None
        return content

    def tell(self, order: str, facts: dict[str, Any]) -> Any:
        """Give the simulated partner an order; see ``hub.simulators.control``."""
        request = urllib.request.Request(
            f"{self.partner.control}{order}", json.dumps(facts).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def wait_for_tickets(self) -> None:
        """Wait until the dispatcher has put something in the work queue."""
        self.wait_until(lambda: self.hub.broker.depth("corv") > 0, "tickets in the queue")

    def wait_for_connection(self, state: str) -> None:
        """Wait until the connection is in this state."""
        states = lambda: [row["state"] for row in reading.connection_states(self.hub.journal)]  # noqa: E731
        self.wait_until(lambda: states() == [state], f"connection {state}")

    def wait_for_task(self, kind: str, subject: str) -> None:
        """Wait until there is an open task of this kind about this subject."""
        self.wait_until(
            lambda: (kind, subject) in [(row["kind"], row["subject"]) for row in reading.open_tasks(self.hub.journal)],
            f"task {kind} about {subject}",
        )

    def wait(self, message_id: MessageId, *states: str) -> MessageView:
        """Wait until a message is in one of these states (any final one when absent)."""
        wanted = states or tuple(status.value for status in FINAL)
        self.wait_until(lambda: self.view(message_id).status in wanted, f"{message_id} in {wanted}")
        return self.view(message_id)

    def wait_for_events(self, message_id: MessageId, *events: str) -> MessageView:
        """Wait until a message's timeline has at least these entries, in any order, and return it.

        A partner's answer may be handled before the end of the call that it answers is written down.
        """
        wanted = Counter(events)
        self.wait_until(
            lambda: wanted <= Counter(entry.event for entry in self.view(message_id).timeline), f"{message_id} with {events}"
        )
        return self.view(message_id)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until this holds. Raises: TimeoutError; EndedTooSoon, when a role that should run has ended."""
        wait_until(condition, what, watched=tuple(self.processes.values()))


def _environment(temporary: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("HUB_")} | {"TMPDIR": temporary}
