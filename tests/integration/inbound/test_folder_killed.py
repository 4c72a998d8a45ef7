"""The folder's door killed with SIGKILL at the worst moments: never two messages, never a document lost."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support import raadsverzoeken as rv
from tests.support.folders import Bench, with_files
from tests.support.processes import PATIENCE, ChildProcess, wait_until

ROOT = Path(__file__).parents[3]


def watch(folder: Path, **environment: str) -> ChildProcess[bytes]:
    """A process that watches the folder."""
    return ChildProcess(
        [sys.executable, "-m", "tests.support.folders", str(folder)],
        log=folder / "watch.log",
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def until_done(folder: Path, bench: Bench, done: Callable[[], bool]) -> None:
    with watch(folder) as process:
        wait_until(done, "everything in klaar", watched=[process])
    assert bench.here()


@pytest.mark.parametrize("moment", ["accept.before_commit", "accept.after_commit"])
def test_a_kill_around_the_commit_makes_one_message(tmp_path: Path, moment: str) -> None:
    bench = Bench(tmp_path)
    try:
        document, files = with_files(None)
        for name, content in files.items():
            bench.put(name, content)
        bench.put("X.json", document)
        with watch(tmp_path, HUB_CRASH_AT=moment) as killed:
            assert killed.wait(PATIENCE) == -signal.SIGKILL
        assert len(bench.messages()) == (moment == "accept.after_commit")
        assert not (bench.inbox / "klaar" / "X").exists(), "killed before the move"
        receipt = bench.inbox / "klaar/X/X.ontvangst.json"
        until_done(tmp_path, bench, receipt.exists)
        (message,) = bench.messages()
        found = bench.read("klaar/X/X.ontvangst.json")
        assert (found["id"], found["eerderAangenomen"]) == (str(message.id), moment == "accept.after_commit")
        assert sorted(found["bestanden"]) == sorted(["X.json", *files])
    finally:
        bench.close()


@pytest.mark.slow
def test_kills_at_any_moment_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    count = 30
    try:
        for number in range(count):
            document, files = with_files(None, onderwerp=f"Nummer {number}", documenten=[_document(number)])
            for name, content in files.items():
                bench.put(name, content)
            bench.put(f"{number:02d}.json", document)

        def receipts() -> int:
            return len(list(bench.inbox.glob("klaar/*/*.ontvangst.json")))

        for goal in range(4, count, 5):
            with watch(tmp_path) as process:
                wait_until(partial(_at_least, receipts, goal), f"{goal} receipts", pause=0.001, watched=[process])
        until_done(tmp_path, bench, lambda: receipts() == count)
        assert len(bench.messages()) == count
        assert [path for path in bench.here() if not path.startswith("klaar/")] == []
    finally:
        bench.close()


def _at_least(count: Callable[[], int], goal: int) -> bool:
    return count() >= goal


def _document(number: int) -> dict[str, str]:
    return rv.document(text=f"tekst {number}", bestandsnaam=f"verzoek-{number}.pdf")
