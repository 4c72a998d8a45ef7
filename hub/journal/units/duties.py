"""Duties: when each is due, by the database's clock, and which process has it in hand.

A claim holds for a while and is prolonged as long as the run goes on; of a process that died it simply lapses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.journal.database import Statement, Tx
from hub.journal.units import tasks

_ENSURE = Statement(
    """
    INSERT INTO duties (name, next_at, holder, failures, code)
    SELECT name, hub_now(), '', 0, '' FROM batch WHERE TRUE
    ON CONFLICT (name) DO NOTHING
    """,
    batch={"name": "text", "every": "bigint"},
)
# A duty that has become more frequent is not held to its old, later moment.
_NOT_LATER = Statement(
    """
    UPDATE duties SET next_at = duties.last_done + b.every FROM batch b
    WHERE duties.name = b.name AND duties.failures = 0 AND duties.next_at > duties.last_done + b.every
    """,
    batch={"name": "text", "every": "bigint"},
)
_CLAIM = Statement(
    """
    UPDATE duties SET holder = :holder, held_until = hub_now() + :hold
    WHERE name = :name AND next_at <= hub_now() AND (retry_at IS NULL OR retry_at <= hub_now())
        AND (held_until IS NULL OR held_until <= hub_now())
    RETURNING next_at, last_done, hub_now(), failures
    """
)
_PROLONG = Statement("UPDATE duties SET held_until = hub_now() + :hold WHERE name = :name AND holder = :holder")
# The next moment lies on the grid of the one that was due, so that a duty of the night stays one of the night.
_DONE = Statement(
    """
    UPDATE duties SET holder = '', held_until = NULL, retry_at = NULL, last_done = hub_now(), failures = 0, code = '',
        next_at = CASE WHEN :more THEN next_at ELSE next_at + :every * (1 + (hub_now() - next_at) / :every) END
    WHERE name = :name AND holder = :holder
    """
)
_FAILED = Statement(
    """
    UPDATE duties SET holder = '', held_until = NULL, failures = failures + 1, code = :code, retry_at = hub_now() + :pause
    WHERE name = :name AND holder = :holder RETURNING failures
    """
)
_HAND_BACK = Statement("UPDATE duties SET holder = '', held_until = NULL WHERE name = :name AND holder = :holder")


class Claimed(NamedTuple):
    """A duty in hand; instants are microseconds of the database's clock."""

    due_at: int
    last_done: int | None
    now: int
    failures: int


def ensure(tx: Tx, duties: Sequence[tuple[str, int]]) -> None:
    """Make sure these duties (name, microseconds between) are known; a new one is due now."""
    tx.run(_ENSURE, duties)
    tx.run(_NOT_LATER, duties)


def claim_duty(tx: Tx, name: str, holder: str, hold: int) -> Claimed | None:
    """Take a duty that is due in hand for ``hold`` microseconds; None when it is not due or in somebody's hand.

    Args:
        holder: Unique for this run; whoever ends it must name it again.
    """
    rows = tx.rows(_CLAIM, name=name, holder=holder, hold=hold)
    return Claimed._make(rows[0]) if rows else None


def prolong(tx: Tx, name: str, holder: str, hold: int) -> bool:
    """Hold a duty for longer; False when it is no longer this holder's."""
    return tx.run(_PROLONG, name=name, holder=holder, hold=hold) > 0


def done(tx: Tx, name: str, holder: str, every: int, *, more: bool = False) -> bool:
    """The run ended well: the next moment follows, or the same one when ``more`` is left. False: it was another's by now."""
    if not tx.run(_DONE, name=name, holder=holder, every=every, more=more):
        return False
    tasks.close_one(tx, "duty", name, "system:hub")
    return True


def failed(tx: Tx, name: str, holder: str, code: str, pause: int, *, task_after: int) -> int:
    """The run failed: it is tried again after ``pause`` microseconds; the number of failures in a row, 0 if it was another's.

    From the failure number ``task_after`` on there is a task.
    """
    rows = tx.rows(_FAILED, name=name, holder=holder, code=code, pause=pause)
    failures = int(rows[0][0]) if rows else 0
    if failures >= task_after:
        tasks.open_tasks(tx, [tasks.NewTask("duty", name, code, "operator")])
    return failures


def hand_back(tx: Tx, name: str, holder: str) -> None:
    """The run was broken off because this process stops: it is due at once for another."""
    tx.run(_HAND_BACK, name=name, holder=holder)
