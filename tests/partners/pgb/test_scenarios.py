"""Toekenningen from the door to SVB's return, with real processes on both set-ups, when all goes well and when not."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hub.demo import partner as demo_partner
from hub.journal import reading
from hub.routes.pgb import cases
from hub.routes.pgb.formats import SHEET
from tests.partners.pgb.processes import PgbProcesses
from tests.partners.pgb.toekenningen import toekenning
from tests.support.hub_processes import ROOT
from tests.support.setups import SETUPS, servers

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=SETUPS)
def running_hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgbProcesses]:
    with ExitStack() as ending:
        folder = tmp_path_factory.mktemp(str(request.param))
        inbox = folder / "in"
        inbox.mkdir()
        more = f'[folders.pgb]\npath = "{inbox}"\nroute = "toekenning"\nsettle_seconds = 0.2\npoll_seconds = 0.3\n'
        where = ending.enter_context(servers(request, str(request.param)))
        yield ending.enter_context(PgbProcesses(folder, more=more, **where))
