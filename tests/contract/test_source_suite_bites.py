"""Deliberately broken sources must fail the conformance suite, each on the check that is there for it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.contracts.adapter import Incoming
from hub.contracts.inbound import Rejected
from hub.errors import DecodeFailure, HubError, NotConnected, Untrusted
from hub.testing import source_suite as suite
from tests.contract.test_sources import FakeBench
from tests.support.sources import FakeSource


class SaysNothingOfWhen(FakeSource):
    every = dt.timedelta(0)


class NewestFirst(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        self.mailbox.letters.reverse()
        return super().poll()


class ForgetsNothing(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        letters = list(self.mailbox.letters)
        yield from super().poll()
        self.mailbox.letters.extend(letters)


class ForgetsAtOnce(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        found = list(super().poll())
        yield from found


class NumbersAnew(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        for one in super().poll():
            yield replace(one, reference=uuid.uuid4().hex) if isinstance(one, Incoming) else one


class StumblesOverBadOnes(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        for one in super().poll():
            if isinstance(one, Rejected):
                raise one.error
            yield one


class SkipsBadOnes(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        yield from (one for one in super().poll() if isinstance(one, Incoming))


class CallsAnOutagePermanent(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        try:
            yield from super().poll()
        except NotConnected:
            raise Untrusted("who are they?") from None


class HidesAnOutage(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        try:
            yield from super().poll()
        except NotConnected:
            return


class CannotBeInterrupted(FakeSource):
    def close(self) -> None:
        """Not while it waits."""
        if not self.mailbox.silent:
            super().close()


class ClosesForGood(FakeSource):
    gone = False

    def close(self) -> None:
        super().close()
        self.gone = True

    def poll(self) -> Iterator[Incoming | Rejected]:
        if self.gone:
            raise NotConnected("closed")
        return super().poll()


class GoesOnWhenClosed(FakeSource):
    def close(self) -> None:
        """Nothing."""


class QuotesContent(FakeSource):
    def poll(self) -> Iterator[Incoming | Rejected]:
        for one in super().poll():
            yield Rejected(one.body, DecodeFailure(f"cannot read {one.body!r}")) if isinstance(one, Rejected) else one


BROKEN = [
    (SaysNothingOfWhen, suite.it_says_who_it_is),
    (NewestFirst, suite.what_waits_comes_in_order),
    (ForgetsNothing, suite.what_was_gone_on_after_does_not_come_again),
    (ForgetsAtOnce, suite.what_was_not_gone_on_after_comes_again),
    (NumbersAnew, suite.the_same_bytes_have_the_same_identity),
    (StumblesOverBadOnes, suite.what_is_no_message_stands_in_nobodys_way),
    (SkipsBadOnes, suite.what_is_no_message_stands_in_nobodys_way),
    (CallsAnOutagePermanent, suite.trouble_is_transient),
    (HidesAnOutage, suite.trouble_is_transient),
    (CannotBeInterrupted, suite.close_ends_a_poll_that_waits),
    (ClosesForGood, suite.a_closed_source_opens_again),
    (GoesOnWhenClosed, suite.a_closed_source_gives_nothing),
    (QuotesContent, suite.no_error_tells_content),
]


@pytest.mark.parametrize(("broken", "check"), BROKEN, ids=lambda value: value.__name__)
def test_a_broken_source_fails_the_suite(broken: type[FakeSource], check: suite.Check) -> None:
    bench = FakeBench(broken)
    bench.patience = 0.5
    with pytest.raises((AssertionError, HubError, StopIteration)):
        check(bench)


def test_every_check_bites() -> None:
    """Each check has a broken source above that fails it."""
    assert {check for _, check in BROKEN} == set(suite.CHECKS)
