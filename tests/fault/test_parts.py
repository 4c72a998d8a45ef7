"""A process that is killed in the middle of a file of many documents: the next goes on, and nothing is accepted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hub.crypto.keyring import Keyring
from hub.intake.intake import Intake
from hub.journal import reading
from hub.journal.opening import migrate, open_journal
from hub.journal.reading import Filter
from hub.journal.units import connections
from tests.contract.intake_rig import ANNA
from tests.support.formats import PlainFile, csv_file
from tests.support.routes import PlainRoute

PROGRAM = """
import sys
from pathlib import Path
from hub.crypto.keyring import Keyring
from hub.intake.intake import Intake
from hub.journal.opening import open_journal
from hub.message import Caller
from tests.support.formats import PlainFile
from tests.support.routes import PlainRoute

place = Path(sys.argv[1])
intake = Intake(open_journal(f"sqlite:///{place}/hub.sqlite3"), Keyring.load(place / "keys.toml"), {"plain": PlainRoute()})
with (place / "file.csv").open("rb") as file:
    for outcome in intake.accept_many("plain", PlainFile().read(file), Caller("os_user", "a")):
        print(outcome.row, flush=True)
"""


@pytest.mark.parametrize(("place", "committed"), [("accept.before_commit:3", 128), ("accept.after_commit:3", 192)])
def test_a_file_whose_program_was_killed_is_gone_on_with(tmp_path: Path, place: str, committed: int) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/hub.sqlite3")
    migrate(journal)
    journal.run(connections.ensure, [("plain", "plain", 8)])
    keyring = Keyring.load_or_create(tmp_path / "keys.toml")
    (tmp_path / "file.csv").write_bytes(csv_file(*(f"k{number % 9};{number};tekst;" for number in range(300))))
    root = Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env={**os.environ, "HUB_CRASH_AT": place, "PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    there = reading.list_messages(journal, Filter(most=1000))
    assert len(there) == committed
    intake = Intake(journal, keyring, {"plain": PlainRoute()})
    with (tmp_path / "file.csv").open("rb") as file:
        outcomes = list(intake.accept_many("plain", PlainFile().read(file), ANNA))
    assert Counter(one.state.value for one in outcomes) == {"repeated": committed, "accepted": 300 - committed}
    assert len({one.message_id for one in outcomes}) == 300
    assert {view.id for view in there} < {one.message_id for one in outcomes}
    intake.close()
    journal.close()
