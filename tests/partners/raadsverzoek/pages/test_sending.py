"""From the first question to a message in the journal, without a script; stopping it, and sending it again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest
from lxml import html
from sqlalchemy import select

from hub.journal import reading
from hub.journal.contents import open_content
from hub.journal.tables import access_log, draft_files, drafts
from hub.journal.units import operating
from hub.message import Caller, Event, MessageId
from hub.routes.raadsverzoek.pages.form.sent import NotCorrectable, draft_from
from tests.support import raadsverzoeken as rv
from tests.support.berichten import MARKED
from tests.support.cases import Raad
from tests.support.form_filler import PAPER, PDF, Secretary, path_of, sentences
from tests.support.live_site import LiveSite, hidden


def content(site: LiveSite, message_id: MessageId, kind: str) -> bytes:
    opened = open_content(site.hub.journal, site.hub.keyring, message_id, kind)
    assert opened is not None
    return opened


def sent_id(answer: httpx.Response) -> MessageId:
    assert answer.status_code == 303, sentences(answer)
    found = reading.parse_id(path_of(answer).split("/")[2])
    assert found is not None
    return found


def stored(site: LiveSite, table: Any) -> list[Any]:
    with site.hub.journal.reading() as connection:
        return list(connection.execute(select(table)).mappings())


def test_a_plain_form_becomes_a_message_and_the_draft_is_gone(anna: Secretary, desk_site: LiveSite):
    base = anna.whole("CJG-2026-700001")
    check = anna.get(f"{base}/controle")
    assert "dingen te doen" not in check.text, sentences(check)
    answer = anna.send_off(base)
    message_id = sent_id(answer)
    view = desk_site.view(message_id)
    assert (view.kenmerk, view.status, view.caller) == ("CJG-2026-700001", "waiting", "user:anna")
    given = json.loads(content(desk_site, message_id, "document"))
    assert given["kinderen"][0]["geboortedatum"] == "2015-03-09"
    assert given["betrokkenen"][0]["relaties"] == [{"kind": 1, "rol": "ouder met gezag", "geinformeerd": True}]
    assert anna.get(base).status_code == 404
    assert not any(str(row["id"]) in base for row in stored(desk_site, drafts))
    assert not any(str(row["draft_id"]) in base for row in stored(desk_site, draft_files))


def test_the_proof_names_what_was_sent_and_looking_is_recorded(anna: Secretary, desk_site: LiveSite):
    answer = anna.send_off(anna.whole())
    message_id = sent_id(answer)
    page = anna.get(answer.headers["location"])
    view = desk_site.view(message_id)
    digest = hashlib.sha256(content(desk_site, message_id, "message")).hexdigest()
    for part in ("N.V. (2015)", view.reference, view.kenmerk, digest, hashlib.sha256(PDF).hexdigest(), "CJG Voorbeeldgemeente"):
        assert part in page.text
    assert "<dd>Anna (anna)</dd>" in page.text
    assert "999999047" not in page.text
    assert "Proefouder" not in page.text
    assert f"message:{message_id}" in {row["object"] for row in stored(desk_site, access_log)}


def test_the_page_after_sending_tells_later_what_became_of_the_request(anna: Secretary, desk_site: LiveSite):
    message_id = sent_id(anna.send_off(anna.whole()))
    path = f"/raadsverzoeken/{message_id}/verstuurd"
    assert "wordt nu bij de Raad bezorgd" in anna.get(path).text
    desk_site.move(message_id, Event.LEASED, "hurried")
    desk_site.move(message_id, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=1)
    assert "Afgeleverd op" in anna.get(path).text
    desk_site.move(message_id, Event.ANSWERED_BAD, "rejected", "Fo01")
    page = anna.get(path).text
    assert "Afgewezen, " in page
    assert "wordt nu bij de Raad bezorgd" not in page
    assert "Wat gebeurt er nu?" not in page


@pytest.mark.parametrize("event", [Event.PARKED, Event.CANCELLED])
def test_there_is_no_proof_of_sending_what_was_not_sent(anna: Secretary, desk_site: LiveSite, event: Event):
    message_id = sent_id(anna.send_off(anna.whole(), "straks"))
    case = f"/raadsverzoeken/{message_id}"
    assert ">Bewijs van verzending<" not in anna.get(f"{case}/verstuurd").text
    assert ">Bewijs van verzending<" not in anna.get(case).text
    desk_site.move(message_id, event, event.value, "attempts_used_up")
    assert ">Bewijs van verzending<" not in anna.get(f"{case}/verstuurd").text
    assert ">Bewijs van verzending<" not in anna.get(case).text


def test_a_request_that_was_given_up_after_sending_is_not_called_stopped(anna: Secretary, desk_site: LiveSite):
    message_id = sent_id(anna.send_off(anna.whole()))
    desk_site.move(message_id, Event.LEASED, "hurried")
    desk_site.move(message_id, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=1)
    desk_site.hub.journal.run(operating.cancel, [message_id], "user:anna", "")
    page = anna.get(f"/raadsverzoeken/{message_id}/verstuurd").text
    assert "niet naar de Raad gegaan" not in page
    assert "zonder antwoord van de Raad" in page
    assert "Bewijs van verzending" in page


def test_the_proof_of_a_large_request_waits_for_room_in_memory(anna: Secretary, desk_site: LiveSite):
    papers = [*rv.raadsverzoek()["documenten"], rv.document("Gezinsgeschiedenis", text="x" * 500_000)]
    path = f"/raadsverzoeken/{desk_site.accept(documenten=papers).message_id}/verstuurd"
    with desk_site.hub.budget.take(160_000_000):
        assert anna.get(path).status_code == 503
    assert anna.get(path).status_code == 200


def test_a_held_request_can_be_stopped_and_is_a_draft_again(anna: Secretary, desk_site: LiveSite):
    answer = anna.send_off(anna.whole("CJG-2026-700002"), "straks")
    message_id = sent_id(answer)
    confirmation = anna.get(answer.headers["location"])
    assert "Stop: niet versturen" in confirmation.text
    back = anna.http.post(f"/raadsverzoeken/{message_id}/stoppen", data=hidden(confirmation))
    assert back.status_code == 303, back.text
    assert desk_site.view(message_id).status == "cancelled"
    base = path_of(back).rpartition("/")[0]
    page = anna.get(f"{base}/controle")
    assert "Noor Voorbeeld" in page.text
    assert "CJG-2026-700002" in page.text
    again = sent_id(anna.send_off(base))
    assert desk_site.view(again).kenmerk == "CJG-2026-700002"
    assert desk_site.view(again).cause == message_id


def test_a_request_that_is_on_its_way_cannot_be_stopped(anna: Secretary, desk_site: LiveSite):
    answer = anna.send_off(anna.whole())
    message_id = sent_id(answer)
    confirmation = anna.get(answer.headers["location"])
    desk_site.move(message_id, Event.LEASED, "hurried")
    refused = anna.http.post(f"/raadsverzoeken/{message_id}/stoppen", data=hidden(confirmation))
    assert refused.status_code == 400
    assert "al onderweg" in refused.text
    assert desk_site.view(message_id).status == "sending"
    with pytest.raises(NotCorrectable):
        draft_from(desk_site.hub, message_id, Caller("user", "anna"))


def test_a_request_that_may_have_arrived_is_not_stopped_nor_made_a_draft(anna: Secretary, desk_site: LiveSite):
    answer = anna.send_off(anna.whole())
    message_id = sent_id(answer)
    desk_site.move(message_id, Event.LEASED, "hurried")
    desk_site.move(message_id, Event.FAILED, "attempt_failed", "timed_out", attempt=1, reached="maybe")
    assert desk_site.view(message_id).status == "waiting"
    page = anna.get("/raadsverzoeken/concepten")
    assert anna.http.post(f"/raadsverzoeken/{message_id}/stoppen", data=hidden(page)).status_code == 400
    assert desk_site.view(message_id).status == "waiting"
    desk_site.hub.journal.run(operating.cancel, [message_id], "user:anna", "")
    with pytest.raises(NotCorrectable):
        draft_from(desk_site.hub, message_id, Caller("user", "anna"))


def test_a_rejected_request_is_corrected_under_the_same_case_number(anna: Secretary, desk_site: LiveSite):
    first = sent_id(anna.send_off(anna.whole("CJG-2026-700003")))
    desk_site.move(first, Event.LEASED, "hurried")
    desk_site.move(first, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=1)
    desk_site.move(first, Event.ANSWERED_BAD, "rejected", "Fo01")
    draft_id = draft_from(desk_site.hub, first, Caller("user", "anna"))
    assert draft_from(desk_site.hub, first, Caller("user", "bert")) == draft_id, "one draft, however often it is asked"
    base = f"/raadsverzoeken/concepten/{draft_id}"
    assert "CJG-2026-700003" in anna.get(f"{base}/verzoek").text
    second = sent_id(anna.send_off(base))
    view = desk_site.view(second)
    assert (view.kenmerk, view.cause) == ("CJG-2026-700003", first)
    assert view.reference != desk_site.view(first).reference
    ours, theirs = (json.loads(content(desk_site, one, "document")) for one in (first, second))
    assert ours == theirs


def test_who_corrects_a_rejected_request_reads_why_it_was_rejected(anna: Secretary, desk_site: LiveSite):
    raad = Raad(desk_site)
    taken = desk_site.accept()
    raad.takes_over(taken)
    raad.rejects(taken)
    base = f"/raadsverzoeken/concepten/{draft_from(desk_site.hub, taken.message_id, Caller('user', 'anna'))}"
    for page in ("controle", "verzoek", "kinderen/1"):
        told = anna.get(f"{base}/{page}").text
        assert "Dit verzoek is niet aangenomen: Het VTO voldoet niet. Het ligt niet bij de Raad." in told
        assert MARKED not in told
    assert "niet aangenomen" not in anna.get(f"{anna.whole()}/controle").text


def test_a_request_with_errors_is_not_sent(anna: Secretary, desk_site: LiveSite):
    base = anna.begin()
    answer = anna.send_off(base)
    assert answer.status_code == 400
    assert any("Voeg minstens één kind toe" in one for one in sentences(answer))
    assert anna.get(f"{base}/verzoek").status_code == 200


@pytest.mark.parametrize(("action", "leads"), [("verder", "/controle"), ("later", "/raadsverzoeken/concepten")])
def test_a_chosen_file_goes_along_whatever_button_is_pressed(anna: Secretary, action: str, leads: str):
    base = anna.whole()
    page = anna.get(f"{base}/documenten")
    typed = {**PAPER, "soort": "Gezinsgeschiedenis"}
    answer = anna.send(page, action, file=("geschiedenis.pdf", PDF + b"2", "application/pdf"), **typed)
    assert path_of(answer).endswith(leads)
    assert "geschiedenis.pdf" in anna.get(f"{base}/controle").text
    refused = anna.send(page, action, file=("brief.docx", b"PK", "application/pdf"), **typed)
    assert refused.status_code == 400
    assert any("Een bestand van dit type (.docx)" in one for one in sentences(refused))
    wrong = anna.send(page, action, file=("Janssen, P..pdf", PDF + b"3", "application/pdf"), **typed)
    assert path_of(wrong).startswith(f"{base}/documenten/") or action == "later", "its name is to be mended"
    assert "Janssen, P..pdf" in anna.get(f"{base}/documenten").text


def test_errors_stand_under_the_child_person_or_file_that_they_are_about(anna: Secretary):
    base = anna.whole()
    for number in ("2", "3"):
        anna.send(anna.go(anna.get(f"{base}/kinderen"), "voeg-kind-toe"), voornamen=f"Kind{number}", geslachtsnaam="Voorbeeld")
    anna.send(anna.get(f"{base}/gezag/b1"), "later", geinformeerd="nee")
    page = html.fromstring(anna.get(f"{base}/controle").text)
    heads = [one.text for one in page.xpath("//p[@class='hub-errors-of']")]
    assert heads == ["Kinderen: Kind2 Voorbeeld", "Kinderen: Kind3 Voorbeeld", "Gezag", "Gezag: Zoë Proefouder"]


def test_the_check_page_shows_all_that_is_sent(anna: Secretary):
    base = anna.whole()
    anna.send(anna.get(f"{base}/verzoek"), "later", verzoeker__rsin="999990019")
    anna.send(anna.get(f"{base}/kinderen/1"), "later", vreemdelingennummer="V-12")
    school = anna.go(anna.get(f"{base}/betrokkenen"), "voeg-instelling-toe")
    anna.send(school, "later", naam="School", vestigingsnummer="000012345678")
    paper = anna.get(f"{base}/documenten").text.partition(f"{base}/documenten/")[2].partition('"')[0]
    typed = {"titel": "Ons verzoek", "taal": "Engels", "vertrouwelijkheid": "GEHEIM"}
    anna.send(anna.get(f"{base}/documenten/{paper}"), "later", **typed)
    page = anna.get(f"{base}/controle").text
    for told in ("RSIN: 999990019", "Vreemdelingennummer: V-12", "Vestigingsnummer: 000012345678", "Titel: Ons verzoek"):
        assert told in page
    assert "Vertrouwelijkheid: geheim" in page
    assert "<strong>Verzoek tot onderzoek RvdK</strong>" in page


def test_a_warning_has_to_be_ticked(anna: Secretary):
    base = anna.whole()
    anna.send(anna.get(f"{base}/kinderen/1"), geboortedatum__jaar="1990")
    check = anna.get(f"{base}/controle")
    assert "18 jaar of ouder" in check.text
    answer = anna.send(check, "verstuur", wanneer="nu")
    assert answer.status_code == 400
    assert 'value="nu" checked' in answer.text, "what was chosen stays chosen"
    assert 'value="straks" checked' not in answer.text
    assert any("Vink aan dat u dit hebt gecontroleerd" in one for one in sentences(answer))
    assert sent_id(anna.send_off(base))


def test_what_changed_since_the_check_page_is_shown_first(anna: Secretary):
    base = anna.whole()
    old = anna.get(f"{base}/controle")
    anna.send(anna.get(f"{base}/kinderen/1"), "later", voornamen="Nora")
    answer = anna.send(old, "verstuur", wanneer="nu")
    assert answer.status_code == 409
    assert "Nora Voorbeeld" in answer.text
    assert anna.get(base).status_code == 200, "not sent"


def test_a_second_document_of_the_same_content_is_told(anna: Secretary):
    base = anna.whole()
    page = anna.get(f"{base}/documenten")
    second = anna.go(page, "voeg-toe", file=("kopie.pdf", PDF, "application/pdf"), **{**PAPER, "soort": "Gezinsgeschiedenis"})
    assert any("dezelfde inhoud" in one for one in sentences(second))


def test_a_kenmerk_that_was_taken_meanwhile_is_told_at_its_field(anna: Secretary, desk_site: LiveSite):
    base = anna.whole("CJG-2026-700004")
    assert sent_id(anna.send_off(anna.whole("CJG-2026-700004")))
    answer = anna.send_off(base)
    assert answer.status_code == 400
    assert any("CJG-2026-700004 is al eerder verstuurd" in one for one in sentences(answer))
