"""SCN 1 of the official test set (1.0.1, variant for a youth-care application): nine correct requests of growing difficulty.

Each folder in ``scn1`` is one request: ``1-raadsverzoek.json`` goes in, ``2-vtoDi01.xml`` has to come out. The official set
does not publish its files, so these are written from its descriptions. What each description asks is held against the expected
message too, so that a wrong expectation does not prove itself.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from hub.contracts.route import AMSTERDAM, Built, Identity
from hub.journal import stamp
from hub.routes.raadsverzoek.route import Raadsverzoek
from tests.support import raadsverzoeken as rv

FOLDERS = sorted((Path(__file__).parent / "scn1").iterdir())
NS = {
    "ZKN": "http://www.egem.nl/StUF/sector/zkn/0310",
    "BG": "http://www.egem.nl/StUF/sector/bg/0310",
    "StUF": "http://www.egem.nl/StUF/StUF0301",
}
PARTIAL = f"{{{NS['StUF']}}}indOnvolledigeDatum"
MEDIATYPE = "{http://www.w3.org/2005/05/xmlmime}contentType"


def build(folder: Path) -> Built:
    route = Raadsverzoek(rv.settings(verzoeker=rv.verzoeker()))
    number = int(folder.name[:2])
    made = dt.datetime(2026, 11, 20, 23, 59, 59, tzinfo=AMSTERDAM)
    identity = Identity(f"5c110000-0000-4000-8000-{number:012d}", "nooit-gebruikt", made)
    built = route.build((folder / "1-raadsverzoek.json").read_bytes(), identity)
    return dataclasses.replace(built, body=stamp.fill(built.body, built.slots, "20261122143005123"))


def expected(folder: Path) -> etree._Element:
    return etree.parse(folder / "2-vtoDi01.xml").getroot()


def canonical(tree: etree._Element) -> bytes:
    plain = etree.fromstring(etree.tostring(tree), etree.XMLParser(remove_blank_text=True, remove_comments=True))
    return etree.tostring(plain, method="c14n")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_request_of_scn_1_becomes_its_message(folder: Path) -> None:
    built = build(folder)
    assert canonical(etree.fromstring(built.body)) == canonical(expected(folder))
    assert not built.warnings


@pytest.mark.official
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_message_of_scn_1_is_valid_by_the_official_schema(folder: Path, official_data: Path) -> None:
    schema = rv.official_schema_check(official_data)
    assert schema.validate(etree.fromstring(build(folder).body)), schema.error_log


class Message:
    """What the descriptions of the test set ask about a message."""

    def __init__(self, tree: etree._Element) -> None:
        self.tree = tree
        self.children = tree.findall(".//ZKN:heeftBetrekkingOp", NS)
        self.parties = tree.findall(".//ZKN:heeftAlsBelanghebbende", NS)
        self.documents = tree.findall(".//ZKN:heeftRelevant", NS)

    def unborn(self) -> list[bool]:
        return [child.findtext("ZKN:omschrijving", None, NS) == "Client (ongeboren kind)" for child in self.children]

    def all(self, path: str) -> list[str]:
        return [str(found.text) for found in self.tree.iterfind(f".//{path}", NS)]

    def gezag(self) -> list[tuple[str, str, str, bool]]:
        """Per interested party: name, number of the child, whether informed, whether a reason is given."""
        told = []
        for party in self.parties:
            extra = {str(found.get("naam")): str(found.text) for found in party.iterfind("StUF:extraElementen/*", NS)}
            name = party.findtext(".//BG:geslachtsnaam", None, NS) or party.findtext(".//BG:handelsnaamVerkort", "", NS)
            assert party.findtext("ZKN:omschrijving", None, NS) in ("voogd", "ouder met gezag")
            reason = "redenNietGeinformeerd" in extra
            told.append((str(name), extra["clientvolgnummer"], extra["indicatieGeinformeerd"], reason))
        return told


def step_1(message: Message) -> None:
    assert message.unborn() == [False]
    assert len(message.documents) == len(message.all("BG:inp.bsn")) == len(message.all("BG:geboortedatum")) == 1
    assert message.all("ZKN:heeftAlsBelanghebbende/ZKN:omschrijving") == ["voogd"]
    assert len(message.all("ZKN:heeftAlsBelanghebbende//BG:sub.telefoonnummer")) == 1
    assert not message.all("BG:sub.emailadres")


def step_5(message: Message) -> None:
    assert message.unborn() == [False]
    assert not message.all("BG:inp.bsn")
    assert not message.all("BG:geboortedatum")
    assert len(message.all("BG:anp.identificatie")) == 1
    assert len(message.parties) == len(message.all("ZKN:vestiging")) == 1


def step_9(message: Message) -> None:
    assert message.unborn() == [True]
    assert len(message.all("ZKN:heeftBetrekkingOp//BG:geboortedatum")) == 1
    assert len(message.parties) == len(message.all("ZKN:heeftAlsBelanghebbende//BG:sub.telefoonnummer")) == 1


def step_13(message: Message) -> None:
    assert message.unborn() == [True, False]
    birth = [child.find(".//BG:geboortedatum", NS) for child in message.children]
    assert [None if found is None else found.get(PARTIAL) for found in birth] == [None, "M"]
    assert [child for _, child, _, _ in message.gezag()] == ["1", "2"]
    assert message.parties[0].find(".//BG:sub.telefoonnummer", NS) is not None


def step_17(message: Message) -> None:
    assert sorted(message.unborn()) == [False, False, False, True]
    assert [child for _, child, _, _ in message.gezag()] == ["1", "2", "3", "4"]
    assert len(set(message.all("ZKN:heeftAlsBelanghebbende//BG:inp.bsn"))) == 1


def step_21(message: Message) -> None:
    contents = [document.find(".//ZKN:inhoud", NS) for document in message.documents]
    assert len({found.get(MEDIATYPE) for found in contents if found is not None}) == len(contents) == 3


def _mother_and_three_fathers(message: Message) -> list[tuple[str, str, str, bool]]:
    assert message.unborn() == [False] * 3
    told = message.gezag()
    assert [child for _, child, _, _ in told] == ["1", "2", "3", "1", "2", "3"]
    assert len({name for name, *_ in told[:3]}) == 1
    assert len({name for name, *_ in told[3:]}) == 3
    return told


def step_25(message: Message) -> None:
    told = _mother_and_three_fathers(message)
    assert {(informed, reason) for *_, informed, reason in told} == {("false", True)}


def step_29(message: Message) -> None:
    told = _mother_and_three_fathers(message)
    assert [(informed, reason) for *_, informed, reason in told] == [("false", True)] * 3 + [("true", False)] * 3


def step_33(message: Message) -> None:
    assert message.unborn() == [False] * 3
    told = message.gezag()
    assert sorted({(name, child) for name, child, _, _ in told}) == sorted((name, child) for name, child, _, _ in told)
    assert {name for name, *_ in told} == {"Testmoeder", "Testvader2"}
    assert [informed for *_, informed, _ in told] == ["true"] * 6


STEPS: tuple[Callable[[Message], None], ...] = (
    step_1, step_5, step_9, step_13, step_17, step_21, step_25, step_29, step_33,
)  # fmt: skip


@pytest.mark.parametrize(("folder", "step"), list(zip(FOLDERS, STEPS, strict=True)), ids=[step.__name__ for step in STEPS])
def test_an_expected_message_is_what_the_test_set_describes(folder: Path, step: Callable[[Message], None]) -> None:
    step(Message(expected(folder)))
