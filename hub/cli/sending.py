"""``hub send`` with a file of many documents: a line per row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import note, result, result_json
from hub.cli.messages import finding_json, refused
from hub.cli.session import caller, opened, refuse
from hub.errors import SchemaViolation

if TYPE_CHECKING:
    from hub.contracts.fileformat import FileFormat
    from hub.intake.files import PartOutcome

#: Rows between two lines of progress.
_PROGRESS_ROWS = 1000


def send_parts(route: str, file: str, format_: FileFormat, hold: float, *, as_json: bool) -> NoReturn:
    """Accept the rows of a file, tell each, and end the command: 0 when all are good, 1 when some are refused."""
    from hub.intake.files import PartState

    path = Path(file)
    try:
        size = path.stat().st_size
        opened_file = path.open("rb")
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}.", code=ExitCode.CANNOT)
    with opened_file, opened(may_be_new=True) as hub:
        if size > format_.max_bytes:
            refuse(f"{file} is larger than {format_.max_bytes} bytes.", code=ExitCode.CANNOT)
        counts: Counter[PartState] = Counter()
        try:
            items = format_.read(opened_file)
        except SchemaViolation as violation:
            refused(violation, as_json=as_json)
        for outcome in hub.intake.accept_many(route, items, caller(), hold_seconds=hold * 60):
            counts[outcome.state] += 1
            if as_json:
                result_json(_json(outcome))
            else:
                _show(outcome)
            if (done := counts.total()) % _PROGRESS_ROWS == 0:
                note(f"hub: {done} rows")
    note("hub: " + ", ".join(f"{counts[state]} {state}" for state in PartState))
    raise typer.Exit(ExitCode.NEGATIVE if counts[PartState.REFUSED] else ExitCode.OK)


def _json(outcome: PartOutcome) -> dict[str, Any]:
    findings = [{**finding_json(one), "column": one.path} for one in outcome.findings]
    message = str(outcome.message_id) if outcome.message_id else None
    return {"row": outcome.row, "state": outcome.state, "id": message, "code": outcome.code, "findings": findings}


def _show(outcome: PartOutcome) -> None:
    result(f"{outcome.row} {outcome.state} {outcome.message_id or ''}".rstrip())
    for one in outcome.findings:
        kind = "let op" if one.severity == "warning" else "fout"
        note(f"  {kind} regel {outcome.row} {one.path or one.field}: {one.message} [{one.rule}]")
