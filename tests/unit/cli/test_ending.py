"""The wish to end is heard whenever it comes."""

from __future__ import annotations

import itertools
import signal
import sys
import threading
import weakref
from collections.abc import Iterator

import pytest

from hub.cli.ending import Ending

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def ending() -> Iterator[Ending]:
    """Asked by signals; the handlers of the test run come back."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield Ending.by_signals()
    for number, handler in before.items():
        signal.signal(number, handler)


class _Passing:
    """Something that a weak reference can point at."""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_heard_where_python_drops_exceptions(ending, number):
    passing = _Passing()
    reference = weakref.ref(passing, lambda _: signal.raise_signal(number))
    del passing
    assert reference() is None
    with pytest.raises(KeyboardInterrupt):
        ending.pause(0)


def test_a_signal_ends_the_waiting_at_once_and_for_good(ending):
    threading.Timer(0.1, signal.pthread_kill, (threading.get_ident(), signal.SIGTERM)).start()
    assert ending.wait(), "without an end of its own: only the signal ends it"
    assert ending.wait()


@pytest.mark.parametrize("step", range(12))
def test_a_signal_at_any_step_of_the_waiting_is_heard(ending, step):
    steps = itertools.count()

    def strike(*_: object) -> None:
        if next(steps) == step:
            signal.raise_signal(signal.SIGINT)

    sys.setprofile(strike)
    try:
        ending.wait(0.05)
    finally:
        sys.setprofile(None)
    assert ending.asked or next(steps) <= step


def test_unasked_it_waits_its_time(ending):
    assert not ending.wait(0.01)
    ending.pause(0.01)
    assert not ending.asked


def test_a_thread_may_ask(ending):
    threading.Timer(0.05, ending.ask).start()
    assert ending.wait(60)
