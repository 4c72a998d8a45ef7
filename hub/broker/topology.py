# mypy: allow-untyped-calls
"""The exchange and queues of the hub as data: kombu entities that any implementation can read.

One direct exchange; one quorum queue per partner connection, so that a flood or an outage at one partner never stands
before another's work. The routing key is the connection's name.

There is no dead-lettering, on purpose. A ticket is worthless: the journal makes a new one when ``ticket_until`` has
passed. A queue of dead tickets would be a second list of unfinished work, which is only ever wrong, and a dead-lettered
ticket that came back would cost a lookup and change nothing. For the same reason a ticket disappears at the end of its
life: a queue that nobody reads cannot grow beyond what the dispatchers hand out in that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kombu.entity import Exchange, Queue

#: Name of the exchange and first part of the name of every queue.
WORK = "hub.work"

#: Seconds a ticket lives unless configured otherwise; the journal's ``ticket_until`` uses the same figure.
TICKET_LIFE = 60.0

#: How often RabbitMQ hands out one ticket before it throws it away. Generous, because a consumer that dies returns all of
#: its prefetched tickets, read or not (a low limit threw away 99 unread ones in an experiment); finite, so that a ticket
#: that kills every consumer ends. Attempts are counted by the journal, never by the broker.
DELIVERY_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Topology:
    """What has to exist before tickets can travel.

    Attributes:
        exchange: Where every ticket is published.
        queues: Per partner connection the queue of its tickets, bound to the exchange.
        arguments: The arguments of every queue, as they travel (``x-queue-type`` and so on).
    """

    exchange: Exchange
    queues: dict[str, Queue]
    arguments: dict[str, object]


def queue_name(connection: str, *, prefix: str = WORK) -> str:
    """The queue of a partner connection."""
    return f"{prefix}.{connection}"


def topology(connections: Sequence[str], *, ticket_life: float = TICKET_LIFE, prefix: str = WORK) -> Topology:
    """The entities for these partner connections.

    Args:
        connections: Names of partner connections.
        ticket_life: Seconds after which an unread ticket disappears; at least a millisecond.
        prefix: Name of the exchange and first part of the names of the queues.
    """
    milliseconds = round(ticket_life * 1000)
    if milliseconds < 1:
        raise ValueError("a ticket must live at least a millisecond")
    exchange = Exchange(prefix, type="direct", durable=True, auto_delete=False)
    arguments = {
        "x-queue-type": "quorum",  # replicated and on disk: the tickets of a node that fails are there on the next
        "x-message-ttl": milliseconds,
        "x-delivery-limit": DELIVERY_LIMIT,
    }
    queues = {
        connection: Queue(
            queue_name(connection, prefix=prefix),
            exchange=exchange,
            routing_key=connection,
            durable=True,
            auto_delete=False,
            queue_arguments=dict(arguments),
        )
        for connection in connections
    }
    return Topology(exchange, queues, arguments)
