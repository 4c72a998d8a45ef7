"""Every rule is told at an input that is really on the page that its link leads to."""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest
from lxml import html

from hub.journal.units import operating
from hub.message import Caller
from hub.routes.raadsverzoek import deciding
from hub.routes.raadsverzoek.pages.form.checking import problems
from hub.routes.raadsverzoek.pages.form.landing import landing
from hub.routes.raadsverzoek.pages.form.state import State, from_document
from hub.routes.raadsverzoek.pages.form.store import DraftStore
from tests.partners.raadsverzoek.pages.test_state import papers_of
from tests.support import raadsverzoeken as rv
from tests.support.cases import NOOR, Raad
from tests.support.form_filler import Secretary
from tests.support.live_site import LiveSite

Given = dict[str, Any]
SECRET = {"geheimAdres": True, "adres": {"plaats": "Haarlem"}}
ADULT = {"geboortedatum": "1990-01-01"}


def two_children(**changes: Any) -> Given:
    parties = [rv.persoon("b1", rv.gezag(1), rv.gezag(2)), *changes.pop("meer", ())]
    return rv.raadsverzoek(kinderen=[rv.kind(), rv.kind(2)], betrokkenen=parties, **changes)


def child(**changes: Any) -> Given:
    return rv.raadsverzoek(kinderen=[rv.kind(**changes)])


def party(*relations: Any, **changes: Any) -> Given:
    return rv.raadsverzoek(betrokkenen=[rv.persoon("b1", *relations, **changes)])


def paper(**changes: Any) -> Given:
    return rv.raadsverzoek(documenten=[rv.document(**changes)])


LARGE = "groot"
NAMESAKE = rv.persoon("b2", rv.gezag(1), voornamen="Noor", geslachtsnaam="Voorbeeld", geboortedatum="2015-03-09")
THREE = [rv.persoon(f"b{n}", voornamen=f"P{n}") for n in (1, 2, 3)]
#: rule, document, page and input where it is told ("@" stands for the first file).
CASES: list[tuple[str, Given, str, str]] = [
    ("RV01", rv.raadsverzoek(onverwijldeSpoed=True), "gevaar", "onverwijldeSpoed"),
    ("RV03", rv.raadsverzoek(kinderen=[]), "kinderen", "voeg-toe"),
    ("RV03", rv.raadsverzoek(betrokkenen=[]), "gezag", "voeg-toe"),
    ("RV03", rv.raadsverzoek(documenten=[]), "documenten", "bestand"),
    ("RV04", child(bsn="999999048"), "kinderen/1", "bsn"),
    ("RV05", child(bsn=None, rniNummer="1234"), "kinderen/1", "rniNummer"),
    ("RV06", child(bsn=None), "kinderen/1", "bsn"),
    ("RV06", child(rniNummer="1" * 17), "kinderen/1", "rniNummer"),
    ("RV06", child(geenNummerBekend=True), "kinderen/1", "geenNummerBekend"),
    ("RV07", rv.raadsverzoek(kinderen=[rv.kind(), rv.kind(2, bsn=rv.BSNS[0])]), "kinderen/2", "bsn"),
    ("RV08", party(bsn=rv.BSNS[0]), "gezag/b1", "bsn"),
    ("RV09", two_children(meer=[NAMESAKE]), "gezag/b2", "geslachtsnaam"),
    ("RV10", child(geboortedatum="2999-01-01"), "kinderen/1", "geboortedatum-dag"),
    ("RV10", rv.raadsverzoek(datumAanmelding="2999-01-01"), "verzoek", "datumAanmelding-dag"),
    ("RV10", paper(datum="2999-01-01"), "documenten/@", "datum-dag"),
    ("RV11", rv.raadsverzoek(kinderen=[rv.ongeboren(geboortedatum="2001-01-01")]), "kinderen/1", "geboortedatum-dag"),
    ("RV12", child(**ADULT), "kinderen/1", "geboortedatum-dag"),
    ("RV13", rv.raadsverzoek(kinderen=[rv.ongeboren(moeder=None)]), "kinderen/1", "moeder"),
    ("RV13", rv.raadsverzoek(kinderen=[rv.ongeboren()], betrokkenen=[rv.persoon(telefoon=None)]), "gezag/b1", "telefoon"),
    ("RV14", party({"kind": 1, "rol": "stiefouder"}), "gezag", "gezagOnbekend-1"),
    ("RV15", rv.raadsverzoek(betrokkenen=THREE), "kinderen/1", "ongeboren"),
    ("RV15", party(geboortedatum="2020-01-01"), "gezag/b1", "geboortedatum-dag"),
    ("RV16", party({"kind": 1, "rol": "voogd"}), "gezag/b1", "geinformeerd"),
    ("RV17", party({"kind": 1, "rol": "voogd", "geinformeerd": False}), "gezag/b1", "redenNietGeinformeerd"),
    ("RV18", rv.raadsverzoek(betrokkenen=[rv.instelling(telefoon=None)]), "gezag/b1", "telefoon"),
    ("RV19", paper(soort="Gezinsgeschiedenis"), "documenten", "bestand"),
    ("RV20", paper(text=LARGE), "documenten", "bestand"),
    ("RV21", paper(bestandsnaam="ver/zoek.pdf"), "documenten/@", "bestandsnaam"),
    ("RV22", paper(bestandsnaam="verzoek.exe"), "documenten/@", "bestand"),
    ("RV23", paper(inhoud=""), "documenten/@", "bestand"),
    ("RV25", child(**SECRET), "kinderen/1", "adres-straat"),
    ("RV25", child(geheimAdres=True), "kinderen/1", "geheimAdres"),
    ("RV26", child(geslachtsnaam="x" * 201), "kinderen/1", "geslachtsnaam"),
    ("RV26", rv.raadsverzoek(betrokkenen=[rv.instelling(naam="x" * 46)]), "gezag/b1", "naam"),
    ("RV26", rv.raadsverzoek(onderwerp="x" * 81), "verzoek", "onderwerp"),
    ("RV27", party(telefoon="12"), "gezag/b1", "telefoon"),
    ("RV90", rv.raadsverzoek(urgentie=None), "verzoek", "urgentie"),
    ("RV90", party({"rol": "stiefouder"}, rv.gezag(1)), "gezag/b1", "relaties-0-rol"),
    ("RV91", child(adres={"huisnummer": "12 bis"}), "kinderen/1", "adres-huisnummer"),
    ("RV91", child(adres={"postcode": "2011"}), "kinderen/1", "adres-postcode"),
]  # fmt: skip


def state_of(given: Given) -> State:
    given = copy.deepcopy(given)
    state = from_document(given, papers_of(given))
    for one, made in zip(state.papers, given["documenten"], strict=True):
        one.size = 21_000_001 if LARGE in str(made.get("inhoud")) or _is_large(made) else one.size
    return state


def _is_large(made: Given) -> bool:
    return LARGE.encode() in base64.b64decode(made["inhoud"])


@pytest.mark.parametrize(("rule", "given", "page", "field"), CASES, ids=[f"{one[0]}-{n}" for n, one in enumerate(CASES)])
def test_a_rule_is_told_at_its_input(anna: Secretary, desk_site: LiveSite, rule: str, given: Given, page: str, field: str):
    state = state_of(given)
    state.request["kenmerk"] = ""
    if state.papers:
        page = page.replace("@", state.papers[0].file)
    found = {(one.rule, one.spot.page, one.spot.field): one for one in problems(desk_site.hub, state)}
    assert (rule, page, field) in found
    draft_id = DraftStore(desk_site.hub).create(Caller("user", "anna"), state)
    shown = anna.get(f"/raadsverzoeken/concepten/{draft_id}/{page}?toon=fouten")
    assert shown.status_code == 200
    root = html.fromstring(shown.text)
    target = root.xpath(f"//*[@id='{field}']")
    assert len(target) == 1, f"no input {field} on {page}"
    problem = found[rule, page, field]
    if problem.severity == "error":
        assert problem.sentence in " ".join(root.xpath("//*[contains(@class, 'error-message')]//text()")).replace("  ", " ")
        assert problem.sentence in root.xpath("string(//*[@role='alert'])")
        tied = target[0].get("aria-describedby") or " ".join(target[0].xpath("ancestor::fieldset/@aria-describedby"))
        assert tied or field == "bestand"


def test_a_used_case_number_is_told_at_its_input(desk_site: LiveSite):
    taken = desk_site.accept()
    state = state_of(rv.raadsverzoek(kenmerk=taken.kenmerk, kinderen=[rv.kind(5)]))
    told = {one.rule: one for one in problems(desk_site.hub, state)}
    assert told["RV02"].spot == ("verzoek", "kenmerk")
    assert taken.kenmerk in told["RV02"].sentence


def test_a_child_in_a_request_that_runs_is_a_warning_with_a_link(desk_site: LiveSite):
    taken = desk_site.accept(kinderen=[rv.kind(bsn=rv.BSNS[3])])
    state = state_of(rv.raadsverzoek(kenmerk=None, kinderen=[rv.kind(bsn=rv.BSNS[3])]))
    told = {one.rule: one for one in problems(desk_site.hub, state)}
    assert told["RV28"].severity == "warning"
    assert told["RV28"].link == f"/raadsverzoeken/{taken.message_id}"
    assert "RV28" not in {one.rule for one in problems(desk_site.hub, state, cause=taken.message_id)}


def test_a_child_in_a_stopped_or_closed_request_is_no_warning(desk_site: LiveSite):
    taken = desk_site.accept(kinderen=[rv.kind(bsn=rv.BSNS[4])])
    state = state_of(rv.raadsverzoek(kenmerk=None, kinderen=[rv.kind(bsn=rv.BSNS[4])]))
    assert "RV28" in {one.rule for one in problems(desk_site.hub, state)}
    desk_site.hub.journal.run(deciding.close_case, taken.message_id, "user:anna", "")
    assert "RV28" not in {one.rule for one in problems(desk_site.hub, state)}
    desk_site.hub.journal.run(deciding.reopen_case, taken.message_id, "user:anna", "")
    desk_site.hub.journal.run(operating.cancel, [taken.message_id], "user:anna", "")
    assert "RV28" not in {one.rule for one in problems(desk_site.hub, state)}


def test_a_child_of_a_request_that_the_raad_has_finished_is_no_warning(desk_site: LiveSite):
    raad, children = Raad(desk_site), [rv.kind(1), rv.kind(2)]
    parent = rv.persoon("b1", rv.gezag(1), rv.gezag(2))
    taken = desk_site.accept(kinderen=children, betrokkenen=[parent])
    state = state_of(rv.raadsverzoek(kenmerk=None, kinderen=[rv.kind(bsn=rv.BSNS[1])]))
    raad.takes_over(taken)
    raad.confirms(taken)
    closed = {"status": "Zaak afgerond", "resultaat": "Geen maatregel opgelegd"}
    second = {"inp.bsn": rv.BSNS[1], "geslachtsnaam": "Voorbeeld"}
    for child in (second, NOOR):
        assert "RV28" in {one.rule for one in problems(desk_site.hub, state)}
        raad.notifies(taken.kenmerk, child, **closed)
    assert "RV28" not in {one.rule for one in problems(desk_site.hub, state)}


ANYWHERE = (
    "", "/kinderen/9/bsn", "/kinderen/0/volgnummer", "/kinderen/0/adresBuitenland", "/betrokkenen/0", "/betrokkenen/0/id",
    "/betrokkenen/0/relaties", "/betrokkenen/0/relaties/0", "/documenten/0", "/verzoeker/medewerker", "/onbekend",
)  # fmt: skip


def test_a_pointer_without_an_input_still_leads_to_a_page():
    state = state_of(rv.raadsverzoek())
    for pointer in ANYWHERE:
        spot = landing(pointer, state)
        assert spot.page.partition("/")[0] in ("verzoek", "kinderen", "gezag", "betrokkenen", "documenten"), pointer
