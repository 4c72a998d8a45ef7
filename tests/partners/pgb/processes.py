"""A real hub with the simulated SVB beside it, as processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hub.demo.partner import PartnerProcess
from hub.message import MessageId
from hub.transports.held_port import HeldPort
from tests.partners.pgb.toekenningen import encoded, toekenning
from tests.support.hub_processes import CALLER, ROOT, HubProcesses
from tests.support.processes import ChildProcess

_MORE = """\
[connections.svb]
partner = "svb"
concurrency = 4
call_deadline_seconds = 5
[connections.svb.settings]
url = "http://127.0.0.1:{port}/digikoppeling"
own = {{ organisatie = "0392", applicatie = "ketenhub" }}
partner = {{ organisatie = "VWS", applicatie = "GGk" }}
inbound = {{ also_addressed_to = ["0473"] }}
{more}
"""


_FILES = """\
[connections.svb]
partner = "svb"
[connections.svb.settings]
transport = "files"
own = {{ organisatie = "0392", applicatie = "ketenhub" }}
partner = {{ organisatie = "VWS", applicatie = "GGk" }}
files = {{ uit = "{folder}/uit", binnen = "{folder}/binnen", every_seconds = 0.2, settle_seconds = 0.2 }}
"""


class PgbFiles(HubProcesses):
    """As ``HubProcesses``, with a connection to SVB whose messages are files: ``out`` and ``back`` are its folders."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, more=_FILES.format(folder=folder), **options)
        self.out, self.back = folder / "uit", folder / "binnen"
        for place in (self.out, self.back):
            place.mkdir()

    @property
    def roles(self) -> tuple[tuple[str, ...], ...]:
        apart = (("serve",), ("dispatch",), ("worker", "svb"), ("housekeep",))
        return (("run",),) if self.embedded else apart

    def grant(self, **changes: Any) -> MessageId:
        """Accept a toekenning."""
        return self.hub.intake.accept("toekenning", encoded(toekenning(**changes)), CALLER).message_id

    def put(self, name: str, body: bytes) -> None:
        """Something that came back from the portal."""
        (self.back / f".{name}").write_bytes(body)
        (self.back / f".{name}").rename(self.back / name)


class PgbProcesses(HubProcesses):
    """As ``HubProcesses``; ``svb`` is the simulated partner, and ``more`` are further sections."""

    def __init__(self, folder: Path, *, more: str = "", **options: Any) -> None:
        self._svb_port = HeldPort()
        super().__init__(folder, more=_MORE.format(port=self._svb_port.number, more=more), **options)
        inbound, state = f"http://127.0.0.1:{self.port}/partners/svb", str(folder / "svb.state")
        self.svb = PartnerProcess(("svb", "--hub", inbound, "--state", state), folder, port=self._svb_port.number)

    @property
    def roles(self) -> tuple[tuple[str, ...], ...]:
        apart = (("serve",), ("dispatch",), ("worker", "svb"), ("housekeep",))
        return (("run",),) if self.embedded else apart

    def __enter__(self) -> PgbProcesses:
        self.svb.start()
        super().__enter__()
        self._ending.callback(self._svb_port.close)
        self._ending.callback(self.svb.stop)
        return self

    def environment(self, **more: str) -> dict[str, str]:
        """For a process of a test; an empty value is left out."""
        plain = {key: value for key, value in os.environ.items() if not key.startswith("HUB_")}
        return plain | {key: value for key, value in more.items() if value} | {"TMPDIR": str(self.temporary)}

    def start_dying(self, role: str, place: str) -> ChildProcess[bytes]:
        """Start a role that is killed at a crash point; the caller ends it."""
        words = next(one for one in self.roles if one[0] == role)
        process = ChildProcess[bytes](
            [sys.executable, "-m", "tests.partners.pgb.dying_hub", "--config", str(self.config_file), *words],
            log=self.folder / f"{role}.log",
            cwd=ROOT,
            env=self.environment(HUB_CRASH_AT=place),
        )
        self.wait_until(self._answers, "the hub listens")
        return process

    def fresh_svb(self) -> None:
        """For the next test: the simulated SVB without faults or memory."""
        if self.svb.pid is None:
            self.svb.start()
        self.tell_svb("faults", {"faults": []})
        self.tell_svb("settings", {"delay": 0, "late": 30})
        self.tell_svb("clear", {})

    def tell_svb(self, order: str, facts: dict[str, Any]) -> Any:
        """Give the simulated SVB an order."""
        partner, self.partner = self.partner, self.svb
        try:
            return self.tell(order, facts)
        finally:
            self.partner = partner

    def grant(self, **changes: Any) -> MessageId:
        """Accept a toekenning."""
        return self.hub.intake.accept("toekenning", encoded(toekenning(**changes)), CALLER).message_id
