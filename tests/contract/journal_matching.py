"""Checks of what belongs to what: notifications told at our message, and a person's decisions about the others."""

from __future__ import annotations

import json
from typing import Any

from hub.journal import tables
from hub.journal.suggesting import suggestions
from hub.journal.units import matching, operating
from hub.message import InStatus, MessageId
from tests.contract.journal_rig import HOUR, Rig, at_once

_FACTS = {"status": "Intake afgerond", "result": "Verzoek tot onderzoek afgewezen"}


def _notification(rig: Rig, **facts: Any) -> MessageId:
    return rig.receive(**{"type": "notificatieDi01", "facts": _FACTS, **facts}).message_id


def _ours(rig: Rig, **facts: Any) -> MessageId:
    return rig.accept(answer_within=HOUR, **facts)


def _details(rig: Rig, message_id: MessageId, event: str) -> list[dict[str, Any]]:
    rows = [row for row in rig.rows(tables.timeline) if (row["message_id"], row["event"]) == (message_id, event)]
    return [json.loads(row["detail"]) for row in rows]


def a_notification_is_told_at_our_message_whatever_its_state(rig: Rig) -> None:
    waiting = _ours(rig, unique=(("kenmerk", "K-w"),))
    final = _ours(rig, unique=(("kenmerk", "K-f"),))
    rig.answer(final)
    for ours, kenmerk in ((waiting, "K-w"), (final, "K-f")):
        status = rig.status(ours)
        told = _notification(rig, keys=(("kenmerk", kenmerk),))
        assert rig.message_row(told)["cause"] == ours
        assert rig.status(ours) == status
        assert rig.events(ours)[-1] == "notified"
        assert _details(rig, ours, "notified") == [{"type": "notificatieDi01", "message": str(told), **_FACTS}]
    assert rig.open_tasks() == []


def each_of_several_notifications_is_linked(rig: Rig) -> None:
    ours = _ours(rig, unique=(("kenmerk", "K"),))
    told = {_notification(rig, keys=(("kenmerk", "K"),)) for _ in range(3)}
    assert {row["id"] for row in rig.rows(tables.messages) if row["cause"] == ours} == told
    assert rig.events(ours) == ["accepted", "notified", "notified", "notified"]


def a_repeated_notification_is_told_once(rig: Rig) -> None:
    ours = _ours(rig, unique=(("kenmerk", "K"),))
    for _ in range(2):
        _notification(rig, keys=(("kenmerk", "K"),), reference="in-1")
    assert rig.events(ours) == ["accepted", "notified"]


def a_corrected_request_gets_the_notifications_from_then_on(rig: Rig) -> None:
    rejected = _ours(rig, unique=(("kenmerk", "K"),))
    rig.answer(rejected, verdict=False)
    corrected = _ours(rig, unique=(("kenmerk", "K"),), cause=rejected)
    told = _notification(rig, keys=(("kenmerk", "K"),))
    assert rig.message_row(told)["cause"] == corrected


def an_unmatched_notification_is_matched_by_a_person(rig: Rig) -> None:
    ours, told = _ours(rig), _notification(rig)
    assert rig.open_tasks() == [("unmatched", str(told))]
    assert rig.db.run(matching.match, told, ours, "user:a")
    assert (rig.status(told), rig.message_row(told)["cause"]) == (InStatus.CORRELATED, ours)
    assert _details(rig, ours, "notified") == [{"type": "notificatieDi01", "message": str(told), **_FACTS}]
    assert rig.open_tasks() == []


def a_message_is_matched_once(rig: Rig) -> None:
    candidates = [_ours(rig) for _ in range(4)]
    told = _notification(rig)
    found = at_once(4, lambda number: rig.db.run(matching.match, told, candidates[number], "user:a"))
    assert found.count(True) == 1
    assert rig.message_row(told)["cause"] == candidates[found.index(True)]
    assert [rig.events(one).count("notified") for one in candidates] == [int(one) for one in found]


def a_message_is_matched_to_what_left_by_another_connection_of_the_partner(rig: Rig) -> None:
    rig.connect("other")
    ours, told = _ours(rig), _notification(rig, connection="other", route="other")
    assert rig.db.run(matching.match, told, ours, "user:a")


def nothing_is_matched_across_partners_or_to_what_came_in(rig: Rig) -> None:
    ours, told, other = _ours(rig), _notification(rig), _notification(rig)
    rig.connect("other", partner="vir")
    foreign = _notification(rig, connection="other", route="other")
    assert not rig.db.run(matching.match, foreign, ours, "user:a")
    assert not rig.db.run(matching.match, told, other, "user:a")
    assert not rig.db.run(matching.match, ours, ours, "user:a")
    assert {rig.status(one) for one in (told, other, foreign)} == {InStatus.UNMATCHED}
    assert rig.events(ours) == ["accepted"]


def a_message_is_set_aside_with_a_reason(rig: Rig) -> None:
    told = _notification(rig)
    assert rig.db.run(matching.set_aside, told, "user:a", "ambtshalve")
    assert not rig.db.run(matching.set_aside, told, "user:a", "again")
    assert rig.status(told) == InStatus.HANDLED
    assert _details(rig, told, "set_aside") == [{"reason": "ambtshalve"}]
    assert rig.open_tasks() == []


def a_persons_decision_can_be_undone(rig: Rig) -> None:
    ours, matched, aside = _ours(rig), _notification(rig), _notification(rig)
    rig.db.run(matching.match, matched, ours, "user:a")
    rig.db.run(matching.set_aside, aside, "user:a", "no case of ours")
    for told in (matched, aside):
        assert rig.db.run(matching.undo, told, "user:b", "mistake")
        assert not rig.db.run(matching.undo, told, "user:b", "mistake")
        row = rig.message_row(told)
        assert (row["status"], row["cause"], row["final_at"]) == (InStatus.UNMATCHED, None, None)
        assert ("unmatched", str(told)) in rig.open_tasks()
    assert rig.events(ours)[-1] == "notification_moved"
    assert rig.db.run(matching.match, matched, ours, "user:b")


def what_the_hub_matched_itself_is_not_undone(rig: Rig) -> None:
    _ours(rig, unique=(("kenmerk", "K"),))
    told = _notification(rig, keys=(("kenmerk", "K"),))
    assert not rig.db.run(matching.undo, told, "user:a", "mistake")
    assert rig.status(told) == InStatus.HANDLED


def a_decision_about_destroyed_content_stands(rig: Rig) -> None:
    told = _notification(rig)
    rig.db.run(matching.set_aside, told, "user:a", "no case of ours")
    rig.sql("UPDATE messages SET data_key = NULL WHERE id = :id", id=told)
    assert not rig.db.run(matching.undo, told, "user:a", "mistake")
    assert rig.status(told) == InStatus.HANDLED


def requests_about_the_same_persons_are_suggested_best_first(rig: Rig) -> None:
    one, two, three = ("bsn", "k1:one"), ("bsn", "k1:two"), ("bsn", "k1:three")
    older = _ours(rig, found_by=(one,))
    both = _ours(rig, found_by=(one, two))
    dead = _ours(rig, found_by=(two,))
    rig.db.run(operating.cancel, [dead], "user:a", "mistake")
    newer = _ours(rig, found_by=(two,))
    _ours(rig, found_by=(three, ("kenmerk", "k1:one")))
    rig.connect("other", partner="vir")
    _ours(rig, found_by=(one,), connection="other")
    _notification(rig, found_by=(one,))
    told = _notification(rig, found_by=(one, ("bsn", "k2:one"), two))
    found = suggestions(rig.db, told)
    assert [(each.message.id, each.persons) for each in found] == [(both, 2), (newer, 1), (older, 1), (dead, 1)]
    assert suggestions(rig.db, told, most=1) == found[:1]
    assert suggestions(rig.db, _notification(rig)) == []
