"""A real hub with the simulated SVB beside it, as processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.demo.partner import PartnerProcess
from hub.message import MessageId
from hub.transports.held_port import HeldPort
from tests.partners.pgb.toekenningen import encoded, toekenning
from tests.support.hub_processes import CALLER, HubProcesses

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
