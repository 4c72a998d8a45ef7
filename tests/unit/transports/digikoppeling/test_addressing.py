from __future__ import annotations

import pytest

from hub.standards.stuf import Stuurgegevens, Systeem
from hub.transports.digikoppeling import addressing

OURS = Systeem("00000099000000001000", "jeugd-applicatie")
RAAD = Systeem("00000002003214436001_OTA", "RvdK-applicatie", "afd1")


@pytest.mark.parametrize(
    ("systeem", "domain"),
    [
        (OURS, "00000099000000001000.jeugd-applicatie..dkintern.nl"),
        (RAAD, "00000002003214436001_OTA.RvdK-applicatie.afd1.dkintern.nl"),
        (Systeem("", "app"), "app..dkintern.nl"),
        (Systeem("", "app", "adm"), "app.adm.dkintern.nl"),
    ],
)
def test_a_domain_follows_appendix_b(systeem: Systeem, domain: str) -> None:
    assert addressing.domain(systeem) == domain


@pytest.mark.parametrize(
    ("part", "escaped"),
    [
        ("RvdK-applicatie", "RvdK-applicatie"),
        ("()+,-.:=@;$_!*'", "()+,-.:=@;$_!*'"),
        ("a b/c?d#e%f~g", "a%20b%2Fc%3Fd%23e%25f%7Eg"),
        ("café", "caf%C3%A9"),
        ('<>"&\\^`{|}[]', "%3C%3E%22%26%5C%5E%60%7B%7C%7D%5B%5D"),
    ],
)
def test_to_and_from_are_escaped_as_rfc_2141_says(part: str, escaped: str) -> None:
    assert addressing.urn_escape(part) == escaped
    assert addressing.party(Systeem(part, "app")) == f"urn:dkintern:{escaped}:app:"


def test_a_first_message_is_its_own_conversation() -> None:
    found = addressing.headers_for(Stuurgegevens("Di01", OURS, RAAD, "ref-1"), "act")
    assert found.to == "urn:dkintern:00000002003214436001_OTA:RvdK-applicatie:afd1"
    assert found.from_ == "urn:dkintern:00000099000000001000:jeugd-applicatie:"
    assert found.message_id == "urn:dkintern:ref-1@00000099000000001000.jeugd-applicatie..dkintern.nl"
    assert found.conversation_id == found.message_id
    assert found.relates_to is None


def test_an_answer_relates_to_the_receivers_message_and_keeps_its_conversation() -> None:
    found = addressing.headers_for(Stuurgegevens("Bv01", OURS, RAAD, "ref-2", cross_refnummer="their-1"), "act")
    assert found.relates_to == "urn:dkintern:their-1@00000002003214436001_OTA.RvdK-applicatie.afd1.dkintern.nl"
    assert found.conversation_id == found.relates_to


def test_a_case_number_may_be_the_conversation() -> None:
    found = addressing.headers_for(Stuurgegevens("Di01", OURS, RAAD, "ref-1"), "act", conversation="CJG-2026-1")
    assert found.conversation_id == "urn:dkintern:CJG-2026-1"


def test_the_action_is_service_and_action() -> None:
    ebms = addressing.recommended_action("http://www.stufstandaarden.nl/koppelvlak/jz0100", "vtoDi01")
    expected = "urn:dkintern:urn:osb:services:corv:1.0:http://www.stufstandaarden.nl/koppelvlak/jz0100/vtoDi01"
    assert addressing.action("urn:osb:services:corv:1.0", ebms) == expected
