"""The secretary's pages over HTTP: what she sees, what she may do, and that every look leaves a line."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import select

from hub.intake.intake import Taken
from hub.journal.database import Statement, Tx
from hub.journal.tables import access_log
from hub.message import Caller, Event, MessageId, Status
from hub.routes.raadsverzoek.pages.cases import listing
from hub.routes.raadsverzoek.pages.cases.purposes import PURPOSES
from tests.support import raadsverzoeken as rv
from tests.support.cases import STRANGER, Raad
from tests.support.live_site import LiveSite, encoded, hidden

_DESTROY = Statement("UPDATE messages SET data_key = NULL WHERE id = :id")
_DESTROY_CONTENTS = Statement("DELETE FROM contents WHERE message_id = :id")
SECRETARY = Caller("user", "secretary", frozenset({"secretary"}))

PAGES = ("/raadsverzoeken", "/raadsverzoeken?deel=lopend", "/raadsverzoeken?deel=afgerond", "/meldingen")
SECRETS = ("999999047", "Noor", "Proefouder", "Testgeval", "verzoek.pdf")


@pytest.fixture
def raad(site: LiveSite) -> Raad:
    """The Raad, which answers."""
    return Raad(site)


@pytest.mark.parametrize("path", PAGES)
def test_a_secretary_sees_her_pages(site: LiveSite, path: str):
    assert site.signed_in("secretary").get(path).status_code == 200


@pytest.mark.parametrize("role", ["operator", "privacy_officer", "nobody"])
@pytest.mark.parametrize("path", PAGES)
def test_another_role_does_not(site: LiveSite, role: str, path: str):
    assert site.signed_in(role).get(path).status_code == 403


def test_signing_in_leads_the_secretary_to_her_list(site: LiveSite):
    answer = site.signed_in("secretary").get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/raadsverzoeken")


def test_a_case_is_found_by_its_kenmerk_and_not_by_a_bsn(site: LiveSite):
    taken = site.accept()
    browser = site.signed_in("secretary")
    token = hidden(browser.get("/raadsverzoeken"))
    found = browser.post("/raadsverzoeken/zoeken", data={**token, "zoek": f" {taken.kenmerk} "})
    assert found.headers["location"] == f"/raadsverzoeken/{taken.message_id}"
    refused = browser.post("/raadsverzoeken/zoeken", data={**token, "zoek": "999999047"})
    assert refused.status_code == 400
    assert "999999047" not in refused.text


def test_the_case_page_tells_its_story_without_content(site: LiveSite, raad: Raad):
    taken = site.accept()
    raad.takes_over(taken)
    raad.confirms(taken)
    raad.notifies(taken.kenmerk)
    page = site.signed_in("secretary").get(f"/raadsverzoeken/{taken.message_id}").text
    assert "Laatste melding van de Raad" in page
    assert "Intake afgerond" in page
    assert "de intake van kind 1 afgerond" in page
    for secret in SECRETS:
        assert secret not in page


def test_each_state_is_told_in_one_sentence(site: LiveSite, raad: Raad):
    browser = site.signed_in("secretary")

    def page(taken: Taken) -> str:
        return re.sub(r"<[^>]+>", "", browser.get(f"/raadsverzoeken/{taken.message_id}").text)

    held = site.hub.intake.accept("raadsverzoek", encoded(), SECRETARY, hold_seconds=600)
    assert "Tot dan kunt u het nog stoppen" in page(held)
    away = site.accept()
    raad.is_away(away)
    assert re.search(r"nog niet bereikbaar\. Uw verzoek is veilig bewaard; volgende poging \d\d:\d\d", page(away))
    sent = site.accept()
    raad.takes_over(sent)
    assert re.search(r"wacht op antwoord van de Raad sinds \d\d:\d\d", page(sent))
    raad.confirms(sent)
    assert "Bevestigd door de Raad" in page(sent)
    rejected = site.accept()
    raad.rejects(rejected)
    assert "Het verzoek ligt niet bij de Raad" in page(rejected)
    assert "Verbeteren en opnieuw versturen" in page(rejected)
    silent = site.accept()
    raad.keeps_silent(silent)
    assert "Telefoon van de Raad" in page(silent)


def test_tasks_tell_what_to_do_and_are_gone_when_it_is_done(site: LiveSite, raad: Raad):
    taken = site.accept()
    raad.rejects(taken)
    browser = site.signed_in("secretary")
    assert taken.kenmerk in browser.get("/taken").text
    do(browser, f"/raadsverzoeken/{taken.message_id}", "afsluiten", "telefonisch")
    assert taken.kenmerk not in browser.get("/taken").text
    assert "daarna afgesloten" in browser.get(f"/raadsverzoeken/{taken.message_id}").text


def test_the_part_of_a_case_that_renews_itself_holds_where_it_stands(site: LiveSite):
    taken = site.accept()
    browser = site.signed_in("secretary")
    path = f"/deel/raadsverzoeken/{taken.message_id}"
    assert f'data-live="{path}"' in browser.get(f"/raadsverzoeken/{taken.message_id}").text
    assert "Wordt zo verstuurd" in browser.get(path).text
    assert site.signed_in("operator").get(path).status_code == 403


def test_a_request_that_stays_without_an_answer_is_closed_but_its_number_stays_taken(site: LiveSite, raad: Raad):
    taken = site.accept()
    raad.keeps_silent(taken)
    browser = site.signed_in("secretary")
    do(browser, f"/raadsverzoeken/{taken.message_id}", "sluiten", "nooit_ontvangen")
    page = browser.get(f"/raadsverzoeken/{taken.message_id}").text
    assert "zonder antwoord van de Raad" in page
    assert "Verbeteren en opnieuw" not in page
    assert taken.kenmerk not in browser.get("/taken").text


def test_a_held_request_is_stopped_and_can_be_corrected(site: LiveSite):
    taken = site.hub.intake.accept("raadsverzoek", encoded(), SECRETARY, hold_seconds=600)
    browser = site.signed_in("secretary")
    do(browser, f"/raadsverzoeken/{taken.message_id}", "stop", "fout")
    assert site.view(taken.message_id).status == Status.CANCELLED
    assert "Verbeteren en opnieuw versturen" in browser.get(f"/raadsverzoeken/{taken.message_id}").text


def test_a_decision_needs_a_reason_and_the_stand_that_was_seen(site: LiveSite, raad: Raad):
    taken = site.accept()
    browser = site.signed_in("secretary")
    path = f"/raadsverzoeken/{taken.message_id}/stop"
    seen = hidden(browser.get(path))
    assert "Kies een reden" in browser.post(path, data=seen).text
    raad.is_away(taken, 1)
    late = browser.post(path, data={**seen, "reden": "fout"})
    assert late.status_code == 409
    assert site.view(taken.message_id).status == Status.WAITING


def test_a_parked_request_becomes_a_draft_unless_it_may_be_with_the_raad(site: LiveSite):
    browser = site.signed_in("secretary")
    sure, unsure = site.accept(), site.accept()
    site.move(sure.message_id, Event.PARKED, "parked", "refused", attempt=1)
    site.move(unsure.message_id, Event.LEASED, "hurried")
    site.move(unsure.message_id, Event.FAILED, "attempt_failed", "timed_out", attempt=1, reached="maybe")
    site.move(unsure.message_id, Event.PARKED, "parked", "attempts_used_up", attempt=2)
    path = f"/raadsverzoeken/{sure.message_id}/verbeter"
    before = len(looks(site))
    answer = browser.post(path, data=hidden(browser.get(path)))
    assert re.fullmatch(r"/raadsverzoeken/concepten/[0-9a-f-]{36}/controle", answer.headers["location"])
    assert site.view(sure.message_id).status == Status.CANCELLED
    assert [line[1:3] for line in looks(site)[before:]] == [("read", f"message:{sure.message_id}")]
    page = browser.get(f"/raadsverzoeken/{unsure.message_id}").text
    assert "kan de Raad hebben bereikt" in page
    assert "/verbeter" not in page


def test_a_case_ends_when_the_raad_is_done_with_every_child(site: LiveSite, raad: Raad):
    taken = site.accept(kinderen=[rv.kind(1), rv.kind(2)], betrokkenen=[rv.persoon("b1", rv.gezag(1), rv.gezag(2))])
    raad.takes_over(taken)
    raad.confirms(taken)
    browser = site.signed_in("secretary")
    raad.notifies(taken.kenmerk, status="Zaak afgerond", resultaat="Geen maatregel opgelegd")
    assert "Laatste melding van de Raad" in browser.get(f"/raadsverzoeken/{taken.message_id}").text
    assert taken.kenmerk not in browser.get("/raadsverzoeken?deel=afgerond").text
    sami = {"inp.bsn": "999990342", "geslachtsnaam": "Voorbeeld", "voornamen": "Sami"}
    raad.notifies(taken.kenmerk, sami, status="Onderzoek afgerond", resultaat="Geen rekest Kinderbescherming")
    assert "De Raad is klaar met elk kind" in browser.get(f"/raadsverzoeken/{taken.message_id}").text
    assert taken.kenmerk in browser.get("/raadsverzoeken?deel=afgerond").text


def test_a_person_says_which_child_a_notification_is_about(site: LiveSite, raad: Raad):
    taken = site.accept(kinderen=[rv.ongeboren(1)], betrokkenen=[rv.persoon("b1", rv.gezag(1))])
    raad.takes_over(taken)
    raad.confirms(taken)
    born = {"geslachtsnaam": "Proefouder", "voornamen": "Lotte"}
    told = raad.notifies(taken.kenmerk, born, status="Zaak afgerond", resultaat="Geen maatregel opgelegd")
    browser = site.signed_in("secretary")
    path = f"/raadsverzoeken/{taken.message_id}"
    page = browser.get(path)
    assert "waarschijnlijk het ongeboren kind (kind 1). Klopt dat?" in page.text
    assert "Lotte" not in page.text
    sent = {**hidden(page), "melding": str(told), "kind": "1"}
    assert browser.post(f"{path}/kind", data=sent).status_code == 303
    assert "De Raad is klaar met elk kind" in browser.get(path).text
    assert browser.post(f"{path}/kind", data={**sent, "kind": "0"}).status_code == 303
    assert "Klopt dat?" in browser.get(path).text


def test_content_opens_with_a_purpose_and_leaves_a_line(site: LiveSite, raad: Raad):
    taken = site.accept()
    browser = site.signed_in("secretary")
    path = f"/raadsverzoeken/{taken.message_id}"
    token = hidden(browser.get(path))
    before = looks(site)
    refused = browser.post(f"{path}/inhoud", data=token)
    assert refused.status_code == 400
    assert "Noor" not in refused.text
    assert looks(site) == before
    opened = browser.post(f"{path}/inhoud", data={**token, "doel": "overleg"})
    assert "Noor Voorbeeld" in opened.text
    assert opened.headers["cache-control"] == "no-store"
    line = ("user:secretary", "read", f"message:{taken.message_id}", PURPOSES["overleg"])
    assert looks(site)[len(before) :] == [line]


def test_why_the_raad_rejected_is_read_with_the_content(site: LiveSite, raad: Raad):
    taken = site.accept()
    raad.rejects(taken)
    browser = site.signed_in("secretary")
    path = f"/raadsverzoeken/{taken.message_id}"
    page = browser.get(path)
    assert "Het VTO voldoet niet" not in page.text, "the partner's own words may quote content"
    opened = browser.post(f"{path}/inhoud", data={**hidden(page), "doel": "controleren"})
    assert "Dit verzoek is niet aangenomen: Het VTO voldoet niet. Het ligt niet bij de Raad." in opened.text


def test_a_case_whose_content_is_gone_still_tells_its_story(site: LiveSite, raad: Raad):
    taken = site.accept()
    raad.takes_over(taken)
    raad.confirms(taken)
    raad.notifies(taken.kenmerk, status="Zaak afgerond", resultaat="Geen maatregel opgelegd")
    site.hub.journal.run(_destroy, taken.message_id)
    browser = site.signed_in("secretary")
    page = browser.get(f"/raadsverzoeken/{taken.message_id}").text
    assert "De inhoud is vernietigd" in page
    assert "De Raad is klaar met elk kind" in page
    assert "Zaak afgerond" in page


def test_long_lists_come_in_pages(site: LiveSite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    monkeypatch.setattr(listing, "FIRST", 1)
    made = [site.accept().kenmerk for _ in range(4)]
    browser = site.signed_in("secretary")
    assert "Alle lopende verzoeken" in browser.get("/raadsverzoeken").text
    first = browser.get("/raadsverzoeken?deel=lopend").text
    older = re.search(r'href="([^"]+)">Oudere verzoeken', first)
    assert older is not None
    second = browser.get(older[1].replace("&amp;", "&")).text
    assert [kenmerk in first for kenmerk in made] == [False, False, True, True]
    assert [kenmerk in second for kenmerk in made] == [True, True, False, False]


def test_an_attachment_is_a_file_to_keep_and_leaves_a_line(site: LiveSite):
    taken = site.accept()
    browser = site.signed_in("secretary")
    path = f"/raadsverzoeken/{taken.message_id}"
    token = hidden(browser.get(path))
    before = len(looks(site))
    answer = browser.post(f"{path}/bijlage/1", data={**token, "doel": "controleren"})
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert [line[2] for line in looks(site)[before:]] == [f"message:{taken.message_id}/bijlage:1"]
    assert browser.post(f"{path}/bijlage/9", data={**token, "doel": "controleren"}).status_code == 404
    assert browser.post(f"{path}/bijlage/1", data=token).status_code == 400


@pytest.mark.parametrize("role", ["operator", "privacy_officer"])
def test_a_denied_look_is_recorded(site: LiveSite, role: str):
    taken = site.accept()
    browser = site.signed_in(role)
    before = len(looks(site))
    for rest in ("inhoud", "bijlage/1"):
        assert browser.post(f"/raadsverzoeken/{taken.message_id}/{rest}", data={"doel": "overleg"}).status_code == 403
    assert [line[:2] for line in looks(site)[before:]] == [(f"user:{role}", "denied")] * 2


def test_an_unmatched_notification_is_matched_and_that_is_undone(site: LiveSite, raad: Raad):
    taken = site.accept()
    raad.takes_over(taken)
    raad.confirms(taken)
    told = raad.notifies("ELDERS-1")
    browser = site.signed_in("secretary")
    path = f"/meldingen/{told}"
    page = browser.get(path)
    assert taken.kenmerk in page.text, "suggested, because it is about the same child"
    assert "Noor" not in page.text
    answer = browser.post(f"{path}/koppel", data={**hidden(page), "zaak": str(taken.message_id)})
    assert answer.headers["location"] == f"/raadsverzoeken/{taken.message_id}?gedaan=gekoppeld"
    assert "intake van kind 1 afgerond" in browser.get(f"/raadsverzoeken/{taken.message_id}").text
    assert browser.post(f"{path}/terug", data=hidden(browser.get(path))).status_code == 303
    assert "Hoort nog bij geen zaak" in browser.get(path).text


def test_an_unmatched_notification_is_matched_by_number_or_set_aside(site: LiveSite, raad: Raad):
    taken = site.accept()
    told, own = raad.notifies("ELDERS-2", STRANGER), raad.notifies("", STRANGER)
    browser = site.signed_in("secretary")
    token = hidden(browser.get(f"/meldingen/{told}"))
    wrong = browser.post(f"/meldingen/{told}/zaak", data={**token, "kenmerk": "BESTAAT-NIET"})
    assert wrong.status_code == 400
    assert "geen verzoek met dit zaaknummer" in wrong.text
    assert browser.post(f"/meldingen/{told}/zaak", data={**token, "kenmerk": taken.kenmerk}).status_code == 303
    page = browser.get(f"/meldingen/{own}").text
    assert "De Raad is dit onderzoek zelf begonnen" in page
    assert browser.post(f"/meldingen/{own}/apart", data=token).status_code == 400
    assert browser.post(f"/meldingen/{own}/apart", data={**token, "reden": "ambtshalve"}).status_code == 303
    assert "Apart gelegd: de Raad is dit onderzoek zelf begonnen" in browser.get("/meldingen").text


def test_the_privacy_officer_finds_looks_by_case_by_caller_and_by_day(site: LiveSite):
    taken = site.accept()
    secretary = site.signed_in("secretary")
    path = f"/raadsverzoeken/{taken.message_id}"
    secretary.post(f"{path}/inhoud", data={**hidden(secretary.get(path)), "doel": "inzage"})
    browser = site.signed_in("privacy_officer")
    token = hidden(browser.get("/inzage"))

    def lines(**wanted: str) -> str:
        table = re.search(r"<tbody>.*</tbody>", browser.post("/inzage", data={**token, **wanted}).text, re.DOTALL)
        return table[0] if table else ""

    assert lines(zaak=taken.kenmerk).count("<tr>") == 1
    assert taken.kenmerk in lines(wie="secretary")
    assert taken.kenmerk not in lines(wie="operator")
    assert lines(zaak=taken.kenmerk, van="2020-01-01", tot="2020-01-02") == ""
    assert browser.post("/inzage", data={**token, "van": "gisteren"}).status_code == 400
    assert taken.kenmerk in lines(zaak=taken.kenmerk, van="0001-01-01", tot="9999-12-31")
    assert secretary.get("/inzage").status_code == 403


def do(browser: httpx.Client, case: str, action: str, reason: str) -> None:
    """Ask and confirm."""
    answer = browser.post(f"{case}/{action}", data={**hidden(browser.get(f"{case}/{action}")), "reden": reason})
    assert answer.status_code == 303, answer.text


def _destroy(tx: Tx, message_id: MessageId) -> None:
    for statement in (_DESTROY, _DESTROY_CONTENTS):
        tx.run(statement, id=message_id)


def looks(site: LiveSite) -> list[tuple[str, str, str, str]]:
    """The access log, oldest first."""
    wanted = select(access_log.c.caller, access_log.c.action, access_log.c.object, access_log.c.purpose)
    with site.hub.journal.reading() as connection:
        return [tuple(row) for row in connection.execute(wanted.order_by(access_log.c.id))]
