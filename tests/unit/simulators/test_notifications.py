"""Notifications that the simulated Raad writes are valid, whatever they are asked to tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from hub.schemas import parsing, registry
from hub.simulators.corv import notifications as raad
from tests.support.berichten import OURS, RAAD, vto

CASES = [
    pytest.param({**raad.SYNTHETIC, "voorletters": "T.", "rniNummer": "12345678901234567"}, None, None, id="an extra number"),
    pytest.param({"omschrijving": raad.UNBORN}, {"geslachtsnaam": "Mœder", "voornamen": "Zoë"}, None, id="an unborn child"),
    pytest.param(
        raad.SYNTHETIC,
        None,
        {
            "datum": "20270115",
            "toelichting": "OTS",
            "ingang": "20270120",
            "einde": "20280120",
            "beslissendeInstantie": "RC0108",
        },
        id="a decision",
    ),
    pytest.param({}, {"geslachtsnaam": "M"}, {"datum": "20270115", "toelichting": "OTS"}, id="hardly anything"),
]


def written(child: dict[str, str], mother: dict[str, str] | None, decision: dict[str, str] | None, kenmerk: str) -> bytes:
    return raad.write(RAAD, OURS, kenmerk, child, status="Zaak afgerond", mother=mother, decision=decision)


@pytest.mark.parametrize("kenmerk", ["", "CJG-2026-000001"])
@pytest.mark.parametrize(("child", "mother", "decision"), CASES)
def test_a_notification_is_valid(
    child: dict[str, str], mother: dict[str, str] | None, decision: dict[str, str] | None, kenmerk: str
) -> None:
    assert registry.validate(parsing.parse(written(child, mother, decision, kenmerk))) == ()


@pytest.mark.official
@pytest.mark.parametrize(("child", "mother", "decision"), CASES)
def test_a_notification_is_valid_by_the_official_schema(
    child: dict[str, str], mother: dict[str, str] | None, decision: dict[str, str] | None, official_data: Path
) -> None:
    schema = etree.XMLSchema(file=str(official_data / "corv/xsd-jr/jz0100_msg_jzberichten_resolved2025.xsd"))
    assert schema.validate(etree.fromstring(written(child, mother, decision, "CJG-2026-000001"))), schema.error_log


def test_every_child_of_a_request_is_told_about_born_or_not() -> None:
    unborn = vto("ref-1").replace(b"Client (kind)", raad.UNBORN.encode())
    for body, expected in ((vto("ref-1"), raad.BORN), (unborn, raad.UNBORN)):
        (child,) = raad.children_of(etree.fromstring(body))
        assert (child["inp.bsn"], child["omschrijving"]) == ("999999047", expected)


@pytest.mark.official
def test_the_notifications_of_the_scenarios_are_valid_by_the_official_schema(official_data: Path) -> None:
    schema = etree.XMLSchema(file=str(official_data / "corv/xsd-jr/jz0100_msg_jzberichten_resolved2025.xsd"))
    files = sorted((Path(__file__).parents[2] / "scenarios").glob("scn*/*/*notificatieDi01*.xml"))
    assert len(files) == 8
    for file in files:
        assert schema.validate(etree.parse(file)), f"{file.name}: {schema.error_log}"
