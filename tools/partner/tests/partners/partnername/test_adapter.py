"""The adapter keeps its contract."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from hub.adapters.partnername.client import PartnerNameAdapter
from hub.adapters.partnername.settings import PartnerNameSettings
from hub.message import Outgoing, new_id
from hub.simulators.serving import Reply, Request
from hub.simulators.partnername.simulator import PartnerNameSimulator
from hub.testing import adapter_suite as suite
from hub.testing.http_bench import HttpBench


class Bench(HttpBench):
    """PartnerName under control; when it is honest, the simulator speaks."""

    def __init__(self) -> None:
        super().__init__()
        self.simulator = PartnerNameSimulator()

    def make(self) -> PartnerNameAdapter:
        return PartnerNameAdapter(PartnerNameSettings(url=self.url))

    def outgoing(self) -> Outgoing:
        body = json.dumps({"text": suite.MARKED}).encode()
        return Outgoing(new_id(), "partnername", "partnername", "partnername_message", self.reference(), body, 1, False)

    def honest(self, request: Request) -> Reply:
        return self.simulator.handle(request)

    def close(self) -> None:
        super().close()
        self.simulator.stop()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_the_adapter_keeps_its_contract(check: suite.Check) -> None:
    with closing(Bench()) as bench:
        check(bench)
