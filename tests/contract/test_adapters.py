"""Every adapter runs the conformance suite: the one in memory, the smallest one over HTTP, and each partner's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import pytest

from hub.adapters.corv.client import CorvAdapter
from hub.adapters.corv.settings import CorvSettings
from hub.contracts.adapter import Adapter
from hub.errors import Blame, HubError, Reached, Refused, Unavailable
from hub.message import Outgoing, new_id
from hub.simulators.corv.simulator import CorvSimulator
from hub.simulators.serving import Reply, Request
from hub.testing import adapter_suite as suite
from hub.testing.http_bench import HttpBench
from hub.transports.digikoppeling.settings import SystemSettings
from tests.support import berichten
from tests.support.partners import FakeAdapter, FakePartner, TinyHttpAdapter


class FakeBench:
    """A partner in memory."""

    verbatim = True
    patience = 10.0
    blames = Blame.CONNECTION

    def __init__(self, make: Callable[[FakePartner], Adapter] = FakeAdapter) -> None:
        self._make = make
        self._partner = FakePartner()
        self._numbers = itertools.count(1)
        self._made: list[Adapter] = []

    def adapter(self) -> Adapter:
        self._made.append(self._make(self._partner))
        return self._made[-1]

    def outgoing(self) -> Outgoing:
        body = f"<x>{suite.MARKED}</x>".encode()
        return Outgoing(new_id(), "route", "fake", "x", f"ref-{next(self._numbers)}", body, 1, False)

    def behave(self, *behaviours: str) -> None:
        orders: dict[str, HubError | str] = {
            suite.HANG: "hang",
            suite.LOSE_ANSWER: Unavailable("lost", code="connection_lost", reached=Reached.MAYBE),
            suite.PROXY_PAGE: Unavailable("proxy", code="foreign_answer", reached=Reached.MAYBE),
            suite.NOT_NOW: Unavailable("not now"),
            suite.REJECT: Refused("no"),
            suite.GARBAGE: Unavailable("garbage", code="foreign_answer", reached=Reached.MAYBE),
        }
        self._partner.script.extend(orders[behaviour] for behaviour in behaviours)

    def away(self, away: bool) -> None:
        self._partner.away = away

    def arrived(self) -> Sequence[bytes]:
        return [outgoing.body for outgoing in self._partner.received]

    def wait_for_arrival(self) -> None:
        assert self._partner.arrived.wait(self.patience)

    def close(self) -> None:
        for adapter in self._made:
            adapter.close()


class TinyBench(HttpBench):
    """The smallest adapter over HTTP, to a partner that says ``taken``."""

    def honest(self, request: Request) -> Reply:
        return Reply(200, b"taken")

    def make(self) -> Adapter:
        return TinyHttpAdapter(self.url)

    def outgoing(self) -> Outgoing:
        return Outgoing(new_id(), "route", "tiny", "x", self.reference(), f"<x>{suite.MARKED}</x>".encode(), 1, False)


class CorvBench(HttpBench):
    """The hub's adapter to CORV, against the simulated partner."""

    def __init__(self) -> None:
        super().__init__()
        self.simulator = CorvSimulator()

    def make(self) -> Adapter:
        ours, raad = berichten.OURS, berichten.RAAD
        settings = CorvSettings(
            url=self.url,
            own=SystemSettings(organisatie=ours.organisatie, applicatie=ours.applicatie),
            partner=SystemSettings(organisatie=raad.organisatie, applicatie=raad.applicatie),
            read_timeout_seconds=30,
        )
        return CorvAdapter(settings, connection="corv")

    def outgoing(self) -> Outgoing:
        reference = self.reference()
        body = berichten.vto(reference).replace(berichten.MARKED.encode(), suite.MARKED.encode())
        return Outgoing(new_id(), "raadsverzoek", "corv", "vtoDi01", reference, body, 1, False)

    def honest(self, request: Request) -> Reply:
        reply = self.simulator.handle(request)
        assert self.simulator.log.violations == []
        return reply

    def saying(self, behaviour: str, request: Request) -> Reply:
        self.simulator.faults.replace(["fo03_client:1" if behaviour == suite.REJECT else "fo03_server:1"])
        reply = self.simulator.handle(request)
        return Reply(reply.status, reply.body.replace(b"gesimuleerd", suite.MARKED.encode()))

    def close(self) -> None:
        super().close()
        self.simulator.stop()


BENCHES: dict[str, Callable[[], FakeBench | HttpBench]] = {"fake": FakeBench, "tiny": TinyBench, "corv": CorvBench}


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest) -> Iterator[FakeBench | HttpBench]:
    made = BENCHES[request.param]()
    yield made
    made.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_an_adapter_keeps_its_contract(bench: FakeBench | HttpBench, check: suite.Check) -> None:
    check(bench)
