"""Processes of tests: each in a group of its own, watched while one waits, and surely ended; servers not as root.

Nothing here touches the machine's own services: processes are ended by the pid that we started and by nothing else.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, AnyStr

from hub.transports.held_port import HeldPort

#: Seconds to wait for anything on a busy machine. Only what fails waits so long; below the time-out of a test.
PATIENCE = 120.0
#: Characters of a process's output that are shown when it ended or did not do what was waited for.
_LAST_WORDS = 2000


class ServiceUnavailable(RuntimeError):
    """A server program is not installed or does not start; the text says which and what to do."""


class EndedTooSoon(AssertionError):
    """A process ended while something was still expected of it; the text shows what it said last."""


@cache
def refused_port() -> int:
    """A TCP port of 127.0.0.1 where nobody listens as long as this test run lasts."""
    port = HeldPort()
    atexit.register(port.close)
    return port.number


def answers(port: int) -> bool:
    """Whether something accepts TCP connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(
    condition: Callable[[], bool],
    what: str,
    *,
    seconds: float = PATIENCE,
    pause: float = 0.05,
    watched: Collection[ChildProcess[Any]] = (),
) -> None:
    """Wait until ``condition`` holds.

    Args:
        watched: Processes that have to live meanwhile.

    Raises:
        TimeoutError: Naming ``what``, with what the watched processes said last.
        EndedTooSoon: One of them has ended.
    """
    end = time.monotonic() + seconds
    while not condition():
        for process in watched:
            process.must_live(what)
        if time.monotonic() > end:
            said = "".join(f"\n{process.name}: {process.last_words()}" for process in watched)
            raise TimeoutError(f"{what}: not within {seconds:g} s{said}")
        time.sleep(pause)


class _Watchdog:
    """The program that outlives us for a moment; see ``watchdog.py``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def tell(self, order: str, argument: object) -> None:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-ISE", str(Path(__file__).with_name("watchdog.py"))],
                    stdin=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
                atexit.register(self._end)
            assert self._process.stdin is not None
            self._process.stdin.write(f"{order} {argument}\n")
            self._process.stdin.flush()

    def _end(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(10)
            self._process = None


_watchdog = _Watchdog()
_started: weakref.WeakSet[ChildProcess[Any]] = weakref.WeakSet()


def still_running() -> list[ChildProcess[Any]]:
    """Processes that were started here and have not ended."""
    return [process for process in _started if process.poll() is None]


class ChildProcess(subprocess.Popen[AnyStr]):
    """A process that a test starts. Use as a context manager, or call ``end``; it ends with the test run whatever happens.

    It leads a group of its own, and the whole group is ended with it. Standard input is empty unless given.

    Args:
        command: What is run.
        log: File that gets its output, as far as ``stdout`` and ``stderr`` do not say otherwise; a nameless one when absent.
        options: As for ``subprocess.Popen``.
    """

    def __init__(self, command: Sequence[str], *, log: Path | None = None, **options: Any) -> None:
        self.name = " ".join(map(str, command))[-120:]
        self._output: IO[bytes] = log.open("a+b") if log else tempfile.TemporaryFile()  # noqa: SIM115 - see end
        self._said = ""
        streams = {"stdin": subprocess.DEVNULL, "stdout": self._output, "stderr": self._output}
        try:
            super().__init__(command, start_new_session=True, **(streams | options))
        except BaseException:
            self._output.close()
            raise
        _watchdog.tell("group", self.pid)
        _started.add(self)

    def last_words(self) -> str:
        """The end of its output."""
        if not self._output.closed:
            # Read without moving: the process writes through the same place in the file.
            descriptor = self._output.fileno()
            start = max(0, os.fstat(descriptor).st_size - _LAST_WORDS)
            self._said = os.pread(descriptor, _LAST_WORDS, start).decode(errors="replace").strip()
        return self._said or "(it said nothing)"

    def must_live(self, what: str) -> None:
        """Raises: EndedTooSoon, when it has ended; ``what`` is what one waits for."""
        if self.poll() is not None:
            raise EndedTooSoon(f"{what}: {self.name} ended with {self.returncode}: {self.last_words()}")

    def end(self, *, gently: int | None = None) -> None:
        """End it and its group, and close its pipes: SIGKILL, or ``gently`` first and SIGKILL when that takes too long.

        Idempotent.
        """
        if gently is not None and self.poll() is None:
            self.send_signal(gently)
            with suppress(subprocess.TimeoutExpired):
                self.wait(PATIENCE)
        # Once it has been waited for, its number may be that of a stranger; as long as its group has members it is not.
        if self.returncode is None or not Path(f"/proc/{self.pid}").exists():
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.wait(PATIENCE)
        self.last_words()
        for pipe in (self.stdin, self.stdout, self.stderr, self._output):
            if pipe is not None:
                with suppress(OSError):  # what was written to it last may have found nobody there
                    pipe.close()
        _watchdog.tell("forget", self.pid)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()


class Account:
    """The operating-system account that runs a server: our own, or another one when we are root.

    Args:
        preferred: Names to try in turn when we are root; both servers refuse or dislike root.
    """

    def __init__(self, *preferred: str) -> None:
        self.entry: pwd.struct_passwd | None = None
        if os.geteuid() == 0:
            known = {entry.pw_name: entry for entry in pwd.getpwall()}
            self.entry = next(known[name] for name in (*preferred, "nobody") if name in known)

    def folder(self, prefix: str) -> Path:
        """A new temporary folder of this account that disappears with the test run."""
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ.get("HUB_TEST_TMP")))
        _watchdog.tell("folder", path)
        path.chmod(0o700)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Make this account the owner."""
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)

    def start(self, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path) -> ChildProcess[bytes]:
        """Start a process in the background."""
        return ChildProcess(command, log=log, env=dict(env), cwd=cwd, **self._identity())

    def run(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> str:
        """Run a command to its end and return what it printed. Raises: ServiceUnavailable with its last words."""
        done = subprocess.run(
            command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE, check=False, **self._identity(),
        )  # fmt: skip
        if done.returncode:
            raise ServiceUnavailable(f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-800:]}")
        return str(done.stdout)

    def _identity(self) -> dict[str, Any]:
        if self.entry is None:
            return {}
        return {"user": self.entry.pw_uid, "group": self.entry.pw_gid, "extra_groups": []}


def remove(folder: Path) -> None:
    """Remove a folder of a server that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def minimal_environment(home: Path) -> dict[str, str]:
    """An environment in which no setting of the machine's own services can leak."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", "HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
