"""``hub depot``: the ledger."""

from __future__ import annotations

from hub.cli.frame import result_json
from hub.cli.session import opened


def depot() -> None:
    """Write the ledger, a line of JSON.

    Example: hub depot
    """
    from sqlalchemy import select

    from ketenhub_probe.exchange.tables import ledger

    with opened() as hub, hub.journal.reading() as connection:
        query = select(ledger.c.article, ledger.c.pieces, ledger.c.state).order_by(ledger.c.message_id)
        result_json([tuple(row) for row in connection.execute(query)])
