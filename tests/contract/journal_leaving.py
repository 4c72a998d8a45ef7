"""Checks of claiming and leasing: few tickets, in fair turn, one right to send."""

from __future__ import annotations

from collections import Counter

from hub.journal.database import ROOM
from hub.journal.units import claiming, connections, leasing, operating
from hub.message import Event, Status, Ticket, new_id
from tests.contract.journal_rig import BODY, HOUR, SECOND, Rig, at_once

# Claiming.


def the_window_is_the_most_that_is_on_its_way(rig: Rig) -> None:
    rig.connect("narrow", 3)
    for _ in range(5):
        rig.accept(connection="narrow")
    tickets = rig.claim(name="narrow")
    assert len(tickets) == 3
    assert rig.claim(name="narrow") == []
    (leased,) = rig.lease(tickets[0])
    assert rig.claim(name="narrow") == []
    rig.deliver(leased)
    assert len(rig.claim(name="narrow")) == 1


def a_claim_takes_no_more_than_was_asked(rig: Rig) -> None:
    for _ in range(5):
        rig.accept()
    assert [len(rig.claim(2)) for _ in range(4)] == [2, 2, 1, 0]


def routes_take_turns(rig: Rig) -> None:
    for _ in range(20):
        rig.accept()
    others = {rig.accept(route="s") for _ in range(4)}
    tickets = rig.claim(8, routes=("r", "s"))
    assert Counter(ticket.message_id in others for ticket in tickets) == {True: 4, False: 4}


def routes_take_turns_also_when_places_come_one_by_one(rig: Rig) -> None:
    rig.connect("narrow", 4)
    for _ in range(20):
        rig.accept(connection="narrow")
    few = {rig.accept(connection="narrow", route="s") for _ in range(4)}
    rig.claim(3, name="narrow", routes=("r", "s"))
    left = []
    for _ in range(8):
        (leased,) = rig.lease(*rig.claim(1, name="narrow", routes=("r", "s")))
        left.append(leased.message_id)
        rig.deliver(leased)
    assert few & set(left), "one route keeps every place that comes free"


def a_route_with_nothing_to_do_keeps_no_place_free(rig: Rig) -> None:
    rig.connect("narrow", 4)
    for _ in range(6):
        rig.accept(connection="narrow")
    assert len(rig.claim(name="narrow", routes=("r", "s", "t"))) == 4


def the_oldest_of_a_route_go_first(rig: Rig) -> None:
    ids = [rig.accept() for _ in range(6)]
    assert {ticket.message_id for ticket in rig.claim(2)} == set(ids[:2])
    assert {ticket.message_id for ticket in rig.claim(2)} == set(ids[2:4])


def another_connections_messages_are_not_claimed(rig: Rig) -> None:
    rig.connect("other")
    rig.accept(connection="other")
    assert rig.claim() == []
    assert len(rig.claim(name="other")) == 1


def an_unknown_connection_has_no_tickets(rig: Rig) -> None:
    assert rig.claim(name="nobody") == []


def a_ticket_that_lapsed_is_due_again_under_another_number(rig: Rig) -> None:
    message_id = rig.accept()
    (first,) = rig.claim()
    assert rig.claim() == []
    rig.hasten(message_id)
    (second,) = rig.claim()
    assert second.message_id == message_id
    assert second.ticket_no > first.ticket_no
    assert rig.lease(first) == []
    assert len(rig.lease(second)) == 1


def lapsed_tickets_do_not_fill_the_window(rig: Rig) -> None:
    rig.connect("narrow", 2)
    ids = [rig.accept(connection="narrow") for _ in range(4)]
    assert len(rig.claim(name="narrow")) == 2
    rig.hasten(*ids)
    assert len(rig.claim(name="narrow")) == 2


def a_paused_connection_gives_no_tickets(rig: Rig) -> None:
    rig.accept()
    assert rig.db.run(connections.pause, rig.connection, "held", "user:a")
    assert rig.claim() == []
    assert rig.db.run(connections.resume, rig.connection, "user:a")
    assert len(rig.claim()) == 1


def a_resumed_connection_starts_with_one(rig: Rig) -> None:
    for _ in range(20):
        rig.accept()
    rig.db.run(connections.pause, rig.connection, "held", "user:a")
    rig.db.run(connections.resume, rig.connection, "user:a")
    sizes = []
    for _ in range(4):
        leased = rig.lease(*rig.claim())
        sizes.append(len(leased))
        rig.settle(*(rig.outcome(one, Event.DELIVERED) for one in leased))
    assert sizes[:2] == [1, 2]
    assert sizes == sorted(sizes)
    assert sum(sizes) == 20


def _break(rig: Rig, *, probe_in: int) -> None:
    rig.sql(
        "UPDATE connections SET state = 'broken', window_now = 0, failures = 5, probe_at = hub_now() + :later "
        "WHERE name = :name",
        later=probe_in,
        name=rig.connection,
    )


def a_broken_connection_gives_no_ticket_before_its_time(rig: Rig) -> None:
    rig.accept()
    _break(rig, probe_in=HOUR)
    claim = rig.db.run(claiming.claim, rig.connection, ["r"], 100, 60 * SECOND)
    assert claim.tickets == []
    assert claim.again_in is not None
    assert 0 < claim.again_in <= HOUR


def a_broken_connection_gives_one_ticket_when_its_time_has_come(rig: Rig) -> None:
    for _ in range(3):
        rig.accept()
    _break(rig, probe_in=-SECOND)
    assert len(rig.claim()) == 1
    assert rig.claim() == []


def a_probe_is_the_message_with_the_fewest_attempts(rig: Rig) -> None:
    tried, fresh = rig.accept(), rig.accept()
    rig.settle(rig.outcome(rig.take(tried), Event.FAILED))
    rig.sql("UPDATE work SET next_at = hub_now() - 1000000 WHERE message_id = :id", id=tried)
    _break(rig, probe_in=-SECOND)
    assert [ticket.message_id for ticket in rig.claim()] == [fresh]


def a_lost_probe_is_repeated(rig: Rig) -> None:
    rig.accept()
    _break(rig, probe_in=-SECOND)
    (ticket,) = rig.claim()
    rig.hasten(ticket.message_id)
    rig.sql("UPDATE connections SET probe_at = hub_now() - 1")
    assert len(rig.claim()) == 1


def dispatchers_that_race_share_one_window(rig: Rig) -> None:
    rig.connect("narrow", 10)
    for _ in range(30):
        rig.accept(connection="narrow")
    found = [ticket for tickets in at_once(6, lambda _: rig.claim(4, name="narrow")) for ticket in tickets]
    assert len(found) == len({ticket.message_id for ticket in found}) <= 10


def only_the_head_of_a_key_gets_a_ticket(rig: Rig) -> None:
    first = rig.accept(ordering_key="a")
    second = rig.accept(ordering_key="a")
    free = rig.accept()
    assert {ticket.message_id for ticket in rig.claim()} == {first, free}
    rig.hasten(second)
    assert rig.claim() == []


def what_is_not_due_gets_no_ticket_and_tells_when(rig: Rig) -> None:
    rig.accept(hold_for=HOUR)
    claim = rig.db.run(claiming.claim, rig.connection, ["r"], 100, 60 * SECOND)
    assert claim.tickets == []
    assert claim.again_in is not None
    assert HOUR - 60 * SECOND < claim.again_in <= HOUR


def a_ticket_that_is_set_back_is_due_at_once(rig: Rig) -> None:
    rig.accept()
    (first,) = rig.claim()
    assert rig.db.run(claiming.set_back, [first]) == 1
    (second,) = rig.claim()
    assert second.ticket_no > first.ticket_no
    assert rig.lease(first) == []


def a_ticket_can_be_set_back_for_a_while(rig: Rig) -> None:
    rig.accept()
    rig.db.run(claiming.set_back, rig.claim(), HOUR)
    assert rig.claim() == []


def setting_back_does_not_touch_a_lease(rig: Rig) -> None:
    rig.accept()
    tickets = rig.claim()
    (leased,) = rig.lease(*tickets)
    assert rig.db.run(claiming.set_back, tickets) == 0
    assert rig.deliver(leased) == Status.COMPLETED


def a_wake_up_follows_an_acceptance(rig: Rig) -> None:
    waker = rig.db.waker()
    try:
        waker.wait(0.1)
        rig.accept()
        assert rig.connection in waker.wait(20)
    finally:
        waker.close()


def a_hint_about_room_reaches_who_asks_for_it(rig: Rig) -> None:
    waker = rig.db.waker()
    try:
        rig.sending()
        waker.wait(0.1)
        rig.db.run(lambda tx: tx.notify(rig.connection + ROOM))
        assert waker.wait(20, room=[rig.connection]) == {rig.connection + ROOM}
    finally:
        waker.close()


# Leasing.


def a_lease_tells_what_to_send(rig: Rig) -> None:
    message_id = rig.accept(attributes='{"to":"x"}', ordering_key="a", answer_within=HOUR, unsafe=True, slots=())
    leased = rig.take(message_id)
    row = rig.message_row(message_id)
    assert (leased.message_id, leased.reference, leased.type) == (message_id, row["reference"], "m")
    assert (leased.attempts, leased.max_attempts, leased.attributes) == (1, 5, '{"to":"x"}')
    assert bytes(leased.content or b"") == BODY
    assert bytes(leased.data_key or b"") == b"wrapped"
    assert (bool(leased.unsafe), bool(leased.unsure), bool(leased.expects_answer)) == (True, False, True)
    assert rig.status(message_id) == Status.SENDING


def a_large_content_is_read_apart(rig: Rig) -> None:
    body = b"<" + b"x" * leasing.INLINE_BYTES + b">"
    leased = rig.sending(body=body, slots=())
    assert leased.content is None
    assert rig.db.run(leasing.large_content, leased.message_id) == body
    assert rig.db.run(leasing.large_content, new_id()) is None


def a_ticket_leads_to_one_lease(rig: Rig) -> None:
    rig.accept()
    (ticket,) = rig.claim()
    assert len(rig.lease(ticket, ticket)) == 1
    assert rig.lease(ticket) == []


def racing_workers_get_one_lease(rig: Rig) -> None:
    for _ in range(4):
        rig.accept()
    tickets = rig.claim()
    found = [one for leased in at_once(6, lambda _: rig.lease(*tickets)) for one in leased]
    assert len(found) == len({one.message_id for one in found}) == 4


def a_ticket_with_another_number_leads_to_nothing(rig: Rig) -> None:
    rig.accept()
    (ticket,) = rig.claim()
    wrong = [Ticket(ticket.message_id, ticket.ticket_no + step, rig.connection) for step in (-1, 1, 1000)]
    assert rig.lease(*wrong, Ticket(new_id(), 1, rig.connection)) == []
    assert len(rig.lease(ticket)) == 1


def a_ticket_that_was_never_given_leads_to_nothing(rig: Rig) -> None:
    message_id = rig.accept()
    assert rig.lease(*(Ticket(message_id, number, rig.connection) for number in range(3))) == []


def a_ticket_of_a_paused_connection_leads_to_nothing(rig: Rig) -> None:
    rig.accept()
    tickets = rig.claim()
    rig.db.run(connections.pause, rig.connection, "held", "user:a")
    assert rig.lease(*tickets) == []
    rig.db.run(connections.resume, rig.connection, "user:a")
    assert rig.lease(*tickets) == [], "it was taken back"
    assert len(rig.lease(*rig.claim())) == 1, "and its place is free at once"


def a_ticket_of_a_cancelled_message_leads_to_nothing(rig: Rig) -> None:
    message_id = rig.accept()
    tickets = rig.claim()
    rig.db.run(operating.cancel, [message_id], "user:a", "mistake")
    assert rig.lease(*tickets) == []


def after_a_success_no_ticket_leads_to_a_lease(rig: Rig) -> None:
    message_id = rig.accept(answer_within=HOUR)
    numbers = range(20)
    rig.send(message_id)
    rig.hasten(message_id)
    assert rig.lease(*(Ticket(message_id, number, rig.connection) for number in numbers)) == []
    assert rig.claim() == []


def every_lease_counts_an_attempt(rig: Rig) -> None:
    message_id = rig.accept()
    attempts = []
    for _ in range(3):
        leased = rig.take(message_id)
        attempts.append(leased.attempts)
        rig.settle(rig.outcome(leased, Event.FAILED, effect=rig.outcome(leased, Event.DELIVERED).effect))
    assert attempts == [1, 2, 3]
