"""The dossier of a request, with a real intake and reception on SQLite: what is told, and what a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.adapters.corv.endpoint import CorvEndpoint
from hub.adapters.corv.settings import CorvSettings
from hub.contracts.adapter import InboundRequest
from hub.crypto.keyring import Keyring
from hub.inbound.reception import Reception
from hub.intake.intake import Intake, Taken
from hub.journal import reading, tables
from hub.journal.database import Statement, Tx
from hub.journal.reading import Filter
from hub.journal.suggesting import suggestions
from hub.journal.units import connections, matching
from hub.message import Caller, MessageId
from hub.routes.raadsverzoek import deciding
from hub.routes.raadsverzoek.dossier import Dossier, dossier, incoming
from hub.routes.raadsverzoek.settings import Party
from hub.schemas import parsing
from hub.simulators.corv import notifications as corv_notifications
from hub.standards.stuf import Fout, read_stuurgegevens, write_fout
from hub.transports.digikoppeling.settings import SystemSettings
from tests.support import raadsverzoeken as rv
from tests.support.berichten import OURS, RAAD, antwoord, bv01, delivered
from tests.support.journals import give_effects, new_sqlite_journal

BY = "user:secretaris"
NOOR = {"inp.bsn": "999999047", "geslachtsnaam": "Voorbeeld", "voornamen": "Noor"}
SAMI = {"inp.bsn": "999990342", "geslachtsnaam": "Voorbeeld", "voornamen": "Sami"}
BORN = {"geslachtsnaam": "Voorbeeld", "voornamen": "Pasgeboren", "geboortedatum": "20270312"}


class World:
    """Our side of the exchange; the Raad's part is what ``says`` and ``notifies`` deliver."""

    def __init__(self, folder: Path) -> None:
        self.journal = new_sqlite_journal(folder)
        self.keyring = Keyring.generate()
        give_effects(self.journal, self.keyring)
        self.journal.run(connections.ensure, [("corv", "corv", 8)])
        raad = Party(organisatie=RAAD.organisatie, applicatie=RAAD.applicatie)
        self.intake = Intake(self.journal, self.keyring, {"raadsverzoek": rv.route(ontvanger=raad)})
        own = SystemSettings(organisatie=OURS.organisatie, applicatie=OURS.applicatie)
        theirs = SystemSettings(organisatie=RAAD.organisatie, applicatie=RAAD.applicatie)
        endpoint = CorvEndpoint(CorvSettings(url="http://127.0.0.1:1/", own=own, partner=theirs))
        self.reception = Reception(self.journal, self.keyring, endpoint, connection="corv")

    def send(self, *children: dict[str, Any], **changes: Any) -> Taken:
        made = rv.raadsverzoek(**{"kenmerk": "CJG-2026-1", "kinderen": list(children) or [rv.kind(1), rv.kind(2)], **changes})
        made["betrokkenen"] = [rv.persoon("b1", *[rv.gezag(child["volgnummer"]) for child in made["kinderen"]])]
        return self.intake.accept("raadsverzoek", rv.encoded(made), Caller("system", "tests"))

    def says(self, message: bytes) -> MessageId:
        body = delivered(message, read_stuurgegevens(parsing.parse(message)))
        assert self.reception.handle(InboundRequest({}, body)).status == 200
        return reading.list_messages(self.journal, Filter(direction="in"))[0].id

    def notifies(self, child: dict[str, str], status: str, resultaat: str = "", kenmerk: str = "CJG-2026-1") -> MessageId:
        return self.says(corv_notifications.write(RAAD, OURS, kenmerk, child, status=status, resultaat=resultaat))

    def dossier(self, taken: Taken, *, see: bool = True) -> Dossier:
        found = dossier(self.journal, self.keyring if see else None, taken.message_id)
        assert found is not None
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    there = World(tmp_path)
    yield there
    there.intake.close()
    there.journal.close()


def test_a_request_runs_until_every_child_has_had_its_last_word(world: World) -> None:
    taken = world.send()
    world.says(bv01(taken.reference))
    assert world.dossier(taken).request == ("Dit verzoek is aangenomen en ligt bij de Raad.",)
    world.notifies(NOOR, "Intake afgerond")
    world.notifies(NOOR, "Zaak afgerond", "Geen maatregel opgelegd")
    found = world.dossier(taken)
    assert [(child.number, child.name, child.closed) for child in found.children] == [
        (1, "Noor Voorbeeld", True),
        (2, "Sami Voorbeeld", False),
    ]
    assert len(found.children[0].meldingen) == 2
    assert found.children[1].sentences == ("Over Sami Voorbeeld heeft de Raad nog niets gemeld.",)
    assert found.running
    world.notifies(SAMI, "Intake afgerond", "Verzoek tot onderzoek afgewezen")
    assert not world.dossier(taken).running
    view = reading.show(world.journal, taken.message_id)
    assert view is not None
    assert [entry.event for entry in view.timeline] == ["accepted", "confirmed", "notified", "notified", "notified"]


def test_a_request_that_is_closed_by_hand_runs_no_more_until_it_is_reopened(world: World) -> None:
    taken = world.send()
    world.journal.run(deciding.close_case, taken.message_id, BY, "telefonisch afgesproken")
    assert (world.dossier(taken).running, world.dossier(taken).closed_by_hand) == (False, True)
    world.journal.run(deciding.reopen_case, taken.message_id, BY, "vergissing")
    assert world.dossier(taken).running


def test_a_rejected_request_says_why_and_which_field(world: World) -> None:
    taken = world.send()
    fout = Fout("901", "server", "Het VTO voldoet niet", "element aoa.postcode")
    world.says(write_fout(antwoord("Fo01", taken.reference), fout))
    found = world.dossier(taken)
    assert not found.running
    assert "Verbeter de postcode" in found.request[0]


def test_an_unborn_child_that_comes_back_born_is_confirmed_by_a_person_and_never_by_the_hub(world: World) -> None:
    taken = world.send(rv.kind(1), rv.ongeboren(2))
    told = world.notifies(BORN, "Zaak afgerond", "Geen maatregel opgelegd")
    found = world.dossier(taken)
    (melding,) = found.unclear
    assert (melding.perhaps, melding.child, melding.closes) == (2, None, True)
    assert melding.question == "Bij dit bericht hoort waarschijnlijk het ongeboren kind (kind 2). Klopt dat?"
    assert not found.children[1].closed
    world.journal.run(deciding.confirm_child, told, 2, BY)
    found = world.dossier(taken)
    assert not found.unclear
    assert found.children[1].closed
    assert found.children[1].meldingen[0].confirmed
    assert "het ongeboren kind van Ouder b1 Proefouder" in found.children[1].sentences[0]
    world.journal.run(deciding.confirm_child, told, 0, BY)
    assert len(world.dossier(taken).unclear) == 1


def test_a_notification_about_nobody_of_the_request_asks_which_child(world: World) -> None:
    taken = world.send()
    world.notifies(BORN, "Intake afgerond")
    (melding,) = world.dossier(taken).unclear
    assert melding.perhaps is None
    assert melding.question.endswith("Kies het kind.")


def test_an_unmatched_notification_is_found_by_its_child_and_matched_by_a_person(world: World) -> None:
    world.send(rv.kind(3), kenmerk="CJG-2026-2")
    taken = world.send()
    told = world.notifies(NOOR, "Intake afgerond", kenmerk="C/09/123456 JE RK 26-1")
    melding = incoming(world.journal, world.keyring, told)
    assert melding is not None
    assert melding.sentences[-1] == "Dit bericht hoort nog bij geen verzoek. Zoek de zaak erbij of leg het apart."
    (found,) = suggestions(world.journal, told)
    assert (found.message.id, found.persons) == (taken.message_id, 1)
    assert not world.dossier(taken).children[0].meldingen
    world.journal.run(matching.match, told, taken.message_id, BY)
    assert len(world.dossier(taken).children[0].meldingen) == 1
    world.journal.run(matching.undo, told, BY, "toch niet")
    assert not world.dossier(taken).children[0].meldingen


def test_a_confirmed_child_is_forgotten_when_the_message_moves_to_another_request(world: World) -> None:
    one, other = world.send(), world.send(rv.kind(1), kenmerk="CJG-2026-2")
    told = world.notifies(BORN, "Intake afgerond", kenmerk="onbekend")
    world.journal.run(matching.match, told, one.message_id, BY)
    world.journal.run(deciding.confirm_child, told, 1, BY)
    world.journal.run(matching.undo, told, BY, "vergissing")
    world.journal.run(matching.match, told, other.message_id, BY)
    assert len(world.dossier(other).unclear) == 1


def test_who_may_not_see_the_content_sees_what_is_safe(world: World) -> None:
    taken = world.send()
    told = world.notifies(NOOR, "Zaak afgerond", "Maatregel opgelegd")
    found = world.dossier(taken, see=False)
    assert (found.children, found.content_gone) == ((), False)
    (melding,) = found.unclear
    assert (melding.title, melding.sentences, melding.closes) == ("Zaak afgerond: Maatregel opgelegd", (), True)
    assert incoming(world.journal, None, told) is not None
    assert "Voorbeeld" not in repr(found)


def test_destroyed_content_leaves_the_facts(world: World) -> None:
    taken = world.send()
    world.notifies(NOOR, "Intake afgerond")
    with_content = world.dossier(taken)
    assert not with_content.content_gone

    def destroy(tx: Tx) -> None:
        tx.run(Statement("DELETE FROM contents"))
        tx.run(Statement("UPDATE messages SET data_key = NULL"))

    world.journal.run(destroy)
    found = world.dossier(taken)
    assert (found.content_gone, found.children, found.running) == (True, (), True)
    assert found.unclear[0].title == "Intake afgerond"


def test_nothing_else_has_a_dossier(world: World) -> None:
    told = world.notifies(NOOR, "Intake afgerond", kenmerk="onbekend")
    assert dossier(world.journal, world.keyring, told) is None
    taken = world.send()
    assert incoming(world.journal, world.keyring, taken.message_id) is None
    assert incoming(world.journal, world.keyring, world.says(bv01(taken.reference))) is None


def test_no_number_of_a_person_is_stored_in_the_clear(world: World) -> None:
    world.send()
    world.notifies(NOOR, "Intake afgerond", kenmerk="onbekend")
    for table in tables.metadata.sorted_tables:
        with world.journal.reading() as connection:
            for row in connection.execute(select(table)):
                assert "999999047" not in repr(tuple(row)), table.name
