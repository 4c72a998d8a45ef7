"""``hub parked send-as-new`` and ``replace``: another message in the place of one that stopped or was sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, note, result, result_json
from hub.cli.messages import finding_json, read_document, refused, show_findings
from hub.cli.session import caller, message_of, opened, refuse
from hub.errors import SchemaViolation
from hub.message import Status

if TYPE_CHECKING:
    from hub.assembly import Hub
    from hub.intake.intake import Taken
    from hub.journal.reading import MessageView

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of a message, or a reference that only one has.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

#: Statuses in which another message may be sent instead.
_REPLACEABLE = (Status.PARKED, Status.SENT)


def send_as_new(message: IdArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Send the same document as a new message: new reference, linked both ways, the old one marked as replaced.

    The partner may hold both when the old one did arrive. Writes the new id.

    Example: hub parked send-as-new CJG-2026-000123
    """
    with opened() as hub:
        view = _replaceable(hub, message)
        note("hub: the partner may hold both messages: the old one may have arrived after all")
        confirm(f"Send {view.kenmerk or view.id} as a new message?", yes=yes)
        taken = _instead(hub, view, _stored_document(hub, view), as_json=as_json)
    _tell_taken(taken, view, as_json=as_json)


def replace(
    message: IdArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The edited document; - reads standard input.")],
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send an edited document in the place of a message. Writes the new id; the old message is marked as replaced.

    This takes a second person: it is refused to the one who sent the original. Persons are compared by the name of their
    account, however they came in; behind sudo it is the person who called it. There is no way around this on the command
    line: let a colleague do it from an own account.

    Example: hub parked replace CJG-2026-000123 verbeterd.json
    """
    document = read_document(file)
    with opened() as hub:
        view = _replaceable(hub, message)
        if view.caller.partition(":")[2] == caller().id:
            refuse(
                f"{caller().id} sent this message, so another person has to replace it.",
                "Let a colleague run this command from an own account, or use `hub parked send-as-new` for the same content.",
            )
        confirm(f"Replace {view.kenmerk or view.id} by the document in {file}?", yes=yes)
        taken = _instead(hub, view, document, as_json=as_json)
    _tell_taken(taken, view, as_json=as_json)


def confirm(question: str, *, yes: bool) -> None:
    """Go on only when the person says so. Ends the command with 1 otherwise, with 2 when nobody is there to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        refuse("this has to be confirmed, and there is no terminal to ask.", "Add --yes.", ExitCode.CANNOT)
    if not typer.confirm(question, err=True):
        raise typer.Exit(ExitCode.NEGATIVE)


def _replaceable(hub: Hub, text: str) -> MessageView:
    view = message_of(hub, text)
    if view.direction != "out" or view.status not in _REPLACEABLE:
        refuse(f"message {view.id} is {view.status}: only a parked or sent message can be replaced.")
    return view


def _stored_document(hub: Hub, view: MessageView) -> bytes:
    """The document as it was offered, decrypted.

    Raises:
        ContentGone: It has been destroyed.
    """
    from hub.crypto.content import ContentGone
    from hub.journal.contents import open_content

    document = open_content(hub.journal, hub.keyring, view.id, "document")
    if document is None:
        raise ContentGone(f"the document of message {view.id} is not kept any more")
    return document


def _instead(hub: Hub, view: MessageView, document: bytes, *, as_json: bool) -> Taken:
    try:
        return hub.intake.accept(view.route, document, caller(), replaces=view.id)
    except SchemaViolation as violation:
        refused(violation, as_json=as_json)


def _tell_taken(taken: Taken, view: MessageView, *, as_json: bool) -> None:
    if as_json:
        warnings = [finding_json(one) for one in taken.warnings]
        facts = {"id": str(taken.message_id), "reference": taken.reference, "kenmerk": taken.kenmerk}
        result_json({**facts, "replaces": str(view.id), "warnings": warnings})
        return
    show_findings(taken.warnings, "let op")
    result(str(taken.message_id))
