"""The adapter keeps the contract of adapters, for a subscriber, and cannot be aimed inward."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.adapters.plekvrij.client import PlekvrijAdapter
from hub.adapters.plekvrij.settings import PlekvrijSettings
from hub.config.secrets import Secret
from hub.contracts.adapter import Adapter
from hub.errors import Blame, NotConnected
from hub.message import Outgoing, new_id
from hub.simulators.plekvrij.subscriber import SubscriberSimulator
from hub.simulators.serving import Reply, Request
from hub.testing import adapter_suite as suite
from hub.testing.http_bench import HttpBench
from hub.transports import webhook
from hub.transports.tls import TlsMode, TlsSettings

KEY = "k" * 40


class SubscriberBench(HttpBench):
    """One subscriber, against the simulated one."""

    blames = Blame.ADDRESSEE

    def __init__(self) -> None:
        super().__init__()
        self.simulator = SubscriberSimulator(secret=webhook.secret_of(KEY, "s1", 2))

    def make(self) -> Adapter:
        settings = PlekvrijSettings(
            signing_key=Secret(KEY, "given"), allow_private=True, collector_url=self.url, read_timeout_seconds=30
        )
        return PlekvrijAdapter(settings)

    def outgoing(self) -> Outgoing:
        reference = self.reference()
        attributes = {"url": self.url, "subscriber": "s1", "generations": "2,1"}
        return Outgoing(new_id(), "plek_webhook", "plekvrij", "x", reference, event(reference), 1, False, attributes)

    def honest(self, request: Request) -> Reply:
        reply = self.simulator.handle(request)
        assert self.simulator.log.violations == []
        return reply

    def saying(self, behaviour: str, request: Request) -> Reply:
        return Reply(410 if behaviour == suite.REJECT else 500, suite.MARKED.encode())

    def close(self) -> None:
        super().close()
        self.simulator.stop()


def event(id_: str) -> bytes:
    """An event of the profile, with the suite's mark."""
    made = {
        "specversion": "1.0", "id": id_, "source": "urn:nld:oin:00000099000000001000:systeem:plekvrij",
        "type": "nl.plekvrij.aanbod.gewijzigd", "subject": "a/b/c", "time": "2026-11-22T14:00:00+01:00",
        "data": {"bevestigdDoor": suite.MARKED},
    }  # fmt: skip
    return json.dumps(made).encode()


@pytest.fixture
def bench() -> Iterator[SubscriberBench]:
    made = SubscriberBench()
    yield made
    made.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_the_adapter_keeps_its_contract(bench: SubscriberBench, check: suite.Check) -> None:
    check(bench)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/"])
def test_a_webhook_cannot_be_aimed_inward(bench: SubscriberBench, url: str) -> None:
    adapter = PlekvrijAdapter(PlekvrijSettings(signing_key=Secret(KEY, "given")))
    adapter.open()
    port = bench.url.rpartition(":")[2].partition("/")[0]
    attributes = {"url": url.format(port=port), "subscriber": "s1", "generations": "1"}
    with pytest.raises(NotConnected) as error:
        adapter.send(Outgoing(new_id(), "plek_webhook", "plekvrij", "x", "r", event("r"), 1, False, attributes))
    assert error.value.code == "address_wrong"
    assert error.value.blames is Blame.ADDRESSEE
    assert bench.arrived() == []


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "fd00::1", "0.0.0.0", "224.0.0.1"])
def test_addresses_inside_are_no_public_ones(address: str) -> None:
    assert not webhook.is_public(address)


@pytest.mark.parametrize("inside", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "224.0.0.1"])
@pytest.mark.parametrize("prefix", ["64:ff9b::", "::ffff:"])
def test_an_inside_address_written_as_ipv6_is_no_public_one(inside: str, prefix: str) -> None:
    assert not webhook.is_public(prefix + inside)
    assert webhook.is_public(prefix + "145.131.1.1")


def test_addresses_of_the_internet_are_public_ones() -> None:
    assert webhook.is_public("145.131.1.1")
    assert webhook.is_public("2a02:2308::1")
    assert not webhook.is_public("2002:0a00:0001::1"), "6to4 of 10.0.0.1"


def test_closing_ends_a_ping_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        tls = TlsSettings(mode=TlsMode.ONE_WAY)
        adapter = PlekvrijAdapter(PlekvrijSettings(collector_url=url, tls=tls, connect_timeout_seconds=60))
        with ThreadPoolExecutor(1) as pool:
            health = pool.submit(adapter.ping)
            silent.settimeout(20)
            line, _ = silent.accept()
            with line:
                line.settimeout(20)
                assert line.recv(1), "the handshake has begun"
                adapter.close()
                assert not health.result(20).ok


def test_a_signature_ends_with_its_secret_and_its_time() -> None:
    secret, other = webhook.secret_of(KEY, "s1", 1), webhook.secret_of(KEY, "s1", 2)
    now = int(time.time())
    header = webhook.sign(b"body", (other, secret), now)
    assert webhook.is_signed(header, b"body", secret, now)
    assert webhook.is_signed(header, b"body", other, now)
    assert not webhook.is_signed(header, b"Body", secret, now)
    assert not webhook.is_signed(header, b"body", webhook.secret_of(KEY, "s2", 1), now)
    assert not webhook.is_signed(header, b"body", secret, now + webhook.TOLERANCE_SECONDS + 1)
    assert not webhook.is_signed("t=nu,v1=", b"body", secret, now)


def test_without_a_collector_an_event_is_done_when_it_is_accepted(tmp_path: Path) -> None:
    del tmp_path
    adapter = PlekvrijAdapter(PlekvrijSettings())
    adapter.open()
    receipt = adapter.send(Outgoing(new_id(), "plekken", "plekvrij", "x", "r", event("r"), 1, False, {}))
    assert receipt.code == "kept"
