# mypy: allow-untyped-calls
from __future__ import annotations

import pytest

from hub.broker.topology import DELIVERY_LIMIT, queue_name, topology


def test_every_connection_has_a_quorum_queue_of_its_own() -> None:
    entities = topology(["corv", "svb"])
    assert {name: queue.name for name, queue in entities.queues.items()} == {"corv": "hub.work.corv", "svb": "hub.work.svb"}
    assert all(queue.as_dict()["queue_arguments"]["x-queue-type"] == "quorum" for queue in entities.queues.values())
    assert all(queue.durable and not queue.auto_delete for queue in entities.queues.values())


def test_the_exchange_routes_by_the_name_of_the_connection() -> None:
    entities = topology(["corv"])
    assert (entities.exchange.name, entities.exchange.type, entities.exchange.durable) == ("hub.work", "direct", True)
    assert entities.queues["corv"].routing_key == "corv"
    assert entities.queues["corv"].exchange == entities.exchange


def test_a_ticket_lives_as_long_as_it_is_told() -> None:
    assert topology(["corv"], ticket_life=2.5).arguments["x-message-ttl"] == 2500


def test_a_ticket_without_a_life_is_refused() -> None:
    with pytest.raises(ValueError, match="millisecond"):
        topology(["corv"], ticket_life=0)


def test_tickets_are_never_dead_lettered_and_rarely_given_up() -> None:
    arguments = topology(["corv"]).arguments
    assert not [key for key in arguments if "dead-letter" in key]
    assert arguments["x-delivery-limit"] == DELIVERY_LIMIT >= 100


def test_a_prefix_separates_hubs() -> None:
    assert queue_name("svb", prefix="other") == "other.svb"
    assert topology(["svb"], prefix="other").exchange.name == "other"
