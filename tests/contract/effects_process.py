"""A process of its own that does one thing to a journal with a ledger: ``python -m tests.contract.effects_process URL WHAT ID``

It is killed where ``HUB_CRASH_AT`` says, so it holds nothing that anybody needs.
"""

from __future__ import annotations

import sys
import uuid

from hub.journal.effects import Context
from hub.journal.opening import open_journal
from hub.message import Event, MessageId
from tests.contract.journal_rig import HOUR, Rig
from tests.contract.ledger import Ledger, install, preparer


def _follow(context: Context, message_id: MessageId, word: str) -> None:
    if word.startswith("received"):
        context.follow_up("r", b"<next/>", cause=message_id)


def do(rig: Rig, what: str, message_id: MessageId) -> None:
    """Accept a message, settle the one message that is due, or receive a message that has a follow-up."""
    install(rig.db, Ledger(_follow), "r", "inbox", prepare=preparer(rig.message))
    text = str(message_id)
    if what == "accept":
        rig.offer(rig.message(id=message_id, reference=text, idempotency=text, answer_within=HOUR))
    elif what == "settle":
        tickets = rig.claim()
        (leased,) = rig.lease(*tickets)
        rig.settle(rig.outcome(leased, Event.TAKEN_OVER))
    else:
        rig.receive(id=message_id, reference=text, route="inbox")


if __name__ == "__main__":
    do(Rig(open_journal(sys.argv[1])), sys.argv[2], uuid.UUID(sys.argv[3]))
