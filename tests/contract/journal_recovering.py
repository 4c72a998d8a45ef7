"""Checks of recovery: nothing waits for the dead, for a lost probe or for a far next attempt, and the oldest go first."""

from __future__ import annotations

from hub.delivery.throttle import Throttle
from hub.journal.units import claiming, connections, keeping, operating, processes
from hub.message import Event, Status
from tests.contract.journal_rig import HOUR, SECOND, Rig

_LIFE = HOUR


def _claim(rig: Rig, holder: str, most: int = 100) -> list[claiming.Ticket]:
    return rig.db.run(claiming.claim, rig.connection, ["r"], most, _LIFE, holder).tickets


def _lease(rig: Rig, holder: str, *tickets: claiming.Ticket) -> list[claiming.Ticket]:
    from hub.journal.units import leasing

    return [claiming.Ticket(one.message_id, one.ticket_no, one.connection) for one in rig.db.run(
        leasing.lease, list(tickets), HOUR, holder
    )]  # fmt: skip


def _break(rig: Rig, *, probe_in: int = -SECOND, since: int = 0) -> None:
    rig.sql(
        "UPDATE connections SET state = 'broken', window_now = 0, failures = 5, probe_at = hub_now() + :later, "
        "since = hub_now() - :since WHERE name = :name",
        later=probe_in,
        since=since,
        name=rig.connection,
    )


def tickets_of_a_process_that_is_gone_are_due_at_once_and_the_oldest_first(rig: Rig) -> None:
    rig.connect(rig.connection, 2)
    ids = [rig.accept() for _ in range(5)]
    first = _claim(rig, "dead")
    assert {ticket.message_id for ticket in first} == set(ids[:2])
    assert _claim(rig, "living") == [], "the dead hold the window"
    assert rig.db.run(processes.release, ["dead"], []) == 2
    second = _claim(rig, "living")
    assert {ticket.message_id for ticket in second} == set(ids[:2])
    assert rig.lease(*first) == []
    assert len(rig.lease(*second)) == 2


def what_the_living_hold_stays_theirs(rig: Rig) -> None:
    rig.accept()
    tickets = _claim(rig, "living")
    assert rig.db.run(processes.release, ["dead"], ["silent"]) == 0
    assert len(_lease(rig, "living", *tickets)) == 1
    assert rig.db.run(processes.release, ["dead"], ["silent"]) == 0


def the_lease_of_a_process_that_is_gone_ends_as_a_death(rig: Rig) -> None:
    message_id = rig.accept()
    _lease(rig, "dead", *_claim(rig, "dispatcher"))
    assert rig.db.run(keeping.expire, 3) == 0
    assert rig.db.run(processes.release, ["dead"], []) == 1
    assert rig.db.run(keeping.expire, 3) == 1
    assert rig.waiting(message_id)["deaths"] == 1
    assert rig.waiting(message_id)["unsure"]
    younger = rig.accept()
    assert [ticket.message_id for ticket in _claim(rig, "living", 1)] == [message_id], f"{younger} is younger"


def the_lease_of_a_silent_process_lasts_but_fills_no_place(rig: Rig) -> None:
    rig.connect(rig.connection, 1)
    first, second = rig.accept(), rig.accept()
    (leased,) = rig.lease(*_claim(rig, "dispatcher"))
    rig.sql("UPDATE work SET holder = 'silent' WHERE message_id = :id", id=first)
    assert _claim(rig, "living") == []
    assert rig.db.run(processes.release, [], ["silent"]) == 1
    assert [ticket.message_id for ticket in _claim(rig, "living")] == [second]
    assert rig.db.run(keeping.expire, 3) == 0
    assert rig.deliver(leased) == Status.COMPLETED, "it was only silent"


def holders_are_told_with_their_silence(rig: Rig) -> None:
    rig.accept()
    _claim(rig, "host:1:x")
    assert rig.db.run(processes.holders) == [("host:1:x", None)]
    rig.db.run(keeping.beat, "host:1:x/worker svb", "worker svb")
    rig.db.run(keeping.beat, "host:1:x/dispatcher", "dispatcher")
    rig.sql("UPDATE heartbeats SET at = at - :age WHERE role = 'dispatcher'", age=HOUR)
    ((name, silent),) = rig.db.run(processes.holders)
    assert name == "host:1:x"
    assert silent is not None
    assert silent < 60 * SECOND, "one of its roles was heard of"


def a_start_alone_frees_everything(rig: Rig) -> None:
    held, leased = rig.accept(), rig.accept()
    tickets = {ticket.message_id: ticket for ticket in rig.claim()}
    assert len(rig.lease(tickets[leased])) == 1
    assert rig.db.run(processes.release_all) == 2
    assert rig.db.run(keeping.expire, 3) == 1
    assert {ticket.message_id for ticket in rig.claim()} == {held, leased}


def a_probe_of_a_process_that_is_gone_is_due_at_once(rig: Rig) -> None:
    for _ in range(3):
        rig.accept()
    _break(rig)
    assert len(_lease(rig, "dead", *_claim(rig, "dispatcher"))) == 1
    assert _claim(rig, "dispatcher") == []
    rig.db.run(processes.release, ["dead"], [])
    rig.db.run(keeping.expire, 3)
    assert len(_claim(rig, "dispatcher")) == 1


def a_probe_that_is_handed_back_is_due_at_once(rig: Rig) -> None:
    rig.accept()
    _break(rig)
    (ticket,) = rig.claim()
    rig.db.run(claiming.set_back, [ticket])
    assert len(rig.claim()) == 1


def a_probe_that_is_cancelled_makes_room_for_the_next(rig: Rig) -> None:
    for _ in range(2):
        rig.accept()
    _break(rig)
    (ticket,) = rig.claim()
    rig.db.run(operating.cancel, [ticket.message_id], "user:a", "mistake")
    assert len(rig.claim()) == 1


def calls_that_ran_when_the_breaker_opened_do_not_hold_up_a_probe(rig: Rig) -> None:
    for _ in range(3):
        rig.accept()
    assert len(rig.lease(*rig.claim(2), length=HOUR)) == 2
    _break(rig)
    assert len(rig.claim()) == 1
    assert rig.claim() == []


def a_message_that_waits_for_its_next_attempt_may_be_the_probe(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.FAILED, delay=HOUR // 2))
    assert rig.claim() == []
    _break(rig)
    assert [ticket.message_id for ticket in rig.claim()] == [leased.message_id]


def what_the_partner_asked_to_wait_with_is_no_probe(rig: Rig) -> None:
    leased = rig.sending()
    rig.settle(rig.outcome(leased, Event.FAILED, "throttled", delay=HOUR // 2))
    _break(rig)
    assert rig.claim() == []


def after_an_outage_what_waits_goes_at_once_and_the_oldest_first(rig: Rig) -> None:
    ids = [rig.accept() for _ in range(3)]
    for one in rig.lease(*rig.claim()):
        rig.settle(rig.outcome(one, Event.FAILED, delay=HOUR // 2))
    younger = [rig.accept() for _ in range(2)]
    _break(rig, since=HOUR)
    (probe,) = rig.lease(*rig.claim())
    rig.deliver(probe)
    order = []
    for _ in range(4):
        (leased,) = rig.lease(*rig.claim(1))
        order.append(leased.message_id)
        rig.deliver(leased)
    rest = [message_id for message_id in ids if message_id != probe.message_id]
    assert order == sorted([*rest, *(one for one in younger if one != probe.message_id)])


def a_sign_of_life_of_the_partner_brings_the_probe_forward(rig: Rig) -> None:
    rig.accept()
    rig.connect("other")
    rig.sql("UPDATE connections SET partner = 'else' WHERE name = 'other'")
    _break(rig, probe_in=HOUR)
    rig.receive(connection="other")
    assert rig.claim() == []
    rig.receive()
    assert len(rig.claim()) == 1


def a_sign_of_life_changes_no_pause(rig: Rig) -> None:
    rig.accept()
    rig.db.run(connections.pause, rig.connection, "held", "user:a")
    rig.receive()
    assert rig.claim() == []


def calls_that_fail_side_by_side_count_as_one(rig: Rig) -> None:
    for _ in range(9):
        rig.accept()
    leased = rig.lease(*rig.claim())
    assert len(leased) == 9
    for one in leased:
        rig.settle(rig.outcome(one, Event.FAILED, began=one.began), throttle=Throttle(failures=2))
    row = rig.connection_row()
    assert (row["state"], row["failures"]) == ("open", 1)
    rig.hasten(*(one.message_id for one in leased))
    (again, *_) = rig.lease(*rig.claim())
    rig.settle(rig.outcome(again, Event.FAILED, began=again.began), throttle=Throttle(failures=2))
    assert rig.connection_row()["state"] == "broken"


def tickets_that_were_out_when_the_breaker_opened_are_no_probes(rig: Rig) -> None:
    for _ in range(3):
        rig.accept()
    first, *rest = rig.claim()
    (leased,) = rig.lease(first)
    rig.settle(rig.outcome(leased, Event.FAILED, began=leased.began), throttle=Throttle(failures=1))
    assert rig.connection_row()["state"] == "broken"
    assert rig.lease(*rest) == []
