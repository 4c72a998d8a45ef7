"""What happens between people, hub and index, from beginning to end, on both set-ups."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.contracts.route import AMSTERDAM
from hub.errors import EffectFailed, SchemaViolation
from hub.intake.preparing import NeedsDecision
from hub.journal.database import Statement
from hub.message import Caller
from hub.routes.verwijsindex import cases, deciding
from tests.partners.verwijsindex.documents import (
    BSN,
    HALF_BROTHER,
    INMATE,
    OTHER_INMATE,
    SISTER,
    beeindiging,
    encoded,
    melder,
    melding,
    wijziging,
)
from tests.partners.verwijsindex.rig import ANNA, SYSTEM, World, report_of, run_duty

_TODAY = Statement("UPDATE verwijsindex_meldingen SET removal = :day WHERE melding_id = :id")
_OLD_SIGNAL = Statement("UPDATE verwijsindex_signalen SET at = at - 1000000000000")


def signals(here: World, account: str = "user:anna") -> list[cases.Signal]:
    return cases.signals_of(here.hub.journal, account)


def test_two_organisations_report_one_young_person(here: World) -> None:
    here.index.orders["report"]({"bsn": BSN})
    here.start()
    coordinated = melding(coordinator=melder("cor"))
    here.decide("melding", coordinated)
    here.wait(lambda: signals(here), "a signal")
    (signal,) = signals(here)
    assert signal.same_person
    assert signal.source == "actueel"
    assert signals(here, "user:cor") == [signal]
    assert signals(here, "user:bob") == []
    here.wait(lambda: here.index.questions["signals"]() == {}, "the index knows that it was taken")
    assert here.tasks() == [
        ("verwijsindex.signal", "user:anna"),
        ("verwijsindex.signal_coordinator", "user:cor"),
    ]
    assert here.hub.journal.run(deciding.record_contact, signal.message_id, "user:anna", "wij")
    assert not here.hub.journal.run(deciding.record_contact, signal.message_id, "user:cor", "ander")
    assert here.tasks() == []
    assert signals(here)[0].lead == "wij"


def test_family_matches_and_living_in_one_institution_does_not(here: World) -> None:
    for bsn in (SISTER, OTHER_INMATE):
        here.index.orders["report"]({"bsn": bsn})
    here.start()
    brother = here.report(jongere={"bsn": HALF_BROTHER, "geboortedatum": "2009-02-11"}, geinformeerd={"jongere": "ja"})
    inmate = here.report(jongere={"bsn": INMATE, "geboortedatum": "2010-01-30"}, geinformeerd={"jongere": "ja"})
    here.wait(lambda: set(here.at_index()) == {brother, inmate}, "both reports")
    here.wait(lambda: signals(here), "a signal")
    (signal,) = signals(here)
    assert signal.melding_id == brother
    assert not signal.same_person


def test_an_archived_report_gives_one_single_signal(here: World) -> None:
    order = here.index.orders
    known = order["report"]({"bsn": BSN})["id"]
    order["end"]({"id": known, "reason": "risico-voorbij"})
    here.start()
    first = here.report()
    here.wait(lambda: signals(here), "a signal from the archive")
    assert [(one.source, one.melding_id) for one in signals(here)] == [("archief", first)]
    second = here.report("bob")
    here.wait(lambda: second in here.at_index(), "the second report")
    here.wait(lambda: len(signals(here)) == 2, "they match each other")
    assert [one.source for one in signals(here, "user:bob")] == ["actueel"]


def test_a_report_ended_as_unjustified_is_not_in_the_archive(here: World) -> None:
    known = here.index.orders["report"]({"bsn": BSN})["id"]
    here.index.orders["end"]({"id": known, "reason": "onterecht"})
    here.start()
    here.report()
    here.wait(here.at_index, "the report")
    assert here.index.questions["signals"]() == {}


def test_a_report_is_removed_on_its_day_by_itself_also_when_the_hub_was_down(here: World) -> None:
    here.start()
    melding_id = here.report()
    here.wait(lambda: report_of(here, melding_id).state == "active", "it stands")
    long_ago = (dt.datetime.now(AMSTERDAM).date() - dt.timedelta(days=10)).isoformat()
    here.hub.journal.run(lambda tx: tx.run(_TODAY, id=melding_id, day=long_ago))
    run_duty(here, "verwijsindex.removals")
    run_duty(here, "verwijsindex.removals")  # again changes nothing
    here.wait(lambda: report_of(here, melding_id).state == "ended", "it was removed")
    assert report_of(here, melding_id).reason == "termijn"
    assert here.at_index() == []


def test_at_the_23rd_birthday_the_reason_is_the_age(here: World) -> None:
    birth = dt.datetime.now(AMSTERDAM).date() - dt.timedelta(days=22 * 365 + 100)
    melding_id = here.report(jongere={"bsn": "999990093", "geboortedatum": birth.isoformat()}, geinformeerd={"jongere": "ja"})
    row = report_of(here, melding_id)
    assert row.removal == row.latest
    yesterday = dt.datetime.now(AMSTERDAM).date() - dt.timedelta(days=1)
    both = Statement("UPDATE verwijsindex_meldingen SET removal = :day, latest = :day WHERE melding_id = :id")
    here.hub.journal.run(lambda tx: tx.run(both, id=melding_id, day=yesterday.isoformat()))
    run_duty(here, "verwijsindex.removals")
    assert report_of(here, melding_id).reason == "leeftijd"


def test_a_report_whose_day_has_not_come_is_left_alone(here: World) -> None:
    melding_id = here.report()
    run_duty(here, "verwijsindex.removals")
    assert report_of(here, melding_id).state == "waiting"


def test_an_objection_ends_it(here: World) -> None:
    here.start()
    melding_id = here.report()
    here.hub.intake.accept("melding_beeindiging", encoded(beeindiging(melding_id, "avg")), ANNA)
    here.wait(lambda: report_of(here, melding_id).state == "ended", "it was removed")
    assert here.at_index() == []
    with pytest.raises(EffectFailed):
        here.hub.intake.accept("melding_beeindiging", encoded(beeindiging(melding_id)), ANNA)


def test_the_index_is_down_for_a_day(here: World) -> None:
    here.index.faults.replace(["refuse"])
    here.index.apply_refuse()
    here.start()
    melding_id = here.report()
    here.hub.intake.accept("melding_beeindiging", encoded(beeindiging(melding_id)), ANNA)
    here.wait(lambda: any(row["state"] != "open" for row in _states(here)), "the breaker")
    here.index.faults.replace([])
    here.index.apply_refuse()
    here.wait(lambda: report_of(here, melding_id).state == "ended", "both arrived, in order")
    assert [one.type for one in here.index.log.messages()] == ["registreerMelding", "verwijderMelding"]


def _states(here: World) -> list[dict[str, object]]:
    from hub.journal import reading

    return [dict(row) for row in reading.connection_states(here.hub.journal)]


def test_a_lost_answer_leads_to_a_question_and_not_to_a_second_report(here: World) -> None:
    here.index.faults.replace(["deliver_but_lose_answer:1"])
    here.start()
    melding_id = here.report()
    here.wait(lambda: report_of(here, melding_id).state == "active", "it stands")
    assert [one.times for one in here.index.log.messages()] == [1]


def test_a_signal_told_twice_is_one_signal(here: World) -> None:
    from tests.partners.verwijsindex.test_adapters import signal_xml

    here.start()
    melding_id = here.report()
    here.wait(here.at_index, "the report")
    for _ in range(2):
        here.index.orders["signal"]({"id": "S-9", "xml": signal_xml("S-9", melding_id)})
        here.wait(lambda: here.index.questions["signals"]() == {}, "it was taken")
    assert len(signals(here)) == 1


def test_a_signal_about_an_unknown_report_is_for_a_person(here: World) -> None:
    from tests.partners.verwijsindex.test_adapters import signal_xml

    here.index.orders["signal"]({"id": "S-9", "xml": signal_xml("S-9", "0-1")})
    here.start()
    here.wait(lambda: [kind for kind, _ in here.tasks()] == ["unmatched"], "a task")
    assert signals(here) == []


def test_reminders_come_and_go(here: World) -> None:
    here.index.orders["report"]({"bsn": BSN})
    here.start()
    soon = dt.datetime.now(AMSTERDAM).date() + dt.timedelta(days=20)
    melding_id = here.report(verwijderdatum=soon.isoformat())
    here.wait(lambda: signals(here) and report_of(here, melding_id).state == "active", "a signal")
    here.hub.journal.run(lambda tx: tx.run(_OLD_SIGNAL))
    for _ in range(2):
        run_duty(here, "verwijsindex.reminders")
    kinds = [kind for kind, _ in here.tasks()]
    assert kinds == ["verwijsindex.no_contact", "verwijsindex.runs_out", "verwijsindex.signal"]


def test_a_change_moves_the_clock_and_hands_over_and_never_beyond_the_law(here: World) -> None:
    melding_id = here.report()
    latest = report_of(here, melding_id).latest
    later = (latest + dt.timedelta(days=1)).isoformat()
    with pytest.raises(EffectFailed):
        here.decide("melding_wijziging", wijziging(melding_id, verwijderdatum=later))
    sooner = (latest - dt.timedelta(days=30)).isoformat()
    here.decide("melding_wijziging", wijziging(melding_id, verwijderdatum=sooner, melder=melder("bob")))
    changed = report_of(here, melding_id)
    assert (changed.removal.isoformat(), changed.reporter) == (sooner, "user:bob")
    here.start()
    here.wait(lambda: here.index.log.counts()["messages"] == 2, "both arrived")
    assert here.index.questions["reports"]()[0]["removal"] == sooner


def test_a_double_report_is_refused_before_it_leaves(here: World) -> None:
    document = melding()
    here.decide("melding", document)
    with pytest.raises(Exception, match="in use"):
        here.decide("melding", document)


@pytest.mark.parametrize("route", ["melding", "melding_wijziging"])
def test_no_door_but_a_persons_decision(here: World, route: str) -> None:
    """Every way into the hub that is not a signed-in person's decision about a proposal."""
    document = melding() if route == "melding" else wijziging(melding()["meldingId"], melder=melder())
    body, intake = encoded(document), here.hub.intake
    doors = (SYSTEM, ANNA, Caller("system", "hub"), Caller("os_user", "root"), Caller("partner", "verwijsindex"))
    for caller in doors:
        with pytest.raises(NeedsDecision):
            intake.accept(route, body, caller)
        with pytest.raises(NeedsDecision):
            intake.prepare(route, body, caller)
        with pytest.raises(NeedsDecision):
            intake.accept_many(route, [], caller)
    proposed = intake.propose(route, body, SYSTEM, assignee="anna")
    for caller in doors:
        if caller.kind != "user":
            with pytest.raises(NeedsDecision):
                intake.decide(proposed.proposal_id, caller)
    with pytest.raises(SchemaViolation):
        intake.propose(route, encoded(document | {"reden": "zorgen"}), SYSTEM)
    here.start()
    here.wait(lambda: here.index.log.counts()["calls"] > 2, "the hub runs")
    assert here.index.log.messages() == []
    assert here.hub.intake.proposals.listed(assignee="anna")
