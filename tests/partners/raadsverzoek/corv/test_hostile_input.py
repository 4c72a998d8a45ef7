"""Whatever comes in, by either door, leads to an error of the hub and to an answer that tells no content."""

from __future__ import annotations

import random

import pytest

from hub.contracts.adapter import InboundRequest
from hub.errors import HubError
from hub.message import Outgoing, new_id
from hub.schemas import parsing
from hub.standards.stuf import Fout, answer_to, read_stuurgegevens, write_bevestiging, write_fout
from hub.transports import soap
from hub.transports.digikoppeling.outcomes import judge
from hub.transports.http_reply import HttpReply
from tests.partners.raadsverzoek.corv.test_endpoint import endpoint
from tests.support.berichten import MARKED, antwoord, delivered, fo01, notificatie

SEEDS = range(12)
PER_SEED = 60


def damaged(body: bytes, dice: random.Random) -> bytes:
    """``body`` with a few bytes, or whole stretches, changed, gone, repeated or moved."""
    data = bytearray(body)
    for _ in range(dice.randrange(1, 5)):
        start = dice.randrange(len(data))
        end = min(len(data), start + dice.choice((1, 1, 3, 40, 400)))
        piece = bytes(data[start:end])
        way = dice.randrange(5)
        if way == 0:
            data[start:end] = bytes(dice.randrange(256) for _ in piece)
        elif way == 1 and len(data) > 500:
            del data[start:end]
        elif way == 2:
            data[start:start] = piece
        elif way == 3:
            data[start:start] = dice.choice((b"<", b">", b"&", b'"', b"<!--", b"<![CDATA[", b"]]>", b"&#0;", b"\x00", b"</x>"))
        else:
            place = dice.randrange(len(data))
            data[place:place] = piece
    return bytes(data)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_delivery_is_taken_or_answered_with_a_fault(seed: int) -> None:
    dice = random.Random(seed)
    corv = endpoint()
    told: list[str] = []
    for _ in range(PER_SEED):
        message = dice.choice((notificatie(), fo01("ref-1")))
        whole = delivered(message, read_stuurgegevens(parsing.parse(message)))
        asked = InboundRequest({}, damaged(whole, dice))
        try:
            answer = corv.confirm(corv.parse(asked))
        except HubError as error:
            told.append(error.text)
            answer = corv.refuse(asked, error)
            fault = soap.read_message(answer.body).fault
            assert fault is not None
            assert fault.code == "Client"
        assert MARKED.encode() not in answer.body
    assert told
    assert MARKED not in "".join(told)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_answer_is_judged_without_surprise(seed: int) -> None:
    dice = random.Random(seed)
    sent = antwoord("Di01", "")
    told: list[str] = []
    answers = (
        soap.write_message(write_bevestiging(answer_to("Bv04", sent))),
        soap.write_fault("Client", MARKED, write_fout(answer_to("Fo03", sent), Fout("StUF055", "client", MARKED, MARKED))),
    )
    outgoing = Outgoing(new_id(), "r", "corv", "vtoDi01", "ref-1", b"<x/>", 1, False)
    for _ in range(PER_SEED):
        reply = HttpReply(dice.choice((200, 202, 302, 404, 429, 500, 503)), {}, damaged(dice.choice(answers), dice))
        try:
            receipt = judge(reply, outgoing)
        except HubError as error:
            told.append(error.text)
        else:
            assert receipt.code in ("Bv04", "Bv03")
            assert reply.status in (200, 202)
            assert MARKED not in receipt.remark
    assert told
    assert MARKED not in "".join(told)
