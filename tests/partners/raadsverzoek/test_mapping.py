"""The mapping of a raadsverzoek to vtoDi01."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest
from lxml import etree

from hub.contracts.route import AMSTERDAM, Slot
from hub.journal import stamp
from hub.routes.raadsverzoek.message import build_vto
from hub.routes.raadsverzoek.reading import read
from hub.routes.raadsverzoek.rules import check
from tests.support import raadsverzoeken as rv

NS = {
    "ZKN": "http://www.egem.nl/StUF/sector/zkn/0310",
    "BG": "http://www.egem.nl/StUF/sector/bg/0310",
    "StUF": "http://www.egem.nl/StUF/StUF0301",
}
PARTIAL = "{http://www.egem.nl/StUF/StUF0301}indOnvolledigeDatum"


def canonical(xml: bytes) -> bytes:
    """C14N without comments and the white space between elements."""
    tree = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True, remove_comments=True))
    return etree.tostring(tree, method="c14n", with_comments=False)


def built(made: dict[str, object], **changes: object) -> etree._Element:
    """The message of a document that has no errors."""
    message = rv.route(**changes).build(rv.encoded(made), rv.IDENTITY)
    return etree.fromstring(message.body)


def texts(tree: etree._Element, path: str) -> list[str]:
    return [str(item.text) for item in tree.iterfind(f".//{path}", NS)]


@pytest.mark.official
def test_the_sample_document_becomes_the_sample_message(official_data: Path) -> None:
    samples = official_data / "corv/voorbeelden"
    made = json.loads((samples / "SYNTH_raadsverzoek.json").read_bytes())
    for number, item in enumerate(made["documenten"], 1):
        item["documentkenmerk"] = f"5b1f0c1e-0000-4000-8000-{number:012d}"
    reading = read(rv.encoded(made), 10**8)
    assert not reading.findings
    assert not check(reading.document, rv.settings(), rv.TODAY)
    made_before = dataclasses.replace(rv.IDENTITY, moment=dt.datetime(2026, 11, 20, 9, tzinfo=AMSTERDAM))
    body, places = build_vto(reading.document, made_before, rv.settings())
    body = stamp.fill(body, [Slot(*place) for place in places], rv.IDENTITY.digits)
    assert canonical(body) == canonical((samples / "SYNTH_raadsverzoek_vtoDi01.xml").read_bytes())
    schema = rv.official_schema_check(official_data)
    assert schema.validate(etree.fromstring(body)), schema.error_log


def test_the_places_of_the_stamp_hold_its_digits() -> None:
    message = rv.route().build(rv.encoded(rv.raadsverzoek(onderwerp="Zoë & co")), rv.IDENTITY)
    held = [message.body[slot.offset : slot.offset + slot.length] for slot in message.slots]
    assert held == [b"20261122143005123", b"20261122"]
    before = [message.body[: slot.offset].rpartition(b"<")[2] for slot in message.slots]
    assert before == [b"StUF:tijdstipBericht>", b'StUF:extraElement naam="datumIndiening">']


def test_what_xml_reserves_is_escaped_and_reads_back() -> None:
    text = 'a < b & "c" > d\r\ne\tf ]]>'
    child = rv.kind(adres={"plaats": text})
    assert texts(built(rv.raadsverzoek(kinderen=[child])), "BG:wpl.woonplaatsNaam") == [text]


@pytest.mark.parametrize(
    ("given", "sent", "attribute"),
    [("2014", "20140101", "M"), ("2014-03", "20140301", "D"), ("2014-03-09", "20140309", None)],
)
def test_a_partial_birth_date_says_what_is_unknown(given: str, sent: str, attribute: str | None) -> None:
    found = built(rv.raadsverzoek(kinderen=[rv.kind(geboortedatum=given)])).find(".//BG:geboortedatum", NS)
    assert found is not None
    assert (found.text, found.get(PARTIAL)) == (sent, attribute)


def test_an_unknown_birth_date_is_no_element() -> None:
    child = rv.kind(geboortedatum=None, geboortedatumOnbekend=True)
    assert not texts(built(rv.raadsverzoek(kinderen=[child])), "BG:geboortedatum")


@pytest.mark.parametrize(("length", "element"), [(24, "BG:gor.straatnaam"), (25, "BG:gor.openbareRuimteNaam")])
def test_a_street_of_more_than_24_characters_moves_to_the_longer_element(length: int, element: str) -> None:
    tree = built(rv.raadsverzoek(kinderen=[rv.kind(adres={"straat": "S" * length})]))
    assert texts(tree, "BG:verblijfsadres/*") == texts(tree, element) == ["S" * length]


def test_a_postcode_loses_its_space_and_gains_capitals() -> None:
    tree = built(rv.raadsverzoek(kinderen=[rv.kind(adres={"postcode": "2011 ab", "huisnummer": 1})]))
    assert texts(tree, "BG:aoa.postcode") == ["2011AB"]


def test_empty_texts_and_empty_parts_leave_no_trace() -> None:
    child = rv.kind(adres={"plaats": " ", "straat": ""}, voorvoegsel="\t", email="")
    tree = built(rv.raadsverzoek(kinderen=[child], onderwerp="   "))
    assert not tree.findall(".//BG:verblijfsadres", NS)
    assert not [item.tag for item in tree.iter() if len(item) == 0 and not (item.text or "").strip()]


def test_each_relation_is_an_element_of_its_own() -> None:
    parent = rv.persoon("b1", rv.gezag(1), rv.gezag(2), {"rol": "contactpersoon"})
    tree = built(rv.raadsverzoek(kinderen=[rv.kind(1), rv.kind(2)], betrokkenen=[parent]))
    found = tree.findall(".//ZKN:heeftAlsBelanghebbende", NS)
    assert [texts(item, "StUF:extraElement") for item in found] == [["1", "true"], ["2", "true"], []]


def test_equal_relations_can_be_bundled_by_a_setting() -> None:
    parent = rv.persoon("b1", rv.gezag(1), rv.gezag(2, informed=False), rv.gezag(3))
    made = rv.raadsverzoek(kinderen=[rv.kind(1), rv.kind(2), rv.kind(3)], betrokkenen=[parent])
    found = built(made, betrokkene_per_kind=False).findall(".//ZKN:heeftAlsBelanghebbende", NS)
    assert [texts(item, "StUF:extraElement")[:2] for item in found] == [["1", "3"], ["2", "false"]]


def test_a_relation_to_the_whole_family_is_not_bundled_with_one_to_a_child() -> None:
    coach = rv.persoon("b2", {"rol": "hulpverlener"}, {"kind": 1, "rol": "hulpverlener"}, geslachtsnaam="Coach")
    tree = built(rv.raadsverzoek(betrokkenen=[rv.persoon(), coach]), betrokkene_per_kind=False)
    found = tree.findall(".//ZKN:heeftAlsBelanghebbende", NS)
    assert [texts(item, "StUF:extraElement") for item in found] == [["1", "true"], [], ["1"]]


def test_what_xml_reserves_is_escaped_in_attributes_too() -> None:
    tree = built(rv.raadsverzoek(), extra_names={"urgentie": 'a"<&\r\n\tb'})
    assert tree.find(".//StUF:extraElement[2]", NS).get("naam") == 'a"<&\r\n\tb'


def test_the_names_of_extra_elements_are_settings() -> None:
    names = {"urgentie": "spoed", "clientvolgnummer": "kindnummer"}
    tree = built(rv.raadsverzoek(), extra_names=names)
    found = [item.get("naam") for item in tree.iterfind(".//StUF:extraElement", NS)]
    assert found == ["datumIndiening", "spoed", "rolJeugdzorgVerzoeker", "kindnummer", "kindnummer", "indicatieGeinformeerd"]


def test_being_informed_is_only_told_of_those_with_gezag() -> None:
    other = rv.persoon("b2", {"kind": 1, "rol": "grootouder", "geinformeerd": True}, geslachtsnaam="Ander")
    tree = built(rv.raadsverzoek(betrokkenen=[rv.persoon(), other]))
    assert len(tree.findall(".//StUF:extraElement[@naam='indicatieGeinformeerd']", NS)) == 1


def test_documents_get_defaults_and_a_lasting_number() -> None:
    made = rv.raadsverzoek(documenten=[rv.document(mediatype="image/jpeg", bestandsnaam="scan.jpeg")])
    del made["documenten"][0]["mediatype"]
    first, second = built(made), built(made)
    assert texts(first, "ZKN:titel") == ["Verzoek tot onderzoek RvdK"]
    assert texts(first, "ZKN:taal") == ["Nederlands"]
    assert texts(first, "ZKN:vertrouwelijkAanduiding") == ["VERTROUWELIJK"]
    assert first.find(".//ZKN:inhoud", NS).get("{http://www.w3.org/2005/05/xmlmime}contentType") == "image/jpeg"
    assert texts(first, "ZKN:heeftRelevant//ZKN:identificatie") == texts(second, "ZKN:heeftRelevant//ZKN:identificatie")


def test_the_settings_fill_in_who_asks() -> None:
    ours = {**rv.verzoeker(), "rsin": "999999047"}
    tree = built(rv.raadsverzoek(verzoeker=None), verzoeker=ours)
    assert texts(tree, "BG:inn.nnpId") == ["999999047"]
    other = built(rv.raadsverzoek(verzoeker={"organisatie": "Ander CJG"}), verzoeker=ours)
    assert texts(other, "BG:statutaireNaam") == ["Ander CJG"]
    assert not texts(other, "BG:inn.nnpId")


def test_a_document_without_a_case_number_gets_the_allotted_one() -> None:
    message = rv.route().build(rv.encoded(rv.raadsverzoek(kenmerk=None)), rv.IDENTITY)
    assert message.ordering_key == rv.IDENTITY.case_number
    assert message.unique == (("kenmerk", rv.IDENTITY.case_number),)
    assert b"<ZKN:identificatie>CJG-2026-000123<" in message.body
