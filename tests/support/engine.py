"""A whole engine around given parts: intake, dispatcher, workers and housekeeper, without configuration or command line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from hub.contracts.adapter import Adapter
from hub.contracts.broker import Broker
from hub.contracts.route import Route
from hub.crypto.keyring import Keyring
from hub.delivery.dispatcher import Dispatcher
from hub.delivery.housekeeper import Housekeeper
from hub.delivery.retry import RetryPolicy
from hub.delivery.roles import Roles
from hub.delivery.throttle import Throttle
from hub.delivery.worker import Worker, WorkerOptions
from hub.intake.intake import Intake, Taken
from hub.journal import reading
from hub.journal.database import Database
from hub.journal.reading import MessageView
from hub.journal.units import connections
from hub.message import FINAL, Caller, MessageId, Repeat
from tests.support.processes import PATIENCE

T = TypeVar("T")

CALLER = Caller("system", "tests")


class Engine:
    """Use as a context manager; ``start`` begins to deliver.

    Args:
        adapters: What makes an adapter, per connection.
        repeat: What a partner does with a repeat, per connection; harmless when absent.
    """

    def __init__(
        self,
        journal: Database,
        broker: Broker,
        routes: Iterable[Route],
        adapters: Mapping[str, Callable[[], Adapter]],
        *,
        repeat: Mapping[str, Repeat] | None = None,
        options: WorkerOptions | None = None,
        retry: RetryPolicy | None = None,
        throttle: Throttle | None = None,
        window: int = 32,
        ticket_life: float = 5.0,
        poll: float = 0.2,
        deaths_allowed: int = 3,
        keyring: Keyring | None = None,
    ) -> None:
        self.journal = journal
        self.broker = broker
        self.routes = {route.name: route for route in routes}
        self.adapters = dict(adapters)
        self.keyring = keyring or Keyring.generate()
        self.options = options or WorkerOptions(concurrency=4, call_deadline=5.0, lease_margin=1.0, abandon_after=1.0)
        self.retry = retry or RetryPolicy(base=0.02, most=0.2)
        self.throttle = throttle or Throttle(probe_base=0.05, probe_most=0.2)
        self.ticket_life = ticket_life
        self.poll = poll
        self.deaths_allowed = deaths_allowed
        unsafe = frozenset(name for name, what in (repeat or {}).items() if what == Repeat.UNSAFE)
        self.intake = Intake(journal, self.keyring, self.routes, unsafe=unsafe)
        self.roles = Roles()
        journal.run(connections.ensure, [(name, name, window) for name in self.adapters])
        broker.declare(list(self.adapters))

    def start(self, *, dispatch: bool = True, work: bool = True, housekeep: bool = True) -> Self:
        """Begin to deliver."""
        if work:
            for name in self.adapters:
                self.roles.start(f"worker-{name}", lambda name=name: self.worker(name))  # type: ignore[misc]
        if dispatch:
            self.roles.start("dispatcher", self.dispatcher)
        if housekeep:
            self.roles.start("housekeeper", self.housekeeper)
        return self

    def dispatcher(self) -> Dispatcher:
        """A dispatcher for all connections."""
        routes = {name: [r.name for r in self.routes.values() if r.connection == name] for name in self.adapters}
        return Dispatcher(self.journal, self.broker, routes, ticket_life=self.ticket_life, poll=self.poll)

    def worker(self, name: str) -> Worker:
        """A worker for one connection."""
        return Worker(
            self.journal,
            self.broker,
            self.keyring,
            name,
            self.adapters[name],
            options=self.options,
            retry=self.retry,
            throttle=self.throttle,
            seed=1,
        )

    def housekeeper(self) -> Housekeeper:
        """A housekeeper at a quick pace."""
        return Housekeeper(self.journal, pace=0.05, deaths_allowed=self.deaths_allowed)

    def stop(self) -> None:
        """Stop delivering; what was accepted stays in the journal."""
        self.roles.stop()
        self.roles = Roles()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self.intake.close()

    def accept(self, route: str, document: bytes, **options: Any) -> Taken:
        """Accept a document as the tests' caller."""
        return self.intake.accept(route, document, CALLER, **options)

    def view(self, message_id: MessageId) -> MessageView:
        """A message as it stands."""
        found = reading.show(self.journal, message_id)
        assert found is not None, f"no message {message_id}"
        return found

    def wait(self, message_id: MessageId, *states: str, timeout: float = PATIENCE) -> MessageView:
        """Wait until a message is in one of these states (any final one when absent)."""
        wanted = states or tuple(status.value for status in FINAL)
        return self.wait_until(lambda: self._when(message_id, wanted), f"{message_id} in {wanted}", timeout=timeout)

    def _when(self, message_id: MessageId, wanted: tuple[str, ...]) -> MessageView | None:
        view = self.view(message_id)
        return view if view.status in wanted else None

    @staticmethod
    def wait_until(look: Callable[[], T | None], what: str, *, timeout: float = PATIENCE) -> T:
        """Wait until ``look`` gives something true.

        Raises:
            TimeoutError: It did not within ``timeout`` seconds.
        """
        pause, end = threading.Event(), time.monotonic() + timeout
        while not (found := look()):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {timeout} s: {what}")
            pause.wait(0.01)
        return found
