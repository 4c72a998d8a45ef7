"""Delivery, retry and the breaker: what the engine does with a partner that behaves in every way."""

from __future__ import annotations

import pytest

from hub.delivery.retry import RetryPolicy
from hub.delivery.throttle import Throttle
from hub.delivery.worker import WorkerOptions
from hub.errors import (
    ConnectionFault,
    HubError,
    NotConnected,
    Reached,
    Refused,
    Throttled,
    TransientError,
    Unavailable,
)
from hub.journal.units import connections
from hub.message import Receipt, Repeat
from tests.integration.engine.conftest import Setup, offer
from tests.support.fake_partner import FakePartner, accepts, hangs, raises
from tests.support.routes import PlainRoute, plain_document

NO = NotConnected("nothing answers")
MAYBE = Unavailable("no answer", code="timed_out", reached=Reached.MAYBE)


def test_every_accepted_message_is_delivered_once(setup: Setup) -> None:
    partner = FakePartner()
    engine = setup.engine({"plain": partner}).start()
    ids = offer(engine, 60, key=lambda number: str(number % 7))
    setup.wait_for_all(ids)
    assert sorted(one.message_id for one in partner.got) == sorted(ids)
    setup.verify()


def test_what_was_accepted_is_what_is_sent(embedded: Setup) -> None:
    partner = FakePartner()
    partner.next_calls.extend([raises(MAYBE), raises(NO), raises(MAYBE)])
    engine = embedded.engine({"plain": partner}).start()
    taken = engine.accept("plain", plain_document(text="één & ander"))
    engine.wait(taken.message_id, "completed")
    partner.assert_same_bytes()
    assert len(partner.got) == 4
    assert {one.reference for one in partner.got} == {taken.reference}
    assert "één &amp; ander".encode() in partner.got[0].body
    assert b"00000000000000000" not in partner.got[0].body


@pytest.mark.parametrize(
    ("error", "attempts"),
    [(NO, 0), (MAYBE, 1), (Throttled("slower", after=0.01), 1), (ConnectionFault("TLS", code="tls_failed"), 0)],
    ids=["not connected", "timed out", "throttled", "fault"],
)
def test_only_attempts_that_may_have_reached_the_partner_are_burnt(embedded: Setup, error: HubError, attempts: int) -> None:
    partner = FakePartner()
    partner.next_calls.append(raises(error))
    engine = embedded.engine({"plain": partner}, retry=RetryPolicy(base=60, most=60)).start()
    taken = engine.accept("plain", plain_document())
    partner.wait_for(lambda it: len(it.got) == 1)
    view = engine.wait_until(
        lambda: (view := engine.view(taken.message_id)) and view.status == "waiting" and view.code and view,
        "the failure is settled",
    )
    assert (view.status, view.attempts, view.code) == ("waiting", attempts, error.code)
    assert view.next_at is not None


def test_a_message_is_parked_after_its_last_attempt(setup: Setup) -> None:
    partner = FakePartner(raises(MAYBE))
    routes = [PlainRoute("plain", "plain", max_attempts=3)]
    engine = setup.engine({"plain": partner}, routes, throttle=Throttle(failures=99)).start()
    taken = engine.accept("plain", plain_document())
    view = engine.wait(taken.message_id, "parked")
    assert (view.code, view.attempts, len(partner.got)) == ("attempts_used_up", 3, 3)
    assert setup.tasks() == [("parked", str(taken.message_id))]
    assert [one.times for one in view.timeline if one.event == "attempt_failed"] == [2]


def test_a_refusal_parks_at_once(embedded: Setup) -> None:
    partner = FakePartner(raises(Refused("no", partner_code="StUF058")))
    engine = embedded.engine({"plain": partner}).start()
    taken = engine.accept("plain", plain_document())
    view = engine.wait(taken.message_id, "parked")
    assert (view.code, len(partner.got)) == ("refused", 1)
    assert view.timeline[-1].detail["partner_code"] == "StUF058"


def test_a_doubtful_attempt_is_not_repeated_where_a_repeat_is_unsafe(embedded: Setup) -> None:
    partner = FakePartner()
    partner.next_calls.extend([raises(NO), raises(MAYBE)])
    engine = embedded.engine({"plain": partner}, repeat={"plain": Repeat.UNSAFE}).start()
    taken = engine.accept("plain", plain_document())
    view = engine.wait(taken.message_id, "parked")
    assert (view.code, len(partner.got)) == ("in_doubt", 2)


def test_a_bug_in_an_adapter_is_tried_three_times_and_keeps_its_text_to_itself(embedded: Setup) -> None:
    partner = FakePartner(raises(RuntimeError("Geheim_Ächternaam")))
    patient = WorkerOptions(concurrency=4, call_deadline=100.0)  # so that nothing but the bug is counted
    engine = embedded.engine({"plain": partner}, options=patient, ticket_life=100.0).start()
    taken = engine.accept("plain", plain_document())
    view = engine.wait(taken.message_id, "parked")
    assert (view.code, len(partner.got)) == ("unexpected", 3)
    assert "Geheim" not in repr(view)


def test_what_an_adapter_gives_back_wrongly_harms_its_own_message_only(embedded: Setup) -> None:
    partner = FakePartner()
    rubbish = [Receipt(code=b"Bv04"), None, Receipt("Bv04", remark=object()), Receipt("Bv04", evidence="text")]  # type: ignore[arg-type]
    partner.next_calls.extend([lambda _, one=one: one for one in rubbish])  # type: ignore[misc]
    engine = embedded.engine({"plain": partner}, throttle=Throttle(failures=99)).start()
    ids = offer(engine, 30)
    embedded.wait_for_all(ids)
    assert len(partner.got) <= 30 + len(rubbish) * 2
    embedded.verify()


@pytest.mark.parametrize("after", [1e20, float("inf"), float("nan"), -1.0])
def test_a_partner_cannot_ask_to_wait_for_ever(embedded: Setup, after: float) -> None:
    partner = FakePartner()
    partner.next_calls.append(raises(Throttled("slower", after=after)))
    engine = embedded.engine({"plain": partner}).start()
    first = engine.accept("plain", plain_document("a")).message_id
    partner.wait_for(lambda it: len(it.got) >= 1)
    others = offer(engine, 10, key=lambda number: f"b{number}")
    embedded.wait_for_all(others)
    assert engine.wait(first, "waiting", "parked", "completed").code in ("throttled", "deadline_passed", "unexpected", "")
    embedded.verify()


def test_failures_in_a_row_open_the_breaker_and_recovery_doubles(setup: Setup) -> None:
    partner = FakePartner(raises(MAYBE))
    throttle = Throttle(failures=3, probe_base=0.3, probe_most=0.3)
    routes = [PlainRoute("plain", "plain", max_attempts=50)]
    engine = setup.engine({"plain": partner}, routes, throttle=throttle, window=16).start()
    ids = offer(engine, 40)
    rig = setup.rig()
    engine.wait_until(lambda: rig.connection_row("plain")["state"] == "broken", "the breaker opens")
    waiting = engine.view(ids[-1])
    assert (waiting.status, str(waiting.reason)) == ("waiting", "partner")
    windows: list[int] = []

    def look(outgoing: object) -> Receipt:
        windows.append(rig.connection_row("plain")["window_now"])
        return accepts(outgoing)  # type: ignore[arg-type]

    partner.wait_for(lambda it: it.running == 0)
    partner.behaviour = look
    setup.wait_for_all(ids)
    assert windows[0] == 0
    assert rig.connection_row("plain")["state"] == "open"
    assert rig.connection_row("plain")["window_now"] == 16
    assert {1, 2, 4, 8, 16} & set(windows)
    assert setup.tasks() == []


def test_an_open_breaker_lets_one_probe_through_at_a_time(embedded: Setup) -> None:
    partner = FakePartner(raises(NO))
    engine = embedded.engine({"plain": partner}, throttle=Throttle(failures=2, probe_base=0.05, probe_most=0.05)).start()
    offer(engine, 20)
    rig = embedded.rig()
    engine.wait_until(lambda: rig.connection_row("plain")["state"] == "broken", "the breaker opens")
    engine.wait_until(lambda: rig.connection_row("plain")["probes"] >= 1, "a first probe")
    partner.wait_for(lambda it: it.running == 0)
    partner.most_at_once, before = 0, len(partner.got)
    partner.wait_for(lambda it: len(it.got) >= before + 6)
    assert partner.most_at_once == 1
    assert all(row["attempts"] == 0 for row in rig.rows(_work()) if row["status"] == "waiting")


def _work() -> object:
    from hub.journal.tables import work

    return work


def test_calls_that_ran_when_the_breaker_opened_do_not_delay_the_first_probe(embedded: Setup) -> None:
    partner = FakePartner(raises(MAYBE))
    throttle = Throttle(failures=2, probe_base=0.2, probe_most=600.0)
    routes = [PlainRoute("plain", "plain", max_attempts=50)]
    engine = embedded.engine({"plain": partner}, routes, throttle=throttle, window=32)
    ids = offer(engine, 32)
    engine.start()
    rig = embedded.rig()
    engine.wait_until(lambda: rig.connection_row("plain")["state"] == "broken", "the breaker opens")
    partner.behaviour = accepts
    embedded.wait_for_all(ids)


def test_a_fault_of_the_connection_pauses_it_with_one_task_and_harms_no_message(setup: Setup) -> None:
    partner = FakePartner(raises(ConnectionFault("certificate has expired", code="tls_failed")))
    engine = setup.engine({"plain": partner}).start()
    ids = offer(engine, 12)
    rig = setup.rig()
    engine.wait_until(lambda: rig.connection_row("plain")["state"] == "paused", "the pause")
    partner.wait_for(lambda it: it.running == 0)
    engine.wait_until(lambda: all(engine.view(one).status == "waiting" for one in ids), "all wait")
    assert setup.tasks() == [("connection", "plain")]
    assert [engine.view(one).attempts for one in ids] == [0] * 12
    assert str(engine.view(ids[-1]).reason) == "paused"
    calls = len(partner.got)
    partner.behaviour = accepts
    setup.journal.run(connections.resume, "plain", "user:operator")
    setup.wait_for_all(ids)
    assert setup.tasks() == []
    assert len(partner.got) == calls + 12
    setup.verify()


def test_five_parked_in_a_row_pause_the_connection(embedded: Setup) -> None:
    partner = FakePartner(raises(Refused("no")))
    engine = embedded.engine({"plain": partner}).start()
    ids = offer(engine, 30)
    rig = embedded.rig()
    engine.wait_until(lambda: rig.connection_row("plain")["state"] == "paused", "the pause")
    partner.wait_for(lambda it: it.running == 0)
    engine.wait_until(lambda: all(engine.view(one).status != "sending" for one in ids), "all are settled")
    parked = sum(engine.view(one).status == "parked" for one in ids)
    assert 5 <= parked < 30
    assert embedded.tasks().count(("connection", "plain")) == 1


def test_a_throttled_message_waits_as_long_as_the_partner_asked(embedded: Setup) -> None:
    partner = FakePartner()
    partner.next_calls.append(raises(Throttled("slower", after=1.2)))
    engine = embedded.engine({"plain": partner}).start()
    taken = engine.accept("plain", plain_document())
    engine.wait(taken.message_id, "completed")
    first, second = partner.got
    assert second.at - first.at >= 1.2


def test_what_the_outcome_says_stays_in_the_timeline(embedded: Setup) -> None:
    partner = FakePartner()
    partner.next_calls.append(raises(TransientError("not now", reached=Reached.MAYBE)))
    engine = embedded.engine({"plain": partner}).start()
    taken = engine.accept("plain", plain_document())
    view = engine.wait(taken.message_id, "completed")
    assert [one.event for one in view.timeline] == ["accepted", "attempt_failed", "delivered"]
    assert view.timeline[1].detail["reached"] == "maybe"


def test_a_hanging_call_ends_at_its_total_deadline(embedded: Setup) -> None:
    partner = FakePartner()
    partner.next_calls.append(hangs)
    options = WorkerOptions(concurrency=2, call_deadline=0.3, lease_margin=1.0, abandon_after=5.0)
    engine = embedded.engine({"plain": partner}, options=options).start()
    taken = engine.accept("plain", plain_document())
    view = engine.wait(taken.message_id, "completed")
    assert [one.detail.get("code") for one in view.timeline if one.event == "attempt_failed"] == ["timed_out"]
