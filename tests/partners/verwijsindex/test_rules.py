"""The rules of the law, on the days that matter."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from lxml import etree

from hub.contracts.route import AMSTERDAM, Built
from hub.errors import HubError, SchemaViolation
from hub.message import Caller
from hub.routes.verwijsindex.dates import age_on, latest_removal
from hub.routes.verwijsindex.wording import SENTENCES
from hub.testing.route_suite import IDENTITY
from tests.partners.verwijsindex.documents import BSN, encoded, melder, melding, routes, wijziging


def built(document: dict[str, object], day: str = "2026-11-22", route: str = "melding", **settings: object) -> Built:
    moment = dt.datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=AMSTERDAM)
    identity = dataclasses.replace(IDENTITY, moment=moment, decided_at=moment)
    found = routes(**settings)[route]
    made = found.build(encoded(document), identity)
    found.verify(made)
    return made


def refused(document: dict[str, object], day: str = "2026-11-22", route: str = "melding", **settings: object) -> set[str]:
    with pytest.raises(SchemaViolation) as caught:
        built(document, day, route, **settings)
    return {one.rule for one in caught.value.findings}


def text(made: Built, name: str) -> str:
    found = etree.fromstring(made.body).find(f".//{{*}}{name}")
    return "" if found is None else str(found.text)


@pytest.mark.parametrize(
    ("birth", "reported", "latest"),
    [
        ("2014-05-03", "2026-11-22", "2028-11-22"),  # two years
        ("2005-03-01", "2026-11-22", "2028-03-01"),  # the 23rd birthday comes first
        ("2004-02-29", "2026-02-01", "2027-02-28"),  # born on a leap day
        ("2014-05-03", "2028-02-29", "2030-02-28"),  # reported on a leap day
        ("2005-02-28", "2026-02-28", "2028-02-28"),  # both on one day
    ],
)
def test_a_report_stands_two_years_or_to_the_23rd_birthday(birth: str, reported: str, latest: str) -> None:
    day = dt.date.fromisoformat
    assert latest_removal(day(birth), day(reported)) == day(latest)
    made = built(melding(jongere={"bsn": BSN, "geboortedatum": birth}, geinformeerd=_informed(birth, reported)), reported)
    assert text(made, "verwijderdatum") == latest


def _informed(birth: str, today: str) -> dict[str, str]:
    age = age_on(dt.date.fromisoformat(birth), dt.date.fromisoformat(today))
    own = {"jongere": "ja"} if age >= 12 else {}
    return own | ({"wettelijkVertegenwoordiger": "ja"} if age < 16 else {})


def test_nobody_of_23_or_older_is_reported() -> None:
    told = {"jongere": "ja"}
    young = {"bsn": BSN, "geboortedatum": "2003-11-23"}
    assert text(built(melding(jongere=young, geinformeerd=told)), "verwijderdatum") == "2026-11-23"
    assert refused(melding(jongere=young | {"geboortedatum": "2003-11-22"}, geinformeerd=told)) == {"VI05"}
    assert refused(melding(jongere=young | {"geboortedatum": "2003-11-21"}, geinformeerd=told)) == {"VI05"}


def test_a_removal_date_may_be_earlier_and_never_later() -> None:
    assert text(built(melding(verwijderdatum="2027-01-01")), "verwijderdatum") == "2027-01-01"
    assert text(built(melding(verwijderdatum="2028-11-22")), "verwijderdatum") == "2028-11-22"
    assert refused(melding(verwijderdatum="2028-11-23")) == {"VI07"}
    assert refused(melding(verwijderdatum="2026-11-22")) == {"VI06"}


@pytest.mark.parametrize(
    ("birth", "told", "rules"),
    [
        ("2014-11-23", {"wettelijkVertegenwoordiger": "ja"}, set()),  # 11, twelve tomorrow
        ("2014-11-23", {"jongere": "ja"}, {"VI08", "VI10"}),
        ("2014-11-22", {"wettelijkVertegenwoordiger": "ja"}, {"VI09"}),  # 12 today
        ("2014-11-22", {"wettelijkVertegenwoordiger": "ja", "jongere": "nog-niet-veiligheid"}, set()),
        ("2010-11-23", {"jongere": "ja"}, {"VI08"}),  # 15, sixteen tomorrow
        ("2010-11-22", {"jongere": "ja"}, set()),  # 16 today
        ("2010-11-22", {"jongere": "ja", "wettelijkVertegenwoordiger": "ja"}, {"VI11"}),
    ],
)
def test_who_is_informed_follows_from_the_age(birth: str, told: dict[str, str], rules: set[str]) -> None:
    document = melding(jongere={"bsn": BSN, "geboortedatum": birth}, geinformeerd=told)
    if rules:
        assert refused(document) == rules
    else:
        assert built(document)


def test_with_a_bsn_nothing_else_about_the_young_person_leaves() -> None:
    body = etree.fromstring(built(melding()).body)
    (young,) = body.iterfind("{*}jongere")
    assert [etree.QName(one).localname for one in young] == ["bsn"]
    assert refused(melding(jongere={"bsn": BSN, "geboortedatum": "2014-05-03", "geslacht": "man"})) == {"VI02"}


def test_decider_and_moment_are_in_what_is_sent() -> None:
    made = built(melding())
    assert text(made, "door") == "anna"
    assert text(made, "op") == text(made, "tijdstip") == "2026-11-22T12:00:00+01:00"
    assert text(built(wijziging(melding()["meldingId"], melder=melder()), route="melding_wijziging"), "door") == "anna"


def test_without_a_decision_nothing_is_built() -> None:
    for name, document in (("melding", melding()), ("melding_wijziging", wijziging(melding()["meldingId"], melder=melder()))):
        with pytest.raises(HubError, match="nobody decided"):
            routes()[name].build(encoded(document), dataclasses.replace(IDENTITY, decided_by=None, decided_at=None))
        assert routes()[name].policy.needs_decision


def test_the_three_routes_wait_for_each_other_per_report() -> None:
    assert len({one.policy.ordering_scope for one in routes().values()}) == 1
    document = melding()
    changed = wijziging(document["meldingId"], verwijderdatum="2027-01-01")
    assert built(document).ordering_key == built(changed, route="melding_wijziging").ordering_key == document["meldingId"]


def test_after_the_switch_off_nothing_is_reported_or_changed_and_reports_still_end() -> None:
    off = {"switched_off": {"0392": dt.date(2026, 12, 1)}}
    changed = wijziging(melding()["meldingId"], verwijderdatum="2027-01-01")
    assert built(melding(), "2026-11-30", **off)
    assert refused(melding(), "2026-12-01", **off) == {"VI12"}
    assert refused(changed, "2026-12-01", "melding_wijziging", **off) == {"VI12"}
    assert built(melding(gemeente="0363"), "2026-12-01", **off)
    ending = {"meldingId": changed["meldingId"], "gemeente": "0392", "reden": "termijn"}
    assert built(ending, "2026-12-01", "melding_beeindiging", **off)


def test_a_proposal_decided_weeks_later_is_judged_on_that_day() -> None:
    document = melding(jongere={"bsn": BSN, "geboortedatum": "2003-12-10"}, geinformeerd={"jongere": "ja"})
    assert built(document, "2026-11-22")
    assert refused(document, "2026-12-10") == {"VI05"}


def test_it_is_on_behalf_of_a_municipality() -> None:
    assert routes()["melding"].scope_of(encoded(melding())) == "gemeente:0392"
    assert routes()["melding"].scope_of(encoded(melding(gemeente=392))) is None


def test_who_decides_is_written_as_they_are_known() -> None:
    moment = dt.datetime(2026, 11, 22, 12, tzinfo=AMSTERDAM)
    identity = dataclasses.replace(IDENTITY, decided_by=Caller("user", "met spatie"), decided_at=moment)
    made = routes()["melding"].build(encoded(melding()), identity)
    with pytest.raises(HubError, match="breaks its schema"):
        routes()["melding"].verify(made)


def test_every_rule_has_a_sentence_that_says_what_to_do() -> None:
    assert all(one.endswith(".") and "{" not in one for one in SENTENCES.values())
