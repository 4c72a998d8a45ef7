"""``hub tasks``: what needs a person, the most urgent first, and closing by hand what nothing closes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from hub.cli.frame import JsonOption, group, note, result, result_json
from hub.cli.session import caller, opened, refuse

app = group("List and close what needs a person.")

_MOMENTS = ("opened_at", "due_at")
_SHOWN = ("kind", "subject", "code", "role", "place", "needs_right", "route", "assignee")


@app.command("list", short_help="List open tasks, the most urgent first.")
def list_tasks(
    kind: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help="Only of this kind; may be repeated.")
    ] = None,
    place: Annotated[
        list[str] | None, typer.Option("--place", metavar="PLACE", help="Only of this place; may be repeated.")
    ] = None,
    assignee: Annotated[
        str | None, typer.Option("--assignee", metavar="CALLER", help="Only of user:NAME; '' lists those of nobody.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose due moment has passed.")] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="At most so many.")] = 200,
    as_json: JsonOption = False,
) -> None:
    """List open tasks: first what is overdue, then the oldest. One line each: id, kind, what it is about, since when.

    \b
    Examples:
      hub tasks list
      hub tasks list --overdue --json
      hub tasks list --kind parked --kind unmatched
    """
    from hub.journal import reading

    wanted = reading.TaskFilter(kinds=kind, places=place, assignee=assignee, overdue_only=overdue)
    with opened() as hub:
        rows = [_plain(row) for row in reading.open_tasks(hub.journal, wanted, most=most)]
    if as_json:
        result_json(rows)
        return
    if not rows:
        note("hub: no open tasks")
    for row in rows:
        told = [f"since {row['opened_at']}"]
        told += [f"OVERDUE since {row['due_at']}" if row["overdue"] else f"due {row['due_at']}"] if row["due_at"] else []
        told += [row["assignee"]] if row["assignee"] else []
        result(f"{row['id']}  {row['kind']:<18} {row['subject']:<36}  {row['code']:<18} {', '.join(told)}")


@app.command(short_help="Close a task by hand, with a reason.")
def close(
    task_id: Annotated[str, typer.Argument(metavar="TASK", help="Id of a task; see `hub tasks list`.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept, so leave names out.")],
    as_json: JsonOption = False,
) -> None:
    """Close a task by hand. Who closed it, when and why is kept. The message it is about stays as it is.

    A task about a parked message closes when that is resent, replaced or cancelled (`hub parked`), one about a paused
    connection when that resumes (`hub partners resume`): these cannot be closed by hand.

    Example: hub tasks close 0198a0c2-7f41-74bc-aa3e-5285fa4b2227 --reason "settled by telephone"
    """
    from hub.journal import reading
    from hub.journal.units import tasks

    if not reason.strip():
        refuse("a task is closed with a reason.", 'Say why: --reason "settled by telephone".')
    wanted = reading.parse_id(task_id)
    with opened() as hub:
        row = None if wanted is None else reading.task(hub.journal, wanted)
        if wanted is None or row is None:
            refuse("there is no task with this id.", "`hub tasks list` shows the open ones.")
        if not hub.journal.run(tasks.close_by_hand, wanted, str(caller()), reason.strip()):
            _explain(row)
    if as_json:
        result_json({"id": str(wanted), "closed": True})
    else:
        note(f"hub: task {wanted} is closed")


def _explain(row: Mapping[Any, Any]) -> None:
    if row["closed_at"] is not None:
        refuse(f"this task was closed already, by {row['closed_by']}.")
    remedy = "hub partners resume" if row["kind"] == "connection" else "hub parked"
    refuse("this task closes when what it is about is settled.", f"`{remedy}` does that.")


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    from hub.journal import reading

    moments = {name: None if row[name] is None else reading.moment(row[name]).isoformat() for name in _MOMENTS}
    return {"id": str(row["id"]), **{name: row[name] for name in _SHOWN}, **moments, "overdue": bool(row["overdue"])}
