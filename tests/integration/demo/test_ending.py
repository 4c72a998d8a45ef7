"""Ctrl-C and SIGTERM in the first moments of a command, at the places where Python drops an exception."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli.exits import ExitCode

PATIENCE = 60.0
ROOT = Path(__file__).resolve().parents[3]

#: Runs ``hub``, and sends itself a signal from a weak reference's callback when a module is imported for the first time.
_STRUCK = """
import signal, sys, weakref
from hub.cli import main

class Passing:
    pass

class Strike:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[2]:
            sys.meta_path.remove(self)
            passing = Passing()
            reference = weakref.ref(passing, lambda _: signal.raise_signal(int(sys.argv[1])))
            del passing

sys.meta_path.insert(0, Strike())
sys.exit(main(sys.argv[3:]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("module", "words", "code"),
    [
        pytest.param("hub.demo.scene", ("demo", "--port", "0"), ExitCode.INTERRUPTED, id="demo begins"),
        pytest.param("hub.cli.wording", ("demo", "--port", "0"), ExitCode.INTERRUPTED, id="the first case begins"),
        pytest.param("hub.assembly", ("run",), ExitCode.OK, id="run begins"),
        pytest.param("hub.web.server", ("run",), ExitCode.OK, id="the journal is open"),
    ],
)
def test_a_signal_that_comes_where_python_drops_exceptions_ends_the_command(tmp_path, number, module, words, code):
    ended = subprocess.run(
        [sys.executable, "-c", _STRUCK, str(int(number)), module, *words],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "HUB_WEB__PORT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode == code, ended.stderr
    assert "zaaknummer CJG-2026-000002" not in ended.stdout
    assert not list(tmp_path.glob("hub-demo-*"))
