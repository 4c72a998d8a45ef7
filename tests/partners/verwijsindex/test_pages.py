"""The coach's pages in a real browser, on a phone and on a desk, without JavaScript too; from a worry to contact made."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.journal import outstanding
from hub.message import Caller
from hub.routes.verwijsindex import cases, deciding
from tests.partners.verwijsindex.documents import BSN, encoded, melder, melding
from tests.partners.verwijsindex.rig import PASSWORD, SYSTEM, World, world

#: Pictures of every page go here when it is set.
SHOTS = os.environ.get("HUB_TEST_SHOTS", "")
WIDTHS = (390, 1280)


@pytest.fixture
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with world(request, "embedded", tmp_path) as made:
        made.user("anna")
        made.user("bob")
        yield made


class Desk:
    """Somebody at the console, in a browser of a width."""

    def __init__(self, browser: Any, url: str, width: int, *, scripts: bool = True) -> None:
        self.context = browser.new_context(
            base_url=url, viewport={"width": width, "height": 844}, java_script_enabled=scripts, locale="nl-NL"
        )
        self.page = self.context.new_page()
        self.width = width
        self.errors: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def sign_in(self, name: str) -> None:
        self.page.goto("/aanmelden")
        self.page.fill("[name=naam]", name)
        self.page.fill("[name=wachtwoord]", PASSWORD)
        self.page.click("main button[type=submit]")

    def looked_at(self, name: str) -> None:
        """No findings of axe, nothing wider than the screen."""
        from axe_playwright_python.sync_playwright import Axe

        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"coach-{name}-{self.width}.png", full_page=True)
        found = Axe().run(self.page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"

    def fill_in(self, bsn: str = BSN) -> None:
        for name, value in (("dag", "3"), ("maand", "5"), ("jaar", "2014")):
            self.page.fill(f"[name=jongere-geboortedatum-{name}]", value)
        self.page.fill("[name=jongere-bsn]", bsn)
        self.page.check("[name=geinformeerd-jongere][value=ja]")
        self.page.check("[name=geinformeerd-wettelijkVertegenwoordiger][value=nog-niet-bereikt]")

    def fill_in_who(self) -> None:
        for name in ("naam", "organisatie", "telefoon", "email"):
            self.page.fill(f"[name=melder-{name}]", melder()[name])
        self.page.select_option("[name=gemeente]", "0392")

    def go(self) -> None:
        self.page.click("main form button.utrecht-button--primary-action")

    def close(self) -> None:
        self.context.close()
        assert not self.errors, self.errors


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_worry_to_contact(here: World, chromium: Any, width: int) -> None:
    here.index.orders["report"]({"bsn": BSN})
    here.start()
    desk = Desk(chromium, here.serve(), width)
    desk.sign_in("anna")
    desk.page.goto("/verwijsindex")
    desk.looked_at("leeg")
    desk.page.goto("/verwijsindex/nieuw")
    began = time.monotonic()
    desk.looked_at("nieuw")
    desk.fill_in()
    desk.fill_in_who()
    desk.go()
    assert "/verwijsindex/voorstellen/" in desk.page.url
    assert here.index.log.messages() == [], "nothing leaves before the decision"
    desk.looked_at("besluit")
    desk.go()
    assert desk.page.url.endswith("/verwijsindex?gedaan=gemeld")
    here.wait(here.at_index, "the report")
    assert time.monotonic() - began < 60
    here.wait(lambda: cases.signals_of(here.hub.journal, "user:anna"), "a signal")
    desk.page.goto("/verwijsindex")
    desk.looked_at("lijst")
    desk.page.click("text=Signaal van")
    desk.looked_at("signaal")
    assert desk.page.get_attribute("main a[href^='tel:']", "href") == "tel:020-5550199"
    desk.page.click("button:has-text('Contact gelegd')")
    assert "Kies wie de regie neemt" in desk.page.inner_text("main")
    desk.errors.clear()  # the browser itself reports the status 400
    desk.page.check("[name=regie][value=wij]")
    desk.page.click("button:has-text('Contact gelegd')")
    assert "Ik neem de regie" in desk.page.inner_text("main")
    assert here.tasks() == []
    desk.page.click("text=Uw melding waar dit bij hoort")
    desk.looked_at("melding")
    assert BSN in desk.page.inner_text("main")
    desk.page.click("text=Beëindig de melding")
    desk.looked_at("beeindigen")
    desk.page.check("[name=reden][value=risico-voorbij]")
    desk.go()
    here.wait(lambda: here.at_index() == [], "it was removed")
    desk.page.goto("/verwijsindex")
    assert "Het risico is voorbij" in desk.page.inner_text("main")
    desk.page.goto("/taken")
    desk.looked_at("taken")
    desk.close()


def test_what_is_wrong_is_told_at_its_place_and_nothing_typed_is_lost(here: World, chromium: Any) -> None:
    desk = Desk(chromium, here.serve(), 390, scripts=False)
    desk.sign_in("anna")
    desk.page.goto("/verwijsindex/nieuw")
    desk.fill_in(bsn="999990018")
    desk.fill_in_who()
    desk.go()
    said = desk.page.inner_text("main")
    assert "Dit burgerservicenummer klopt niet" in said
    assert desk.page.input_value("[name=jongere-bsn]") == "999990018"
    assert desk.page.input_value("[name=melder-telefoon]") == melder()["telefoon"]
    desk.page.fill("[name=jongere-bsn]", BSN)
    desk.go()
    assert "/verwijsindex/voorstellen/" in desk.page.url
    desk.go()
    assert "Uw melding is gedaan" in desk.page.inner_text("main")
    desk.page.goto("/verwijsindex/nieuw")
    assert desk.page.input_value("[name=melder-telefoon]") == melder()["telefoon"], "known the second time"
    desk.page.click("main form button.utrecht-button--primary-action")
    assert "Fout" in desk.page.title()
    desk.context.close()


def test_a_systems_proposal_waits_for_the_person_it_names_and_nobody_else(here: World, chromium: Any) -> None:
    here.hub.intake.propose("melding", encoded(melding()), SYSTEM, assignee="anna")
    url = here.serve()
    anna, bob = Desk(chromium, url, 390), Desk(chromium, url, 390)
    anna.sign_in("anna")
    bob.sign_in("bob")
    anna.page.goto("/verwijsindex")
    assert "Wacht op uw besluit" in anna.page.inner_text("main")
    anna.page.click("text=Melding in de verwijsindex")
    proposal = anna.page.url
    bob.page.goto("/verwijsindex")
    assert "Wacht op uw besluit" not in bob.page.inner_text("main")
    assert bob.page.goto(proposal).status == 404
    anna.page.click("text=Nee, gooi dit voorstel weg")
    assert "weggegooid" in anna.page.inner_text("main")
    assert here.hub.intake.proposals.listed() == []
    for desk in (anna, bob):
        desk.context.close()


def test_somebody_elses_report_and_signal_are_not_shown(here: World, chromium: Any) -> None:
    here.index.orders["report"]({"bsn": BSN})
    here.start()
    melding_id = here.report()
    here.wait(lambda: cases.signals_of(here.hub.journal, "user:anna"), "a signal")
    (signal,) = cases.signals_of(here.hub.journal, "user:anna")
    desk = Desk(chromium, here.serve(), 390)
    desk.sign_in("bob")
    for path in (f"meldingen/{melding_id}", f"signalen/{signal.message_id}", f"meldingen/{melding_id}/beeindig"):
        assert desk.page.goto(f"/verwijsindex/{path}").status == 404
    desk.page.goto("/taken")
    assert "Signaal" not in desk.page.inner_text("main"), "a signal is its reporter's alone, and so is its task"
    (task,) = outstanding.list_open(here.hub.journal)
    assert desk.page.goto(f"/taken/{task.id}").status == 404
    assert "Bo Voorbeeld" not in desk.page.content()
    desk.context.close()


def test_a_page_cannot_decide_for_another_person(here: World, chromium: Any) -> None:
    proposed = here.hub.intake.propose("melding", encoded(melding()), Caller("user", "anna"), assignee="anna")
    desk = Desk(chromium, here.serve(), 390)
    desk.sign_in("bob")
    desk.page.goto("/verwijsindex/nieuw")
    token = desk.page.get_attribute("main [name=formulier]", "value")
    answer = desk.page.request.post(
        f"/verwijsindex/voorstellen/{proposed.proposal_id}/meld", form={"formulier": token, "stand": "1"}
    )
    assert answer.status == 404
    assert len(here.hub.intake.proposals.listed()) == 1
    desk.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_is_changed_and_passed_on_to_a_colleague(here: World, chromium: Any, width: int) -> None:
    here.report("bob")
    here.hub.journal.run(deciding.save_profile, "user:bob", "0392", *list(melder("bob").values())[1:])
    melding_id = here.report("anna")
    desk = Desk(chromium, here.serve(), width)
    desk.sign_in("anna")
    desk.page.goto(f"/verwijsindex/meldingen/{melding_id}")
    desk.looked_at("melding")
    desk.page.click("text=Wijzig of draag over")
    desk.go()
    assert "Er is niets dat verandert" in desk.page.inner_text("main")
    desk.errors.clear()  # the browser itself reports the status 400
    desk.looked_at("wijzig")
    for name, value in (("dag", "1"), ("maand", "1"), ("jaar", "2100")):
        desk.page.fill(f"[name=verwijderdatum-{name}]", value)
    desk.page.select_option("[name=collega]", "bob")
    desk.go()
    assert "Wilt u deze melding wijzigen?" in desk.page.inner_text("main")
    desk.go()
    assert "kan niet (meer)" in desk.page.inner_text("main"), "later than the law allows"
    desk.errors.clear()
    desk.page.click("button:has-text('Nee, gooi dit voorstel weg')")
    desk.page.goto(f"/verwijsindex/meldingen/{melding_id}/wijzig")
    desk.page.select_option("[name=collega]", "bob")
    desk.go()
    desk.go()
    assert desk.page.url.endswith("?gedaan=gemeld")
    assert [one.melding_id for one in cases.reports_of(here.hub.journal, "user:anna")] == []
    assert melding_id in [one.melding_id for one in cases.reports_of(here.hub.journal, "user:bob")]
    desk.close()


def test_a_button_tapped_twice_makes_one_proposal(here: World, chromium: Any) -> None:
    desk = Desk(chromium, here.serve(), 390)
    desk.sign_in("anna")
    desk.page.goto("/verwijsindex/nieuw")
    desk.fill_in()
    desk.fill_in_who()
    typed = desk.page.evaluate("Object.fromEntries(new FormData(document.querySelector('main form')))")
    first, second = (desk.context.request.post("/verwijsindex/nieuw", form=typed) for _ in range(2))
    assert "/verwijsindex/voorstellen/" in first.url == second.url
    assert len(here.hub.intake.proposals.listed(assignee="anna")) == 1
    desk.close()
