"""SIGKILL between a group of a file and the ledger, and between a return and the ledger: nothing twice, nothing missing.

The ledger is then held against what the simulated SVB received, message by message, on both set-ups.
"""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.journal import reading
from hub.routes.pgb import cases
from tests.partners.pgb.processes import PgbProcesses
from tests.partners.pgb.toekenningen import BSNS, csv
from tests.support.hub_processes import ROOT
from tests.support.processes import PATIENCE

_NUMBERS = itertools.count(1)


def _file(hub: PgbProcesses, count: int) -> tuple[Path, list[str]]:
    names = [f"K-{next(_NUMBERS):05d}" for _ in range(count)]
    path = hub.folder / f"{names[0]}.csv"
    path.write_bytes(csv(*({"budgetnummer": name, "bsn": BSNS[place % 5]} for place, name in enumerate(names))))
    return path, names


def _drop(hub: PgbProcesses, path: Path, crash_at: str = "") -> subprocess.CompletedProcess[bytes]:
    words = [
        sys.executable,
        "-m",
        "tests.partners.pgb.dying_hub",
        "--config",
        str(hub.config_file),
        "send",
        "toekenning",
        str(path),
        "--json",
    ]
    env = hub.environment(HUB_CRASH_AT=crash_at)
    return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, timeout=PATIENCE, check=False)


def _everything_agrees(hub: PgbProcesses, names: list[str]) -> None:
    """Each budget was sent once and confirmed, and ledger, messages and the simulated SVB say the same."""
    journal = hub.hub.journal
    keys = {name: f"0392/{name}" for name in names}

    def outcomes() -> set[str]:
        return {one.outcome for key in keys.values() for one in cases.sent_about(journal, key)}

    hub.wait_until(lambda: outcomes() == {"completed"}, "the ledger says that all are confirmed")
    received = hub.svb.ask("budgets")
    assert hub.svb.ask("violations") == []
    for name, key in keys.items():
        (sent,) = cases.sent_about(journal, key)
        (taken,) = received[key]
        (budget,) = cases.find(journal, name)
        assert taken["reference"] == hub.view(sent.message_id).reference
        assert budget.confirmed_id == budget.message_id == sent.message_id
        assert len(cases.returns_to(journal, [sent.message_id])[sent.message_id]) == 1
    told = {key.partition("/")[2] for key in received}
    assert told == set(names), "what was received is in the ledger"


@pytest.mark.parametrize("place", ["effects.before:2", "effects.after:2", "accept.after_commit:2"])
def test_a_kill_between_a_group_and_the_ledger_leaves_both_or_neither(hub: PgbProcesses, place: str) -> None:
    path, names = _file(hub, 150)
    assert _drop(hub, path, crash_at=place).returncode == -signal.SIGKILL
    there = [name for name in names if cases.find(hub.hub.journal, name)]
    assert 0 < len(there) < len(names)
    for name in there:
        (budget,) = cases.find(hub.hub.journal, name)
        assert reading.show(hub.hub.journal, budget.message_id) is not None, "the ledger names only what was accepted"
    again = _drop(hub, path)
    assert (again.stdout.count(b'"repeated"'), again.stdout.count(b'"accepted"')) == (len(there), len(names) - len(there))
    third = _drop(hub, path)
    assert third.stdout.count(b'"repeated"') == len(names)
    _everything_agrees(hub, names)


@pytest.mark.parametrize("place", ["effects.before:2", "effects.after:3", "receive.before_commit:2", "receive.after_commit:2"])
def test_a_kill_between_a_return_and_the_ledger_is_made_good_by_the_repeat(hub: PgbProcesses, place: str) -> None:
    role = hub.roles[0][0]  # where returns come in: everything, or the web server
    hub.kill(role)
    dying = hub.start_dying(role, place)
    path, names = _file(hub, 40)
    assert _drop(hub, path).returncode == 0
    try:
        assert dying.wait(PATIENCE) == -signal.SIGKILL
    finally:
        dying.end()
    hub.start(role)
    _everything_agrees(hub, names)
