"""A process keeps to one processor, with every thread that it starts afterwards."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from hub.processor import ANY, ONE, keep_to

ALLOWED = sorted(os.sched_getaffinity(0))


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    os.sched_setaffinity(0, ALLOWED)


def _of_a_new_thread() -> set[int]:
    found: list[set[int]] = []
    thread = threading.Thread(target=lambda: found.append(os.sched_getaffinity(0)))
    thread.start()
    thread.join()
    return found[0]


def test_one_is_chosen_among_those_allowed_and_threads_follow() -> None:
    chosen = keep_to(ONE)
    assert chosen in ALLOWED
    assert os.sched_getaffinity(0) == _of_a_new_thread() == {chosen}
    assert keep_to(ONE) == chosen, "what was narrowed before, by taskset for instance, is kept to"


def test_a_number_is_taken_at_its_word() -> None:
    assert keep_to(str(ALLOWED[-1])) == ALLOWED[-1]
    assert _of_a_new_thread() == {ALLOWED[-1]}


def test_any_changes_nothing() -> None:
    assert keep_to(ANY) is None
    assert os.sched_getaffinity(0) == set(ALLOWED)


@pytest.mark.parametrize("wish", ["9999", "-1", "two", "", "1.5"])
def test_what_is_no_processor_is_refused_with_those_that_are(wish: str) -> None:
    with pytest.raises(ValueError, match=f"any or one of .*{ALLOWED[0]}"):
        keep_to(wish)
    assert os.sched_getaffinity(0) == set(ALLOWED)


def test_without_such_a_thing_on_this_system_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    assert keep_to(ONE) is None
    monkeypatch.undo()
