"""``hub send``, ``show``, ``list`` and ``trace``: documents in, and where messages stand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, note, result, result_json
from hub.cli.session import caller, message_of, opened, partner_name, refuse
from hub.errors import Finding, SchemaViolation
from hub.message import InStatus, Status

if TYPE_CHECKING:
    from hub.intake.intake import Proposed

_STATES = ", ".join([*Status, *InStatus])


def send(
    route: Annotated[str, typer.Argument(metavar="ROUTE", help="Name of a route; see `hub routes list`.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="The document; - reads standard input.")],
    idempotency_key: Annotated[
        str | None,
        typer.Option(metavar="K", help="A repeat with the same key gets the first answer instead of a second message."),
    ] = None,
    hold: Annotated[float, typer.Option(metavar="MINUTES", min=0, help="Let it leave later, so that it can be stopped.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Accept a document for a route, or a file of many. Writes its id once it is safely stored; delivery follows by itself.

    Where a person has to decide it is kept as a proposal: the id is that of the proposal; nothing leaves before the decision.

    A file of many documents is known by the ending of its name. Its good rows are accepted; a line per row says what became of
    it. Offering the file again accepts nothing twice.

    Warnings and findings are Dutch sentences with the place as a JSON Pointer; they never repeat what the document holds.

    Exit code 1 when the document or a row is refused, 2 when it cannot be read, 3 when the journal is away.

    \b
    Examples:
      hub send ROUTE document.json
      hub send ROUTE document.json --idempotency-key 2026-11-23-4
      hub send ROUTE document.json --hold 15
      cat document.json | hub send ROUTE -
    """
    from hub import configured
    from hub.cli.sending import send_parts
    from hub.intake.files import format_of
    from hub.intake.intake import AlreadyUsed, Proposed

    format_ = format_of(file, configured.formats_of(route))
    if format_ is not None:
        if idempotency_key is not None:
            raise typer.BadParameter("each row of a file has a key of its own", param_hint="--idempotency-key")
        send_parts(route, file, format_, hold, as_json=as_json)
    document = _document(file)
    with opened(may_be_new=True) as hub:
        try:
            taken = hub.intake.offer(route, document, caller(), idempotency_key=idempotency_key, hold_seconds=hold * 60)
        except SchemaViolation as violation:
            refused(violation, as_json=as_json)
        except AlreadyUsed as error:
            used = configured.document_of(route).clash(error.kind, error.value)
            if used is None:
                raise
            note(f"hub: this case number is in use by message {error.message_id}")
            refused(SchemaViolation("the case number is in use", [used]), as_json=as_json)
        if isinstance(taken, Proposed):
            if hold:
                note("hub: --hold means nothing here: nothing leaves before a person decides")
            _proposed(taken, as_json=as_json)
            return
        look = configured.document_of(route).earlier
        earlier = look(hub.journal, hub.keyring, taken.message_id, document)
    found = (*taken.warnings, *earlier)
    if as_json:
        warnings = [finding_json(one) for one in found]
        told = {"id": str(taken.message_id), "reference": taken.reference, "kenmerk": taken.kenmerk, "again": taken.again}
        result_json({**told, "warnings": warnings})
        return
    show_findings(found, "let op")
    if taken.again:
        note("hub: accepted before with this key; this is the first answer once more")
    result(str(taken.message_id))


def refused(violation: SchemaViolation, *, as_json: bool) -> NoReturn:
    """Tell why a document was refused and end the command with 1."""
    errors = [one for one in violation.findings if one.severity == "error"]
    if as_json:
        result_json({"id": None, "code": violation.code, "findings": [finding_json(one) for one in violation.findings]})
    else:
        note(f"hub: not accepted, nothing was stored: {len(errors)} {'error' if len(errors) == 1 else 'errors'}")
        show_findings(violation.findings, "fout")
    raise typer.Exit(ExitCode.NEGATIVE)


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as JSON: rule, severity, message and the place as JSON Pointer."""
    facts = asdict(finding)
    return {"rule": facts["rule"], "severity": facts["severity"], "field": facts["field"], "message": facts["message"]}


def show_findings(findings: Sequence[Finding], word: str) -> None:
    """Each finding as a place and a sentence."""
    for finding in findings:
        kind = "let op" if finding.severity == "warning" else word
        note(f"  {kind} {finding.field or finding.path or '/'}: {finding.message} [{finding.rule}]")


def read_document(file: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Ends the command with 2 when that fails."""
    return _document(file)


def _proposed(proposed: Proposed, *, as_json: bool) -> None:
    if as_json:
        told = {"proposal": str(proposed.proposal_id), "again": proposed.again, "decided": proposed.decided}
        result_json(told)
        return
    note("hub: decided before" if proposed.decided else "hub: proposed; it waits for a person's decision, in the console")
    result(str(proposed.proposal_id))


def _document(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}.", code=ExitCode.CANNOT)


def show(
    message: Annotated[str, typer.Argument(metavar="ID", help="Id of a message, or a reference that only one has.")],
    as_json: JsonOption = False,
) -> None:
    """Show a message: where it stands in one sentence, and its timeline. Never shows content.

    \b
    Examples:
      hub show 0193a8e2-7c1e-7f00-a1b2-000000000001
      hub show CJG-2026-000123
      hub show CJG-2026-000123 --json | jq .status
    """
    from hub.cli.story import print_message
    from hub.journal import reading

    with opened() as hub:
        view = message_of(hub, message)
        related = reading.answers_to(hub.journal, view.id)
        if as_json:
            result_json({**view.to_json(), "related": [str(one.id) for one in related]})
            return
        print_message(view, partner_name(hub, view.connection), related)


def list_messages(
    status: Annotated[str | None, typer.Option(metavar="S", help=f"Only this status: {_STATES}.")] = None,
    route: Annotated[str | None, typer.Option(metavar="R", help="Only this route.")] = None,
    connection: Annotated[str | None, typer.Option(metavar="C", help="Only this connection.")] = None,
    incoming: Annotated[bool, typer.Option("--in", help="Only what partners sent.")] = False,
    outgoing: Annotated[bool, typer.Option("--out", help="Only what we send.")] = False,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is not finished.")] = False,
    most: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="At most this many.")] = 50,
    before: Annotated[str | None, typer.Option(metavar="ID", help="Older than this message: the next page.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List messages, newest first, one line each: id, moment, route, case number, status, sentence.

    \b
    Examples:
      hub list
      hub list --status parked --route ROUTE
      hub list --open --json | jq -r '.[].id'
    """
    from hub.cli.story import row_of
    from hub.journal import reading

    if status is not None and status not in {*Status, *InStatus}:
        raise typer.BadParameter(f"known are {_STATES}", param_hint="--status")
    older = reading.parse_id(before) if before else None
    if before and older is None:
        raise typer.BadParameter("this is not a message id", param_hint="--before")
    direction = None if incoming == outgoing else "in" if incoming else "out"
    wanted = reading.Filter(status, route, connection, direction, open_only, older, most)
    with opened() as hub:
        views = reading.list_messages(hub.journal, wanted)
        if as_json:
            result_json([view.to_json() for view in views])
            return
        for view in views:
            result(row_of(view, partner_name(hub, view.connection)))
    if not views:
        note("hub: no such messages")
    elif len(views) == most:
        note(f"hub: there may be more: --before {views[-1].id}")


def trace(
    reference: Annotated[str, typer.Argument(metavar="REF", help="Any reference: id, case number, referentienummer ...")],
    as_json: JsonOption = False,
) -> None:
    """Find messages by any reference, oldest first: what we sent, what came back, and what followed.

    Exit code 1 when nothing has this reference.

    \b
    Examples:
      hub trace CJG-2026-000123
      hub trace 0b0f5a52-0000-4000-8000-000000000123 --json
    """
    from hub.cli.story import print_message
    from hub.journal import reading

    with opened() as hub:
        found = [reading.show(hub.journal, message_id) for message_id in reading.find(hub.journal, reference.strip())]
        views = [view for view in found if view is not None]
        if as_json:
            result_json([view.to_json() for view in views])
        for index, view in enumerate([] if as_json else views):
            if index:
                result("")
            print_message(view, partner_name(hub, view.connection))
    if not views:
        if as_json:
            raise typer.Exit(ExitCode.NEGATIVE)
        refuse("nothing has this reference.", "`hub list` shows what there is.")
