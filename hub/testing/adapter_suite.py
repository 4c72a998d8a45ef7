"""The conformance suite of ``hub.contracts.adapter.Adapter``: what every adapter must do, real or made for tests.

A new partner's adapter runs it with a bench of some ten lines, see ``http_bench``. ``test_adapter_suite_bites.py``
proves that each check can fail.
"""

from __future__ import annotations

import dataclasses
import random
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Protocol

from hub.contracts.adapter import Adapter, PartnerHealth
from hub.errors import Blame, HubError, NotConnected, PermanentError, Reached, TransientError
from hub.message import Outgoing, Receipt, Repeat

#: Stands in every body, and in every answer that a bench's partner gives, where personal data would be.
MARKED = "Geheim_Achternaam_999999047"

#: What a partner may be told to do with one call.
HANG = "hang"  # read the request and never answer
LOSE_ANSWER = "lose answer"  # take the message and break the connection off
PROXY_PAGE = "proxy page"  # HTML of something that stands before the partner
NOT_NOW = "not now"  # the partner's own word for it
REJECT = "reject"  # the partner understands and says no
GARBAGE = "garbage"  # bytes that mean nothing, different each time

#: Behaviours after which the message must be tried again.
TRANSIENT = (LOSE_ANSWER, PROXY_PAGE, NOT_NOW, GARBAGE)


class Bench(Protocol):
    """A partner under control, and adapters that speak to it."""

    #: Whether the stored body is found byte for byte in what arrives (without its XML declaration).
    verbatim: bool
    #: Seconds to wait for what should happen soon.
    patience: float
    #: Whom this partner's trouble blames: the connection, or the addressee where one connection serves many.
    blames: Blame

    def adapter(self) -> Adapter:
        """A new adapter to this partner, not yet opened. The bench closes it at the end."""

    def outgoing(self) -> Outgoing:
        """A valid message with a new reference, whose body holds ``MARKED``."""

    def behave(self, *behaviours: str) -> None:
        """What the partner does with the coming calls, one each; after those it is honest."""

    def away(self, away: bool) -> None:
        """Whether connections are refused."""

    def arrived(self) -> Sequence[bytes]:
        """The body of every request that reached the partner, in order."""

    def wait_for_arrival(self) -> None:
        """Wait until the partner has a request that it has not answered."""


Check = Callable[[Bench], None]


def opened(bench: Bench) -> Adapter:
    """A new adapter, ready."""
    adapter = bench.adapter()
    adapter.open()
    return adapter


def failure(adapter: Adapter, outgoing: Outgoing) -> HubError:
    """The error that a call ends with; anything but a ``HubError``, or success, fails the check."""
    try:
        receipt = adapter.send(outgoing)
    except HubError as error:
        return error
    except Exception as error:
        raise AssertionError(f"only errors of hub.errors may be raised, not {type(error).__name__}") from None
    raise AssertionError(f"the call succeeded with {receipt.code} though the partner did not take over")


def it_says_who_it_is(bench: Bench) -> None:
    """Facts that the engine reads."""
    adapter = bench.adapter()
    assert isinstance(adapter.partner, str)
    assert adapter.partner
    assert isinstance(adapter.repeat, Repeat)
    assert isinstance(adapter.can_ping, bool)


def one_call_is_one_request(bench: Bench) -> None:
    """The partner's side took over; one request did it."""
    receipt = opened(bench).send(bench.outgoing())
    assert isinstance(receipt, Receipt)
    assert receipt.code
    assert MARKED not in receipt.code + receipt.remark
    assert len(bench.arrived()) == 1


def a_failing_call_is_one_request_too(bench: Bench) -> None:
    """The engine repeats, not the adapter."""
    adapter = opened(bench)
    for count, behaviour in enumerate((*TRANSIENT, REJECT), start=1):
        bench.behave(behaviour)
        failure(adapter, bench.outgoing())
        assert len(bench.arrived()) == count, f"{len(bench.arrived())} requests after {count} calls; the last: {behaviour}"


def a_repeat_is_the_same_bytes(bench: Bench) -> None:
    """Same identity, same bytes, whoever repeats and after whatever."""
    outgoing = bench.outgoing()
    bench.behave(LOSE_ANSWER)
    failure(opened(bench), outgoing)
    opened(bench).send(dataclasses.replace(outgoing, attempt=2, earlier_maybe=True))
    first, second = bench.arrived()
    assert first == second


def the_stored_bytes_are_what_arrives(bench: Bench) -> None:
    """What is stored is what is sent."""
    outgoing = bench.outgoing()
    before = bytes(outgoing.body)
    opened(bench).send(outgoing)
    assert outgoing.body == before
    if bench.verbatim:
        body = before.partition(b"?>")[2].lstrip() if before.startswith(b"<?xml") else before
        assert body in bench.arrived()[0]


def a_refused_connection_was_surely_not_sent(bench: Bench) -> None:
    """The breaker counts it and no attempt is burnt."""
    bench.away(True)
    error = failure(opened(bench), bench.outgoing())
    assert isinstance(error, NotConnected)
    assert error.reached is Reached.NO
    assert len(bench.arrived()) == 0


def a_partner_that_is_back_is_served(bench: Bench) -> None:
    """The same adapter goes on, without being opened again."""
    adapter = opened(bench)
    bench.away(True)
    failure(adapter, bench.outgoing())
    bench.away(False)
    assert adapter.send(bench.outgoing()).code


def a_lost_answer_may_have_reached_the_partner(bench: Bench) -> None:
    """The partner has it, so ``no`` would be a lie."""
    bench.behave(LOSE_ANSWER)
    error = failure(opened(bench), bench.outgoing())
    assert isinstance(error, TransientError)
    assert error.reached is Reached.MAYBE


def trouble_is_transient(bench: Bench) -> None:
    """Whatever is not the partner's yes or no is tried again."""
    adapter = opened(bench)
    for behaviour in TRANSIENT:
        bench.behave(behaviour)
        error = failure(adapter, bench.outgoing())
        assert isinstance(error, TransientError), f"{behaviour} led to {type(error).__name__}"


def trouble_blames_who_is_to_blame(bench: Bench) -> None:
    """The breaker counts what speaks against the connection: too much would stop everybody, too little nobody."""
    adapter = opened(bench)
    for behaviour in TRANSIENT:
        bench.behave(behaviour)
        error = failure(adapter, bench.outgoing())
        assert error.blames is bench.blames, f"{behaviour} blames the {error.blames}"
    bench.behave(REJECT)
    assert isinstance(failure(adapter, bench.outgoing()).blames, Blame)
    bench.away(True)
    assert failure(adapter, bench.outgoing()).blames is bench.blames


def a_rejection_is_permanent(bench: Bench) -> None:
    """The partner's no parks the message."""
    bench.behave(REJECT)
    assert isinstance(failure(opened(bench), bench.outgoing()), PermanentError)


def no_answer_breaks_the_taxonomy(bench: Bench) -> None:
    """Random bytes lead to errors of the hub and nothing else, and the next call works."""
    adapter = opened(bench)
    for _ in range(40):
        bench.behave(GARBAGE)
        failure(adapter, bench.outgoing())
    assert adapter.send(bench.outgoing()).code


def close_ends_a_call_that_hangs(bench: Bench) -> None:
    """The engine enforces the total deadline by closing from another thread."""
    adapter = opened(bench)
    bench.behave(HANG)
    caught: list[HubError] = []
    call = threading.Thread(target=lambda: caught.append(failure(adapter, bench.outgoing())), daemon=True)
    call.start()
    bench.wait_for_arrival()
    closing = threading.Thread(target=adapter.close, daemon=True)
    closing.start()
    closing.join(bench.patience)
    assert not closing.is_alive(), "close() itself hangs"
    call.join(bench.patience)
    assert not call.is_alive(), "the call goes on after close()"
    assert len(caught) == 1
    assert isinstance(caught[0], TransientError)
    assert (caught[0].code, caught[0].reached) == ("connection_lost", Reached.MAYBE)


def a_closed_adapter_opens_again(bench: Bench) -> None:
    """Opening and closing may be repeated, in any state."""
    adapter = bench.adapter()
    adapter.close()
    for _ in range(2):
        adapter.open()
        adapter.open()
        assert adapter.send(bench.outgoing()).code
        adapter.close()
        adapter.close()


def a_closed_adapter_sends_nothing(bench: Bench) -> None:
    """Else a call whose deadline passed while it was starting would run on unwatched."""
    adapter = opened(bench)
    adapter.close()
    error = failure(adapter, bench.outgoing())
    assert isinstance(error, TransientError)
    assert error.reached is Reached.NO
    assert len(bench.arrived()) == 0


def no_error_tells_content(bench: Bench) -> None:
    """Texts, codes and tracebacks are logged and shown, so they hold no content, not even by way of a cause."""
    adapter = opened(bench)
    for behaviour in (*TRANSIENT, REJECT, *[GARBAGE] * 20):
        bench.behave(behaviour)
        error = failure(adapter, bench.outgoing())
        told = error.text + str(getattr(error, "partner_code", "")) + "".join(traceback.format_exception(error))
        assert MARKED not in told, f"{behaviour} leaks content"


def a_ping_tells_and_does_not_raise(bench: Bench) -> None:
    """A partner that is away is an answer."""
    adapter = opened(bench)
    bench.away(True)
    health = adapter.ping()
    assert isinstance(health, PartnerHealth)
    assert not health.ok
    assert len(bench.arrived()) == 0


CHECKS: tuple[Check, ...] = (
    it_says_who_it_is,
    one_call_is_one_request,
    a_failing_call_is_one_request_too,
    a_repeat_is_the_same_bytes,
    the_stored_bytes_are_what_arrives,
    a_refused_connection_was_surely_not_sent,
    a_partner_that_is_back_is_served,
    a_lost_answer_may_have_reached_the_partner,
    trouble_is_transient,
    trouble_blames_who_is_to_blame,
    a_rejection_is_permanent,
    no_answer_breaks_the_taxonomy,
    close_ends_a_call_that_hangs,
    a_closed_adapter_opens_again,
    a_closed_adapter_sends_nothing,
    no_error_tells_content,
    a_ping_tells_and_does_not_raise,
)


def garbage(seed: int) -> bytes:
    """An answer that means nothing, with ``MARKED`` in it; sometimes nearly HTTP."""
    dice = random.Random(seed)
    noise = bytes(dice.randrange(256) for _ in range(dice.randrange(200)))
    body = noise + MARKED.encode() + noise
    status = dice.choice((200, 202, 299, 302, 500, 503))
    head = b"HTTP/1.1 %d OK\r\nConnection: close\r\nContent-Length: %d\r\n" % (status, len(body))
    return dice.choice(
        (
            noise + MARKED.encode(),
            b"HTTP/1.1 " + body,
            head + b"\r\n" + body,
            head + b"X-" + MARKED.encode() + b": " + MARKED.encode() + b"\r\n\r\n" + body,
            head + b"\r\n" + body[: len(body) // 2],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + MARKED.encode() + b"\r\n\r\n" + body,
        )
    )
