"""The adapter and the source of ``verwijsindex`` keep their contracts, and what only they promise; a real SOAP server."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from hub.adapters.verwijsindex.client import VerwijsindexAdapter
from hub.adapters.verwijsindex.settings import IndexSettings
from hub.adapters.verwijsindex.source import SignalSource
from hub.config.secrets import Secret
from hub.contracts.adapter import Adapter, Incoming
from hub.contracts.inbound import InboundSource
from hub.contracts.route import AMSTERDAM
from hub.errors import ConfigError, ConnectionFault, HubError, PermanentError, Reached, Refused, Throttled, TransientError
from hub.message import Outgoing, new_id
from hub.simulators.serving import Reply, Request
from hub.simulators.verwijsindex.simulator import IndexSimulator
from hub.testing.route_suite import IDENTITY
from hub.transports import soap
from tests.contract import adapter_suite, source_suite
from tests.contract.test_adapters import HttpBench
from tests.partners.verwijsindex.documents import beeindiging, encoded, melder, melding, routes, wijziging
from tests.support.processes import PATIENCE, wait_until


def outgoing(document: dict[str, Any], route: str = "melding", **changes: Any) -> Outgoing:
    """A message as the route makes it, decided today."""
    now = dt.datetime.now(AMSTERDAM)
    built = routes()[route].build(encoded(document), dataclasses.replace(IDENTITY, moment=now, decided_at=now))
    made = Outgoing(new_id(), route, "verwijsindex", built.type, "reference", built.body, 1, False)
    return dataclasses.replace(made, **changes)


class IndexBench(HttpBench):
    """The hub's adapter, against the simulated index."""

    verbatim = False

    def __init__(self) -> None:
        super().__init__()
        self.simulator = IndexSimulator()

    def make(self) -> Adapter:
        reactions = {"DUBBEL": "taken"}
        return VerwijsindexAdapter(IndexSettings(url=self.url, repeat="recognised", reactions=reactions))

    def outgoing(self) -> Outgoing:
        return outgoing(melding(melder=melder(adapter_suite.MARKED)))

    def close(self) -> None:
        super().close()
        self.simulator.stop()

    def honest(self, request: Request) -> Reply:
        return self.simulator.take(request)[0]

    def saying(self, behaviour: str, request: Request) -> Reply:
        if behaviour == adapter_suite.REJECT:
            return Reply(500, soap.write_fault("Client", adapter_suite.MARKED))
        return Reply(500, soap.write_fault("Server", adapter_suite.MARKED))


@pytest.mark.parametrize("check", adapter_suite.CHECKS, ids=lambda check: check.__name__)
def test_the_adapter_keeps_its_contract(check: adapter_suite.Check) -> None:
    bench = IndexBench()
    try:
        check(bench)
    finally:
        bench.close()


class SourceBench:
    """The hub's source, against the simulated index."""

    patience = 20.0
    can_hang = True

    def __init__(self) -> None:
        self.index = IndexSimulator()
        self.index.start()
        self._made: list[InboundSource] = []

    def source(self) -> InboundSource:
        self._made.append(SignalSource(IndexSettings(url=self.index.url, read_timeout_seconds=PATIENCE), "verwijsindex"))
        return self._made[-1]

    def put(self, reference: str, *, good: bool = True) -> None:
        self.index.orders["signal"]({"id": reference, "xml": signal_xml(reference, "0-1" if good else "")})

    def away(self, away: bool) -> None:
        self.index.faults.replace(["refuse"] if away else [])
        self.index.apply_refuse()

    def hang(self) -> None:
        self.index.faults.replace(["hang"])

    def wait_for_poll(self) -> None:
        wait_until(lambda: self.index.log.counts()["calls"] > 0, "a poll")

    def close(self) -> None:
        for source in self._made:
            source.close()
        self.index.stop()


def signal_xml(reference: str, melding_id: str, more: str = "") -> str:
    who = melder(source_suite.MARKED)
    other = "".join(f"<{name}>{value}</{name}>" for name, value in who.items())
    return (
        f"<signaal><signaalId>{reference}</signaalId><meldingId>{melding_id}</meldingId><ander>{other}</ander>"
        f"<zelfdeJongere>ja</zelfdeJongere><bron>actueel</bron>{more}</signaal>"
    )


@pytest.mark.parametrize("check", source_suite.CHECKS, ids=lambda check: check.__name__)
def test_the_source_keeps_its_contract(check: source_suite.Check) -> None:
    bench = SourceBench()
    try:
        check(bench)
    finally:
        bench.close()


@pytest.fixture
def index() -> Iterator[IndexSimulator]:
    simulator = IndexSimulator()
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def adapter(index: IndexSimulator) -> Iterator[VerwijsindexAdapter]:
    made = VerwijsindexAdapter(IndexSettings(url=index.url, read_timeout_seconds=PATIENCE))
    made.open()
    yield made
    made.close()


def reports(index: IndexSimulator) -> list[str]:
    return [one["id"] for one in index.questions["reports"]()]


def test_a_report_is_made_changed_and_ended(index: IndexSimulator, adapter: VerwijsindexAdapter) -> None:
    document = melding()
    id_ = document["meldingId"]
    assert adapter.send(outgoing(document)).code == "OK"
    assert reports(index) == [id_]
    assert adapter.send(outgoing(wijziging(id_, verwijderdatum="2027-02-01"), "melding_wijziging")).code == "OK"
    assert index.questions["reports"]()[0]["removal"] == "2027-02-01"
    assert adapter.send(outgoing(beeindiging(id_), "melding_beeindiging")).code == "OK"
    assert reports(index) == []
    assert not index.log.violations


def test_what_is_in_doubt_is_asked_and_never_sent_twice(index: IndexSimulator, adapter: VerwijsindexAdapter) -> None:
    index.faults.replace(["deliver_but_lose_answer:1"])
    sent = outgoing(melding())
    with pytest.raises(TransientError):
        adapter.send(sent)
    again = dataclasses.replace(sent, attempt=2, earlier_maybe=True)
    assert adapter.send(again).code == "known"
    assert [one.times for one in index.log.messages()] == [1]


def test_what_did_not_arrive_is_sent_after_the_question(index: IndexSimulator, adapter: VerwijsindexAdapter) -> None:
    index.faults.replace(["reset_after_read:1"])
    sent = outgoing(melding())
    with pytest.raises(TransientError) as lost:
        adapter.send(sent)
    assert lost.value.reached is Reached.MAYBE
    assert adapter.send(dataclasses.replace(sent, attempt=2, earlier_maybe=True)).code == "OK"
    assert len(reports(index)) == 1


def test_an_end_in_doubt_is_asked_too(index: IndexSimulator, adapter: VerwijsindexAdapter) -> None:
    document = melding()
    adapter.send(outgoing(document))
    index.faults.replace(["deliver_but_lose_answer:1"])
    end = outgoing(beeindiging(document["meldingId"]), "melding_beeindiging")
    with pytest.raises(TransientError):
        adapter.send(end)
    assert adapter.send(dataclasses.replace(end, attempt=2, earlier_maybe=True)).code == "known"


@pytest.mark.parametrize("route", ["melding", "melding_wijziging"])
def test_where_the_index_cannot_be_asked_a_person_is(index: IndexSimulator, route: str) -> None:
    settings = IndexSettings(url=index.url, operations={"bekend": None})
    made = VerwijsindexAdapter(settings)
    made.open()
    document = melding() if route == "melding" else wijziging(melding()["meldingId"], verwijderdatum="2027-02-01")
    doubtful = outgoing(document, route, attempt=2, earlier_maybe=True)
    with pytest.raises(PermanentError) as parked:
        made.send(doubtful)
    assert parked.value.code == "in_doubt"
    assert reports(index) == []
    if route == "melding":  # a person sends it again: that is their decision
        assert made.send(dataclasses.replace(doubtful, attempt=1)).code == "OK"
    made.close()


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("soap_server", TransientError, "partner_unavailable"),
        ("soap_client", Refused, "refused"),
        ("say_later", TransientError, "partner_unavailable"),
        ("other_namespace", TransientError, "foreign_answer"),
        ("html_502", TransientError, "partner_unavailable"),
        ("empty_200", TransientError, "foreign_answer"),
        ("http_401", ConnectionFault, "authentication_failed"),
        ("http_404", ConnectionFault, "address_wrong"),
        ("http_503", Throttled, "throttled"),
        ("reset_before_read", TransientError, "connection_lost"),
    ],
)
def test_trouble_is_classified(
    index: IndexSimulator, adapter: VerwijsindexAdapter, fault: str, error: type[HubError], code: str
) -> None:
    index.faults.replace([f"{fault}:1"])
    with pytest.raises(error) as caught:
        adapter.send(outgoing(melding()))
    assert caught.value.code == code


def test_a_time_out_is_in_doubt(index: IndexSimulator) -> None:
    made = VerwijsindexAdapter(IndexSettings(url=index.url, read_timeout_seconds=0.3))
    made.open()
    index.faults.replace(["hang:1"])
    began = time.monotonic()
    with pytest.raises(TransientError) as caught:
        made.send(outgoing(melding()))
    assert (caught.value.code, caught.value.reached) == ("timed_out", Reached.MAYBE)
    assert time.monotonic() - began < PATIENCE
    made.close()


def test_a_report_that_is_there_already_is_refused_with_the_indexs_word(
    index: IndexSimulator, adapter: VerwijsindexAdapter
) -> None:
    sent = outgoing(melding())
    adapter.send(sent)
    with pytest.raises(Refused) as caught:
        adapter.send(dataclasses.replace(sent, reference="another"))
    assert caught.value.partner_code == "DUBBEL"


def test_basic_authentication_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_PASSWORD", "geheim")
    seen: list[str] = []

    class Listening(IndexSimulator):
        def take(self, request: Request) -> tuple[Reply, str]:
            seen.append(request.headers.get("authorization", ""))
            return super().take(request)

    simulator = Listening()
    simulator.start()
    settings = IndexSettings(url=simulator.url, username="hub", password=Secret.parse("env:INDEX_PASSWORD"))
    made = VerwijsindexAdapter(settings)
    made.open()
    made.send(outgoing(melding()))
    made.close()
    simulator.stop()
    assert seen == [f"Basic {base64.b64encode(b'hub:geheim').decode()}"]
    assert "geheim" not in repr(settings)


def test_elements_that_are_not_mapped_are_not_taken_over() -> None:
    bench = SourceBench()
    try:
        bench.index.orders["signal"]({"id": "S-1", "xml": signal_xml("S-1", "0-1", "<reden>vechtscheiding</reden>")})
        source = bench.source()
        source.open()
        (found,) = source.poll()
        assert isinstance(found, Incoming)
        assert b"vechtscheiding" not in found.body
        names = {etree.QName(one).localname for one in etree.fromstring(found.body)}
        assert names == {"signaalId", "meldingId", "ander", "zelfdeJongere", "bron"}
    finally:
        bench.close()


@pytest.mark.parametrize("change", [{"wsdl": "nowhere.wsdl"}, {"operations": {"melding": {"operation": "bestaatNiet"}}}])
def test_a_wsdl_or_mapping_that_cannot_work_is_told_at_once(change: dict[str, Any]) -> None:
    settings = IndexSettings(url="http://127.0.0.1:9/", **change)
    with pytest.raises(ConfigError):
        VerwijsindexAdapter(settings).open()


def test_a_mapping_that_leaves_out_what_the_wsdl_asks_pauses_and_harms_no_message(index: IndexSimulator) -> None:
    mapping = {"melding": {"operation": "registreerMelding", "fields": {"meldingId": "meldingId"}}}
    made = VerwijsindexAdapter(IndexSettings(url=index.url, operations=mapping))
    made.open()
    with pytest.raises(ConnectionFault) as caught:
        made.send(outgoing(melding()))
    assert caught.value.code == "config_invalid"
    assert index.log.counts()["calls"] == 0
    made.close()
