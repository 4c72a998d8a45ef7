"""Running the roles of a process: each in a thread that is started again when it fails, all stopped together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from hub import telemetry
from hub.telemetry import LogEvent

log = telemetry.get_logger()

#: Seconds before a role that failed is started again.
RESTART_PAUSE = 1.0
#: A role that failed this often, each time sooner than ``SHORT_LIFE`` seconds after its start, keeps failing.
KEEPS_FAILING = 3
SHORT_LIFE = 60.0


class Role(Protocol):
    """Something that runs until it is told to stop."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


class Roles:
    """Roles of one process. ``start`` and ``stop`` belong to the main thread.

    Args:
        keeps_failing: Told the name of a role that keeps failing, each time it does; may raise.
    """

    def __init__(self, keeps_failing: Callable[[str], None] | None = None) -> None:
        self._keeps_failing = keeps_failing
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._running: dict[str, Role] = {}
        self._lock = threading.Lock()

    def start(self, name: str, make: Callable[[], Role]) -> None:
        """Run a role in a thread of its own; ``make`` gives a fresh one after every failure."""
        thread = threading.Thread(target=self._keep_running, args=(name, make), name=name)
        self._threads.append(thread)
        thread.start()

    def _keep_running(self, name: str, make: Callable[[], Role]) -> None:
        failures = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                role = make()
                with self._lock:
                    self._running[name] = role
                if self._stopping.is_set():
                    return
                role.run()
            except Exception:
                log.exception(LogEvent.ROLE_FAILED, role=name)
                failures = failures + 1 if time.monotonic() - begun < SHORT_LIFE else 1
                if failures >= KEEPS_FAILING:
                    self._tell(name)
                self._stopping.wait(RESTART_PAUSE)

    def _tell(self, name: str) -> None:
        if self._keeps_failing is None:
            return
        try:
            self._keeps_failing(name)
        except Exception as error:  # the journal may be away, which is why the role fails
            log.warning(LogEvent.ROLE_FAILED, role=name, cause=type(error).__name__)

    def stop(self) -> None:
        """Stop every role and wait until running calls have ended and been settled. Idempotent."""
        self._stopping.set()
        with self._lock:
            running = list(self._running.values())
        for role in running:
            role.stop()
        for thread in self._threads:
            thread.join()
