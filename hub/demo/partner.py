"""The simulated partner as a process of its own, that never outlives the demonstration."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hub
from hub.errors import Unavailable

#: Seconds for a process to start on a busy machine.
START_SECONDS = 60.0
#: Seconds between two looks whether it has started.
_PACE = 0.02
#: Characters of its log that are shown when it does not start.
_LAST_WORDS = 600
#: Seconds for the partner's answers to our questions.
_ASK_SECONDS = 10.0


class PartnerProcess:
    """One simulated partner. It can be taken down and started again on the same port, and remembers what it took.

    The process ends when its standard input closes, so also when this one is killed.

    Args:
        arguments: What follows ``hub simulate``: the partner's name and its options, but for ``--port``.
        folder: For its log.
        port: Where it listens; 0 takes a free one, and the same one again after a restart.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, *, port: int = 0) -> None:
        self._arguments = ["simulate", *arguments, "--until-stdin-closes"]
        self._folder = folder
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.listening = ""
        self.control = ""

    @property
    def pid(self) -> int | None:
        """Of the process, None when it is down."""
        return self._process.pid if self._process else None

    def start(self, pause: Callable[[float], object] = time.sleep) -> None:
        """Start it and wait until it listens; what ``pause`` raises ends the waiting, not the process.

        Raises:
            Unavailable: It ended, or said nothing in time.
        """
        with (self._folder / "partner.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hub", *self._arguments, "--port", str(self._port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._folder,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the demonstration, which then ends this one in good order
            )
        stdout, end = self._process.stdout, time.monotonic() + START_SECONDS
        assert stdout is not None
        while not select.select([stdout], [], [], 0)[0]:
            if time.monotonic() > end:
                self._process.kill()
            pause(_PACE)
        try:
            facts = json.loads(stdout.readline())
        except ValueError:
            self.stop()
            raise Unavailable(f"the simulated partner did not start: {self._last_words()}") from None
        self.listening, self.control = facts["listening"], facts["control"]
        self._port = urlsplit(self.listening).port or self._port

    def _last_words(self) -> str:
        """The end of its log. It has taken no message yet, so there is none in it."""
        return (self._folder / "partner.log").read_text(encoding="utf-8", errors="replace")[
            -_LAST_WORDS:
        ].strip() or "it says nothing"

    def stop(self) -> None:
        """End the process at once, as a crash would. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def ask(self, question: str) -> Any:
        """What the partner's own books say: ``received``, ``deliveries`` ...

        Raises:
            Unavailable: It does not answer.
        """
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.control + question, timeout=_ASK_SECONDS) as answer:
                return json.load(answer)
        except OSError:
            raise Unavailable("the simulated partner does not answer") from None


def _environment() -> dict[str, str]:
    """This process's environment without settings of another hub, and with this same code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    code = str(Path(hub.__file__).resolve().parent.parent)
    return kept | {"PYTHONPATH": os.pathsep.join(part for part in (code, kept.get("PYTHONPATH", "")) if part)}
