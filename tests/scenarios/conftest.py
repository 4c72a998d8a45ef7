"""Scenarios run on both set-ups, each with one hub per module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.hub_processes import HubProcesses
from tests.support.setups import SETUPS, running


@pytest.fixture(scope="module", params=SETUPS)
def running_hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcesses]:
    """A running hub with its simulated partner, for all tests of a module; ended in good order.

    A module whose partner never answers too late says so with a long ``CALL_DEADLINE``, in seconds.
    """
    options = {"answer_within": 3, "call_deadline": getattr(request.module, "CALL_DEADLINE", 3)}
    with running(request, str(request.param), tmp_path_factory.mktemp(str(request.param)), **options) as hub:
        yield hub


@pytest.fixture
def hub(running_hub: HubProcesses) -> HubProcesses:
    """The running hub as a test wants to find it: partner without faults or memory, connection open, all roles up."""
    running_hub.fresh()
    return running_hub
