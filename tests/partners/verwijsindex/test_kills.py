"""A hub that is killed between a decision, the call and the removal: nothing is doubled, nothing lost, on both set-ups."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.contracts.route import AMSTERDAM
from hub.journal.database import Statement
from tests.partners.verwijsindex.rig import World, report_of
from tests.support.processes import PATIENCE, ChildProcess, wait_until

#: ``hub run``, with the crash points of the tests: the command itself takes no such variable for a setting.
_PROGRAM = """\
import os, sys
import hub.crashpoints
os.environ.pop("HUB_CRASH_AT", None)
from hub.cli import main
sys.exit(main(["--config", sys.argv[1], "run"]))
"""
#: Before and after the call at the index, before what it answered is written, and where its removal becomes a message.
PLACES = ("call.before", "call.after", "settle.before_commit")
REMOVING = (*PLACES, "accept.before_commit", "accept.after_commit")

_OVER = Statement("UPDATE verwijsindex_meldingen SET removal = :day WHERE melding_id = :id")
_DUE = Statement("UPDATE duties SET next_at = 0 WHERE name = 'verwijsindex.removals'")


@contextmanager
def hub_run(here: World, crash_at: str = "") -> Iterator[ChildProcess[bytes]]:
    """``hub run`` as a process; leases are short, so that what a dead one held comes back soon."""
    file = Path(here.config_file).with_name("killed.toml")
    text = here.config_file.read_text(encoding="utf-8")
    text = text.replace("[delivery]\n", "[delivery]\nlease_margin_seconds = 2\n", 1)
    connection = 'partner = "verwijsindex"\n'
    file.write_text(text.replace(connection, f"{connection}call_deadline_seconds = 3\n", 1), encoding="utf-8")
    environment = {**os.environ} | ({"HUB_CRASH_AT": crash_at} if crash_at else {})
    with ChildProcess([sys.executable, "-c", _PROGRAM, str(file)], env=environment) as process:
        yield process


def run_and_die(here: World, place: str) -> None:
    """Run until the kernel kills it at this place."""
    with hub_run(here, place) as process:
        assert process.wait(PATIENCE) == -signal.SIGKILL, process.last_words()


def sent(here: World) -> list[tuple[str, int]]:
    """What the index took over, and how often it got each."""
    return [(one.type, one.times) for one in here.index.log.messages()]


@pytest.mark.parametrize("place", PLACES)
def test_a_decided_report_goes_out_once(here: World, place: str) -> None:
    melding_id = here.report()
    run_and_die(here, place)
    with hub_run(here) as process:
        wait_until(lambda: report_of(here, melding_id).state == "active", "the report stands", watched=[process])
    assert sent(here) == [("registreerMelding", 1)]
    assert here.at_index() == [melding_id]
    assert here.hub.intake.proposals.listed() == []


@pytest.mark.parametrize("place", REMOVING)
def test_a_removal_is_made_up_for(here: World, place: str) -> None:
    melding_id = here.report()
    with hub_run(here) as process:
        wait_until(lambda: report_of(here, melding_id).state == "active", "the report stands", watched=[process])
    long_ago = (dt.datetime.now(AMSTERDAM).date() - dt.timedelta(days=1)).isoformat()
    here.hub.journal.run(lambda tx: tx.run(_OVER, id=melding_id, day=long_ago))
    here.hub.journal.run(lambda tx: tx.run(_DUE))
    run_and_die(here, place)
    with hub_run(here) as process:
        wait_until(lambda: report_of(here, melding_id).state == "ended", "the report is removed", watched=[process])
    assert sent(here) == [("registreerMelding", 1), ("verwijderMelding", 1)]
    assert here.at_index() == []
