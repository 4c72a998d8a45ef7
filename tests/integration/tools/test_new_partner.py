"""``make partner`` in a copy of the tree: what it writes passes the hub's own tests, and filled in it delivers a message."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.processes import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
NAME = "zorg_loket"
#: What the hub's tests need of the tree.
COPIED = ("hub", "tests", "tools", "config", "docs")

#: File -> what raises until it is filled in, and what somebody who knows the partner writes there.
FILLED: Mapping[str, tuple[str, str]] = {
    f"hub/adapters/{NAME}/client.py": (
        'raise NotImplementedError("fill in: what an answer means, in client.py")',
        """\
if reply.status == 200 and reply.body.startswith(b'{"taken"'):
        return Receipt("taken", evidence=reply.body)
    if reply.status == 422:
        raise Refused("the partner refuses the message", partner_code="422")
    raise Unavailable(f"HTTP {reply.status}", code="foreign_answer", reached=Reached.MAYBE)""",
    ),
    f"hub/routes/{NAME}/route.py": (
        'raise NotImplementedError("fill in: the partner\'s message, in route.py")',
        'return json.dumps({"reference": identity.reference, "text": given.tekst, "bsn": given.bsn}).encode()',
    ),
}
_IMPORTS = ("from hub.errors import TransientError", "from hub.errors import Reached, Refused, TransientError, Unavailable")


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module or file in a tree, with the code of that tree."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTEST_"))}
    environment["PYTHONPATH"] = str(root)
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=3 * PATIENCE, check=False)


def new_partner(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    return run(root, str(root / "tools" / "new_partner.py"), name)


def files(root: Path) -> dict[str, str]:
    """Everything of the partner's in a tree."""
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for part in ("hub", "tests", "config", "docs")
        for path in (root / part).rglob("*")
        if NAME in str(path.relative_to(root)) and path.suffix in {".py", ".html", ".toml", ".md"}
    }


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with a new partner in it."""
    root = tmp_path_factory.mktemp("tree")
    for part in COPIED:
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    done = new_partner(root, NAME)
    assert done.returncode == 0, done.stderr
    assert f"hub/routes/{NAME}/route.py" in done.stdout
    assert "the partner's message" in done.stdout, "it says what is to be filled in"
    return root


@pytest.mark.slow
def test_a_new_partner_passes_the_tests_of_imports_names_and_fleet(tree: Path) -> None:
    tests = ("tests/unit/test_imports.py", "tests/unit/test_names.py", "tests/contract/test_fleet.py")
    done = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"[{NAME}]" in run(tree, "-m", "pytest", "-q", "--collect-only", tests[2]).stdout, "the fleet has it"


@pytest.mark.slow
def test_a_new_partner_passes_mypy_and_ruff(tree: Path) -> None:
    own = [f"hub/{part}/{NAME}" for part in ("adapters", "routes", "simulators")]
    for tool in (("mypy", *own), ("ruff", "check", *own, f"tests/partners/{NAME}"), ("ruff", "format", "--check", *own)):
        done = run(tree, "-m", *tool)
        assert done.returncode == 0, done.stdout


def test_a_second_run_changes_nothing_and_says_why(tree: Path) -> None:
    before = files(tree)
    done = new_partner(tree, NAME)
    assert done.returncode == 2
    assert f"hub/adapters/{NAME}" in done.stderr
    assert files(tree) == before


@pytest.mark.parametrize("name", ["", "Loket", "2loket", "zorg-loket", "../loket", "loket_", "class", "l" * 21, "worker"])
def test_a_name_that_cannot_be_one_is_refused(tree: Path, name: str) -> None:
    before = {path for path in tree.rglob("*") if "__pycache__" not in path.parts}
    done = new_partner(tree, name)
    assert done.returncode == 2
    assert "new_partner: " in done.stderr
    assert {path for path in tree.rglob("*") if "__pycache__" not in path.parts} == before


@pytest.mark.slow
def test_unfilled_its_tests_say_what_is_missing_and_filled_in_it_delivers(tree: Path) -> None:
    red = run(tree, "-m", "pytest", "-q", "-p", "no:xdist", f"tests/partners/{NAME}/test_filled_in.py")
    assert red.returncode == 1
    assert f"hub/adapters/{NAME}/client.py" in red.stdout
    assert "which answer is the partner's own yes" in red.stdout

    for place, text in files(tree).items():
        if place.endswith("test_filled_in.py"):
            continue
        old, new = FILLED.get(place, ("", ""))
        assert old in text, f"{place} has no longer what is filled in here"
        text = text.replace(old, new) if old else text
        text = text.replace(*_IMPORTS) if place.endswith("client.py") else text
        text = re.sub(r"^.*(# |<!-- )fill in:.*\n", "", text, flags=re.MULTILINE)
        (tree / place).write_text(text, encoding="utf-8")

    green = run(tree, "-m", "pytest", "-q", "-p", "no:xdist", f"tests/partners/{NAME}")
    assert green.returncode == 0, green.stdout[-4000:]
    assert " passed" in green.stdout
    assert "skipped" not in green.stdout
    demo = run(tree, "-m", "hub", "demo", "--only", NAME, "--once", "--port", "0")
    assert demo.returncode == 0, demo.stderr
    assert "De partner ontving precies wat is vastgelegd" in demo.stdout
