"""The console over HTTP: who gets in, which forms count, and what an operator may do."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import httpx
import pytest

from hub.journal import reading
from hub.journal.units import tasks
from hub.message import Event, Status
from tests.support.live_site import PASSWORD, LiveSite, hidden

PAGES = ("/", "/partners", "/berichten", "/geparkeerd", "/deel/overzicht")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_a_stranger_to_the_sign_in_page(site: LiveSite, path: str):
    answer = site.browser().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/aanmelden")


@pytest.mark.parametrize("role", ["secretary", "privacy_officer", "nobody"])
@pytest.mark.parametrize("path", PAGES[1:])
def test_a_role_without_the_right_is_refused(site: LiveSite, role: str, path: str):
    assert site.signed_in(role).get(path).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_an_operator_sees_every_page(site: LiveSite, path: str):
    assert site.signed_in("operator").get(path).status_code == 200


def test_an_account_for_one_organisation_sees_and_touches_only_its_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with LiveSite(tmp_path) as site:
        ours, theirs = (site.accept_for(scope, monkeypatch) for scope in ("gemeente:0392", "gemeente:0473"))
        for one in (ours, theirs):
            site.move(one.message_id, Event.PARKED, "parked", "attempts_used_up", cause="timed_out")
            site.hub.journal.run(tasks.open_tasks, [tasks.message_task("parked", one.message_id, "timed_out", "operator")])
        site.user("limited", "operator", scope=["gemeente:0392"])
        site.user("operator", "operator")
        browser, all_seeing = site.signed_in("limited"), site.signed_in("operator")
        for path in ("/", "/deel/overzicht", "/berichten", "/berichten?open=1", "/geparkeerd", "/taken"):
            page = browser.get(path).text
            assert ours.kenmerk in page, path
            assert theirs.kenmerk not in page, path
            assert theirs.kenmerk in all_seeing.get(path).text, path
        for path in (f"/berichten/{theirs.message_id}", f"/deel/berichten/{theirs.message_id}"):
            assert browser.get(path).status_code == 404, path
            assert all_seeing.get(path).status_code == 200, path
        page = all_seeing.get(f"/berichten/{theirs.message_id}/opnieuw")
        assert browser.get(f"/berichten/{theirs.message_id}/opnieuw").status_code == 404
        own = browser.get(f"/berichten/{ours.message_id}/opnieuw")
        sent = {**hidden(page), "formulier": hidden(own)["formulier"]}
        assert browser.post(f"/berichten/{theirs.message_id}/opnieuw", data=sent).status_code == 404
        assert site.view(theirs.message_id).status == Status.PARKED
        for wanted in (theirs.kenmerk, theirs.reference, str(theirs.message_id)):
            found = browser.post("/zoeken", data={**hidden(own), "zoek": wanted})
            assert found.status_code == 200
            assert f"/berichten/{theirs.message_id}" not in found.text
        found = browser.post("/zoeken", data={**hidden(own), "zoek": ours.kenmerk})
        assert found.headers["location"] == f"/berichten/{ours.message_id}"


def test_in_a_demo_anyone_may_look_but_not_do(tmp_path: Path):
    with LiveSite(tmp_path, environment="demo") as demo:
        taken = demo.accept()
        browser = demo.browser()
        page = browser.get(f"/berichten/{taken.message_id}")
        assert page.status_code == 200
        assert "Intrekken" not in page.text
        sent = {**hidden(page), "stand": "waiting-1-1", "reden": "dubbel"}
        answer = browser.post(f"/berichten/{taken.message_id}/intrekken", data=sent)
        assert answer.headers["location"].startswith("/aanmelden")
        assert browser.post("/partners/corv/pauze", data=hidden(page)).status_code == 303
        assert demo.view(taken.message_id).status == Status.WAITING
        assert reading.connection_states(demo.hub.journal)[0]["state"] == "open"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site: LiveSite):
    browser = site.browser()
    form = {**hidden(browser.get("/aanmelden")), "naam": "operator", "wachtwoord": PASSWORD}
    cookie = browser.post("/aanmelden", data=form).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_over_https_cookies_are_secure(tmp_path: Path):
    with LiveSite(tmp_path, web='public_url = "https://hub.example"') as https:
        answer = https.browser().get("/aanmelden")
        assert "__Host-hub_form=" in answer.headers["set-cookie"]
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]


def test_signing_out_ends_the_session(site: LiveSite):
    browser = site.signed_in("operator")
    stolen = dict(browser.cookies)
    browser.post("/afmelden", data=hidden(browser.get("/")))
    assert httpx.get(f"{site.url}/", cookies=stolen).status_code == 303


def test_a_wrong_password_says_so_without_telling_whether_the_account_exists(tmp_path: Path):
    with LiveSite(tmp_path) as fresh:
        fresh.user("jan", "operator")
        texts = []
        for name in ("jan", "niemand"):
            browser = fresh.browser()
            answer = browser.post(
                "/aanmelden", data={**hidden(browser.get("/aanmelden")), "naam": name, "wachtwoord": "helemaal verkeerd"}
            )
            assert answer.status_code == 401
            texts.append(answer.text.replace(name, ""))
        assert [text.count("horen niet bij elkaar") for text in texts] == [1, 1]


def test_guessing_a_password_is_stopped(tmp_path: Path):
    with LiveSite(tmp_path) as fresh:
        fresh.user("jan", "operator")
        browser = fresh.browser()
        form = {**hidden(browser.get("/aanmelden")), "naam": "jan"}
        guesses = [browser.post("/aanmelden", data={**form, "wachtwoord": f"gok nummer {n} is lang"}) for n in range(6)]
        assert [one.status_code for one in guesses] == [401] * 5 + [429]
        assert browser.post("/aanmelden", data={**form, "wachtwoord": PASSWORD}).status_code == 429


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(site: LiveSite, back: str):
    browser = site.browser()
    form = {**hidden(browser.get("/aanmelden")), "naam": "operator", "wachtwoord": PASSWORD, "naar": back}
    assert browser.post("/aanmelden", data=form).headers["location"] == "/"


def test_a_nul_in_a_form_is_left_out(site: LiveSite):
    browser = site.browser()
    form = {**hidden(browser.get("/aanmelden")), "naam": "oper\0ator", "wachtwoord": PASSWORD}
    assert browser.post("/aanmelden", data=form).status_code == 303, "PostgreSQL would not even look for such a name"


def test_a_way_back_that_is_long_and_wrong_is_judged_at_once(site: LiveSite):
    answer = site.browser().get("/aanmelden", params={"naar": "/" + "a" * 60 + "!"}, timeout=5)
    assert answer.status_code == 200
    assert 'name="naar" value="/"' in answer.text


@pytest.mark.parametrize("path", ["/zoeken", "/partners/corv/pauze", "/afmelden"])
def test_a_form_of_another_site_does_not_count(site: LiveSite, path: str):
    browser = site.signed_in("operator")
    assert browser.post(path, data={"zoek": "x"}).status_code == 400
    assert browser.post(path, data={"zoek": "x", "formulier": "0" * 64}).status_code == 400
    right = hidden(browser.get("/partners"))
    assert browser.post(path, data=right, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert browser.get("/").status_code == 200, "still signed in"
    assert reading.connection_states(site.hub.journal)[0]["state"] == "open"


def test_a_form_token_of_somebody_else_does_not_count(site: LiveSite):
    theirs = hidden(site.signed_in("operator").get("/partners"))
    assert site.signed_in("operator").post("/partners/corv/pauze", data=theirs).status_code == 400


def test_every_page_carries_the_security_headers(site: LiveSite):
    for path in ("/aanmelden", "/v1/openapi.json", "/_healthz/livez/", "/bestaat-niet"):
        headers = site.browser().get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


def test_an_operator_pauses_and_resumes_a_connection(site: LiveSite):
    browser = site.signed_in("operator")
    browser.post("/partners/corv/pauze", data=hidden(browser.get("/partners")))
    page = browser.get("/partners")
    assert "Op pauze" in page.text
    assert "door operator" in page.text
    browser.post("/partners/corv/hervat", data=hidden(page))
    assert reading.connection_states(site.hub.journal)[0]["state"] == "open"


def test_a_certificate_that_ends_is_told_on_the_overview(site: LiveSite):
    site.hub.journal.run(tasks.keep, "certificate", {"connections.corv": "certificate_ends", "broker": "certificate_ended"})
    page = site.signed_in("operator").get("/").text
    assert page.count("Een certificaat moet worden vernieuwd") == 2
    assert "Het loopt bijna af" in page
    assert "RabbitMQ" in page


def test_a_parked_message_is_sent_again_once(site: LiveSite):
    taken = site.accept()
    site.move(taken.message_id, Event.PARKED, "parked", "attempts_used_up", cause="timed_out")
    browser = site.signed_in("operator")
    page = browser.get(f"/berichten/{taken.message_id}/opnieuw")
    first = browser.post(f"/berichten/{taken.message_id}/opnieuw", data=hidden(page))
    assert first.status_code == 303
    assert site.view(taken.message_id).status == Status.WAITING
    second = browser.post(f"/berichten/{taken.message_id}/opnieuw", data=hidden(page))
    assert second.status_code == 409
    assert "intussen veranderd" in second.text
    assert [entry.event for entry in site.view(taken.message_id).timeline].count("resent") == 1


def test_a_decision_about_an_older_stand_is_not_carried_out(site: LiveSite):
    taken = site.accept()
    site.move(taken.message_id, Event.PARKED, "parked", "timed_out")
    browser = site.signed_in("operator")
    seen = hidden(browser.get(f"/berichten/{taken.message_id}/opnieuw"))
    site.move(taken.message_id, Event.RESENT, "resent")
    site.move(taken.message_id, Event.PARKED, "parked", "refused")
    assert browser.post(f"/berichten/{taken.message_id}/opnieuw", data=seen).status_code == 409
    assert site.view(taken.message_id).status == Status.PARKED


def test_a_message_is_withdrawn_with_a_reason_that_was_chosen(site: LiveSite):
    taken = site.accept()
    browser = site.signed_in("operator")
    path = f"/berichten/{taken.message_id}/intrekken"
    page = browser.get(path)
    for reason in ("", "Jan Jansen belde"):
        refused = browser.post(path, data={**hidden(page), "reden": reason})
        assert refused.status_code == 400
        assert "Kies een reden" in refused.text
    assert browser.post(path, data={**hidden(page), "reden": "dubbel"}).status_code == 303
    view = site.view(taken.message_id)
    assert (view.status, view.timeline[-1].actor) == (Status.CANCELLED, "user:operator")


def test_a_message_is_found_by_any_reference(site: LiveSite):
    taken = site.accept()
    browser = site.signed_in("operator")
    token = hidden(browser.get("/berichten"))
    for wanted in (taken.kenmerk, taken.reference, str(taken.message_id)):
        answer = browser.post("/zoeken", data={**token, "zoek": f" {wanted} "})
        assert answer.headers.get("location") == f"/berichten/{taken.message_id}", answer.text
    assert "Er is geen bericht met" in browser.post("/zoeken", data={**token, "zoek": "<b>onbekend</b>"}).text


def test_a_search_shows_what_was_typed_as_text_and_a_bsn_not_at_all(site: LiveSite):
    browser = site.signed_in("operator")
    token = hidden(browser.get("/berichten"))
    assert "&lt;b&gt;" in browser.post("/zoeken", data={**token, "zoek": "<b>onbekend</b>"}).text
    answer = browser.post("/zoeken", data={**token, "zoek": "999999047"})
    assert answer.status_code == 400
    assert "999999047" not in answer.text


def test_no_page_of_a_message_holds_its_content(site: LiveSite):
    taken = site.accept()
    page = site.signed_in("operator").get(f"/berichten/{taken.message_id}").text
    for secret in ("999999047", "Noor", "Proefouder", "Testgeval"):
        assert secret not in page


@pytest.mark.parametrize("path", ["/berichten/x", f"/berichten/{UUID(int=0)}", "/berichten/%00", "/../etc"])
def test_what_does_not_exist_is_not_found(site: LiveSite, path: str):
    assert site.signed_in("operator").get(path).status_code == 404


def test_a_large_form_is_refused(site: LiveSite):
    browser = site.signed_in("operator")
    answer = browser.post("/zoeken", content=b"zoek=" + b"x" * 100_000)
    assert answer.status_code == 413


def test_a_form_that_is_no_form_is_refused(site: LiveSite):
    assert site.signed_in("operator").post("/zoeken", content=b"\xff\xfe=\x00&" * 200).status_code == 400
