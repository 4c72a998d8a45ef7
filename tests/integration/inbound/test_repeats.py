"""The duplicate rule of StUF 03.01 over real HTTP, with both settings, on both set-ups."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hub.schemas import parsing
from hub.standards.stuf import new_reference, read_stuurgegevens
from tests.support.berichten import delivered, notificatie
from tests.support.doors import Doors


def soapy(message: bytes, **options: str) -> bytes:
    return delivered(message, read_stuurgegevens(parsing.parse(message)), **options)


def test_an_identical_repeat_gets_the_same_answer_and_is_stored_once(doors: Doors) -> None:
    message = notificatie("RAAD-X-1", reference=new_reference())
    before = len(doors.incoming("corv"))
    first = doors.post("corv", soapy(message))
    # Another envelope and another layout of the same element: identical by its C14N.
    again = doors.post("corv", soapy(message.replace(b"<JZ:object ", b"<JZ:object  "), action="urn:dkintern:a:b"))
    assert (first.status, first.bevestiging) == (200, "Bv03Bericht")
    assert again.body == first.body
    kept = doors.incoming("corv")
    assert len(kept) == before + 1
    assert [entry.event for entry in doors.hub.view(kept[0].id).timeline] == ["received", "unmatched", "received_again"]


def test_a_partner_that_asks_for_it_gets_a_refusal_of_an_identical_repeat(doors: Doors) -> None:
    message = soapy(notificatie("RAAD-X-2", reference=new_reference()))
    assert doors.post("streng", message).bevestiging == "Bv03Bericht"
    for _ in range(2):
        again = doors.post("streng", message)
        code, fout = again.fault
        assert fout is not None
        assert (again.status, code, fout.code, fout.plek) == (500, "Client", "StUF016", "client")
    assert len([one for one in doors.incoming("streng") if one.kenmerk == "RAAD-X-2"]) == 1


def test_another_message_under_a_used_number_is_refused_whatever_the_setting(doors: Doors) -> None:
    for name in ("corv", "streng"):
        reference = new_reference()
        doors.post(name, soapy(notificatie("RAAD-X-3", reference=reference)))
        code, fout = doors.post(name, soapy(notificatie("RAAD-X-4", reference=reference))).fault
        assert fout is not None
        assert (code, fout.code) == ("Client", "StUF016")
        assert not [one for one in doors.incoming(name) if one.kenmerk == "RAAD-X-4"]


def test_repeats_that_race_are_stored_once_and_answered_alike(doors: Doors) -> None:
    message = soapy(notificatie("RAAD-X-5", reference=new_reference()))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: doors.post("corv", message).body, range(6)))
    assert len(set(answers)) == 1
    assert len([one for one in doors.incoming("corv") if one.kenmerk == "RAAD-X-5"]) == 1


def test_a_refused_message_is_kept_and_judged_anew_when_it_comes_again(doors: Doors) -> None:
    reference = new_reference()
    good = soapy(notificatie("RAAD-X-6", reference=reference))
    bad = good.replace(b"Intake afgerond", b"Intake verzonnen")
    for _ in range(2):
        code, fout = doors.post("corv", bad).fault
        assert fout is not None
        assert (code, fout.code) == ("Client", "StUF055")
        kept = doors.incoming("corv")[0]
        assert (kept.status, kept.code) == ("refused", "schema_violation")
        assert doors.hub.stored(kept.id) == bad
        why = doors.hub.stored(kept.id, "text").decode()
        assert "omschrijving" in why
        assert "999999047" not in why
    assert doors.post("corv", good).bevestiging == "Bv03Bericht"
    assert doors.incoming("corv")[0].kenmerk == "RAAD-X-6"
