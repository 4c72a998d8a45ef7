"""Deliberately broken adapters must fail the conformance suite, each on the check that is there for it."""

from __future__ import annotations

import dataclasses
import threading
from typing import ClassVar, cast

import pytest

from hub.contracts.adapter import PartnerHealth
from hub.errors import Blame, HubError, NotConnected, Reached, Refused, TransientError, Unavailable
from hub.message import Outgoing, Receipt, Repeat
from hub.testing import adapter_suite as suite
from tests.contract.test_adapters import FakeBench
from tests.support.partners import FakeAdapter


class RetriesItself(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except TransientError:
            super().send(outgoing)
            raise


class NumbersAttempts(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        return super().send(dataclasses.replace(outgoing, body=outgoing.body + b"<!-- %d -->" % outgoing.attempt))


class Reformats(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        return super().send(dataclasses.replace(outgoing, body=outgoing.body.replace(b"<x>", b"<x >")))


class RaisesForeignErrors(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except Unavailable as error:
            raise ValueError("cannot decode") from error


class QuotesContent(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except TransientError:
            raise Unavailable(f"could not send {outgoing.body!r}", reached=Reached.MAYBE) from None


class QuotesContentInTheCause(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except Refused as error:
            raise error from RuntimeError(outgoing.body.decode())


class DeniesThatItWrote(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except Unavailable as error:
            raise Unavailable(error.text, code=error.code) from None


class CallsARefusedConnectionDoubtful(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except NotConnected as error:
            raise Unavailable(error.text, reached=Reached.MAYBE) from None


class CannotBeInterrupted(FakeAdapter):
    never = threading.Event()

    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except Unavailable as error:
            if error.code == "connection_lost":
                self.never.wait(2)
            raise


class ClosesOnlyAfterTheCall(FakeAdapter):
    def close(self) -> None:
        threading.Event().wait(2)
        super().close()


class OpensOnce(FakeAdapter):
    _used = False

    def open(self) -> None:
        if self._used:
            raise RuntimeError("already opened")
        self._used = True
        super().open()


class ClosesOnce(FakeAdapter):
    _gone = False

    def close(self) -> None:
        if self._gone:
            raise RuntimeError("already closed")
        self._gone = self._closed.is_set()
        super().close()


class OpensByItself(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        self.open()
        return super().send(outgoing)


class BelievesProxies(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except Unavailable:
            return Receipt("200")


class ParksWhatIsTransient(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except Unavailable as error:
            raise Refused(error.text) from None


class RetriesWhatIsRefused(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except Refused as error:
            raise Unavailable(error.text) from None


class BlamesTheMessage(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except TransientError as error:
            raise error.blaming(Blame.MESSAGE) from None


class PingsByRaising(FakeAdapter):
    def ping(self) -> PartnerHealth:
        raise NotConnected("nobody there")


class StaysDown(FakeAdapter):
    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            return super().send(outgoing)
        except HubError:
            self.close()
            raise


class SaysNothingOfRepeats(FakeAdapter):
    repeat: ClassVar[Repeat] = cast(Repeat, "sometimes")


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (RetriesItself, suite.a_failing_call_is_one_request_too),
        (NumbersAttempts, suite.a_repeat_is_the_same_bytes),
        (Reformats, suite.the_stored_bytes_are_what_arrives),
        (RaisesForeignErrors, suite.no_answer_breaks_the_taxonomy),
        (QuotesContent, suite.no_error_tells_content),
        (QuotesContentInTheCause, suite.no_error_tells_content),
        (DeniesThatItWrote, suite.a_lost_answer_may_have_reached_the_partner),
        (DeniesThatItWrote, suite.close_ends_a_call_that_hangs),
        (CallsARefusedConnectionDoubtful, suite.a_refused_connection_was_surely_not_sent),
        (CannotBeInterrupted, suite.close_ends_a_call_that_hangs),
        (ClosesOnlyAfterTheCall, suite.close_ends_a_call_that_hangs),
        (OpensOnce, suite.a_closed_adapter_opens_again),
        (ClosesOnce, suite.a_closed_adapter_opens_again),
        (OpensByItself, suite.a_closed_adapter_sends_nothing),
        (BelievesProxies, suite.a_failing_call_is_one_request_too),
        (ParksWhatIsTransient, suite.trouble_is_transient),
        (RetriesWhatIsRefused, suite.a_rejection_is_permanent),
        (BlamesTheMessage, suite.trouble_blames_who_is_to_blame),
        (PingsByRaising, suite.a_ping_tells_and_does_not_raise),
        (StaysDown, suite.a_partner_that_is_back_is_served),
        (SaysNothingOfRepeats, suite.it_says_who_it_is),
    ],
    ids=lambda value: value.__name__,
)
def test_a_broken_adapter_fails_the_suite(broken: type[FakeAdapter], check: suite.Check) -> None:
    bench = FakeBench(broken)
    bench.patience = 0.5
    with pytest.raises((AssertionError, RuntimeError, HubError)):
        check(bench)


def test_every_check_bites() -> None:
    """Each check but the plainest has a broken adapter above that fails it."""
    marks = test_a_broken_adapter_fails_the_suite.pytestmark  # type: ignore[attr-defined]
    bitten = {check for _, check in marks[0].args[1]}
    assert set(suite.CHECKS) - bitten == {suite.one_call_is_one_request}
