"""The conformance suite of ``hub.contracts.inbound.InboundSource``: what every source must do, real or made for tests.

A new source runs it with a bench of some twenty lines: see ``test_sources.py``. ``test_source_suite_bites.py`` proves that each
check can fail.
"""

from __future__ import annotations

import datetime as dt
import threading
import traceback
from collections.abc import Callable, Generator
from typing import Protocol

from hub.contracts.adapter import Incoming
from hub.contracts.inbound import InboundSource, Rejected
from hub.errors import HubError, PermanentError, TransientError

#: Stands in every body, where personal data would be.
MARKED = "Geheim_Achternaam_999999047"


class Bench(Protocol):
    """A partner under control, and sources that ask it."""

    #: Seconds to wait for what should happen soon.
    patience: float
    #: Whether the partner can be told to keep a poll waiting.
    can_hang: bool

    def source(self) -> InboundSource:
        """A new source of this partner, not yet opened. The bench closes it at the end."""

    def put(self, reference: str, *, good: bool = True) -> None:
        """Have the partner hold a message for us, behind the others; a bad one is no message. Its body holds ``MARKED``."""

    def away(self, away: bool) -> None:
        """Whether the partner can be reached."""

    def hang(self) -> None:
        """Keep the coming polls waiting."""

    def wait_for_poll(self) -> None:
        """Wait until a poll waits for the partner."""


Check = Callable[[Bench], None]


def opened(bench: Bench) -> InboundSource:
    """A new source, ready."""
    source = bench.source()
    source.open()
    return source


def drained(source: InboundSource) -> list[Incoming | Rejected]:
    """Everything that one poll gives, gone on after to the end."""
    return list(source.poll())


def references(found: list[Incoming | Rejected]) -> list[str]:
    """Of the messages among these."""
    return [one.reference for one in found if isinstance(one, Incoming)]


def it_says_who_it_is(bench: Bench) -> None:
    """Facts that the engine reads."""
    source = bench.source()
    assert isinstance(source.partner, str)
    assert source.partner
    assert source.every > dt.timedelta(0)


def what_waits_comes_in_order(bench: Bench) -> None:
    """The partner's order is kept, and every message has an identity of its own."""
    for name in ("one", "two", "three"):
        bench.put(name)
    found = drained(opened(bench))
    assert references(found) == ["one", "two", "three"]
    assert all(isinstance(one, Incoming) and one.sender and one.digest and one.body for one in found)


def what_was_gone_on_after_does_not_come_again(bench: Bench) -> None:
    """Else it would be fetched for ever."""
    bench.put("one")
    source = opened(bench)
    assert references(drained(source)) == ["one"]
    assert drained(source) == []
    assert drained(opened(bench)) == []


def what_was_not_gone_on_after_comes_again(bench: Bench) -> None:
    """Going on means committed: before that nothing may be forgotten, not even when the poll is closed."""
    bench.put("one")
    bench.put("two")
    source = opened(bench)
    found = source.poll()
    assert references([next(found)]) == ["one"]
    if isinstance(found, Generator):
        found.close()
    source.close()
    assert references(drained(opened(bench))) == ["one", "two"]


def the_same_bytes_have_the_same_identity(bench: Bench) -> None:
    """By it the journal knows what was fetched before."""
    bench.put("one")
    source = opened(bench)
    first, second = next(source.poll()), next(source.poll())
    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert (first.sender, first.reference, first.digest) == (second.sender, second.reference, second.digest)


def what_is_no_message_stands_in_nobodys_way(bench: Bench) -> None:
    """It is handed over with what is wrong, and the next one comes."""
    bench.put("one")
    bench.put("odd", good=False)
    bench.put("two")
    source = opened(bench)
    found = drained(source)
    assert references(found) == ["one", "two"]
    odd = next((one for one in found if isinstance(one, Rejected)), None)
    assert odd is not None, "nobody hears of what was no message"
    assert isinstance(odd.error, PermanentError)
    assert MARKED.encode() in odd.body
    assert drained(source) == []


def trouble_is_transient(bench: Bench) -> None:
    """A partner that is away is asked again later, by the same source."""
    bench.put("one")
    source = opened(bench)
    bench.away(True)
    try:
        drained(source)
    except TransientError:
        pass
    except Exception as error:
        raise AssertionError(f"a partner that is away led to {type(error).__name__}") from None
    else:
        raise AssertionError("a partner that is away has nothing for us?")
    bench.away(False)
    assert references(drained(source)) == ["one"]


def close_ends_a_poll_that_waits(bench: Bench) -> None:
    """The engine ends what takes too long by closing from another thread."""
    if not bench.can_hang:
        return
    source = opened(bench)
    bench.hang()
    caught: list[Exception] = []

    def poll() -> None:
        try:
            drained(source)
        except Exception as error:
            caught.append(error)

    polling = threading.Thread(target=poll, daemon=True)
    polling.start()
    bench.wait_for_poll()
    source.close()
    polling.join(bench.patience)
    assert not polling.is_alive(), "the poll goes on after close()"
    assert isinstance(caught[0], TransientError)


def a_closed_source_opens_again(bench: Bench) -> None:
    """Opening and closing may be repeated, in any state."""
    source = bench.source()
    source.close()
    for name in ("one", "two"):
        bench.put(name)
        source.open()
        source.open()
        assert references(drained(source)) == [name]
        source.close()
        source.close()


def a_closed_source_gives_nothing(bench: Bench) -> None:
    """Else a poll that was broken off would go on unwatched."""
    bench.put("one")
    bench.put("two")
    source = opened(bench)
    found = source.poll()
    next(found)
    source.close()
    rest: list[Incoming | Rejected] = []
    try:
        rest = list(found)
    except HubError as error:
        assert isinstance(error, TransientError)  # noqa: PT017  # any other error fails the check too
    assert rest == []


def no_error_tells_content(bench: Bench) -> None:
    """Texts are logged and shown, so they hold no content, not even by way of a cause."""
    bench.put("odd", good=False)
    (odd,) = drained(opened(bench))
    assert isinstance(odd, Rejected)
    assert MARKED not in odd.error.text + "".join(traceback.format_exception(odd.error)) + repr(odd)


CHECKS: tuple[Check, ...] = (
    it_says_who_it_is,
    what_waits_comes_in_order,
    what_was_gone_on_after_does_not_come_again,
    what_was_not_gone_on_after_comes_again,
    the_same_bytes_have_the_same_identity,
    what_is_no_message_stands_in_nobodys_way,
    trouble_is_transient,
    close_ends_a_poll_that_waits,
    a_closed_source_opens_again,
    a_closed_source_gives_nothing,
    no_error_tells_content,
)
