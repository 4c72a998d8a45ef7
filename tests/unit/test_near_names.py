"""Hints for slips of the keyboard, and none for what cannot be one."""

from __future__ import annotations

import ast
import tracemalloc
from pathlib import Path

from hub.near_names import LONGEST, nearest
from tests.support import raadsverzoeken as rv

HUB = Path(__file__).resolve().parents[2] / "hub"


def test_a_slip_gets_the_name_that_was_meant() -> None:
    assert nearest("kenmrk", ["urgentie", "kenmerk"]) == "kenmerk"
    assert nearest("iets anders", ["urgentie", "kenmerk"]) is None
    assert nearest("k" * (LONGEST + 1), ["k" * LONGEST]) is None


def test_a_huge_unknown_key_costs_no_more_than_reading_it() -> None:
    key = "k" * 3_000_000
    document = rv.encoded(rv.raadsverzoek() | {key: 1})
    route = rv.route()
    tracemalloc.start()
    found = route.check(document, rv.TODAY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [item.rule for item in found] == ["RV92"]
    assert all(len(item.message) < 300 for item in found)
    assert peak < 40_000_000


def test_nothing_else_searches_for_near_names() -> None:
    users = [file.name for file in HUB.rglob("*.py") if "difflib" in imported(file)]
    assert users == ["near_names.py"]


def imported(file: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
