"""What a delivery costs grows with its bytes, whatever a sender writes around and in it: ratios of CPU, no absolutes."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from hub.contracts.adapter import InboundRequest
from hub.errors import HubError
from tests.partners.raadsverzoek.corv.test_endpoint import endpoint, soapy
from tests.support.berichten import notificatie

#: A size, and one four times as large. Linear work gives a ratio of 4, quadratic of 16.
FACTOR, MOST = 4, 9.0


DELIVERY = soapy(notificatie())


def within(more: bytes) -> bytes:
    """The delivery with more inside its first ``extraElementen``."""
    return DELIVERY.replace(b"</StUF:extraElementen>", more + b"</StUF:extraElementen>", 1)


def declarations(count: int) -> bytes:
    return b"".join(b' xmlns:p%d="urn:p"' % number for number in range(count))


def on_the_envelope(size: int) -> bytes:
    """The Envelope declares far more namespaces than anybody needs."""
    return DELIVERY.replace(b"<soap-env:Envelope", b"<soap-env:Envelope" + declarations(size * 1_500), 1)


def on_the_message(size: int) -> bytes:
    return DELIVERY.replace(b"<JZ:notificatieDi01", b"<JZ:notificatieDi01" + declarations(size * 1_500), 1)


def on_every_element(size: int) -> bytes:
    """As many as one element may have, on many elements."""
    extra = b'<StUF:extraElement naam="x"%s>y</StUF:extraElement>' % declarations(90)
    return within(extra * (size * 30))


def below_each_other(size: int) -> bytes:
    """Unknown elements inside each other, each with its own declarations: not valid, and told so."""
    names = b"".join(b"<x%s>" % declarations(50) for _ in range(20)) + b"</x>" * 20
    return within(names * (size * 5))


def wrong_types(size: int) -> bytes:
    """Many elements with an ``xsi:type`` whose prefix the Envelope declares."""
    extra = b'<StUF:extraElement naam="x" xsi:type="far:string">y</StUF:extraElement>'
    body = within(extra * (size * 50))
    schema = b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:far="http://www.w3.org/2001/XMLSchema"'
    return body.replace(b"<soap-env:Envelope", b"<soap-env:Envelope" + schema + declarations(90), 1)


def plain_bytes(size: int) -> bytes:
    return DELIVERY.replace(b"RvdK-2026-0101", b"x" * (size * 100_000))


def cpu_of(body: bytes) -> float:
    """Seconds of CPU of judging and answering a delivery, the best of three."""
    door, request = endpoint(), InboundRequest({}, body)
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        try:
            door.confirm(door.parse(request))
        except HubError as error:
            door.refuse(request, error)
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize(
    "shape", [on_the_envelope, on_the_message, on_every_element, below_each_other, wrong_types, plain_bytes]
)
def test_the_cost_of_a_delivery_is_linear_in_its_bytes(shape: Callable[[int], bytes]) -> None:
    cpu_of(DELIVERY)  # compiles the schemas
    ratios = []
    for _ in range(3):  # somebody else's load may disturb one
        ratios.append(cpu_of(shape(4 * FACTOR)) / cpu_of(shape(4)))
        if ratios[-1] < MOST:
            return
    pytest.fail(f"four times the bytes cost {min(ratios):.1f} times the CPU")
