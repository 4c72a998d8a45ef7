from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from hub.adapters.corv.client import CorvAdapter
from hub.adapters.corv.settings import CorvSettings
from hub.errors import ConnectionFault, Refused, Unavailable
from hub.message import Outgoing, new_id
from hub.schemas import parsing
from hub.standards.stuf import Fout, Stuurgegevens, answer_to, write_bevestiging, write_fout
from hub.transports import soap
from hub.transports.digikoppeling import delivered
from hub.transports.digikoppeling.outcomes import Reaction
from hub.transports.digikoppeling.settings import SystemSettings
from tests.support import berichten
from tests.support.berichten import OURS, RAAD
from tests.support.raw_server import RawServer, answering, raw_server, reply

SENT = Stuurgegevens("Di01", OURS, RAAD, "ref-1")
BV04 = reply(soap.write_message(write_bevestiging(answer_to("Bv04", SENT))))
_LATER = write_fout(answer_to("Fo03", SENT), Fout("StUF058", "server", "x"))
FO03 = reply(soap.write_fault("Server", "x", _LATER), status="500 X")


def settings(server: RawServer, **more: object) -> CorvSettings:
    base = {
        "url": server.url,
        "own": SystemSettings(organisatie=OURS.organisatie, applicatie=OURS.applicatie),
        "partner": SystemSettings(organisatie=RAAD.organisatie, applicatie=RAAD.applicatie),
        "read_timeout_seconds": 5,
    }
    return CorvSettings.model_validate({**base, **more})


def outgoing(**attributes: str) -> Outgoing:
    return Outgoing(new_id(), "raadsverzoek", "corv", "vtoDi01", "ref-1", berichten.vto("ref-1"), 1, False, attributes)


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server(answering(BV04)) as made:
        yield made


def send(server: RawServer, message: Outgoing, **more: object) -> delivered.Delivered:
    """Send, and read what arrived."""
    adapter = CorvAdapter(settings(server, **more), connection="corv")
    adapter.open()
    try:
        assert adapter.send(message).code == "Bv04"
    finally:
        adapter.close()
    return delivered.read(server.requests[-1].partition(b"\r\n\r\n")[2])


def test_the_headers_are_made_of_the_settings_and_the_reference(server: RawServer) -> None:
    found = send(server, outgoing())
    assert found.to == f"urn:dkintern:{RAAD.organisatie}:{RAAD.applicatie}:"
    assert found.from_ == f"urn:dkintern:{OURS.organisatie}:{OURS.applicatie}:"
    assert found.message_id == found.conversation_id == f"urn:dkintern:ref-1@{OURS.organisatie}.{OURS.applicatie}..dkintern.nl"
    assert found.action == ("urn:dkintern:urn:osb:services:corv:1.0:http://www.stufstandaarden.nl/koppelvlak/jz0100/vtoDi01")
    assert found.relates_to is None
    assert found.foreign == ()
    head = server.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert 'SOAPAction: ""' in head
    assert "Content-Type: text/xml; charset=utf-8" in head


def test_a_message_may_name_another_receiver_what_it_answers_and_its_conversation(server: RawServer) -> None:
    facts = {
        "to_organisatie": "00000099000000004000",
        "to_applicatie": "politie",
        "cross_refnummer": "their-1",
    }
    found = send(server, outgoing(**facts))
    assert found.to == "urn:dkintern:00000099000000004000:politie:"
    assert found.relates_to == found.conversation_id == "urn:dkintern:their-1@00000099000000004000.politie..dkintern.nl"
    assert send(server, outgoing(conversation="CJG-2026-1")).conversation_id == "urn:dkintern:CJG-2026-1"


def test_the_headers_name_the_systems_that_the_message_names(server: RawServer) -> None:
    facts = {"from_organisatie": "00000099000000005000", "from_applicatie": "buurgemeente", "from_administratie": "jeugd"}
    found = send(server, outgoing(**facts))
    assert found.from_ == "urn:dkintern:00000099000000005000:buurgemeente:jeugd"
    assert found.message_id == "urn:dkintern:ref-1@00000099000000005000.buurgemeente.jeugd.dkintern.nl"
    own = {"organisatie": OURS.organisatie, "applicatie": OURS.applicatie, "administratie": "adm"}
    usual = outgoing(from_organisatie=OURS.organisatie, from_applicatie=OURS.applicatie)
    assert str(send(server, usual, own=own).from_).endswith(":adm"), "the connection's own system keeps its administratie"


def test_the_action_follows_the_element_that_is_sent(server: RawServer) -> None:
    answer = dataclasses.replace(outgoing(), body=write_bevestiging(answer_to("Bv01", SENT)))
    assert str(send(server, answer).action).endswith(":http://www.egem.nl/StUF/StUF0301/Bv01Bericht")
    assert str(send(server, answer, ebms_actions={"Bv01Bericht": "bevestigen"}).action).endswith(":1.0:bevestigen")


def test_the_message_arrives_byte_for_byte(server: RawServer) -> None:
    message = outgoing()
    send(server, message)
    send(server, dataclasses.replace(message, attempt=2, earlier_maybe=True))
    one, two = (request.partition(b"\r\n\r\n")[2] for request in server.requests)
    assert one == two
    assert message.body.partition(b"?>")[2].lstrip() in one
    assert parsing.c14n_digest(delivered.read(one).element) == parsing.c14n_digest(parsing.parse(message.body))


def test_the_receipt_keeps_the_partners_words(server: RawServer) -> None:
    adapter = CorvAdapter(settings(server), connection="corv")
    adapter.open()
    receipt = adapter.send(outgoing())
    adapter.close()
    assert receipt.evidence is not None
    assert b"Bv04Bericht" in receipt.evidence


def test_the_connections_own_table_of_reactions_counts() -> None:
    with raw_server(answering(FO03)) as server:
        with pytest.raises(Unavailable):
            send(server, outgoing())
        with pytest.raises(Refused):
            send(server, outgoing(), reactions={"StUF058": Reaction.PARK})


def test_a_ping_connects_and_sends_nothing(server: RawServer) -> None:
    adapter = CorvAdapter(settings(server), connection="corv")
    adapter.open()
    assert adapter.ping().ok
    assert server.requests == []
    server.close()
    adapter.close()
    adapter.open()
    assert not adapter.ping().ok
    adapter.close()


def test_a_ping_with_wrong_tls_is_a_fault_of_the_connection() -> None:
    with RawServer(lambda conn: conn.sendall(reply(b"plain"))) as plain:
        url = plain.url.replace("http:", "https:")
        adapter = CorvAdapter(settings(plain, url=url, tls={"mode": "one-way"}), connection="corv")
        adapter.open()
        with pytest.raises(ConnectionFault):
            adapter.ping()
        adapter.close()
