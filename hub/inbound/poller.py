"""The poller: fetches what a partner has for us, by a duty of its own (``hub.contracts.duty``).

Claimed in the journal, so that one process at a time asks; what a source yields is committed before it is gone on after. A
fault of the connection pauses asking, with one task; ``hub partners resume`` lets it go on. Sending over the same connection is
not held up by it: asking and sending may have another address, another certificate and another kind of trouble.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Generator

from hub import telemetry
from hub.contracts.adapter import Incoming
from hub.contracts.duty import Duty, DutyContext
from hub.contracts.inbound import InboundSource, Rejected
from hub.delivery.duties import DutyOptions, DutyRunner
from hub.delivery.heartbeat import Heartbeat
from hub.errors import ConnectionFault, Refused, Stage
from hub.inbound.reception import Reception
from hub.journal.database import Database
from hub.journal.units import polling
from hub.telemetry import LogEvent

log = telemetry.get_logger()

#: Seconds that one run fetches; then the others that wait for this duty's thread get to see how far it came.
RUN_SECONDS = 60.0
#: Longer than this a partner may not keep a run waiting between two messages, all of a run together.
LONGEST_RUN = dt.timedelta(minutes=10)


def duty_name(connection: str) -> str:
    """By which the journal knows the polling of a connection."""
    return f"{connection}.poll"


class Poller:
    """Asks one source. A role: ``run`` blocks; ``stop`` may be called by any thread. Any number of them may run.

    Args:
        new_source: Makes the source; a new one after every failure.
        reception: Where messages go.
        process: Of this process, for the journal.

    Attributes:
        duty: What the journal knows it by.
    """

    def __init__(
        self,
        journal: Database,
        new_source: Callable[[], InboundSource],
        reception: Reception,
        *,
        process: str,
        options: DutyOptions | None = None,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        self._journal = journal
        self._new_source = new_source
        self._reception = reception
        self._lock = threading.Lock()
        self._source: InboundSource | None = new_source()
        self.connection = reception.connection
        self.duty: Duty[None] = Duty(
            duty_name(self.connection), self._source.every, self._fetch, within=LONGEST_RUN, interrupt=self._close
        )
        self._runner = DutyRunner(journal, [self.duty], None, process=process, options=options, heartbeat=heartbeat)

    def run(self) -> None:
        """Ask until stopped."""
        try:
            self._runner.run()
        finally:
            self._close()

    def stop(self) -> None:
        """Ask ``run`` to return: the message in hand is committed, and a wait for the partner is broken off."""
        self._runner.stop()

    def _fetch(self, context: DutyContext[None]) -> bool:
        """Fetch what is there; True when something may be left."""
        if not self._journal.run(polling.allowed, self.connection):
            return False
        try:
            return self._take_all(context)
        except ConnectionFault as error:
            self._close()
            if self._journal.run(polling.pause, self.connection, error.code):
                log.warning(LogEvent.POLLING_PAUSED, connection=self.connection, code=error.code, text=error.text)
            return False
        except Exception:
            self._close()
            raise

    def _take_all(self, context: DutyContext[None]) -> bool:
        with self._lock:
            source = self._source = self._source or self._new_source()
        source.open()
        until = time.monotonic() + RUN_SECONDS
        found = source.poll()
        try:
            for one in found:
                self._take(one)
                if not context.go_on() or time.monotonic() > until:
                    return True  # this one is fetched again and recognised
        finally:
            if isinstance(found, Generator):
                found.close()  # now, so that the source lets go of what it holds for this poll
        return False

    def _take(self, one: Incoming | Rejected) -> None:
        if isinstance(one, Rejected):
            self._reception.keep(one.body, one.error)
            return
        received = self._reception.take(one)
        if received.again and not received.identical:
            text = f"{one.type}: its sender used this reference before, with other content"
            self._reception.keep(one.body, Refused(text, code="reference_clash", stage=Stage.RECEIVING))

    def _close(self) -> None:
        with self._lock:
            source, self._source = self._source, None
        if source is not None:
            source.close()
