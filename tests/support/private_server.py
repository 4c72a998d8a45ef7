"""What a private server of the tests is, whichever program it runs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from typing import Self

from hub.transports.held_port import HeldPort
from tests.support.processes import (
    Account,
    ChildProcess,
    EndedTooSoon,
    ServiceUnavailable,
    minimal_environment,
    remove,
    wait_until,
)


class PrivateServer:
    """A server of our own: not as root, on a port and in a folder of its own, surely ended. Not thread-safe.

    Args:
        program: Of which the account, the folder and the log take their name.
        name: For people.

    Attributes:
        port: On 127.0.0.1; the same after a restart.
    """

    #: The signal that ends it in good order.
    ENDS_IN_ORDER: signal.Signals

    def __init__(self, program: str, name: str) -> None:
        self._name = name
        self._account = Account(program)
        self.folder = self._account.folder(f"hub-{program}-")
        self._ports = [HeldPort()]
        self.port = self._ports[0].number
        self._environment = minimal_environment(self.folder)
        self._server: ChildProcess[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running server."""
        if self._server is None:
            raise ServiceUnavailable(f"{self._name} is not running")
        return self._server.pid

    @property
    def running(self) -> bool:
        """Whether the server process lives."""
        return self._server is not None and self._server.poll() is None

    @property
    def host_and_port(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def start(self) -> Self:
        """Start and wait until it serves. Raises: ServiceUnavailable."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it in good order. Idempotent."""
        self._end(self.ENDS_IN_ORDER)

    def kill(self) -> None:
        """SIGKILL: a crash. Idempotent."""
        self._end(None)

    def restart(self, *, kill: bool = False) -> None:
        """Stop (or kill) and start again with the same data and port."""
        if kill:
            self.kill()
        else:
            self.stop()
        self.start()

    def close(self) -> None:
        """Kill everything and remove the folder. Idempotent."""
        self.kill()
        for port in self._ports:
            port.close()
        remove(self.folder)

    def _run(
        self, command: Sequence[str], serves: Callable[[], bool], what: str = "", log: str = "server"
    ) -> ChildProcess[bytes]:
        """Start a program and wait until it serves. Raises: ServiceUnavailable."""
        process = self._account.start(command, env=self._environment, log=self.folder / f"{log}.out", cwd=self.folder)
        try:
            wait_until(serves, what or self._name, watched=[process])
        except EndedTooSoon as ended:
            raise ServiceUnavailable(str(ended)) from None
        return process

    def _end(self, gently: signal.Signals | None) -> None:
        if self._server is not None:
            self._server.end(gently=gently)
            self._server = None
