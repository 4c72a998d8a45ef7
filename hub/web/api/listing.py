"""Messages as the API shows them: one, or a page of them. Metadata only."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import HTTPException, Query

from hub.assembly import Hub
from hub.intake.proposals import ProposalView
from hub.journal import reading
from hub.journal.reading import Filter, MessageView
from hub.journal.units.proposing import REFERENCE_KIND
from hub.message import Caller
from hub.web.api.models import Bericht, Berichten, BerichtMetVerloop
from hub.web.api.sentences import plain_sentence

#: Parameters of a list: where its page begins, and how long it is.
Before = Annotated[str | None, Query(description="Alleen berichten die ouder zijn dan dit nummer.")]
#: Something to choose by. A NUL cannot be stored, so no row has it, and PostgreSQL refuses the question.
Word = Annotated[str | None, Query(pattern=r"^[^\x00]*$", max_length=200)]
Count = Annotated[int, Query(ge=1, le=200)]


def find(hub: Hub, id: str, caller: Caller) -> MessageView | None:
    """The message with this number and its timeline.

    None when there is none, it is no number, or the caller is limited to organisations and it is not on behalf of one of them.
    """
    message_id = reading.parse_id(id)
    view = reading.show(hub.journal, message_id) if message_id else None
    return view if view is not None and caller.may_see(view.scope) else None


def find_proposed(hub: Hub, id: str, caller: Caller) -> MessageView | ProposalView | None:
    """What became of a proposal: itself while it waits, or the message that it became. None as ``find``."""
    proposal_id = reading.parse_id(id)
    if proposal_id is None:
        return None
    for message_id in reading.find(hub.journal, str(proposal_id), kinds=(REFERENCE_KIND,)):
        return find(hub, str(message_id), caller)
    waiting = hub.intake.proposals.find(proposal_id)
    return waiting if waiting is not None and caller.may_see(waiting.scope) else None


def with_timeline(hub: Hub, view: MessageView) -> BerichtMetVerloop:
    """A message with its timeline, as the API answers it."""
    return BerichtMetVerloop.of(view, plain_sentence(hub, view))


def page(hub: Hub, wanted: Filter, voor: str | None, aantal: int, caller: Caller) -> Berichten:
    """A page of messages, newest first; of a caller who is limited to organisations only theirs.

    Raises:
        HTTPException: 400: ``voor`` is no number of a message.
    """
    before = reading.parse_id(voor) if voor else None
    if voor and before is None:
        raise HTTPException(400, "`voor` is geen nummer van een bericht.")
    found = reading.list_messages(hub.journal, replace(wanted, before=before, most=aantal + 1, scopes=caller.scope))
    rows = [Bericht.of(view, plain_sentence(hub, view)) for view in found[:aantal]]
    return Berichten(resultaten=rows, volgende=rows[-1].id if len(found) > aantal else None)
