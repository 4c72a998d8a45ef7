"""An index of another make is connected by settings alone: rpc style, other names, codes and dates, one operation for two."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from hub.adapters.verwijsindex.client import VerwijsindexAdapter
from hub.adapters.verwijsindex.settings import IndexSettings
from hub.adapters.verwijsindex.signaal import Signaal
from hub.adapters.verwijsindex.source import SignalSource
from hub.contracts.adapter import Incoming
from hub.errors import Refused
from hub.simulators.serving import Reply, Request, Server
from hub.transports import soap
from tests.partners.verwijsindex.documents import BSN, beeindiging, melder, melding, wijziging
from tests.partners.verwijsindex.test_adapters import outgoing

_SETTINGS = """
date_format = "%d-%m-%Y"
moment_format = "%d-%m-%Y %H:%M"
yes = "Y"
archived = "1"
reactions = { 0 = "taken", 17 = "park" }
codes = { reden = { onterecht = "E", risico-voorbij = "R" }, "jongere.geslacht" = { man = "M", vrouw = "F" } }

[operations.melding]
operation = "SaveCase"
result = "status.number"
[operations.melding.fields]
"case.mode" = "=NEW"
"case.key" = "meldingId"
"case.citizen" = "jongere.bsn"
"case.surname" = "jongere.geslachtsnaam"
"case.born" = "jongere.geboortedatum"
"case.gender" = "jongere.geslacht"
"case.until" = "verwijderdatum"
"case.by.code" = "melder.id"
"case.by.fullName" = "melder.naam"
"case.by.org" = "melder.organisatie"
"case.by.tel" = "melder.telefoon"
"case.by.mail" = "melder.email"
"case.signedBy" = "besluit.door"
"case.signedAt" = "besluit.op"

[operations.wijziging]
operation = "SaveCase"
result = "status.number"
[operations.wijziging.fields]
"case.mode" = "=CHANGE"
"case.key" = "meldingId"
"case.until" = "verwijderdatum"
"case.signedBy" = "besluit.door"
"case.signedAt" = "besluit.op"

[operations.beeindiging]
operation = "CloseCase"
result = "status.number"
fields = { "closing.key" = "meldingId", "closing.why" = "reden" }

[operations.signalen]
operation = "ListHits"
result = ""
fields = { office = "=CJG" }

[signal]
item = "hits.hit"
other = "contact"
id = "no"
melding = "key"
same = "sameChild"
source = "old"
who = { id = "code", naam = "fullName", organisatie = "org", telefoon = "tel", email = "mail" }
"""
_NAMESPACE = "http://other.example/risk"


class OtherIndex:
    """Answers as that WSDL says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[etree._Element] = []
        self.status = "0"
        self.hits = ""

    def before_body(self, path: str) -> None:
        """Nothing to do."""

    def handle(self, request: Request) -> Reply:
        (asked,) = soap.read_message(request.body).body
        self.asked.append(asked)
        name = etree.QName(asked)
        assert name.namespace == _NAMESPACE
        assert request.headers["soapaction"].strip('"') in ("save", "close", "list")
        inner = (
            f"<hits>{self.hits}</hits>" if name.localname == "ListHits" else f"<status><number>{self.status}</number></status>"
        )
        body = f'<r:{name.localname}Response xmlns:r="{_NAMESPACE}">{inner}</r:{name.localname}Response>'
        return Reply(200, soap.write_message(body.encode()), {"Content-Type": "text/xml"})

    def said(self) -> dict[str, str]:
        """The leaves of the last request, by name."""
        return {etree.QName(one).localname: one.text or "" for one in self.asked[-1].iter(etree.Element) if not len(one)}


@pytest.fixture
def index() -> Iterator[tuple[OtherIndex, IndexSettings]]:
    other = OtherIndex()
    server = Server(other)
    server.start()
    mapping = tomllib.loads(_SETTINGS)
    mapping["operations"] |= {"bekend": None, "gelezen": None}
    yield other, IndexSettings(url=f"{server.url}/risk", wsdl=Path(__file__).with_name("other.wsdl"), **mapping)
    server.stop()


@pytest.fixture
def adapter(index: tuple[OtherIndex, IndexSettings]) -> Iterator[VerwijsindexAdapter]:
    made = VerwijsindexAdapter(index[1])
    made.open()
    yield made
    made.close()


def test_a_report_a_change_and_an_end(index: tuple[OtherIndex, IndexSettings], adapter: VerwijsindexAdapter) -> None:
    other, _ = index
    young = {"geslachtsnaam": "Testgeval", "geboortedatum": "2014-05-03", "geslacht": "man"}
    document = melding(jongere=young, verwijderdatum="2027-02-01")
    assert adapter.send(outgoing(document)).code == "0"
    said = other.said()
    assert said.pop("signedAt")
    who = {"code": "anna", "fullName": "Anna Testgeval", "org": "CJG Voorbeeldstad"}
    who |= {"tel": melder()["telefoon"], "mail": melder()["email"]}
    about = {"surname": "Testgeval", "born": "03-05-2014", "gender": "M", "until": "01-02-2027"}
    assert said == {"mode": "NEW", "key": document["meldingId"], "signedBy": "anna", **about, **who}
    adapter.send(outgoing(melding(jongere={"bsn": BSN, "geboortedatum": "2014-05-03"})))
    assert other.said()["citizen"] == BSN
    assert "born" not in other.said()
    adapter.send(outgoing(wijziging(document["meldingId"], verwijderdatum="2027-01-02"), "melding_wijziging"))
    assert (other.said()["mode"], other.said()["until"]) == ("CHANGE", "02-01-2027")
    adapter.send(outgoing(beeindiging(document["meldingId"], "risico-voorbij"), "melding_beeindiging"))
    assert other.said() == {"key": document["meldingId"], "why": "R"}


def test_its_no_is_told_by_its_own_code(index: tuple[OtherIndex, IndexSettings], adapter: VerwijsindexAdapter) -> None:
    index[0].status = "17"
    with pytest.raises(Refused) as caught:
        adapter.send(outgoing(melding()))
    assert caught.value.partner_code == "17"


def test_its_signals_become_ours(index: tuple[OtherIndex, IndexSettings]) -> None:
    other, settings = index
    contact = "<code>b.v</code><fullName>Bo Voorbeeld</fullName><org>JGZ</org><tel>020-5550199</tel><mail>b@jgz.example</mail>"
    other.hits = f"<hit><no>H1</no><key>0-1</key><sameChild>Y</sameChild><old>1</old><contact>{contact}</contact></hit>"
    source = SignalSource(settings, "verwijsindex")
    source.open()
    (found,) = source.poll()
    source.close()
    assert isinstance(found, Incoming)
    signaal = found.meaning
    assert isinstance(signaal, Signaal)
    assert (signaal.signaal_id, signaal.same_person, signaal.source) == ("H1", True, "archief")
    assert [one.naam for one in signaal.others] == ["Bo Voorbeeld"]
    assert other.said()["office"] == "CJG"
