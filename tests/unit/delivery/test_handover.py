"""Handing work to threads: in order, to whoever became idle last, and to nobody twice."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from hub.delivery.handover import Handover
from tests.support.services import wait_until


def _waiting(handover: Handover[int], count: int) -> None:
    wait_until(lambda: len(handover._idle) == count, f"{count} wait", seconds=20, pause=0.002)


def test_who_became_idle_last_takes_next() -> None:
    handover: Handover[int] = Handover()
    with ThreadPoolExecutor(3) as pool:
        takers: list[Future[int]] = []
        for count in (1, 2, 3):
            takers.append(pool.submit(handover.get))
            _waiting(handover, count)
        handover.put(1)
        assert takers[2].result(20) == 1
        handover.put(2)
        assert takers[1].result(20) == 2
        assert not takers[0].done()
        handover.put(3)
        assert takers[0].result(20) == 3


def test_what_nobody_waits_for_leaves_in_order() -> None:
    handover: Handover[int] = Handover()
    for number in range(5):
        handover.put(number)
    assert [handover.get() for _ in range(5)] == [0, 1, 2, 3, 4]


def test_every_item_is_taken_once() -> None:
    handover: Handover[int] = Handover()
    taken: list[int] = []

    def take() -> None:
        while (item := handover.get()) >= 0:
            taken.append(item)
            handover.pass_on()
        handover.pass_on()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(4000):
        handover.put(number)
    for _ in threads:
        handover.put(-1)
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == list(range(4000))


def test_what_is_passed_on_is_taken_by_another() -> None:
    handover: Handover[int] = Handover()
    taken: list[int] = []
    for _ in range(3):  # daemons: should nobody wake them, they are not waited for
        threading.Thread(target=lambda: taken.append(handover.get()), daemon=True).start()
    _waiting(handover, 3)
    with handover._lock:  # both come before the thread that is woken can look
        handover._items.extend([0, 1])
        handover._wake_one()
    wait_until(lambda: taken == [0], "one is taken", seconds=20, pause=0.002)
    assert list(handover._items) == [1], "nobody was woken for the other"
    handover.pass_on()
    handover.pass_on()  # safe to repeat
    wait_until(lambda: taken == [0, 1], "the other is taken", seconds=20, pause=0.002)
    handover.put(2)
    wait_until(lambda: taken == [0, 1, 2], "and one that comes later", seconds=20, pause=0.002)


def test_items_that_come_at_once_are_all_taken_while_the_first_is_still_in_work() -> None:
    handover: Handover[int] = Handover()
    done, taken = threading.Event(), []

    def work() -> None:
        taken.append(handover.get())
        handover.pass_on()
        done.wait(20)

    with ThreadPoolExecutor(5) as pool:
        for _ in range(5):
            pool.submit(work)
        _waiting(handover, 5)
        for number in range(4):
            handover.put(number)
        wait_until(lambda: len(taken) == 4, "all are taken", seconds=20, pause=0.002)
        handover.put(4)
        wait_until(lambda: len(taken) == 5, "and the one that came later", seconds=20, pause=0.002)
        done.set()
    assert sorted(taken) == [0, 1, 2, 3, 4]
