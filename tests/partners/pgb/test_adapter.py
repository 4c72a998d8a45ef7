"""The adapter to SVB keeps the contract of adapters, and its endpoint understands what the simulated SVB says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest

from hub.adapters.svb.client import SvbAdapter
from hub.adapters.svb.endpoint import SvbEndpoint
from hub.adapters.svb.retour import UNKNOWN_SCHEMA, Afsluiting, Antwoord
from hub.adapters.svb.settings import InboundSettings, SvbSettings
from hub.contracts.adapter import Adapter, InboundRequest, Incoming
from hub.contracts.route import Identity
from hub.errors import NoRoute, SchemaViolation
from hub.message import Outgoing, new_id
from hub.schemas.parsing import parse
from hub.simulators.serving import Reply, Request
from hub.simulators.svb import answers
from hub.simulators.svb.simulator import SERVICE, SvbSimulator
from hub.standards.stuf import read_stuurgegevens
from hub.testing import adapter_suite as suite
from hub.testing.http_bench import HttpBench
from hub.testing.route_suite import IDENTITY
from hub.transports.digikoppeling import addressing, envelope
from hub.transports.digikoppeling.settings import SystemSettings
from tests.partners.pgb.toekenningen import encoded, route, toekenning

PARTNER = "svb"


def settings(url: str) -> SvbSettings:
    return SvbSettings(
        url=url,
        own=SystemSettings(organisatie="0392", applicatie="ketenhub"),
        partner=SystemSettings(organisatie="VWS", applicatie="GGk"),
        inbound=InboundSettings(also_addressed_to=("0473",)),
        read_timeout_seconds=30,
    )


class SvbBench(HttpBench):
    """The hub's adapter to SVB, against the simulated partner."""

    def __init__(self) -> None:
        super().__init__()
        self.simulator = SvbSimulator()

    def make(self) -> Adapter:
        return SvbAdapter(settings(self.url), connection=PARTNER)

    def outgoing(self) -> Outgoing:
        number = next(self._numbers)
        reference = str(uuid.uuid4())
        holder = {"geslachtsnaam": suite.MARKED}
        document = encoded(toekenning(budgetnummer=f"B-{number}", budgethouder=holder, afgiftedatum="2026-01-05"))
        identity = Identity(reference, "", IDENTITY.moment, {"identificatie": f"{number:012d}"})
        built = route().build(document, identity)
        return Outgoing(
            new_id(), "toekenning", PARTNER, built.type, reference, built.body, 1, False, attributes=built.attributes
        )

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


@pytest.fixture
def bench() -> Iterator[SvbBench]:
    made = SvbBench()
    yield made
    made.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_the_adapter_keeps_its_contract(bench: SvbBench, check: suite.Check) -> None:
    check(bench)


TOLD = {
    "returns": "PGB502", "code": "501", "afzender": "0392", "ontvanger": "VWS", "identificatie": "000000000123",
    "dagtekening": "2026-11-22", "budget": "B-1001", "zender": ["0392", "ketenhub"], "ontvanger_systeem": ["VWS", "GGk"],
    "reference": IDENTITY.reference,
}  # fmt: skip


def delivered(body: bytes) -> Incoming:
    """What the endpoint makes of a message of SVB."""
    root = parse(body)
    namespace, _, name = str(root.tag)[1:].partition("}")
    action = addressing.action(SERVICE, addressing.recommended_action(namespace, name))
    whole = b"".join(bytes(piece) for piece in envelope.splice(addressing.headers_for(read_stuurgegevens(root), action), body))
    return SvbEndpoint(settings("http://127.0.0.1:1/")).parse(InboundRequest({}, whole))


def test_a_return_without_remarks_confirms() -> None:
    incoming = delivered(answers.retour(TOLD, ["0200"]))
    assert (incoming.type, incoming.verdict, incoming.answers) == ("ggk_Du01", True, IDENTITY.reference)
    assert incoming.sent_to == {"to_organisatie": "VWS"}
    assert incoming.meaning == Antwoord((), "WJ001", "VWS", "0392/000000000123")
    assert incoming.remarks == ()


def test_any_other_code_rejects_and_is_told_with_its_place() -> None:
    incoming = delivered(answers.retour(TOLD, ["0200", "9056"]))
    assert (incoming.verdict, incoming.code) == (False, "9056")
    assert isinstance(incoming.meaning, Antwoord)
    assert incoming.meaning.codes == (("PGB502/Budget", "9056"),)
    header_only = delivered(answers.retour(TOLD, ["0001"], header_only=True))
    assert (header_only.verdict, header_only.code) == (False, "0001")


def test_a_fault_message_rejects_with_its_own_list() -> None:
    incoming = delivered(answers.fo01(TOLD, "IB007"))
    assert (incoming.verdict, incoming.code, incoming.answers) == (False, "IB007", IDENTITY.reference)
    assert incoming.meaning == Antwoord((("envelop", "IB007"),), "Fo01", "VWS")


def test_a_return_that_breaks_its_schema_is_refused_without_content() -> None:
    with pytest.raises(SchemaViolation) as caught:
        delivered(answers.retour({**TOLD, "budget": "Geheim geheim"}, ["0200"]))
    assert "Geheim" not in repr(caught.value.findings)


def test_a_return_of_an_unknown_schema_is_read_by_its_names() -> None:
    known = answers.envelope("Du01", ["VWS", "GGk"], ["0392", "ketenhub"], "X502", _strange(), _CROSS)
    incoming = delivered(known)
    assert (incoming.verdict, incoming.code, incoming.remarks) == (False, "S300", (UNKNOWN_SCHEMA,))


_CROSS = f"<StUF:crossRefnummer>{IDENTITY.reference}</StUF:crossRefnummer>"


def _strange() -> str:
    return (
        '<r xmlns="urn:x"><Header><BerichtCode>502</BerichtCode><Afzender>0392</Afzender><Identificatie>1</Identificatie>'
        "<IdentificatieRetour>R1</IdentificatieRetour></Header><RetourCode>S300</RetourCode></r>"
    )


def test_a_closing_finds_its_budget() -> None:
    order = {"gemeente": "0392", "budget": "B-1001", "begin": "2026-01-01", "eind": "2026-12-31", "toegekend": "12000.50",
             "besteed": "11000.00"}  # fmt: skip
    incoming = delivered(answers.afsluiting(order))
    assert (incoming.route, incoming.verdict, incoming.keys) == ("budgetafsluiting", None, (("pgb.budget", "0392/B-1001"),))
    assert isinstance(incoming.meaning, Afsluiting)
    assert (incoming.meaning.toegekend, incoming.meaning.besteed) == (1_200_050, 1_100_000)


def test_a_closing_of_the_older_family_says_the_same() -> None:
    order = {"familie": "1.0", "gemeente": "0473", "budget": "B-7", "begin": "2026-01-01", "eind": "2026-12-31",
             "toegekend": "800.00", "besteed": "799.99"}  # fmt: skip
    incoming = delivered(answers.afsluiting(order))
    assert (incoming.route, incoming.keys, incoming.remarks) == ("budgetafsluiting", (("pgb.budget", "0473/B-7"),), ())
    assert incoming.meaning == Afsluiting("0473/B-7", dt.date(2026, 1, 1), dt.date(2026, 12, 31), 80_000, 79_999)


def test_another_message_in_an_envelope_is_not_delivered_here() -> None:
    strange = _strange().replace(">502<", ">999<")
    with pytest.raises(NoRoute):
        delivered(answers.envelope("Di01", ["VWS", "GGk"], ["0392", "ketenhub"], "X999", strange))
