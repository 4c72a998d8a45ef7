"""What the ledger learns in the journal's own transactions."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hub.journal.database import Statement
from hub.journal.effects import Context, Effects
from hub.journal.occurrences import Arrival, StatusChange
from hub.journal.records import NewMessage
from hub.message import MessageId
from ketenhub_probe.exchange.route import Order

#: Somebody has to look at what the depot sent.
LOOK = "look"

_ADD = Statement(
    "INSERT INTO probe_ledger (message_id, article, pieces, state, at) SELECT id, article, pieces, state, at FROM batch",
    batch={"id": "uuid", "article": "text", "pieces": "int", "state": "text", "at": "bigint"},
)
_STATE = Statement(
    "UPDATE probe_ledger SET state = b.state FROM batch b WHERE probe_ledger.message_id = b.id",
    batch={"id": "uuid", "state": "text"},
)
_FORGET = Statement("DELETE FROM probe_ledger WHERE message_id IN (SELECT id FROM batch)", batch={"id": "uuid"})


class Ledger(Effects):
    """See the module."""

    exchange = "probe"

    def accepted(self, context: Context, messages: Sequence[NewMessage]) -> None:
        """Each order is a row."""
        orders = [(one, one.facts) for one in messages if isinstance(one.facts, Order)]
        context.tx.run(_ADD, [(one.id, order.artikel, order.aantal, "accepted", context.now) for one, order in orders])

    def changed(self, context: Context, changes: Sequence[StatusChange]) -> None:
        """The row follows its message."""
        last = {change.message_id: change.status.value for change in changes}
        context.tx.run(_STATE, list(last.items()))

    def received(self, context: Context, arrival: Arrival) -> None:
        """What the depot sent is confirmed by an order of its own, and somebody looks at it."""
        sent = arrival.message.meaning
        assert isinstance(sent, dict)
        document = json.dumps({"artikel": f"ontvangen {sent['id']}", "aantal": 1}).encode()
        context.follow_up("probe_order", document, cause=arrival.message_id)
        context.tx.run(_ADD, [(arrival.message_id, str(sent["article"]), 1, "sent", context.now)])
        context.open_task(LOOK, str(arrival.message_id), right="probe.orders")

    def destroyed(self, context: Context, ids: Sequence[MessageId]) -> None:
        """The row goes with its content."""
        context.tx.run(_FORGET, [(one,) for one in ids])
