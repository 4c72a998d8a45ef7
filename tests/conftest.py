"""What holds for every test: no settings from outside, a fixed seed, and honest words about absent official data.

Servers (RabbitMQ, PostgreSQL) are fixtures of ``tests/support/plugin.py``.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import hypothesis
import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
_DESELECTED = pytest.StashKey[int]()

# Settings of the person who runs the tests, or of the pod they run in, must not decide what is tested.
for _name in [name for name in os.environ if name.startswith("HUB_") and not name.startswith("HUB_TEST_")]:
    del os.environ[_name]

hypothesis.settings.register_profile(
    "hub", deadline=None, derandomize=IN_CI, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("hub")

# Suites that contract tests import must explain their failures too.
pytest.register_assert_rewrite("tests.contract", "tests.support")

from tests.support.official import data_dir  # noqa: E402 - after the line above, which must come first

pytest_plugins = ["tests.support.plugin"]


@pytest.fixture(scope="session")
def official_data() -> Path:
    """Folder of the official data; only for tests marked ``official``."""
    return data_dir()


@pytest.fixture(autouse=True)
def _same_seed_for_every_test() -> None:
    random.seed(20261123)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need the official data when it is absent; with CI=true that is a failure.

    Files with slow tests come first, so that no process is left with one when the others are done.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    config.stash[_DESELECTED] = 0
    if data_dir().is_dir():
        return
    official = [item for item in items if item.get_closest_marker("official")]
    if not official:
        return
    if IN_CI:
        raise pytest.UsageError(f"{len(official)} tests need the official data, which is not in {data_dir()} (CI=true)")
    items[:] = [item for item in items if not item.get_closest_marker("official")]
    config.hook.pytest_deselected(items=official)
    config.stash[_DESELECTED] = len(official)
    if hasattr(config, "workeroutput"):  # one of several test processes
        config.workeroutput["deselected"] = len(official)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Every test process left the same tests out."""
    del error
    left_out = getattr(node, "workeroutput", {}).get("deselected", 0)
    node.config.stash[_DESELECTED] = max(left_out, node.config.stash.get(_DESELECTED, 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line on what was left out, and why."""
    count = config.stash.get(_DESELECTED, 0)
    if count:
        where = f"{data_dir()} is absent; set HUB_TEST_DATA to their folder"
        terminalreporter.write_line(f"{count} tests of the official data were left out: {where}", yellow=True)
