"""Checks of duties: due by the database's clock, in one hand at a time, never forgotten."""

from __future__ import annotations

from hub.journal import tables
from hub.journal.units import duties
from hub.journal.units.duties import Claimed
from tests.contract.journal_rig import HOUR, SECOND, Rig, at_once

DAY = 24 * HOUR


def _know(rig: Rig, name: str = "svb.check", every: int = DAY) -> None:
    rig.db.run(duties.ensure, [(name, every)])


def _claim(rig: Rig, holder: str = "a", hold: int = 60 * SECOND, name: str = "svb.check") -> Claimed | None:
    return rig.db.run(duties.claim_duty, name, holder, hold)


def _row(rig: Rig, name: str = "svb.check") -> dict[str, int]:
    return next(row for row in rig.rows(tables.duties) if row["name"] == name)


def _move(rig: Rig, column: str, by: int) -> None:
    rig.sql(f"UPDATE duties SET {column} = {column} + :by", by=by)


def a_new_duty_is_due_at_once_and_a_known_one_keeps_its_moment(rig: Rig) -> None:
    _know(rig)
    assert _claim(rig) is not None
    assert rig.db.run(duties.done, "svb.check", "a", DAY)
    _know(rig)
    assert _claim(rig) is None


def a_duty_is_in_one_hand_at_a_time(rig: Rig) -> None:
    _know(rig)
    found = at_once(6, lambda number: _claim(rig, f"process-{number}"))
    assert sum(one is not None for one in found) == 1


def what_a_dead_process_held_lapses(rig: Rig) -> None:
    _know(rig)
    assert _claim(rig, "dead") is not None
    assert _claim(rig, "living") is None
    _move(rig, "held_until", -61 * SECOND)
    assert _claim(rig, "living") is not None
    assert not rig.db.run(duties.prolong, "svb.check", "dead", HOUR), "it is another's by now"
    assert not rig.db.run(duties.done, "svb.check", "dead", DAY)
    assert rig.db.run(duties.failed, "svb.check", "dead", "unexpected", 0, task_after=1) == 0
    assert rig.open_tasks() == []
    assert rig.db.run(duties.done, "svb.check", "living", DAY)


def a_prolonged_hold_lasts(rig: Rig) -> None:
    _know(rig)
    _claim(rig, "a", 2 * SECOND)
    assert rig.db.run(duties.prolong, "svb.check", "a", HOUR)
    _move(rig, "held_until", -60 * SECOND)
    assert _claim(rig, "b") is None


def a_duty_that_was_missed_runs_once_and_keeps_its_time_of_the_day(rig: Rig) -> None:
    _know(rig)
    _move(rig, "next_at", -3 * DAY - HOUR)
    due = _row(rig)["next_at"]
    claimed = _claim(rig)
    assert claimed is not None
    assert claimed.due_at == due
    assert rig.db.run(duties.done, "svb.check", "a", DAY)
    assert _row(rig)["next_at"] == due + 4 * DAY
    assert _claim(rig) is None


def a_duty_with_more_to_do_is_due_at_once(rig: Rig) -> None:
    _know(rig)
    due = _row(rig)["next_at"]
    _claim(rig)
    rig.db.run(duties.done, "svb.check", "a", DAY, more=True)
    again = _claim(rig)
    assert again is not None
    assert (again.due_at, again.last_done is not None) == (due, True)


def a_failure_waits_and_becomes_a_task_when_it_goes_on(rig: Rig) -> None:
    _know(rig)
    due = _row(rig)["next_at"]
    for number in (1, 2, 3):
        claimed = _claim(rig)
        assert claimed is not None
        assert (claimed.due_at, claimed.failures) == (due, number - 1)
        assert rig.db.run(duties.failed, "svb.check", "a", "timed_out", HOUR, task_after=3) == number
        assert _claim(rig) is None, "it waits before it is tried again"
        assert rig.open_tasks() == ([("duty", "svb.check")] if number == 3 else [])
        _move(rig, "retry_at", -HOUR)
    _claim(rig)
    rig.db.run(duties.done, "svb.check", "a", DAY)
    assert rig.open_tasks() == []
    assert (_row(rig)["failures"], _row(rig)["code"]) == (0, "")


def what_is_handed_back_is_due_at_once(rig: Rig) -> None:
    _know(rig)
    _claim(rig, "a", HOUR)
    rig.db.run(duties.hand_back, "svb.check", "a")
    assert _claim(rig, "b") is not None


def a_duty_that_becomes_more_frequent_is_not_held_to_its_old_moment(rig: Rig) -> None:
    _know(rig)
    _claim(rig)
    rig.db.run(duties.done, "svb.check", "a", DAY)
    _know(rig, every=HOUR)
    last = _row(rig)["last_done"]
    assert _row(rig)["next_at"] == last + HOUR
