"""Leader and followers: groups form while one is served, and nobody waits for a lead that nobody has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from hub.errors import Reached, Unavailable
from hub.journal.grouping import Grouping, _Place
from tests.support.services import wait_until

PATIENCE = 60.0


class Held:
    """Serves numbers by doubling them; every group waits until ``go_on`` is set. Numbers below 0 are refused."""

    def __init__(self, most: int = 64) -> None:
        self.groups: list[list[int]] = []
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.breaks: BaseException | None = None
        self.grouping: Grouping[int, int] = Grouping(self.serve, most=most)

    def serve(self, items: Sequence[int], _: Callable[[], None]) -> list[int | Exception]:
        self.groups.append(list(items))
        self.entered.set()
        assert self.go_on.wait(PATIENCE)
        if self.breaks is not None:
            error, self.breaks = self.breaks, None
            raise error
        return [2 * item if item >= 0 else ValueError(str(item)) for item in items]

    def waiting(self, count: int) -> None:
        wait_until(lambda: len(self.grouping) == count, f"{count} wait", seconds=PATIENCE, pause=0.002)


def test_one_that_comes_alone_is_served_in_its_own_thread() -> None:
    served: list[threading.Thread] = []

    def serve(items: Sequence[int], _: Callable[[], None]) -> list[int | Exception]:
        served.append(threading.current_thread())
        return list(items)

    assert Grouping(serve, most=2).run(3) == 3
    assert served == [threading.current_thread()]


def test_those_who_come_while_a_group_is_served_are_the_next_group() -> None:
    held = Held(most=5)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(held.grouping.run, 100)
        assert held.entered.wait(PATIENCE)
        rest = []
        for number in range(7):
            rest.append(pool.submit(held.grouping.run, number))
            held.waiting(number + 1)
        held.go_on.set()
        assert [one.result(PATIENCE) for one in (first, *rest)] == [200, 0, 2, 4, 6, 8, 10, 12]
    assert held.groups == [[100], [0, 1, 2, 3, 4], [5, 6]], "in the order in which they came, five at most"


def test_what_is_wrong_with_one_is_told_to_that_one() -> None:
    held = Held()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(held.grouping.run, 1)
        assert held.entered.wait(PATIENCE)
        bad, good = pool.submit(held.grouping.run, -1), pool.submit(held.grouping.run, 2)
        held.waiting(2)
        held.go_on.set()
        assert (first.result(PATIENCE), good.result(PATIENCE)) == (2, 4)
        with pytest.raises(ValueError, match="-1"):
            bad.result(PATIENCE)


@pytest.mark.parametrize("error", [RuntimeError("all of it"), KeyboardInterrupt()])
def test_when_a_group_fails_all_of_it_hear_and_the_next_is_served(error: BaseException) -> None:
    held = Held()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(held.grouping.run, 1)
        assert held.entered.wait(PATIENCE)
        held.breaks = error
        second = pool.submit(held.grouping.run, 2)
        held.waiting(1)
        held.go_on.set()
        with pytest.raises(type(error)):
            first.result(PATIENCE)
        assert second.result(PATIENCE) == 4


def test_followers_of_an_interrupted_thread_do_not_know_how_far_it_came() -> None:
    held = Held()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(held.grouping.run, 1)
        assert held.entered.wait(PATIENCE)
        leads = pool.submit(held.grouping.run, 2)
        held.waiting(1)
        follows = pool.submit(held.grouping.run, 3)
        held.waiting(2)
        held.entered.clear()
        held.go_on.set()
        held.go_on.clear()
        first.result(PATIENCE)
        assert held.entered.wait(PATIENCE)
        held.breaks = KeyboardInterrupt()
        held.go_on.set()
        with pytest.raises(KeyboardInterrupt):
            leads.result(PATIENCE)
        with pytest.raises(Unavailable) as told:
            follows.result(PATIENCE)
    assert told.value.reached == Reached.MAYBE


class _Interrupted:
    """A lock of which waiting is broken off by Ctrl-C."""

    def acquire(self) -> None:
        raise KeyboardInterrupt

    def release(self) -> None:
        """The lead comes: nobody is there to take it."""


def _one_that_leaves(held: Held, pool: ThreadPoolExecutor) -> tuple[Future[int], _Place[int, int]]:
    """The call that is being served, and behind it one whose waiting is going to be broken off."""
    place: _Place[int, int] = _Place(2)
    place.wake = _Interrupted()  # type: ignore[assignment]
    first = pool.submit(held.grouping.run, 1)
    assert held.entered.wait(PATIENCE)
    held.grouping._waiting.append(place)
    return first, place


@pytest.mark.parametrize("leads", [False, True], ids=["while it follows", "when it was just given the lead"])
def test_one_that_leaves_while_it_waits_holds_up_nobody(leads: bool) -> None:
    held = Held()
    with ThreadPoolExecutor(4) as pool:
        first, place = _one_that_leaves(held, pool)
        third = pool.submit(held.grouping.run, 3)
        held.waiting(2)
        if leads:
            held.go_on.set()
            first.result(PATIENCE)
            assert place.leads
        with pytest.raises(KeyboardInterrupt):
            held.grouping._follow(place)
        held.go_on.set()
        assert (first.result(PATIENCE), third.result(PATIENCE)) == (2, 6)
    assert held.groups == [[1], [3]], "who left is not served"
    held.grouping.close()


def test_closing_waits_for_those_who_wait_and_takes_nobody_else() -> None:
    held = Held()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(held.grouping.run, 1)
        assert held.entered.wait(PATIENCE)
        second = pool.submit(held.grouping.run, 2)
        held.waiting(1)
        closed = pool.submit(held.grouping.close)
        wait_until(lambda: held.grouping._closed, "closing", seconds=PATIENCE, pause=0.002)
        with pytest.raises(Unavailable, match="closed"):
            held.grouping.run(3)
        assert not closed.done()
        held.go_on.set()
        closed.result(PATIENCE)
        assert (first.result(0), second.result(0)) == (2, 4), "both were done when it was closed"
    held.grouping.close()


def test_many_at_once_all_get_their_own_answer() -> None:
    grouping: Grouping[int, int] = Grouping(lambda items, _: [2 * item for item in items], most=7)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(grouping.run, range(5000))) == [2 * number for number in range(5000)]
    grouping.close()


def test_the_next_group_begins_when_the_one_before_says_so() -> None:
    first_half, go_on = threading.Event(), threading.Event()
    groups: list[list[int]] = []

    def serve(items: Sequence[int], next_may_begin: Callable[[], None]) -> list[int | Exception]:
        groups.append(list(items))
        if items == [1]:
            next_may_begin()
            next_may_begin()  # a second word changes nothing
            first_half.set()
            assert go_on.wait(PATIENCE)
        return list(items)

    grouping: Grouping[int, int] = Grouping(serve, most=5)
    with ThreadPoolExecutor(3) as pool:
        slow = pool.submit(grouping.run, 1)
        assert first_half.wait(PATIENCE)
        assert grouping.run(2) == 2
        assert not slow.done()
        closed = pool.submit(grouping.close)
        wait_until(lambda: grouping._closed, "closing", seconds=PATIENCE, pause=0.002)
        assert not closed.done(), "the first is still being served"
        go_on.set()
        assert slow.result(PATIENCE) == 1
        closed.result(PATIENCE)
    assert groups == [[1], [2]]


def test_closing_goes_on_when_the_one_that_got_the_lead_has_left() -> None:
    held = Held()
    with ThreadPoolExecutor(2) as pool:
        first, place = _one_that_leaves(held, pool)
        closed = pool.submit(held.grouping.close)
        wait_until(lambda: held.grouping._closed, "closing", seconds=PATIENCE, pause=0.002)
        held.go_on.set()
        first.result(PATIENCE)
        wait_until(lambda: place.leads, "the lead", seconds=PATIENCE, pause=0.002)
        with pytest.raises(KeyboardInterrupt):
            held.grouping._follow(place)
        closed.result(PATIENCE)
