"""Destroying a whole case on request: what the Raad sent about it goes along."""

from __future__ import annotations

from pathlib import Path

from hub.journal import reading
from hub.message import Caller, Event
from hub.privacy import destroying
from tests.support import berichten
from tests.support.live_site import LiveSite

OFFICER = Caller("user", "privacy")


def test_what_came_in_about_a_request_goes_along(tmp_path: Path) -> None:
    with LiveSite(tmp_path, environment="acceptatie") as site:
        taken, other = site.accept(), site.accept()
        site.move(taken.message_id, Event.LEASED, "hurried")
        site.move(taken.message_id, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=1)
        head = berichten.antwoord("Bv01", taken.reference)
        with site.browser() as raad:
            sent = berichten.delivered(berichten.bv01(taken.reference), head)
            raad.post("/partners/corv", content=sent, headers={"Content-Type": "text/xml"}).raise_for_status()
        journal = site.hub.journal
        views = destroying.case_of(journal, [taken.message_id, other.message_id])
        assert [view.direction for view in views] == ["out", "in", "out"]
        assert [bool(destroying.why_not(view)) for view in views] == [False, False, True]
        ids = [view.id for view in views]
        done = destroying.destroy(journal, ids, OFFICER, "verzoek", tmp_path / "destroyed.jsonl")
        assert set(done) == set(ids[:2])
        assert [reading.show(journal, one).has_content for one in ids] == [False, False, True]  # type: ignore[union-attr]
        assert destroying.listed(tmp_path / "destroyed.jsonl") == ids
