"""The housekeeper: everything that time brings. Several may run; each unit takes its rows under their locks."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from hub import telemetry
from hub.delivery.heartbeat import Heartbeat
from hub.delivery.processes import release_the_dead
from hub.errors import TransientError
from hub.journal.database import Database
from hub.journal.units import drafting, keeping, tasks
from hub.telemetry import LogEvent

log = telemetry.get_logger()

Watch = Callable[[], tuple[Mapping[str, str], Collection[str]]]

#: A line of the copy of the seals.
_SEAL = re.compile(r"(\d+) \d+ \d+ [0-9a-f]{64}")

#: Longer than any transaction may take, so that a seal never misses an entry.
SEAL_GRACE_SECONDS = 60


class Housekeeper:
    """Runs the housekeeping units, each at its own pace, until it is stopped.

    Args:
        seals: File outside the database to which each seal is appended; None keeps them in the database only.
        pace: Seconds between looks at ended leases; the other chores follow at multiples of it.
        keep_access_log: Microseconds that the access log is kept; None is for ever.
        keep_drafts: Microseconds that a draft nobody touches is kept; None is for ever.
        certificates: Tells what for certificates are that end soon, each with the code of the task about it; and for which uses
            it could not tell.
        health: Tells what the hub itself does not do well, likewise.
    """

    def __init__(
        self,
        journal: Database,
        *,
        heartbeat: Heartbeat | None = None,
        seals: Path | None = None,
        pace: float = 1.0,
        deaths_allowed: int = 3,
        keep_access_log: int | None = None,
        keep_drafts: int | None = None,
        certificates: Watch | None = None,
        health: Watch | None = None,
    ) -> None:
        self._journal = journal
        self._heartbeat = heartbeat
        self._seals = seals
        self._stopping = threading.Event()
        self._pace = pace
        self._degraded: dict[str, str] = {}
        self._chores: list[tuple[float, Callable[[], int]]] = [
            (pace * 5, lambda: release_the_dead(journal)),
            (pace, lambda: _told(LogEvent.LEASE_EXPIRED, journal.run(keeping.expire, deaths_allowed))),
            (pace * 5, lambda: journal.run(keeping.mark_overdue)),
            (pace * 60, lambda: journal.run(keeping.park_past_deadline)),
            (pace * 60, lambda: _told(LogEvent.CONTENT_DESTROYED, journal.run(keeping.destroy_contents))),
            (pace * 3600, lambda: _told(LogEvent.CONTENT_DESTROYED, journal.run(keeping.destroy_followers))),
            (60.0, self.seal),
        ]
        if keep_drafts is not None:
            self._chores.append((pace * 3600, lambda: journal.run(drafting.destroy_untouched, keep_drafts)))
        if keep_access_log is not None:
            self._chores.append((pace * 3600, lambda: journal.run(keeping.shorten_access_log, keep_access_log)))

        if certificates is not None:
            self._chores.append((pace * 3600, lambda: self._watch(certificates)))
        if health is not None:
            self._chores.append((pace * 5, lambda: self._look_after(health)))

    def stop(self) -> None:
        """Ask ``run`` to return; from any thread."""
        self._stopping.set()

    def run(self) -> None:
        """Keep house until stopped. Never raises for a journal that is away."""
        due = [0.0] * len(self._chores)
        while not self._stopping.is_set():
            away = False
            try:
                if self._heartbeat is not None:
                    self._heartbeat.beat()
                for index, (every, chore) in enumerate(self._chores):
                    if time.monotonic() >= due[index]:
                        # A full slice means that there is more: look again at once.
                        full = chore() >= keeping.SLICE
                        due[index] = time.monotonic() + (0 if full else every)
            except TransientError as error:
                away = True  # the chore stays due, but is not to be tried without a pause
                log.warning(LogEvent.HOUSEKEEPING_POSTPONED, code=error.code, text=error.text)
            self._stopping.wait(self._pace if away or min(due) > time.monotonic() else 0)

    def _watch(self, certificates: Watch) -> int:
        codes, unknown = certificates()
        for use, code in codes.items():
            log.warning(LogEvent.CERTIFICATE_ENDS, use=use, code=code)
        self._journal.run(tasks.keep, "certificate", codes, unknown)
        return 0

    def _look_after(self, health: Watch) -> int:
        codes, unknown = health()
        for part, code in codes.items():
            if self._degraded.get(part) != code:
                log.error(LogEvent.DEGRADED, part=part, code=code)
        self._degraded = dict(codes)
        self._journal.run(tasks.keep, "degraded", codes, unknown)
        return 0

    def seal(self) -> int:
        """Seal the timeline, and write every seal outside the database that is not there yet.

        Returns 0, because nothing waits for a next slice.
        """
        made = self._journal.run(keeping.seal, SEAL_GRACE_SECONDS * 1_000_000)
        if made is not None:
            log.info(LogEvent.SEAL_WRITTEN, number=made.number, count=made.entries)
        if self._seals is not None:
            try:
                self._copy_seals(self._seals)
            except OSError as error:
                log.error(LogEvent.SEALS_NOT_COPIED, reason=error.strerror)
        return 0

    def _copy_seals(self, file: Path) -> None:
        """Bring the outside copy up to date; what a crash or a full disk left out is written now."""
        file.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="ascii", errors="replace") if file.exists() else ""
        whole, _, torn = text.rpartition("\n")  # a full disk or a power cut leaves a piece of a line
        last = max((int(found[1]) for found in map(_SEAL.fullmatch, whole.splitlines()) if found), default=0)
        made = self._journal.run(keeping.seals_after, last)
        with file.open("a", encoding="ascii") as copy:
            if torn and made:
                copy.write("\n")
            for one in made:
                copy.write(f"{one.number} {one.upto} {one.entries} {one.hash.hex()}\n")


def _told(event: LogEvent, count: int) -> int:
    if count:
        log.warning(event, count=count)
    return count
