"""Drafts: nothing typed is lost, nobody else sees them, and nothing of them is left when they are gone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.errors import Finding
from hub.journal.tables import access_log, draft_files, drafts
from hub.journal.units import drafting
from hub.routes.raadsverzoek.route import Raadsverzoek
from tests.support.form_filler import CHILD, PAPER, PDF, Secretary, sentences
from tests.support.live_site import PASSWORD, LiveSite, hidden


def rows(site: LiveSite, table: Any) -> list[Any]:
    with site.hub.journal.reading() as connection:
        return list(connection.execute(select(table)).mappings())


def test_a_page_with_errors_is_saved_all_the_same(anna: Secretary):
    base = anna.begin()
    answer = anna.send(anna.get(f"{base}/verzoek"), onderwerp="Half af", datumAanmelding__dag="31", datumAanmelding__maand="13")
    assert answer.status_code == 400
    assert any("Deze datum bestaat niet" in one for one in sentences(answer))
    again = anna.get(f"{base}/verzoek")
    _, fields = anna.form(again, "verder")
    assert (fields["onderwerp"], fields["datumAanmelding-maand"]) == ("Half af", "13")


@pytest.mark.parametrize("year", ["9999", "0001", "0000"])
def test_a_year_at_the_end_of_the_calendar_is_an_error_and_the_draft_stays_open(anna: Secretary, year: str):
    base = anna.begin()
    child = anna.go(anna.get(f"{base}/kinderen"), "voeg-kind-toe")
    answer = anna.send(child, **CHILD | {"geboortedatum__jaar": year})
    assert answer.status_code == (303 if year == "0001" else 400)  # the year 1 is long ago: a warning
    for page in ("verzoek", "kinderen", "documenten", "controle"):
        assert anna.get(f"{base}/{page}").status_code == 200


def test_a_fault_in_a_rule_is_told_and_the_draft_stays_open(anna: Secretary, monkeypatch: pytest.MonkeyPatch):
    def broken(self: Raadsverzoek, document: bytes, today: dt.date) -> list[Finding]:
        raise OverflowError

    base = anna.whole()
    monkeypatch.setattr(Raadsverzoek, "check", broken)
    answer = anna.send(anna.get(f"{base}/verzoek"), onderwerp="toch bewaard")
    assert answer.status_code in (303, 400)
    assert "toch bewaard" in anna.get(f"{base}/verzoek").text
    assert "door een fout in de hub niet controleren" in anna.get(f"{base}/controle").text
    assert anna.send_off(base).status_code == 400  # and nothing leaves unchecked


def test_danger_stops_the_form_and_keeps_the_draft(anna: Secretary):
    stopped = anna.go(anna.get("/raadsverzoeken/nieuw"), onverwijldeSpoed="ja")
    assert "Bel 112 als er direct hulp nodig is" in stopped.text
    assert "0800 2000" in stopped.text
    base = str(stopped.url.path).rpartition("/")[0]
    assert "Bij acuut gevaar gaat een verzoek niet via dit systeem" in anna.get(f"{base}/controle").text
    assert base in anna.get("/raadsverzoeken/concepten").text


def test_two_windows_on_one_page_notice_each_other_and_lose_nothing(anna: Secretary):
    base = anna.begin()
    first, second = anna.get(f"{base}/verzoek"), anna.get(f"{base}/verzoek")
    anna.send(first, "vanzelf", onderwerp="van het eerste venster")
    answer = anna.send(second, "verder", onderwerp="van het tweede venster")
    assert answer.status_code == 409
    assert "in een ander venster gewijzigd" in answer.text
    assert "van het tweede venster" in answer.text
    assert "van het eerste venster" in anna.get(f"{base}/verzoek").text
    anna.send(answer, "later")
    assert "van het tweede venster" in anna.get(f"{base}/verzoek").text


def test_what_was_saved_by_itself_may_be_sent_once_more(anna: Secretary):
    base = anna.begin()
    page = anna.get(f"{base}/verzoek")
    anna.send(page, "vanzelf", onderwerp="twee keer hetzelfde")
    assert anna.send(page, "later", onderwerp="twee keer hetzelfde").status_code == 303


def test_windows_on_different_pages_do_not_meet(anna: Secretary):
    base = anna.begin()
    request = anna.get(f"{base}/verzoek")
    anna.go(anna.get(f"{base}/kinderen"), "voeg-kind-toe")
    assert anna.send(request, "later", onderwerp="nog steeds goed").status_code == 303
    assert "nog steeds goed" in anna.get(f"{base}/verzoek").text


def test_a_draft_saves_itself_and_says_when(anna: Secretary):
    base = anna.begin()
    page = anna.get(f"{base}/verzoek")
    kept = anna.send(page, "vanzelf", onderwerp="vanzelf bewaard").json()
    assert set(kept) == {"stand", "om"}
    assert anna.send(page, "vanzelf", stand=kept["stand"], onderwerp="nog eens").status_code == 200
    assert anna.send(page, "vanzelf", onderwerp="uit een oud venster").status_code == 409
    assert "nog eens" in anna.get(f"{base}/verzoek").text


def test_what_was_typed_outlives_the_session(desk_site: LiveSite, anna: Secretary):
    base = anna.begin()
    page = anna.get(f"{base}/verzoek")
    anna.http.post("/afmelden", data=hidden(page))
    answer = anna.send(page, onderwerp="te lang weggeweest")
    assert answer.status_code == 401
    assert "te lang weggeweest" in answer.text
    form = {**hidden(anna.get("/aanmelden")), "naam": "anna", "wachtwoord": PASSWORD}
    anna.http.post("/aanmelden", data=form)
    back = anna.http.post(f"{base}/verzoek", data=hidden(answer))
    assert back.status_code == 409, "nothing is changed by a form that is not of this session"
    assert "te lang weggeweest" not in anna.get(f"{base}/verzoek").text
    assert "te lang weggeweest" in back.text
    anna.send(back, "later")
    assert "te lang weggeweest" in anna.get(f"{base}/verzoek").text


@pytest.mark.parametrize("path", ["nieuw", "concepten", "{}/verzoek", "{}/kinderen", "{}/controle", "{}/documenten", "{}/weg"])
def test_only_a_secretary_comes_in(desk_site: LiveSite, anna: Secretary, path: str):
    base = anna.begin().removeprefix("/raadsverzoeken/")
    place = f"/raadsverzoeken/{path.format(base)}"
    otto, nobody = desk_site.signed_in("otto"), desk_site.browser()
    assert anna.get(place).status_code == 200
    assert otto.get(place).status_code == 403
    assert otto.post(place, data={"actie": "verder"}).status_code in (403, 405)
    assert nobody.get(place).status_code == 303
    assert nobody.post(place, data={"actie": "verder"}).status_code in (303, 401, 405)


@pytest.mark.parametrize(("place", "action"), [("kinderen", "voeg-kind-toe"), ("weg", ""), ("controle", "verstuur")])
def test_a_form_of_another_site_changes_nothing(desk_site: LiveSite, anna: Secretary, place: str, action: str):
    base = anna.whole()
    before = [row["version"] for row in rows(desk_site, drafts) if str(row["id"]) in base]
    state = anna.get(f"{base}/kinderen").text.count("Wijzig")
    for headers, fields in (({}, {}), ({}, {"formulier": "0" * 64}), ({"Sec-Fetch-Site": "cross-site"}, {})):
        answer = anna.http.post(f"{base}/{place}", data={**fields, "actie": action}, headers=headers)
        assert answer.status_code in (400, 409)
    assert anna.get(f"{base}/kinderen").text.count("Wijzig") == state
    assert before


def test_every_secretary_sees_a_draft_and_whose_it_is(desk_site: LiveSite, anna: Secretary):
    base = anna.begin()
    bert = Secretary(desk_site, "bert")
    listed = bert.get("/raadsverzoeken/concepten").text
    assert base in listed
    assert "Gemaakt door anna" in listed
    assert bert.get(f"{base}/verzoek").status_code == 200


def test_every_look_into_a_draft_is_recorded_without_content(desk_site: LiveSite, anna: Secretary):
    base = anna.whole()
    draft_id = base.rpartition("/")[2]
    anna.get(f"{base}/controle")
    looks = [row for row in rows(desk_site, access_log) if row["object"] == f"draft:{draft_id}"]
    assert {row["caller"] for row in looks} == {"user:anna"}
    assert {row["action"] for row in looks} == {"read"}
    assert len(looks) > 3


@pytest.mark.parametrize("page", ["verzoek", "kinderen/1", "controle"])
def test_a_form_that_is_not_taken_but_shows_the_draft_is_a_look(desk_site: LiveSite, anna: Secretary, page: str):
    base = anna.whole()
    bert = Secretary(desk_site, "bert")
    answer = bert.http.post(f"{base}/{page}", data={"actie": "verder"})
    assert answer.status_code == 409
    looks = [row for row in rows(desk_site, access_log) if row["object"] == f"draft:{base.rpartition('/')[2]}"]
    assert "user:bert" in {row["caller"] for row in looks}


def test_nothing_of_a_draft_is_stored_in_the_clear(tmp_path: Path):
    with LiveSite(tmp_path) as site:
        site.user("anna", "secretary")
        anna = Secretary(site, "anna")
        anna.whole()
        stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        for secret in (b"999999047", b"Proefouder", "Zoë".encode(), b"synthetisch verzoek", b"verzoek.pdf"):
            assert secret not in stored
        assert b"anna" in stored


def test_destroying_a_draft_takes_its_files_and_key(desk_site: LiveSite, anna: Secretary):
    base = anna.whole()
    assert any(str(row["draft_id"]) in base for row in rows(desk_site, draft_files))
    asked = anna.get(f"{base}/weg")
    assert anna.http.post(f"{base}/weg", data=hidden(asked)).status_code == 303
    assert not any(str(row["id"]) in base for row in rows(desk_site, drafts))
    assert not any(str(row["draft_id"]) in base for row in rows(desk_site, draft_files))
    assert anna.get(base).status_code == 404


def test_a_draft_that_nobody_touches_is_destroyed(tmp_path: Path):
    with LiveSite(tmp_path) as site:
        site.user("anna", "secretary")
        base = Secretary(site, "anna").begin()
        assert site.hub.journal.run(drafting.destroy_untouched, 3_600_000_000) == 0
        assert site.hub.journal.run(drafting.destroy_untouched, -1) == 1
        assert Secretary(site, "anna").get(base).status_code == 404


def test_a_child_is_removed_with_its_roles(anna: Secretary):
    base = anna.whole()
    child = anna.get(f"{base}/kinderen/1")
    anna.go(child, "verwijder")
    assert "Er staat nog geen kind" in anna.get(f"{base}/kinderen").text
    assert "Nog geen rol gekozen" in anna.get(f"{base}/gezag").text


def test_the_mother_of_an_unborn_child_is_added_on_the_way(anna: Secretary):
    base = anna.begin()
    child = anna.go(anna.get(f"{base}/kinderen"), "voeg-ongeboren-toe")
    mother = anna.go(child, geboortedatum__jaar="2027", moeder="nieuw")
    assert "/gezag/b1" in str(mother.url)
    _, fields = anna.form(anna.get(f"{base}/kinderen/1"), "verder")
    assert fields["moeder"] == "b1"


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("leeg.pdf", b"", "Dit bestand is leeg"),
        ("virus.pdf", b"MZ\x90", "Dit is geen echt pdf-bestand"),
        ("groot.pdf", b"%PDF-" + bytes(21_000_000), "er past 21 MB in"),
        ("reus.pdf", b"%PDF-" + bytes(21_200_000), "hooguit 21 MB"),
        ("", b"", "Kies een bestand"),
    ],
)
def test_a_file_that_cannot_go_along_is_refused_at_once(anna: Secretary, name: str, data: bytes, sentence: str):
    base = anna.begin()
    page = anna.get(f"{base}/documenten")
    answer = anna.send(page, "voeg-toe", file=(name, data, "application/pdf"), **PAPER)
    assert answer.status_code in (400, 413)
    assert any(sentence in one for one in sentences(answer)), sentences(answer)
    assert "Er is nog geen document" in anna.get(f"{base}/documenten").text


def test_a_file_with_a_strange_name_is_kept_and_its_name_asked(anna: Secretary):
    base = anna.begin()
    page = anna.get(f"{base}/documenten")
    asked = anna.go(page, "voeg-toe", file=("verzoek (Zoë) 999999047.pdf", PDF, "application/pdf"), **PAPER)
    assert any("In de bestandsnaam staat een burgerservicenummer" in one for one in sentences(asked))
    assert "verzoek (Zoë) 999999047.pdf" in asked.text
    anna.go(asked, bestandsnaam="verzoek.pdf")
    assert "compleet" in anna.get(f"{base}/documenten").text


def test_pages_of_a_large_family_stay_light(desk_site: LiveSite, anna: Secretary):
    from hub.message import Caller
    from hub.routes.raadsverzoek.pages.form.state import State
    from hub.routes.raadsverzoek.pages.form.store import DraftStore

    state = State()
    for _ in range(20):
        state.add_child(unborn=False)
    for _ in range(100):
        party = state.add_party("persoon", "gezag")
        party.typed["perKind"] = "ja"
        party.roles = [{"kind": str(n), "rol": "ouder met gezag"} for n in range(1, 21)]
    base = f"/raadsverzoeken/concepten/{DraftStore(desk_site.hub).create(Caller('user', 'anna'), state)}"
    for page in ("verzoek", "kinderen", "gezag", "betrokkenen", "gezag/b7", "kinderen/20"):
        assert len(anna.get(f"{base}/{page}?toon=fouten").content) < 150_000, page
