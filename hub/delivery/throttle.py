"""The throttle of a connection: how outcomes change its state and window, as a pure function.

* A fault of the connection pauses it, with one task; a person resumes it.
* Failures in a row open the breaker (state ``broken``): one probe at a time, at growing distances. Failures of calls that ran
  side by side are one event and count once: the next one counts when its call began after the last that was counted.
* A success closes it again; the window starts at 1 and doubles with every success up to its maximum.
* Parked messages in a row with one code look like a fault of ours or of the connection: it is paused too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.journal.records import ConnectionRow, Settlement


@dataclass(frozen=True, slots=True)
class Throttle:
    """When the breaker opens and how it recovers."""

    #: Failures in a row that open the breaker.
    failures: int = 5
    #: Messages parked in a row with one code that pause the connection.
    parked: int = 5
    #: Seconds to the first probe; each failed probe doubles it.
    probe_base: float = 1.0
    #: Seconds between probes at most.
    probe_most: float = 10.0

    def react(self, row: ConnectionRow, outcomes: Sequence[Settlement], now: int) -> ConnectionRow:
        """The connection after these outcomes, in order."""
        for outcome in outcomes:
            row = self._one(row, outcome, now)
        return row

    def _one(self, row: ConnectionRow, outcome: Settlement, now: int) -> ConnectionRow:
        effect = outcome.effect
        if effect.fault:
            return _pause(row, outcome.code, now)
        if effect.success:
            return _recover(row, now)
        if effect.parked or effect.answered:
            return self._park(row, outcome, now)
        if effect.failure:
            return self._fail(row, outcome, now)
        return self._without_word(row, outcome, now)

    def _park(self, row: ConnectionRow, outcome: Settlement, now: int) -> ConnectionRow:
        if outcome.effect.parked:
            run = row.parked_run + 1 if row.parked_code == outcome.code else 1
            row = row._replace(parked_run=run, parked_code=outcome.code)
            if run >= self.parked:
                return _pause(row, outcome.code, now)
        if not outcome.effect.answered:
            return self._without_word(row, outcome, now)
        # The partner answered, so the line itself works.
        return _close(row, now) if row.state == "broken" else row._replace(failures=0)

    def _fail(self, row: ConnectionRow, outcome: Settlement, now: int) -> ConnectionRow:
        if outcome.began and outcome.began <= max(row.last_failure or 0, row.last_success or 0):
            return row  # of the same event as the last failure; or the partner has been well since
        if row.state == "broken" and not outcome.probe:
            return row  # a call that already ran when the breaker opened says nothing new
        row = row._replace(failures=row.failures + 1, last_failure=now)
        if row.state == "broken":
            probes = row.probes + 1
            return row._replace(probes=probes, probe_at=now + self._distance(probes), code=outcome.code)
        if row.state == "open" and row.failures >= self.failures:
            return row._replace(
                state="broken",
                window_now=0,
                code=outcome.code,
                since=now,
                probes=0,
                probe_at=now + self._distance(0),
                changed_by="system:hub",
            )
        return row

    def _without_word(self, row: ConnectionRow, outcome: Settlement, now: int) -> ConnectionRow:
        """The outcome says nothing about the partner. Was it the probe, the next one goes as soon as it would have failed."""
        if row.state != "broken" or not outcome.probe:
            return row
        return row._replace(probe_at=now + self._distance(row.probes))

    def _distance(self, probes: int) -> int:
        return int(min(self.probe_most, self.probe_base * 2.0 ** min(probes, 16)) * 1_000_000)


def _pause(row: ConnectionRow, code: str, now: int) -> ConnectionRow:
    if row.state == "paused":
        return row
    return row._replace(state="paused", window_now=0, code=code, since=now, probe_at=None, changed_by="system:hub")


def _close(row: ConnectionRow, now: int) -> ConnectionRow:
    return row._replace(
        state="open", window_now=1, code="", since=now, probe_at=None, probes=0, failures=0, changed_by="system:hub"
    )


def _recover(row: ConnectionRow, now: int) -> ConnectionRow:
    if row.state == "broken":
        return _close(row, now)._replace(last_success=now, parked_run=0, parked_code="")
    grown = row.window_now
    if row.state == "open":
        grown = min(row.window_max, max(1, row.window_now) * 2)
    return row._replace(failures=0, parked_run=0, parked_code="", window_now=grown, last_success=now)
