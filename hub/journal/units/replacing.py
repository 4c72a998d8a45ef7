"""Replacing: a new message in the place of a parked or sent one, in one transaction, so that neither can be lost between."""

from __future__ import annotations

from hub.journal.database import Tx
from hub.journal.records import Accepted, Clash, NewMessage
from hub.journal.units import accepting, operating
from hub.message import MessageId


class NotReplaced(Exception):
    """Rolls the unit back; ``clash`` says what stood in the way (kind ``replaced``: the old message may not be replaced)."""

    def __init__(self, clash: Clash) -> None:
        super().__init__(clash.kind)
        self.clash = clash


def accept_instead(tx: Tx, old: MessageId, message: NewMessage) -> Accepted:
    """Accept a message in the place of a parked or sent one; everything or nothing.

    Raises:
        NotReplaced: The old one is not parked or sent, or a reference of the new one is in use.
    """
    if old not in operating.replaced(tx, old, message.caller, message.id):
        raise NotReplaced(Clash("replaced", old))
    outcome = accepting.accept(tx, [message])[0]
    if isinstance(outcome, Clash):
        raise NotReplaced(outcome)
    if outcome.again:
        raise NotReplaced(Clash("idempotency", outcome.message_id))
    return outcome
