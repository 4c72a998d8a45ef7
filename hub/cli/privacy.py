"""``hub privacy``: what the privacy officer answers a person with, and destroying contents on request."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, group, note, result, result_json
from hub.cli.parked import DryOption
from hub.cli.replacing import YesOption, confirm
from hub.cli.session import caller, message_of, opened, partner_name, refuse
from hub.errors import ConfigError
from hub.telemetry import holds_bsn, looks_like_bsn

if TYPE_CHECKING:
    from hub.assembly import Hub
    from hub.message import MessageId
    from hub.privacy.subject import Report

app = group("What was processed about a person; destroying contents.")


@app.command(short_help="Show every message about a person, and who looked at it.")
def report(as_json: JsonOption = False) -> None:
    """Show every message about a person, and who looked at it. No content: the console opens that, with a purpose.

    Found are those whom messages are about, and the others in them with a BSN, also in proposals that wait for a decision, and
    what exchanges keep about them in tables of their own; drafts are not searched. The search itself stands in the access log.

    The BSN is asked for, or read from the first line of standard input; never give it as an argument, where others on this
    machine and the shell's history would see it.

    Exit code 0 when there is something, 1 when there is nothing.

    \b
    Examples:
      hub privacy report
      hub privacy report --json < /run/bsn
    """
    from hub import registry
    from hub.privacy import subject

    bsn = _bsn()
    with opened() as hub:
        own = [registry.load(one.subject_report) for one in registry.exchanges().values() if one.subject_report]
        found = subject.report(hub.journal, hub.keyring, bsn, caller(), own)
        if as_json:
            result_json(
                {
                    "messages": [view.to_json() for view in found.messages],
                    "proposals": [str(one) for one in found.proposals],
                    "kept": [{**one._asdict(), "since": one.since.isoformat()} for one in found.kept],
                    "looks": [{**look._asdict(), "at": look.at.isoformat()} for look in found.looks],
                }
            )
        else:
            _print(hub, found)
    raise typer.Exit(ExitCode.OK if found.messages or found.proposals or found.kept else ExitCode.NEGATIVE)


@app.command(short_help="Destroy the contents of finished cases, before their term.")
def destroy(
    messages: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or references of one case each.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the timeline, so without personal data.")],
    dry_run: DryOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Destroy the contents of finished cases. This cannot be undone.

    A case is a request, what it corrected or was corrected or replaced by, drafts that began from it, and all that came in
    about it. What is on its way, or has an open task, is left alone.

    The timeline keeps that, when and why; not what it was. Backups hold the content until they expire: the command says when
    that is, by housekeeping.keep_backups_days, and keeps a list for `hub privacy destroy-again`.

    Exit code 1 when the content of a message was left alone, for instance because it has not been sent yet.

    \b
    Examples:
      hub privacy destroy CJG-2026-000123 --reason "verzoek om verwijdering 2026-14" --dry-run
      hub privacy destroy CJG-2026-000123 --reason "verzoek om verwijdering 2026-14"
    """
    from hub.cli.story import row_of
    from hub.privacy import destroying

    if holds_bsn(reason):
        refuse(
            "the reason holds what looks like a BSN, and timelines are kept for long.",
            "Name the request instead.",
            ExitCode.CANNOT,
        )
    with opened() as hub:
        views = destroying.case_of(hub.journal, [one for text in messages for one in _case(hub, text)])
        left = destroying.obstacles(hub.journal, views)
        going = [view for view in views if view.id not in left]
        for view in going:
            (result if dry_run and not as_json else note)(row_of(view, partner_name(hub, view.connection)))
        keeping = hub.config.housekeeping
        gone = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=keeping.keep_backups_days)
        done = destroying.Destroyed([], 0)
        if going and not dry_run:
            confirm(f"Destroy the content of {len(going)} messages? This cannot be undone.", yes=yes)
            try:
                ids = [view.id for view in going]
                done = destroying.destroy(hub.journal, ids, caller(), reason, keeping.destroyed_file)
            except OSError as error:
                raise _no_list(str(keeping.destroyed_file), error) from error
            left |= dict.fromkeys(set(ids) - set(done.messages), "it changed meanwhile: look again")
    if as_json:
        told = {
            "selected": [str(view.id) for view in going] if dry_run else [],
            "destroyed": [str(one) for one in done.messages],
            "drafts": done.drafts,
            "left_alone": {str(one): why for one, why in left.items()},
            "gone_from_backups": str(gone),
        }
        result_json(told)
    for one, why in left.items():
        note(f"hub: {one} left alone: {why}")
    if dry_run:
        note(f"hub: {len(going)} selected; nothing was changed")
    elif done.messages:
        drafts = f" and {done.drafts} drafts that began from them" if done.drafts else ""
        note(f"hub: {len(done.messages)} destroyed{drafts}; gone from backups too on {gone}")
    kept = any(view.has_content and view.id in left for view in views)
    raise typer.Exit(ExitCode.NEGATIVE if kept else ExitCode.OK)


@app.command("destroy-again", short_help="After a restore: destroy again what was destroyed on request.")
def destroy_again(as_json: JsonOption = False) -> None:
    """After a restore: destroy again what was destroyed on request. Safe to repeat.

    Reads the list in housekeeping.destroyed_file, which is why that file lies outside the database. What the restored database
    does not know as finished is named, and has to be done again later: exit code 1.

    Example: hub privacy destroy-again
    """
    from hub.privacy import destroying

    with opened() as hub:
        file = hub.config.housekeeping.destroyed_file
        try:
            done, left = destroying.again(hub.journal, caller(), file)
        except FileNotFoundError:
            done, left = destroying.Destroyed([], 0), []
            note(f"hub: there is no list at {file}; if anything was ever destroyed on request, put the newest list there")
        except OSError as error:
            raise _no_list(str(file), error) from error
    if as_json:
        result_json({"destroyed": [str(one) for one in done.messages], "left_alone": {str(one.id): one.status for one in left}})
    for view in left:
        note(f"hub: {view.id} is {view.status} here: finish that, and run this again")
    note(f"hub: {len(done.messages)} destroyed again")
    raise typer.Exit(ExitCode.NEGATIVE if left else ExitCode.OK)


def _case(hub: Hub, text: str) -> list[MessageId]:
    """Ids for what was typed: a reference may lead to several messages, if they are one case."""
    from hub.journal import reading
    from hub.privacy import destroying

    found = reading.find(hub.journal, text.strip())
    ours = [one for one in found if (view := reading.show(hub.journal, one)) is not None and view.direction == "out"]
    if len(ours) < 2 or reading.parse_id(text) is not None:
        return [message_of(hub, text).id]
    if not set(ours) <= {view.id for view in destroying.case_of(hub.journal, ours[:1])}:
        refuse(f"this reference leads to {len(ours)} messages of different cases.", "`hub trace` shows them; then use an id.")
    return ours


def _bsn() -> str:
    """The BSN that was typed or piped in; what is wrong with it is told without repeating it."""
    terminal = sys.stdin.isatty()
    text = typer.prompt("BSN", hide_input=True, err=True) if terminal else sys.stdin.readline()
    digits = "".join(text.split()).replace(".", "").zfill(9)
    if len(digits) != len("123456789") or not looks_like_bsn(digits):
        refuse("that is no BSN: nine digits that pass the elfproef.", "Type it again.", ExitCode.CANNOT)
    return digits


def _print(hub: Hub, found: Report) -> None:
    from hub.cli.story import row_of
    from hub.cli.wording import day
    from hub.journal.stamp import AMSTERDAM

    for view in found.messages:
        partner = partner_name(hub, view.connection)
        result(row_of(view, partner))
        way, source = ("to", view.caller) if view.direction == "out" else ("from", partner)
        kept = "kept, encrypted" if view.has_content else "destroyed"
        result(f"    {view.type} {way} {partner}, {day(view.accepted_at)}, by {source}; content {kept}")
    for proposal in found.proposals:
        result(f"{proposal}  a proposal that waits for a decision")
    for one in found.kept:
        result(f"{one.object}  {day(one.since)}  {one.what}")
    for look in found.looks:
        at, what = look.at.astimezone(AMSTERDAM), look.object.removeprefix("message:")
        result(f"  {at:%Y-%m-%d %H:%M} {look.action:<7} {look.caller}  {what}  {look.purpose}")
    note(f"hub: messages about this person: {len(found.messages)}; looks at them: {len(found.looks)}")


def _no_list(file: str, error: OSError) -> ConfigError:
    text = f"the list of what was destroyed cannot be used ({error.strerror}); nothing was destroyed"
    return ConfigError(text, file=file, key="housekeeping.destroyed_file")
