"""The one page of tasks: each person sees theirs, each task leads somewhere, and a person closes what nothing else closes."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import httpx
import pytest

from hub.journal import outstanding
from hub.journal.outstanding import OpenTask
from hub.journal.units import connections, tasks
from hub.journal.units.tasks import NewTask
from hub.message import Event, new_id
from hub.web.accounts import create_user
from tests.support.cases import Raad
from tests.support.live_site import PASSWORD, LiveSite, hidden

EVERY_KIND = (
    "parked", "overdue", "rejected", "unmatched", "connection", "contradiction", "other_party", "refused_inbound",
    "certificate", "effect_failed", "elsewhere.decide",
)  # fmt: skip


def opened(site: LiveSite, *wanted: NewTask) -> list[OpenTask]:
    """Open tasks; the last of them."""
    site.hub.journal.run(tasks.open_tasks, wanted)
    return outstanding.list_open(site.hub.journal)[-len(wanted) :]


def words_of(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


@pytest.fixture
def fresh(tmp_path: Path):
    with LiveSite(tmp_path) as site:
        for role in ("operator", "secretary", "privacy_officer"):
            site.user(role, role)
        yield site


def test_each_sees_their_own(fresh: LiveSite):
    rejected = fresh.accept()
    Raad(fresh).takes_over(rejected)
    Raad(fresh).rejects(rejected)
    fresh.hub.journal.run(connections.pause, "corv", "tls_failed", "system:hub")
    opened(fresh, NewTask("connection", "corv", "tls_failed", "operator"))
    secretary, operator = fresh.signed_in("secretary").get("/taken"), fresh.signed_in("operator").get("/taken")
    assert "Verbeter het verzoek en verstuur het opnieuw" in secretary.text
    assert f'href="/raadsverzoeken/{rejected.message_id}"' in secretary.text
    assert "Een verbinding staat op pauze" not in secretary.text
    assert "Een verbinding staat op pauze" in operator.text
    assert f'href="/berichten/{rejected.message_id}"' in operator.text
    assert operator.text.index("Een verbinding staat op pauze") < operator.text.index(rejected.kenmerk), (
        "what holds all up is first"
    )
    assert fresh.signed_in("privacy_officer").get("/taken").status_code == 403


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("person", ["operator", "secretary"])
def test_every_task_leads_somewhere_and_can_be_closed(site: LiveSite, kind: str, person: str):
    subject = {"connection": "corv", "refused_inbound": "corv", "certificate": "connections.corv"}.get(kind)
    role = "operator" if kind in ("connection", "certificate", "refused_inbound", "effect_failed") else ""
    taken = site.accept()
    if kind == "parked":
        site.move(taken.message_id, Event.PARKED, "parked", "attempts_used_up", cause="timed_out")
    (task,) = opened(site, NewTask(kind, subject or str(taken.message_id), "timed_out", role, route="raadsverzoek"))
    browser = site.signed_in(person)
    page = browser.get(f"/taken/{task.id}")
    if role == "operator" and person == "secretary":
        assert page.status_code == 404, "it is not theirs"
        return
    assert page.status_code == 200
    where = re.search(r'href="([^"]+)">Ga erheen', page.text)
    assert where is None or browser.get(where[1]).status_code == 200
    closes = f"/taken/{task.id}/sluit" in page.text
    assert closes or where, "no task without a way to close it"
    if closes:
        asked = browser.get(f"/taken/{task.id}/sluit")
        reason = re.search(r'name="reden" id="([a-z_]+)"', asked.text)
        assert reason is not None
        assert browser.post(f"/taken/{task.id}/sluit", data=hidden(asked)).status_code == 400
        assert browser.post(f"/taken/{task.id}/sluit", data={**hidden(asked), "reden": reason[1]}).status_code == 303
        assert outstanding.find_open(site.hub.journal, task.id) is None
        assert browser.get(f"/taken/{task.id}").status_code == 404
    site.hub.journal.run(tasks.close_one, kind, task.subject, "system:hub")


def test_a_task_is_taken_and_given_back(site: LiveSite):
    taken = site.accept()
    (task,) = opened(site, NewTask("overdue", str(taken.message_id), "overdue", route="raadsverzoek"))
    browser = site.signed_in("secretary")
    page = browser.get(f"/taken/{task.id}")
    assert "Nog niemand" in page.text
    assert browser.post(f"/taken/{task.id}/neem", data=hidden(page)).status_code == 303
    found = outstanding.find_open(site.hub.journal, task.id)
    assert found is not None
    assert found.assignee == "user:secretary"
    assert "Geef terug" in browser.get(f"/taken/{task.id}").text
    assert "secretary" in words_of(site.signed_in("operator").get(f"/taken/{task.id}"))
    assert browser.post(f"/taken/{task.id}/terug", data=hidden(page)).status_code == 303
    assert "Nog niemand" in browser.get(f"/taken/{task.id}").text
    site.hub.journal.run(tasks.close_one, "overdue", str(taken.message_id), "system:hub")


def test_an_account_for_some_organisations_sees_no_pages_that_show_all(fresh: LiveSite):
    """Of an exchange whose pages do not keep to the limit it sees neither pages nor places nor tasks."""
    create_user(fresh.hub.journal, "beperkt", ["secretary", "administration"], PASSWORD, scope=["gemeente:0392"])
    taken = fresh.accept()
    opened(fresh, NewTask("overdue", str(taken.message_id), "overdue", route="raadsverzoek"))
    limited, secretary = fresh.signed_in("beperkt"), fresh.signed_in("secretary")
    for path in ("/raadsverzoeken", "/raadsverzoeken/nieuw", "/pgb", "/pgb/cijfers"):
        assert limited.get(path).status_code == 403
    assert secretary.get("/raadsverzoeken").status_code == 200
    page = limited.get("/taken").text
    assert "/raadsverzoeken" not in page
    assert taken.kenmerk not in page
    assert taken.kenmerk in secretary.get("/taken").text


def test_ones_own_task_is_shown_however_many_of_others_there_are(fresh: LiveSite, monkeypatch: pytest.MonkeyPatch):
    journal = fresh.hub.journal
    first = [NewTask("which_child", str(new_id()), place="raadsverzoek") for _ in range(5)]
    mine = NewTask("which_child", str(new_id()), place="raadsverzoek", assignee="user:secretary")
    opened(fresh, *first, mine)
    found = outstanding.list_open(journal, own="user:secretary", limit=3)
    assert [one.subject for one in found] == [one.subject for one in (*first[:3], mine)]
    theirs = NewTask("elsewhere.decide", str(new_id()), right="elsewhere.right")
    opened(fresh, theirs)
    assert theirs.subject not in [one.subject for one in outstanding.list_open(journal, rights=["raadsverzoek.x"])]
    assert theirs.subject in [one.subject for one in outstanding.list_open(journal, rights=["elsewhere.right"])]


def test_an_operator_sees_also_what_needs_a_right_of_others(fresh: LiveSite):
    (task,) = opened(fresh, NewTask("overdue", str(fresh.accept().message_id), "overdue", right="elsewhere.right"))
    browser = fresh.signed_in("operator")
    assert f"/taken/{task.id}" in browser.get("/taken").text
    assert browser.get(f"/taken/{task.id}").status_code == 200


def test_a_task_of_ones_organisation_is_shown_however_many_of_others_there_are(
    fresh: LiveSite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outstanding, "LIMIT", 2)
    monkeypatch.setattr("hub.web.auth._of_everybody", frozenset)  # of an exchange whose pages keep to the limit
    *others, ours = [fresh.accept_for(f"gemeente:{number}", monkeypatch) for number in ("0473",) * 5 + ("0392",)]
    opened(fresh, *(NewTask("overdue", str(one.message_id), "overdue", route="raadsverzoek") for one in (*others, ours)))
    fresh.user("limited", "secretary", scope=["gemeente:0392"])
    page = fresh.signed_in("limited").get("/taken").text
    assert ours.kenmerk in page
    assert not any(one.kenmerk in page for one in others)


def test_a_task_past_its_moment_is_urgent(fresh: LiveSite):
    late = int(dt.datetime(2020, 1, 1, tzinfo=dt.UTC).timestamp() * 1_000_000)
    subjects = [str(fresh.accept().message_id) for _ in range(2)]
    opened(fresh, NewTask("other_party", subjects[0], route="raadsverzoek"))
    opened(fresh, NewTask("other_party", subjects[1], route="raadsverzoek", due_at=late))
    page = fresh.signed_in("secretary").get("/taken").text
    assert page.count("Dringend") == 1
    assert page.index(subjects[1]) < page.index(subjects[0])


def test_tasks_are_sorted_by_a_column(fresh: LiveSite):
    made = [fresh.accept() for _ in range(3)]
    opened(fresh, *(NewTask("overdue", str(one.message_id), route="raadsverzoek") for one in made))
    browser = fresh.signed_in("secretary")

    def order(address: str) -> list[str]:
        return re.findall(r'<span class="hub-row-what">([^<]+)</span>', browser.get(address).text)

    kenmerken = sorted((one.kenmerk for one in made), key=str.casefold)
    assert order("/taken?volgorde=reference") == kenmerken
    assert order("/taken?volgorde=-reference") == kenmerken[::-1]
    assert sorted(order("/taken?volgorde=onzin"), key=str.casefold) == kenmerken


def test_in_a_demo_a_stranger_sees_tasks_and_touches_none(tmp_path: Path):
    with LiveSite(tmp_path, environment="demo") as demo:
        (task,) = opened(demo, NewTask("overdue", str(demo.accept().message_id), "overdue", route="raadsverzoek"))
        browser = demo.browser()
        page = browser.get(f"/taken/{task.id}")
        assert page.status_code == 200
        assert "Neem op mij" not in page.text
        for what in ("neem", "terug", "sluit"):
            assert browser.post(f"/taken/{task.id}/{what}", data=hidden(page)).status_code == 303, "to the sign-in page"
        assert outstanding.find_open(demo.hub.journal, task.id) is not None


def test_a_task_that_is_not_there_is_not_found(site: LiveSite):
    browser = site.signed_in("secretary")
    for path in ("/taken/x", f"/taken/{new_id()}", f"/taken/{new_id()}/sluit"):
        assert browser.get(path).status_code == 404
