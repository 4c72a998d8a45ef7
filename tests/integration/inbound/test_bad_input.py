"""What the endpoint answers to every kind of bad input, over real HTTP on both set-ups.

A fault is a SOAP 1.1 fault; an ``Fo03`` is in it whenever the referentienummer could be read (domain page digikoppeling).
Nothing that is refused becomes a message, and no answer repeats content.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from hub.schemas import parsing
from hub.standards.stuf import new_reference, read_stuurgegevens
from hub.transports import soap
from tests.support.berichten import MARKED, delivered, notificatie, vto
from tests.support.doors import MOST_BYTES, Doors, bericht, text_of


def soapy(message: bytes) -> bytes:
    return delivered(message, read_stuurgegevens(parsing.parse(message)))


def good() -> bytes:
    return notificatie("RAAD-B-1", reference=new_reference())


class Bad(NamedTuple):
    """A kind of bad input, and what has to come back."""

    make: Callable[[], bytes]
    status: int = 500
    faultcode: str = "Client"
    fo03: str | None = None  # code in the Fo03, None for a plain fault
    kept: str | None = "undecodable"  # code under which it is kept, None when it is not
    door: str = "corv"


TABLE: dict[str, Bad] = {
    "nothing at all": Bad(lambda: b""),
    "not XML": Bad(lambda: b"this is not XML"),
    "cut off": Bad(lambda: soapy(good())[:-40]),
    "not UTF-8": Bad(lambda: soapy(good()).replace(MARKED.encode(), b"\xff\xfe")),
    "a DOCTYPE": Bad(lambda: b'<!DOCTYPE x [<!ENTITY a "b">]>' + soapy(good()).partition(b"?>")[2]),
    "no SOAP": Bad(good),
    "SOAP 1.2": Bad(
        lambda: soapy(good()).replace(soap.SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope"),
    ),
    "no dai:bericht": Bad(lambda: soap.write_message(good())),
    "an empty dai:bericht": Bad(lambda: bericht(b"")),
    "two messages in one": Bad(lambda: bericht(good() + good())),
    "an unknown element": Bad(lambda: bericht(b"<x:onbekend xmlns:x='urn:x'/>"), kept="no_route"),
    "an unknown element with stuurgegevens": Bad(
        lambda: bericht(good().replace(b"notificatieDi01", b"onbekendDi01")), fo03="StUF055", kept="no_route"
    ),
    "a message that is not for us": Bad(
        lambda: bericht(vto(new_reference()).partition(b"?>")[2]), fo03="StUF055", kept="no_route"
    ),
    "against the schema": Bad(
        lambda: soapy(good().replace(b"Intake afgerond", MARKED.encode())), fo03="StUF055", kept="schema_violation"
    ),
    "against the schema without a number": Bad(
        lambda: bericht(good().replace(b"StUF:referentienummer>", b"StUF:refnummer>")), kept="schema_violation"
    ),
    "an empty number": Bad(lambda: bericht(notificatie(reference="weg").replace(b">weg<", b"><")), kept="schema_violation"),
    "a number that is too long": Bad(lambda: bericht(notificatie(reference="9" * 41)), kept="schema_violation"),
    "a wrong To": Bad(
        lambda: soapy(good()).replace(b"jeugd-applicatie:<", b"andere-applicatie:<"),
        fo03="StUF055",
        kept="untrusted",
        door="krap",
    ),
    "too large": Bad(lambda: soapy(good()) + b" " * MOST_BYTES, kept=None, door="krap"),
}


@pytest.mark.parametrize("name", TABLE)
def test_bad_input_is_answered_as_the_standard_says(doors: Doors, name: str) -> None:
    bad = TABLE[name]
    before = doors.incoming(bad.door)
    answer = doors.post(bad.door, bad.make())
    faultcode, fout = answer.fault
    assert (answer.status, faultcode, fout.code if fout else None) == (bad.status, bad.faultcode, bad.fo03)
    assert fout is None or fout.plek == "client"
    assert MARKED not in text_of(answer)
    assert answer.headers["content-type"].startswith("text/xml")
    kept = [one for one in doors.incoming(bad.door) if one.id not in {known.id for known in before}]
    assert [(one.status, one.code) for one in kept] == ([("refused", bad.kept)] if bad.kept else [])


def test_a_size_that_is_announced_as_too_large_is_refused_before_it_is_read(doors: Doors) -> None:
    answer = doors.post("krap", b"<", length=MOST_BYTES + 1)
    assert answer.fault == ("Client", None)


def test_only_post_is_taken(doors: Doors) -> None:
    assert doors.post("corv", b"", method="GET").status == 405


def test_after_all_of_this_a_good_message_is_taken(doors: Doors) -> None:
    assert doors.post("krap", soapy(good())).bevestiging == "Bv03Bericht"
