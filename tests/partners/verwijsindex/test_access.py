"""A report is its reporter's: nobody decides about another's, and no municipality touches another one's."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.contracts.route import AMSTERDAM
from hub.errors import EffectFailed, HubError
from hub.intake import intake as intakes
from hub.journal import outstanding
from hub.journal.database import Statement
from hub.journal.units import tasks
from hub.message import Caller
from hub.routes.verwijsindex import cases, duties
from tests.partners.verwijsindex.documents import beeindiging, encoded, melder, melding, wijziging
from tests.partners.verwijsindex.rig import ANNA, SYSTEM, World, report_of, run_duty

BOB = Caller("user", "bob")


def test_nobody_becomes_the_reporter_of_anothers_report(here: World) -> None:
    """Or signals about a child would go to who asked for them."""
    melding_id = here.report("anna")
    with pytest.raises(EffectFailed):
        here.decide("melding_wijziging", wijziging(melding_id, melder=melder("bob")), BOB)
    assert report_of(here, melding_id).reporter == "user:anna"


def test_nobody_reports_in_anothers_name(here: World) -> None:
    with pytest.raises(EffectFailed):
        here.decide("melding", melding(melder=melder("anna")), BOB)
    assert cases.reports_of(here.hub.journal, "user:anna") == []


def test_the_coordinator_may_change_a_report(here: World) -> None:
    melding_id = here.report("anna", coordinator=melder("bob"))
    latest = report_of(here, melding_id).latest
    sooner = latest - dt.timedelta(days=30)
    here.decide("melding_wijziging", wijziging(melding_id, verwijderdatum=sooner.isoformat()), BOB)
    assert report_of(here, melding_id).removal == sooner


def test_a_municipality_touches_no_report_of_another(here: World) -> None:
    """A key may be for one municipality only; the document says which, so it must be the report's own."""
    melding_id = here.report()
    with pytest.raises(EffectFailed):
        here.hub.intake.accept("melding_beeindiging", encoded(beeindiging(melding_id) | {"gemeente": "0473"}), SYSTEM)
    sooner = (report_of(here, melding_id).latest - dt.timedelta(days=30)).isoformat()
    with pytest.raises(EffectFailed):
        here.decide("melding_wijziging", wijziging(melding_id, verwijderdatum=sooner) | {"gemeente": "0473"})
    assert report_of(here, melding_id).state == "waiting"


def test_a_signal_for_reporter_and_coordinator_in_one_is_one_task(here: World) -> None:
    here.index.orders["report"]({"bsn": melding()["jongere"]["bsn"]})
    here.start()
    here.report("anna", coordinator=melder("anna"))
    here.wait(lambda: cases.signals_of(here.hub.journal, "user:anna"), "a signal")
    assert here.tasks() == [("verwijsindex.signal", "user:anna")]


def test_a_reminder_that_was_closed_stays_closed_until_the_day_is_another(here: World) -> None:
    today = dt.datetime.now(AMSTERDAM).date()
    here.start()
    melding_id = here.report(verwijderdatum=(today + dt.timedelta(days=20)).isoformat())
    here.wait(lambda: report_of(here, melding_id).state == "active", "the report")
    run_duty(here, "verwijsindex.reminders")
    (task,) = outstanding.list_open(here.hub.journal)
    assert here.hub.journal.run(tasks.close_by_hand, task.id, str(ANNA), "gezien")
    run_duty(here, "verwijsindex.reminders")
    assert here.tasks() == []
    here.decide("melding_wijziging", wijziging(melding_id, verwijderdatum=(today + dt.timedelta(days=10)).isoformat()))
    run_duty(here, "verwijsindex.reminders")
    assert here.tasks() == [("verwijsindex.runs_out", "user:anna")]


_ALL_OVER = Statement("UPDATE verwijsindex_meldingen SET removal = '2026-01-01'")


def test_removals_that_fail_do_not_keep_later_ones_from_being_removed(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "_STEP", 2)
    made = sorted(here.report() for _ in range(5))
    here.hub.journal.run(lambda tx: tx.run(_ALL_OVER))
    accept = intakes.Intake.accept

    def failing(self: intakes.Intake, route: str, document: bytes, *rest: object, **more: object) -> object:
        if any(one.encode() in document for one in made[:3]):
            raise HubError("cannot be ended")
        return accept(self, route, document, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(intakes.Intake, "accept", failing)
    with pytest.raises(HubError, match="cannot be ended"):
        run_duty(here, "verwijsindex.removals")
    assert [report_of(here, one).state for one in made] == ["waiting"] * 3 + ["ending"] * 2


def test_what_waits_for_a_reporter_goes_to_who_comes_after_her(here: World) -> None:
    here.index.orders["report"]({"bsn": melding()["jongere"]["bsn"]})
    here.start()
    melding_id = here.report("anna")
    here.wait(lambda: here.tasks() == [("verwijsindex.signal", "user:anna")], "a signal")
    here.decide("melding_wijziging", wijziging(melding_id, melder=melder("bob")))
    assert here.tasks() == [("verwijsindex.signal", "user:bob")]
    assert report_of(here, melding_id).reporter == "user:bob"
