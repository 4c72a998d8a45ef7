"""What is left after the switch-off and when it is gone, and the account of who did what, as commands tell it."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.assembly import Hub
from hub.config import load
from hub.contracts.route import AMSTERDAM
from hub.errors import SchemaViolation
from hub.journal.database import Statement
from hub.message import Caller
from hub.routes.verwijsindex import cases, deciding
from tests.partners.verwijsindex.documents import BSN, beeindiging, encoded, melder, melding, wijziging
from tests.partners.verwijsindex.rig import ANNA, World, report_of, run_duty

_DAY = Statement("UPDATE verwijsindex_meldingen SET removal = :day WHERE melding_id = :id")


def told(config: Path, *words: str) -> list[dict[str, Any]]:
    """What ``hub verwijsindex`` says, as JSON."""
    command = [sys.executable, "-m", "hub", "--config", str(config), "verwijsindex", *words, "--json"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stderr
    return [json.loads(line) for line in made.stdout.splitlines()]


def switched_off(here: World, day: dt.date) -> Path:
    """The settings of the same hub, with its municipality switched off from a day."""
    off = f'switched_off = {{ "0392" = {day}, "0473" = {day} }}\n'
    file = here.config_file.with_name("off.toml")
    more = f"{off}[routes.melding_wijziging.settings]\n{off}"
    file.write_text(here.config_file.read_text(encoding="utf-8") + more, encoding="utf-8")
    return file


def test_after_the_switch_off_nothing_new_leaves_and_what_is_left_is_told_until_it_is_gone(here: World) -> None:
    here.index.orders["report"]({"bsn": BSN})
    here.start()
    today = dt.datetime.now(AMSTERDAM).date()
    kept, ended = here.report(), here.report()
    here.wait(lambda: set(here.at_index()) == {kept, ended}, "both reports")
    here.hub.intake.accept("melding_beeindiging", encoded(beeindiging(ended)), ANNA)
    here.wait(lambda: report_of(here, ended).state == "ended", "one is removed")
    config = switched_off(here, today)
    latest = report_of(here, kept).latest
    (ours, other) = told(config, "remaining")
    assert (ours["municipality"], ours["switched_off"], ours["standing"], ours["ended"]) == ("0392", str(today), 1, 1)
    assert (ours["gone_by"], ours["months"]) == (str(latest), {f"{latest:%Y-%m}": 1})
    assert (other["municipality"], other["standing"], other["gone_by"]) == ("0473", 0, None)
    off = Hub(load(config, env={}))
    try:
        for route, document in (("melding", melding()), ("melding_wijziging", wijziging(kept, melder=melder("bob")))):
            with pytest.raises(SchemaViolation) as refused:
                off.intake.propose(route, encoded(document), ANNA, assignee="anna")
            assert [one.rule for one in refused.value.findings] == ["VI12"]
    finally:
        off.close()
    here.wait(lambda: cases.signals_of(here.hub.journal, "user:anna"), "signals still come")
    here.hub.journal.run(lambda tx: tx.run(_DAY, id=kept, day=str(today)))
    run_duty(here, "verwijsindex.removals")
    here.wait(lambda: report_of(here, kept).state == "ended", "removals still go")
    (ours, _) = told(config, "remaining")
    assert (ours["standing"], ours["ending"], ours["gone_by"], ours["months"], ours["ended"]) == (0, 0, None, {}, 2)


def test_the_account_tells_who_did_what_and_never_about_whom(here: World) -> None:
    here.index.orders["report"]({"bsn": BSN})
    here.start()
    melding_id = here.report("anna", coordinator=melder("cor"))
    here.wait(lambda: cases.signals_of(here.hub.journal, "user:anna"), "a signal")
    (signal,) = cases.signals_of(here.hub.journal, "user:anna")
    assert here.hub.journal.run(deciding.record_contact, signal.message_id, "user:cor", "wij")
    here.decide("melding_wijziging", wijziging(melding_id, melder=melder("anna", telefoon="023-5550199")))
    here.hub.intake.accept("melding_beeindiging", encoded(beeindiging(melding_id)), Caller("user", "cor"))
    here.wait(lambda: report_of(here, melding_id).state == "ended", "it is removed")
    found = told(here.config_file, "log")
    assert sorted((one["what"], one["who"], one["gemeente"], one["detail"]) for one in found) == [
        ("changed", "user:anna", "0392", ""),
        ("contacted", "user:cor", "0392", "wij"),
        ("received", "user:anna", "0392", ""),
        ("received", "user:cor", "0392", ""),
        ("removed", "user:cor", "0392", "onterecht"),
        ("reported", "user:anna", "0392", ""),
    ]
    assert [one["at"] for one in found] == sorted(one["at"] for one in found)
    assert BSN not in json.dumps(found)
    assert {one["what"] for one in told(here.config_file, "log", "--account", "cor")} == {"contacted", "received", "removed"}
    assert len(told(here.config_file, "log", "--limit", "2")) == 2
