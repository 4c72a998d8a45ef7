"""Checks of tasks: what needs a person, for whom, until when, and how it ends."""

from __future__ import annotations

from typing import Any

from hub.journal import reading, tables
from hub.journal.reading import TaskFilter
from hub.journal.units import connections, tasks
from hub.journal.units.tasks import NewTask
from hub.message import MessageId
from tests.contract.journal_rig import HOUR, Rig, at_once


def _open(rig: Rig, *wanted: NewTask) -> list[MessageId]:
    rig.db.run(tasks.open_tasks, wanted)
    known = {(row["kind"], row["subject"]): row["id"] for row in reading.open_tasks(rig.db)}
    return [known[one.kind, one.subject] for one in wanted]


def _subjects(rig: Rig, **facts: Any) -> list[str]:
    return [row["subject"] for row in reading.open_tasks(rig.db, TaskFilter(**facts))]


def _now(rig: Rig) -> int:
    _open(rig, NewTask("x.clock", "now"))
    (row,) = (row for row in rig.rows(tables.tasks) if row["kind"] == "x.clock" and row["closed_at"] is None)
    rig.db.run(tasks.close_one, "x.clock", "now", "system:hub")
    return int(row["opened_at"])


def a_task_says_where_for_whom_and_until_when(rig: Rig) -> None:
    due = _now(rig) + HOUR
    wanted = NewTask("x.decide", "s", "why", "", "x", "x.decide", "r", "user:a", due)
    _open(rig, wanted)
    (row,) = reading.open_tasks(rig.db)
    names = ("kind", "subject", "code", "role", "place", "needs_right", "route", "assignee", "due_at")
    assert tuple(row[name] for name in names) == tuple(wanted)
    assert not row["overdue"]


def a_task_is_open_once_however_often_it_is_opened(rig: Rig) -> None:
    at_once(4, lambda number: rig.db.run(tasks.open_tasks, [NewTask("x.decide", "s", str(number))]))
    assert len(rig.rows(tables.tasks)) == 1


def what_is_overdue_comes_first_and_then_the_oldest(rig: Rig) -> None:
    now = _now(rig)
    for subject, due in (
        ("old", None),
        ("later", now + HOUR),
        ("late", now - 1),
        ("later still", None),
        ("latest", now - HOUR),
    ):
        _open(rig, NewTask("x.decide", subject, due_at=due))
    assert _subjects(rig) == ["latest", "late", "old", "later", "later still"]
    assert [bool(row["overdue"]) for row in reading.open_tasks(rig.db)] == [True, True, False, False, False]
    assert _subjects(rig, overdue_only=True) == ["latest", "late"]


def tasks_are_listed_by_right_place_route_kind_and_assignee(rig: Rig) -> None:
    _open(
        rig,
        NewTask("x.decide", "a", place="x", right="x.decide", assignee="user:a"),
        NewTask("x.look", "b", place="x", right="x.look", route="r"),
        NewTask("parked", "c", route="s"),
    )
    assert _subjects(rig, rights=["x.look"]) == ["b", "c"], "what names no right is for its kind to decide"
    assert _subjects(rig, rights=[]) == ["c"]
    assert _subjects(rig, places=["x"]) == ["a", "b"]
    assert _subjects(rig, routes=["s"]) == ["c"]
    assert _subjects(rig, kinds=["x.decide", "parked"]) == ["a", "c"]
    assert _subjects(rig, assignee="user:a") == ["a"]
    assert _subjects(rig, assignee="") == ["b", "c"]
    assert _subjects(rig, subject="b") == ["b"]


def a_task_becomes_somebodys_and_nobodys_again(rig: Rig) -> None:
    (task,) = _open(rig, NewTask("x.decide", "s"))
    assert rig.db.run(tasks.assign, task, "user:a", "user:b")
    assert not rig.db.run(tasks.assign, task, "user:a", "user:a")
    (row,) = rig.rows(tables.tasks)
    assert (row["assignee"], row["assigned_by"]) == ("user:a", "user:b")
    assert rig.db.run(tasks.assign, task, "", "user:a")
    assert _subjects(rig, assignee="") == ["s"]


def a_task_closed_by_hand_keeps_who_when_and_why(rig: Rig) -> None:
    (task,) = _open(rig, NewTask("x.decide", "s"))
    assert rig.db.run(tasks.close_by_hand, task, "user:a", "settled by telephone")
    assert not rig.db.run(tasks.close_by_hand, task, "user:b", "again")
    assert not rig.db.run(tasks.assign, task, "user:b", "user:b")
    row = reading.task(rig.db, task)
    assert row is not None
    assert (row["closed_by"], row["close_reason"], row["closed_at"] >= row["opened_at"]) == (
        "user:a", "settled by telephone", True,
    )  # fmt: skip
    assert reading.open_tasks(rig.db) == []


def a_closed_task_may_be_opened_anew(rig: Rig) -> None:
    (task,) = _open(rig, NewTask("x.decide", "s"))
    rig.db.run(tasks.close_by_hand, task, "user:a", "settled")
    (again,) = _open(rig, NewTask("x.decide", "s"))
    assert again != task


def what_still_stands_is_not_closed_by_hand(rig: Rig) -> None:
    leased = rig.sending()
    rig.park(leased)
    rig.db.run(connections.pause, rig.connection, "by_person", "user:a")
    rows = reading.open_tasks(rig.db)
    assert {row["kind"] for row in rows} == {"parked", "connection"}
    assert not any(rig.db.run(tasks.close_by_hand, row["id"], "user:a", "gone away") for row in rows)
    assert len(reading.open_tasks(rig.db)) == 2


def a_task_about_a_message_names_its_route(rig: Rig) -> None:
    rig.park(rig.sending())
    rig.receive()
    assert {row["kind"]: row["route"] for row in reading.open_tasks(rig.db)} == {"parked": "r", "unmatched": "svb"}


def a_task_of_the_version_before_is_complete(rig: Rig) -> None:
    """Processes of the version before run on beside this one: they know nothing of the newer columns."""
    rig.sql(
        "INSERT INTO tasks (id, kind, subject, role, code, opened_at, closed_by) VALUES (:id, 'x.old', 's', '', '', 1, '')",
        id=MessageId(int=1),
    )
    (row,) = reading.open_tasks(rig.db)
    assert (row["place"], row["assignee"], row["due_at"], bool(row["overdue"])) == ("", "", None, False)
