"""Reading a notification, and the lists that give its codes a name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from hub.adapters.corv import notificatie
from hub.adapters.corv.reference_lists import ReferenceLists
from hub.routes.raadsverzoek.answers import child_name, notification
from hub.simulators.corv import notifications as corv_notifications
from tests.support.berichten import OURS, RAAD

CHILD = {
    "inp.bsn": "999999047", "geslachtsnaam": "Berg", "voorvoegselGeslachtsnaam": "van den", "voornamen": "Noor",
    "geboortedatum": "20150309",
}  # fmt: skip
DECISION = {
    "datum": "20270115", "toelichting": "Ondertoezichtstelling", "ingang": "20270120", "einde": "20280120",
    "beslissendeInstantie": "RC0108", "uitvoerendeInstantie": "XX",
}  # fmt: skip


def read(kenmerk: str = "CJG-2026-000001", child: dict[str, str] | None = None, **options: object) -> notificatie.Notificatie:
    options.setdefault("status", "Zaak afgerond")
    body = corv_notifications.write(RAAD, OURS, kenmerk, CHILD if child is None else child, **options)  # type: ignore[arg-type]
    return notificatie.read(etree.fromstring(body))


def test_everything_that_a_notification_tells_is_read() -> None:
    found = read(resultaat="Maatregel opgelegd", decision=DECISION)
    assert (found.status, found.resultaat, found.kenmerk) == ("Zaak afgerond", "Maatregel opgelegd", "CJG-2026-000001")
    assert (found.nummer_bij_raad, found.ambtshalve) == ("RvdK-SIM-0001", False)
    assert (found.kind.bsn, found.kind.geboortedatum, found.kind.unborn) == ("999999047", "20150309", False)
    assert child_name(found) == "Noor van den Berg"
    besluit = notificatie.Besluit("Ondertoezichtstelling", "20270115", "20270120", "20280120", "RC0108", "XX")
    assert found.besluiten == (besluit,)


def test_what_may_be_logged_holds_no_person() -> None:
    found = read(resultaat="Maatregel opgelegd", decision=DECISION)
    assert found.facts == {"status": "Zaak afgerond", "result": "Maatregel opgelegd"}
    assert found.title == "Zaak afgerond: Maatregel opgelegd"
    ex_officio = read("", status="Intake afgerond")
    assert ex_officio.facts == {"status": "Intake afgerond", "exOfficio": "true"}
    assert ex_officio.title == "Intake afgerond (ambtshalve)"


def test_an_unborn_child_is_called_after_its_mother() -> None:
    found = read(child={"omschrijving": corv_notifications.UNBORN}, mother={"geslachtsnaam": "Mœder", "voornamen": "Zoë"})
    assert found.kind.unborn
    assert child_name(found) == "het ongeboren kind van Zoë Mœder"
    assert notification(found, {}).kind == "het ongeboren kind van Zoë Mœder"
    assert notification(found, {}, child="Noor").kind == "Noor"


def test_institutions_are_named_where_the_list_knows_them() -> None:
    told = notification(read(decision=DECISION), {"RC0108": "Raad te Haarlem"})
    assert "Genomen door Raad te Haarlem. Uitgevoerd door instantie met code XX." in told.besluiten[0].sentence()


def test_an_institution_beside_the_case_belongs_to_its_only_decision() -> None:
    body = corv_notifications.write(
        RAAD, OURS, "K-12345", CHILD, status="Zaak afgerond", decision={"datum": "20270115", "toelichting": "OTS"}
    )
    ambtshalve = b'<StUF:extraElement naam="indicatieAmbtshalve">'
    beslissend = b'<StUF:extraElement naam="beslissendeInstantie">RC0108</StUF:extraElement>'
    shared = body.replace(ambtshalve, beslissend + ambtshalve)
    assert notificatie.read(etree.fromstring(shared)).besluiten[0].beslissende_instantie == "RC0108"


def test_nil_elements_are_absent() -> None:
    body = corv_notifications.write(RAAD, OURS, "K-12345", CHILD, status="Intake afgerond").decode()
    nil = ' xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
    start, end = body.index("<ZKN:heeftBetrekkingOp "), body.index("</ZKN:heeftBetrekkingOp>") + len("</ZKN:heeftBetrekkingOp>")
    tree = etree.fromstring(body[:start] + '<ZKN:heeftBetrekkingOp StUF:entiteittype="ZAKOBJ"' + nil + body[end:])
    found = notificatie.read(tree)
    assert (found.kind.name, found.status) == ("", "Intake afgerond")
    assert child_name(found) == "een kind zonder naam in het bericht"


@pytest.mark.official
def test_the_samples_of_the_domain_are_read(official_data: Path) -> None:
    names = ("intake", "maatregel", "ambtshalve", "ongeboren")
    files = [official_data / f"corv/voorbeelden/SYNTH_notificatieDi01_{name}.xml" for name in names]
    found = [notificatie.read(etree.parse(file).getroot()) for file in files]
    assert [one.ambtshalve for one in found] == [False, False, True, False]
    assert [one.kind.unborn for one in found] == [False, False, False, True]
    assert [len(one.besluiten) for one in found] == [0, 1, 0, 0]
    assert found[3].moeder == "Zoë Moeder_Æœßñ"


@pytest.mark.official
def test_the_official_lists_load(official_data: Path) -> None:
    lists = ReferenceLists(official_data / "corv/referentielijsten")
    assert lists.institutions["RC0108"] == "Raad voor de Kinderbescherming te Haarlem"
    assert lists.institutions["AR0001"] == "Rechtbank 's-Hertogenbosch"
    assert len(lists.roles) == 23
    assert lists.roles["voogd"].code == "191"
    assert lists.missing() == []


HEAD = "IDINST,NMINST1,NMINST2,PRESNMINST,CORRNMINST\n"


def test_without_lists_codes_stay_codes(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "weg"):
        lists = ReferenceLists(folder)
        assert (lists.institutions, lists.roles) == ({}, {})
        assert lists.missing() == ["instanties.csv", "jeugdzorgrollen.csv"]


def test_a_newer_list_is_seen_and_an_unreadable_one_changes_nothing(tmp_path: Path) -> None:
    file, lists = tmp_path / "instanties.csv", ReferenceLists(tmp_path)
    for number, (text, known) in enumerate([("A,Naam,,,\n", {"A": "Naam"}), ("A,Naam,twee,,\n", {"A": "Naam twee"})]):
        file.write_text(HEAD + text, encoding="utf-8")
        os.utime(file, (number, number))
        assert lists.institutions == known
    file.write_bytes(b"\xff\xfe\x00 no list")
    assert lists.institutions == {"A": "Naam twee"}
