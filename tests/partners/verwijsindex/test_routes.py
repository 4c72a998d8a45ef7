"""The three routes keep the contract of routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from hub.schemas import registry
from hub.testing.route_suite import CHECKS, Case
from tests.partners.verwijsindex.documents import BSN, beeindiging, encoded, melder, melding, routes, wijziging

MARK = "Qxjzwk"
ID = "5f0e3c52-0000-4000-8000-000000000001"


def _judge(body: bytes) -> Any:
    return registry.validate(etree.fromstring(body))


def _marked_melder() -> dict[str, str]:
    return melder(naam=f"{MARK} Testgeval", organisatie=f"{MARK} BV", email=f"{MARK}@cjg.example")


def _meldingen() -> Case:
    young = {"geslachtsnaam": MARK, "geboortedatum": "2014-05-03", "geslacht": "man"}
    marked = melding(meldingId=ID, melder=_marked_melder(), jongere=young)
    refused = [
        melding(jongere=young | {"bsn": BSN}),
        melding(jongere=young | {"geboortedatum": MARK}),
        melding(jongere=young | {MARK: MARK}),
        melding(jongere={"bsn": "999990018", "geboortedatum": "2014-05-03"}),
        melding(jongere={"geboortedatum": "2014-05-03"}),
        melding(jongere={"geslachtsnaam": MARK, "geboortedatum": "2014-05-03"}),
        melding(jongere={"bsn": BSN, "geboortedatum": "2003-11-22"}),
        melding(jongere={"bsn": BSN, "geboortedatum": "2027-01-01"}),
        melding(melder=melder(naam=f"{MARK}1")),
        melding(melder=melder(naam=f"{MARK} {BSN}")),
        melding(verwijderdatum="2026-11-22"),
        melding(verwijderdatum="2028-11-23"),
        melding(geinformeerd={}),
        melding(reden=MARK),
        melding(gemeente=MARK),
    ]
    return Case(
        routes()["melding"],
        encoded(melding(meldingId=ID)),
        [encoded(one) for one in refused],
        encoded(marked),
        [MARK.encode()],
        _judge,
    )


def _wijzigingen() -> Case:
    refused = [wijziging(ID), wijziging(ID, verwijderdatum="2026-11-01"), wijziging(ID, toelichting=MARK), wijziging(MARK)]
    return Case(
        routes()["melding_wijziging"],
        encoded(wijziging(ID, verwijderdatum="2027-01-01")),
        [encoded(one) for one in refused],
        encoded(wijziging(ID, melder=_marked_melder())),
        [MARK.encode()],
        _judge,
    )


CASES = {"melding": _meldingen(), "melding_wijziging": _wijzigingen()}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", CASES)
def test_a_route_keeps_its_contract(name: str, check: Callable[[Case], None]) -> None:
    check(CASES[name])


@pytest.mark.parametrize("check", [one for one in CHECKS if "content" not in one.__name__], ids=lambda one: one.__name__)
def test_the_end_keeps_its_contract(check: Callable[[Case], None]) -> None:
    """It holds no personal data at all."""
    refused = [encoded(beeindiging(ID, "zomaar")), encoded(beeindiging(ID) | {"tekst": "x"})]
    document = encoded(beeindiging(ID))
    check(Case(routes()["melding_beeindiging"], document, refused, document, (), _judge))
