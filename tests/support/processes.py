"""Private server processes for tests: not as root, on free ports, in a temporary folder, and surely ended.

Nothing here touches the machine's own services: processes are ended by the pid that we started and by nothing else.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: Seconds to wait for a server to start or stop on a busy machine.
PATIENCE = 90.0


class ServiceUnavailable(RuntimeError):
    """A server program is not installed or does not start; the text says which and what to do."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something accepts TCP connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE, pause: float = 0.05) -> None:
    """Wait until ``condition`` holds. Raises: TimeoutError naming ``what``."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
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

    def start(self, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path) -> subprocess.Popen[bytes]:
        """Start a process in the background that is killed when the test run ends."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, **self._identity(),
            )  # fmt: skip
        _watchdog.tell("pid", process.pid)
        return process

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


def end(process: subprocess.Popen[bytes], *, gently: int | None = None) -> None:
    """End a process that ``Account.start`` started: with signal ``gently`` first, with SIGKILL when that takes too long."""
    if process.poll() is None and gently is not None:
        process.send_signal(gently)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
    elif process.poll() is None:
        process.kill()
    process.wait(PATIENCE)
    _watchdog.tell("forget", process.pid)


def remove(folder: Path) -> None:
    """Remove a folder of a server that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def minimal_environment(home: Path) -> dict[str, str]:
    """An environment in which no setting of the machine's own services can leak."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", "HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
