"""The route ``toekenning``: the contract of routes, what is sent, and every rule that the payer would reject for."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.contracts.route import Built
from hub.errors import HubError, SchemaViolation
from hub.routes.pgb import mapping
from hub.routes.pgb.document import mutation_order
from hub.routes.pgb.route import ToekenningRoute
from hub.routes.pgb.settings import PgbSettings
from hub.schemas.parsing import parse
from hub.standards.istandaarden import read_envelope, read_header
from hub.testing.route_suite import CHECKS, IDENTITY, Case, numbered
from tests.partners.pgb.toekenningen import BSN, OTHER, encoded, route, toekenning

MARK = "Q7XJZ2"


def _broken() -> list[bytes]:
    """Marked documents, each broken in one of the ways that tempt an error text to repeat what it saw."""
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda made: made.update(gemeente=MARK),
        lambda made: made.update(gemeente="0001"),
        lambda made: made.update(budgetnummer=f"{MARK} met spatie"),
        lambda made: made.update(bedrag=MARK),
        lambda made: made.update(bedrag="1.234,50"),
        lambda made: made.update(bedrag="1.005"),
        lambda made: made.update({f"veld{MARK}": 1}),
        lambda made: made.update(functiebudgetten=MARK),
        lambda made: made.update(functiebudgetten=[]),
        lambda made: made.update(budgethouder=MARK),
        lambda made: made["budgethouder"].update(bsn=f"{MARK}047"),
        lambda made: made["budgethouder"].update(geboortedatum=MARK),
        lambda made: made["budgethouder"].update(geslachtsnaam=f"{MARK}\x01"),
        lambda made: made["budgethouder"].update(geslachtsnaam=f"{MARK}" * 40),
        lambda made: made["budgethouder"].update({f"naam{MARK}": MARK}),
        lambda made: made["budgethouder"]["adressen"][0].update(postcode=MARK),
        lambda made: made["budgethouder"].update(adressen=[]),
        lambda made: made["functiebudgetten"][0].update(functie=f"{MARK}-"),
        lambda made: made["functiebudgetten"][0].update(begindatum="2027-02-30"),
    ]
    documents = []
    for change in changes:
        made = copy.deepcopy(marked())
        change(made)
        documents.append(encoded(made))
    return documents


def marked() -> dict[str, Any]:
    made = toekenning(budgethouder={"geslachtsnaam": f"{MARK} & <co>", "voornamen": MARK, "telefoon": MARK, "email": MARK})
    made["budgethouder"]["adressen"][0].update(straat=MARK, plaats=MARK)
    return made


def test_the_case_is_about_the_route() -> None:
    assert CASE.route.name == "toekenning"


def _payload(body: bytes) -> etree._Element:
    return parse(read_envelope(parse(body)).bericht)


CASE = Case(
    route=route(),
    document=encoded(toekenning()),
    refused=_broken(),
    marked=encoded(marked()),
    marks=(MARK.encode(),),
    type_of=lambda body: "ggk_Di01" if b"envelopHeenbericht-ggk_Di01" in body else "",
)


#: The marks stand inside base64, so one check would see nothing: test_nothing_personal_stands_beside_the_body is in its place.
_SEEING = [check for check in CHECKS if check.__name__ != "what_goes_with_the_body_holds_no_content"]


@pytest.mark.parametrize("check", _SEEING, ids=lambda check: check.__name__)
def test_the_toekenning_keeps_the_contract_of_routes(check: Callable[[Case], None]) -> None:
    check(CASE)


def test_nothing_personal_stands_beside_the_body() -> None:
    built = CASE.build(CASE.marked)
    assert MARK.encode() in read_envelope(parse(built.body)).bericht
    told = repr((built.type, built.title, built.ordering_key, built.unique, built.found_by, built.warnings, built.attributes))
    assert MARK not in told
    assert BSN not in told


def build(document: dict[str, Any], **settings: Any) -> Built:
    made, content = route(**settings), encoded(document)
    built = made.build(content, numbered(made, content, IDENTITY))
    made.verify(built)
    return built


def told(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(SchemaViolation) as caught:
        build(document)
    return [(one.rule, one.field) for one in caught.value.findings]


def test_the_message_is_a_501_with_the_full_state() -> None:
    holder = {"relaties": [{"soort": "03", "geslachtsnaam": "Ouder", "bsn": OTHER}]}
    document = toekenning(budgetnummerOud="B-900", budgethouder=holder)
    built = build(document)
    header = read_header(_payload(built.body))
    assert (header.code, header.afzender, header.ontvanger, header.identificatie) == ("501", "0392", "VWS", "000000000123")
    assert header.dagtekening == IDENTITY.moment.date()
    about = read_envelope(parse(built.body)).stuurgegevens
    assert (about.functie, about.ontvanger.organisatie, about.ontvanger.applicatie) == ("PGB501", "VWS", "GGk")
    texts = {etree.QName(one).localname: one.text for one in _payload(built.body).iter("*") if not len(one)}
    assert texts["Bsn"] == OTHER
    assert texts["BudgetidentificatieOud"] == "B-900"
    assert texts["Bedrag"] == "12000.50"
    assert texts["Ingetrokken"] == "2"
    assert texts["Postcode"] == "2011AB"
    assert built.ordering_key == "0392/B-1001"
    assert [one.bsn for one in built.others] == [OTHER]


def test_a_municipality_goes_over_to_another_family_on_a_day() -> None:
    ways = {"0392": [{"familie": "1.0"}, {"vanaf": "2026-11-23", "familie": "2.0"}]}
    assert read_header(_payload(build(toekenning(), gemeenten=ways).body)).code == "TKB"
    assert route(gemeenten=ways).settings.wijze("0392", dt.date(2026, 11, 23)).familie == "2.0"  # type: ignore[union-attr]


def test_a_tkb_is_shaped_otherwise_and_says_the_same() -> None:
    root = _payload(build(toekenning(), gemeenten={"0392": [{"familie": "1.0"}]}).body)
    assert etree.QName(root).localname == "TKB"
    assert [one.text for one in root.iter("{*}BedragInCenten")] == ["1200050"]


_OWN_XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:eigen" targetNamespace="urn:eigen"
 elementFormDefault="qualified"><xs:element name="Budget"><xs:complexType><xs:sequence><xs:element name="Nr" type="xs:string"/>
 <xs:element name="Kind" type="xs:string"/><xs:element name="Deel" maxOccurs="9"><xs:complexType><xs:sequence>
 <xs:element name="Vanaf"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[0-9]{8}"/></xs:restriction>
 </xs:simpleType></xs:element><xs:element name="Hoofd" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
 </xs:sequence></xs:complexType></xs:element></xs:schema>"""


def _own_folder(folder: Path, last: str = '["Deel[functiebudgetten]/Hoofd", "/budgetnummer"]') -> Path:
    (folder / "eigen.xsd").write_text(_OWN_XSD, encoding="utf-8")
    (folder / "messages.toml").write_text(
        'family="x"\nversion="9"\nnamespace="urn:eigen"\nschema="eigen.xsd"\n[messages]\nX1 = {element="Budget"}',
        encoding="utf-8",
    )
    (folder / "toekenning.toml").write_text(
        'type="X1"\nreturns="X2"\ncode="X1"\nfunctie="X1"\nontvanger="SVB"\nfields=[["Nr","budgetnummer"],'
        f'["Kind","budgethouder/bsn"],["Deel[functiebudgetten]/Vanaf","begindatum:datum8"],{last}]',
        encoding="utf-8",
    )
    return folder


def test_another_schema_is_put_in_place_with_a_mapping_and_without_code(tmp_path: Path) -> None:
    family = mapping.load(_own_folder(tmp_path))
    made = ToekenningRoute(PgbSettings(gemeenten={"0392": [{"familie": "eigen"}]}), {"eigen": family})  # type: ignore[dict-item]
    assert not family.stand_in
    built = made.build(CASE.document, numbered(made, CASE.document, IDENTITY))
    made.verify(built)
    assert [(etree.QName(one).localname, one.text) for one in _payload(built.body).iter("*") if not len(one)] == [
        ("Nr", "B-1001"),
        ("Kind", BSN),
        ("Vanaf", "20270101"),
        ("Hoofd", "B-1001"),
    ]


def test_a_mapping_that_does_not_fit_its_schema_sends_nothing(tmp_path: Path) -> None:
    family = mapping.load(_own_folder(tmp_path, '["Onbekend", "=x"]'))
    made = ToekenningRoute(PgbSettings(gemeenten={"0392": [{"familie": "eigen"}]}), {"eigen": family})  # type: ignore[dict-item]
    built = made.build(CASE.document, numbered(made, CASE.document, IDENTITY))
    with pytest.raises(HubError) as caught:
        made.verify(built)
    assert caught.value.code == "unexpected"


def _functie(begin: str = "2027-01-01", end: str = "2027-12-31", amount: str = "100", functie: str = "45A04") -> dict[str, str]:
    return {"functie": functie, "begindatum": begin, "einddatum": end, "bedrag": amount}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (toekenning(budgethouder={"bsn": "999900007"}), ("PG01", "/budgethouder/bsn")),
        (toekenning(einddatum="2026-12-31", functiebudgetten=[_functie("2027-01-01", "2026-12-31")]), ("PG02", "/einddatum")),
        (toekenning(functiebudgetten=[_functie("2026-12-31")]), ("PG03", "/functiebudgetten/0/begindatum")),
        (toekenning(functiebudgetten=[_functie(end="2028-01-01")]), ("PG03", "/functiebudgetten/0/einddatum")),
        (
            toekenning(functiebudgetten=[_functie(end="2027-06-30"), _functie("2027-06-30")]),
            ("PG04", "/functiebudgetten/1/begindatum"),
        ),
        (toekenning(functiebudgetten=[_functie(amount="12000.51")]), ("PG05", "/bedrag")),
        (toekenning(budgethouder={"adressen": []}), ("PG06", "/budgethouder/adressen")),
        (
            toekenning(budgethouder={"adressen": toekenning()["budgethouder"]["adressen"] * 2}),
            ("PG06", "/budgethouder/adressen"),
        ),
        (toekenning(afgiftedatum="2026-11-23"), ("PG07", "/afgiftedatum")),
        (
            toekenning(zorgInNatura=[{"product": "45A04", "begindatum": "2026-06-01", "einddatum": "2027-01-01"}]),
            ("PG08", "/functiebudgetten/0/functie"),
        ),
        (toekenning(budgethouder={"geboortedatum": "2026-11-23"}), ("PG09", "/budgethouder/geboortedatum")),
        (toekenning(budgetnummer=OTHER), ("PG10", "/budgetnummer")),
        (toekenning(budgetnummer=f"PGB-{OTHER}"), ("PG10", "/budgetnummer")),
        (toekenning(budgetnummerOud=f"B{OTHER}"), ("PG10", "/budgetnummerOud")),
        (toekenning(beschikkingsnummer=f"2026.{BSN}.1"), ("PG10", "/beschikkingsnummer")),
        (toekenning(mutatie=BSN), ("PG10", "/mutatie")),
        (toekenning(budgetnummerOud="B-1001"), ("PG12", "/budgetnummerOud")),
        (toekenning(bedrag="0", functiebudgetten=[_functie(amount="0")]), ("PG13", "/bedrag")),
        (toekenning(gemeente="0001"), ("PG11", "/gemeente")),
        (toekenning(bedrag="12000.505"), ("PG91", "/bedrag")),
        (toekenning(mutatie=None), ("PG90", "/mutatie")),
    ],
)
def test_what_the_payer_would_reject_is_told_at_its_place(document: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in told(document)


def test_what_only_seems_wrong_is_sent() -> None:
    build(toekenning(functiebudgetten=[_functie(end="2027-06-30"), _functie("2027-07-01")]))
    build(toekenning(functiebudgetten=[_functie(), _functie(functie="45A05")]))
    build(toekenning(ingetrokken=True, bedrag="0", functiebudgetten=[_functie(amount="0")]))
    build(toekenning(zorgInNatura=[{"product": "45A04", "begindatum": "2026-06-01", "einddatum": "2026-12-31"}]))
    build(toekenning(bedrag=12000.5))


def test_changes_are_put_in_order_by_their_numbers() -> None:
    moments = ["9", "10", "2026-12-01", "2026-12-01T09:30", "2026-12-01T10:00"]
    assert sorted(set(moments), key=mutation_order) == moments
