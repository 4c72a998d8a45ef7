"""Leasing: one conditional update turns a ticket into the sole right to send, and counts the attempt.

The lease's token is the ticket's number, which never returns to an earlier value. A lease is not renewed: it lasts the call's
total deadline plus a margin.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.journal.database import IS_WAITING, Ask, Statement, Tx
from hub.journal.records import Leased
from hub.message import MessageId, Ticket

#: Larger contents are read apart by the thread that sends them, so that a batch of leases stays small in memory.
INLINE_BYTES = 256 * 1024

#: A connection's last success is written at most this often, in microseconds, while nothing is wrong with it.
FRESH = 60_000_000

_TAKE = Statement(
    f"""
    UPDATE work SET status = 'sending', reason = '', attempts = attempts + 1, ticketed = TRUE, next_at = hub_now() + :length,
        holder = :holder
    FROM batch b WHERE work.message_id = b.id AND work.ticket_no = b.ticket_no AND {IS_WAITING} AND work.ticketed
        AND work.deliver_by > hub_now()
        AND EXISTS (SELECT 1 FROM connections c WHERE c.name = work.connection AND c.state <> 'paused')
    RETURNING work.message_id
    """,
    batch={"id": "uuid", "ticket_no": "bigint"},
    ids=(0,),
)
_READ = Statement(
    f"""
    SELECT w.message_id, w.ticket_no, w.connection, w.route, w.attempts, w.max_attempts, w.unsure, w.unsafe, w.expects_answer,
        w.release_on_sent, w.key_id, m.type, m.reference, m.attributes, m.size, m.key_id, m.data_key,
        c.state = 'open' AND c.failures = 0 AND c.parked_run = 0 AND c.window_now = c.window_max
            AND COALESCE(c.last_success, 0) > hub_now() - {FRESH}, c.state = 'broken', hub_now(),
        CASE WHEN m.size <= {INLINE_BYTES} THEN k.body END
    FROM batch b JOIN work w ON w.message_id = b.id JOIN messages m ON m.id = b.id
        JOIN connections c ON c.name = w.connection
        LEFT JOIN contents k ON k.message_id = b.id AND k.kind = 'message'
    """,
    batch={"id": "uuid"},
    ids=(0,),
)
_CONTENT = Statement("SELECT body FROM contents WHERE message_id = :id AND kind = 'message'")


def lease(tx: Tx, tickets: Sequence[Ticket], length: int, holder: str = "") -> list[Leased]:
    """Lease the messages of these tickets for ``length`` microseconds; those whose ticket means nothing any more are absent.

    Args:
        holder: The process, so that its leases do not count for longer than it lives.
    """
    unique = {(ticket.message_id, ticket.ticket_no) for ticket in tickets}
    taken = tx.rows(_TAKE, sorted(unique, key=lambda pair: pair[0].int), length=length, holder=holder)
    (found,) = tx.rows_all(Ask(_READ, taken), last=True)
    return [Leased._make(row) for row in found]


def large_content(tx: Tx, message_id: MessageId) -> bytes | None:
    """The ciphertext of a message that was too large to come with its lease; None when it has been destroyed."""
    found = tx.rows(_CONTENT, id=message_id)
    return bytes(found[0][0]) if found else None
