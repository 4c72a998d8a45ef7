"""Destroying a whole case on request: what the Raad sent about it, and a draft that corrects it, go along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.intake.intake import Taken
from hub.journal import reading
from hub.journal.units import drafting, tasks
from hub.message import Caller, Event
from hub.privacy import destroying
from hub.routes.raadsverzoek.pages.form.sent import draft_from
from tests.support import berichten
from tests.support.live_site import LiveSite

OFFICER = Caller("user", "privacy")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    with LiveSite(tmp_path, environment="acceptatie") as site:
        yield site


def answered(site: LiveSite, code: str) -> Taken:
    """A request that was sent and answered."""
    taken = site.accept()
    site.move(taken.message_id, Event.LEASED, "hurried")
    site.move(taken.message_id, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=1)
    body = berichten.bv01(taken.reference) if code == "Bv01" else berichten.fo01(taken.reference)
    with site.browser() as raad:
        sent = berichten.delivered(body, berichten.antwoord(code, taken.reference))
        raad.post("/partners/corv", content=sent, headers={"Content-Type": "text/xml"}).raise_for_status()
    return taken


def test_what_came_in_about_a_request_goes_along(site: LiveSite, tmp_path: Path) -> None:
    taken, other, file = answered(site, "Bv01"), site.accept(), tmp_path / "destroyed.jsonl"
    journal = site.hub.journal
    views = destroying.case_of(journal, [taken.message_id])
    assert {view.direction for view in views} == {"out", "in"}
    assert destroying.obstacles(journal, views) == {}
    ids = [view.id for view in views]
    done = destroying.destroy(journal, [*ids, other.message_id], OFFICER, "verzoek", file)
    assert (set(done.messages), done.drafts) == (set(ids), 0)
    assert [site.view(one).has_content for one in (*ids, other.message_id)] == [False, False, True]
    assert destroying.listed(file) == [*ids, other.message_id]


def test_what_a_task_is_about_is_not_destroyed_and_a_draft_that_corrects_it_goes_too(site: LiveSite, tmp_path: Path) -> None:
    taken, journal = answered(site, "Fo01"), site.hub.journal
    views = destroying.case_of(journal, [taken.message_id])
    (why,) = destroying.obstacles(journal, views).values()
    assert "a task about it is open" in why
    draft = draft_from(site.hub, taken.message_id, OFFICER)
    journal.run(tasks.close_one, "rejected", str(taken.message_id), "user:a")
    done = destroying.destroy(journal, [view.id for view in views], OFFICER, "verzoek", tmp_path / "destroyed.jsonl")
    assert (len(done.messages), done.drafts) == (2, 1)
    assert journal.run(drafting.destroy, draft) is False
    assert reading.show(journal, taken.message_id) is not None
