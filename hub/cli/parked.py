"""``hub parked`` and ``hub retry``: what a person decides about messages that stopped or wait."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import replacing
from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, group, note, result, result_json
from hub.cli.replacing import IdArgument, YesOption, confirm
from hub.cli.session import caller, ids_of, message_of, opened, partner_name
from hub.errors import CODES
from hub.message import Status

if TYPE_CHECKING:
    from hub.assembly import Hub
    from hub.journal.reading import MessageView
    from hub.message import MessageId

app = group("Look at what needs a person, and decide.")

IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Ids, or references of one message each.")]
AllOption = Annotated[bool, typer.Option("--all", help="All parked messages of now, narrowed by --code and --connection.")]
CodeOption = Annotated[str | None, typer.Option(metavar="X", help="Only messages parked for this code.")]
ConnectionOption = Annotated[str | None, typer.Option(metavar="C", help="Only messages of this connection.")]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Show the selection and change nothing.")]

#: Rows per page and per change, so that no transaction grows with the backlog.
_PAGE = 500


@app.command("list", short_help="List parked messages and why they stopped.")
def list_parked(code: CodeOption = None, connection: ConnectionOption = None, as_json: JsonOption = False) -> None:
    """List parked messages, newest first: id, since when, code and sentence; then how many there are per code.

    \b
    Examples:
      hub parked list
      hub parked list --code refused --json
    """
    from hub.cli.story import row_of

    with opened() as hub:
        views = _parked(hub, code, connection)
        if as_json:
            result_json([view.to_json() for view in views])
            return
        for view in views:
            result(row_of(view, partner_name(hub, view.connection)))
    for name, count in Counter(view.code for view in views).most_common():
        note(f"hub: {count} x {name}: {CODES.get(name, 'the partner told this code')}")
    if not views:
        note("hub: nothing is parked")


@app.command()
def show(message: IdArgument, as_json: JsonOption = False) -> None:
    """Show a parked message, why it stopped, and what can be done. Never shows content.

    Example: hub parked show CJG-2026-000123
    """
    from hub.cli.story import print_message

    with opened() as hub:
        view = message_of(hub, message)
        if as_json:
            result_json({**view.to_json(), "help": CODES.get(view.code, ""), "actions": _actions(view)})
            return
        print_message(view, partner_name(hub, view.connection))
    if view.status == Status.PARKED:
        note(f"hub: {view.code}: {CODES.get(view.code, 'the partner told this code')}")
    commands = "".join(f"\n  hub {'parked ' if one != 'retry' else ''}{one} {view.id}" for one in _actions(view))
    note(f"hub: possible now:{commands}" if commands else "hub: nothing can be done with this message any more")


@app.command(short_help="Send parked messages again, same identity and bytes.")
def resend(
    messages: IdsArgument = None,
    every: AllOption = False,
    code: CodeOption = None,
    connection: ConnectionOption = None,
    dry_run: DryOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send parked messages again, with the same identity and the same bytes.

    The selection is frozen when the command starts and shown: a message that is parked later is never taken along. What is
    no longer parked at that moment is left alone and told. Exit code 1 when not all were sent again.

    \b
    Examples:
      hub parked resend CJG-2026-000123
      hub parked resend --all --code attempts_used_up --dry-run
      hub parked resend --all --code attempts_used_up --yes
    """
    from hub.journal.units import operating

    with opened() as hub:
        ids = _selection(hub, messages, every, code, connection)
        if _stops(hub, ids, "send again", dry_run=dry_run, yes=yes, as_json=as_json):
            return
        by, done = str(caller()), dict[Any, Any]()
        for start in range(0, len(ids), _PAGE):
            done |= hub.journal.run(operating.resend, ids[start : start + _PAGE], by)
    _tell_outcome(ids, set(done), "resent", "not parked any more", as_json=as_json)


@app.command(short_help="Withdraw messages, or close sent ones.")
def cancel(
    messages: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or references of one message each.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the timeline, so without personal data.")],
    dry_run: DryOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Withdraw messages that have not left (parked, waiting), or close those that were sent.

    The next message of the same case may leave then. Closing what was sent does not withdraw it at the partner: phone them.

    Example: hub parked cancel CJG-2026-000123 --reason "dubbel ingevoerd"
    """
    from hub.journal.units import operating

    with opened() as hub:
        ids = ids_of(hub, messages)
        if _stops(hub, ids, "cancel", dry_run=dry_run, yes=yes, as_json=as_json):
            return
        done = hub.journal.run(operating.cancel, ids, str(caller()), reason)
    _tell_outcome(ids, set(done), "cancelled", "being sent, or final already", as_json=as_json)


# Replacing has a module of its own.
app.command("send-as-new", short_help="Send the same document under a new reference.")(replacing.send_as_new)
app.command(short_help="Send an edited document instead; takes a second person.")(replacing.replace)


def retry(
    messages: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or references of one message each.")],
    as_json: JsonOption = False,
) -> None:
    """Try waiting messages again now, instead of at their next moment.

    Does not pass a partner that is paused or an open breaker. Exit code 1 when none was waiting.

    \b
    Examples:
      hub retry CJG-2026-000123
      hub retry 0193a8e2-7c1e-7f00-a1b2-000000000001 --json
    """
    from hub.journal.units import operating

    with opened() as hub:
        ids = ids_of(hub, messages)
        count = hub.journal.run(operating.retry_now, ids, str(caller()))
    if as_json:
        result_json({"hurried": count, "left_alone": len(ids) - count})
    else:
        note(f"hub: {count} due now" + (f", {len(ids) - count} not waiting" if count < len(ids) else ""))
    raise typer.Exit(ExitCode.OK if count else ExitCode.NEGATIVE)


def _parked(hub: Hub, code: str | None, connection: str | None) -> list[MessageView]:
    """All parked messages of this moment, newest first."""
    from hub.journal import reading

    found: list[MessageView] = []
    before: MessageId | None = None
    while True:
        wanted = reading.Filter(status="parked", connection=connection, open_only=True, before=before, most=_PAGE)
        page = reading.list_messages(hub.journal, wanted)
        found += [view for view in page if code is None or view.code == code]
        if len(page) < _PAGE:
            return found
        before = page[-1].id


def _selection(hub: Hub, texts: list[str] | None, every: bool, code: str | None, connection: str | None) -> list[MessageId]:
    """The frozen selection: what was named, or what is parked now."""
    if bool(texts) == every or (texts and (code or connection)):
        raise typer.BadParameter("name messages, or use --all with --code or --connection")
    return ids_of(hub, texts) if texts else [view.id for view in _parked(hub, code, connection)]


def _stops(hub: Hub, ids: list[MessageId], what: str, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
    """Show the selection and ask; True when nothing is to be changed."""
    from hub.cli.story import row_of
    from hub.journal import reading

    if dry_run and as_json:
        result_json({"selected": [str(one) for one in ids]})
        return True
    for message_id in ids:
        view = reading.show(hub.journal, message_id)
        if view is not None:
            (result if dry_run else note)(row_of(view, partner_name(hub, view.connection)))
    note(f"hub: {len(ids)} selected" + ("; nothing was changed" if dry_run or not ids else ""))
    if dry_run or not ids:
        if as_json:
            result_json({"selected": []})
        return True
    confirm(f"{what.capitalize()} {len(ids)}?", yes=yes)
    return False


def _tell_outcome(ids: list[MessageId], done: set[MessageId], word: str, why_not: str, *, as_json: bool) -> None:
    left = [one for one in ids if one not in done]
    if as_json:
        result_json({word: [str(one) for one in ids if one in done], "left_alone": [str(one) for one in left]})
    else:
        for one in left:
            note(f"hub: {one} left alone: {why_not}")
        note(f"hub: {len(done)} {word}" + (f", {len(left)} left alone" if left else ""))
    raise typer.Exit(ExitCode.NEGATIVE if left else ExitCode.OK)


def _actions(view: MessageView) -> list[str]:
    """Commands that make sense in this state. Resending is not offered once the partner's side took over."""
    return {
        Status.PARKED.value: ["resend", "send-as-new", "replace", "cancel"],
        Status.SENT.value: ["send-as-new", "replace", "cancel"],
        Status.WAITING.value: ["retry", "cancel"],
    }.get(view.status, [])
