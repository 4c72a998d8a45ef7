"""``hub tasks`` on an embedded hub."""

from __future__ import annotations

from hub.assembly import Hub
from hub.cli.exits import ExitCode
from hub.config import load
from hub.journal import reading
from hub.journal.units import connections, tasks
from hub.journal.units.tasks import NewTask


def _with_tasks(desk, *wanted):
    desk.send()
    hub = Hub(load(desk.config_file))
    hub.journal.run(tasks.open_tasks, wanted)
    hub.journal.run(connections.pause, "corv", "by_person", "user:a")
    hub.close()


def test_tasks_are_listed_the_most_urgent_first(desk):
    _with_tasks(desk, NewTask("x.decide", "one", place="x"), NewTask("x.decide", "two", due_at=1, assignee="user:a"))
    rows = desk.json("tasks", "list")
    assert [(row["kind"], row["subject"], row["overdue"]) for row in rows] == [
        ("x.decide", "two", True),
        ("x.decide", "one", False),
        ("connection", "corv", False),
    ]
    assert rows[0]["due_at"] == "1970-01-01T00:00:00.000001+00:00"
    assert [row["subject"] for row in desk.json("tasks", "list", "--overdue")] == ["two"]
    assert [row["subject"] for row in desk.json("tasks", "list", "--place", "x")] == ["one"]
    assert [row["subject"] for row in desk.json("tasks", "list", "--kind", "connection", "--kind", "parked")] == ["corv"]
    assert [row["subject"] for row in desk.json("tasks", "list", "--assignee", "user:a")] == ["two"]
    assert "OVERDUE since 1970-01-01" in desk.run("tasks", "list", "--most", "1")[0]


def test_a_task_is_closed_with_who_and_why(desk):
    _with_tasks(desk, NewTask("x.decide", "one"))
    (task_id,) = [row["id"] for row in desk.json("tasks", "list", "--kind", "x.decide")]
    assert desk.json("tasks", "close", task_id, "--reason", " settled ") == {"id": task_id, "closed": True}
    assert desk.json("tasks", "list", "--kind", "x.decide") == []
    hub = Hub(load(desk.config_file))
    row = reading.task(hub.journal, reading.parse_id(task_id))
    hub.close()
    assert row["closed_by"].startswith("os_user:")
    assert row["close_reason"] == "settled"
    assert "already, by os_user:" in desk.run("tasks", "close", task_id, "--reason", "x", expect=ExitCode.NEGATIVE)[1]


def test_what_still_stands_is_not_closed_by_hand(desk):
    _with_tasks(desk)
    (task_id,) = [row["id"] for row in desk.json("tasks", "list")]
    assert "partners resume" in desk.run("tasks", "close", task_id, "--reason", "x", expect=ExitCode.NEGATIVE)[1]


def test_a_task_that_is_not_there_or_no_reason_is_no(desk):
    _with_tasks(desk)
    for task_id, reason, told in (("nonsense", "x", "no task"), ("nonsense", "  ", "with a reason")):
        assert told in desk.run("tasks", "close", task_id, "--reason", reason, expect=ExitCode.NEGATIVE)[1]


def test_no_tasks_is_said(desk):
    desk.send()
    assert desk.json("tasks", "list") == []
    assert "no open tasks" in desk.run("tasks", "list")[1]
