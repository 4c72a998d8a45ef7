"""Blocks marked ``console run`` are run, and what they show is what comes out; so is the demonstration in the README.

A line ``...`` stands for any lines, and ``...`` within a line for any text.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, name_of, pages
from tests.docs.test_documents import fences

SECONDS = 90.0
BLOCKS = [(page, body) for page in pages() for info, body in fences(page) if info == "console run"]
#: What differs from run to run in what the demonstration shows.
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12}(?=…)|\d+(?:\.\d+)?")


def run(command: str, folder: Path) -> list[str]:
    """The lines that a hub command writes, results before remarks."""
    words = shlex.split(command)
    assert words[0] == "hub"
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")} | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "hub", *words[1:]],
        cwd=folder, env=env, capture_output=True, timeout=SECONDS, check=False, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stderr}"
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


def examples(body: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block and the lines that are shown below it."""
    command, shown = "", list[str]()
    for line in body.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        else:
            shown.append(line)
    yield command, shown


def shows(shown: Sequence[str], real: Sequence[str]) -> bool:
    """Whether ``real`` is what is shown."""
    if not shown:
        return not real
    if shown[0] == "...":
        return any(shows(shown[1:], real[start:]) for start in range(len(real) + 1))
    pattern = ".*".join(map(re.escape, shown[0].split("...")))
    return bool(real) and re.fullmatch(pattern, real[0]) is not None and shows(shown[1:], real[1:])


@pytest.mark.parametrize(("page", "body"), BLOCKS, ids=lambda value: name_of(value) if isinstance(value, Path) else "")
def test_a_block_shows_what_its_commands_write(page, body, tmp_path):
    for command, shown in examples(body):
        real = run(command, tmp_path)
        assert shows(shown, real), "\n".join([f"{name_of(page)}: {command}", *real])


def test_some_blocks_are_run():
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize(
    ("shown", "real", "same"),
    [
        (["a"], ["a"], True),
        (["a"], ["b"], False),
        (["a"], ["a", "b"], False),
        (["a", "..."], ["a", "b", "c"], True),
        (["...", "c"], ["a", "b", "c"], True),
        (["...", "c"], ["a", "b"], False),
        (["a ... c"], ["a b c"], True),
        ([], [], True),
    ],
)
def test_dots_stand_for_anything_and_nothing_else_does(shown, real, same):
    assert shows(shown, real) is same


@pytest.mark.slow
def test_the_demonstration_in_the_readme_is_what_one_sees(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- shown by: (hub demo --once --only raadsverzoek) -->\n```\n(.*?)```", text, re.DOTALL)
    assert found
    real = [_plain(line) for line in run(found[1], tmp_path)]
    place = 0
    for line in found[2].splitlines():
        if line.strip() and line != "...":
            assert _plain(line) in real[place:], f"not shown, or not in this order: {line}"
            place = real.index(_plain(line), place) + 1


def _plain(line: str) -> str:
    """A line without what differs from run to run: times, numbers, references, digests."""
    return " ".join(_VARYING.sub("#", line).split())
