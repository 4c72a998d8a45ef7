"""What the exchange's own tables tell a person who asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.contracts.subject import SubjectAsked
from hub.message import Event, new_id
from hub.routes.raadsverzoek import subject
from hub.routes.raadsverzoek.tables import notifications
from hub.schemas.parsing import parse
from hub.standards.stuf import read_stuurgegevens
from tests.support import berichten
from tests.support.live_site import LiveSite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    with LiveSite(tmp_path, environment="acceptatie") as site:
        yield site


def test_where_a_case_stands_and_what_the_raad_told_are_told_for_the_messages_asked_about(site: LiveSite) -> None:
    taken, other = site.accept(), site.accept()
    site.move(taken.message_id, Event.LEASED, "hurried")
    site.move(taken.message_id, Event.TAKEN_OVER, "taken_over", "Bv04", attempt=1)
    message = berichten.notificatie(taken.kenmerk)
    with site.browser() as raad:
        sent = berichten.delivered(message, read_stuurgegevens(parse(message)))
        raad.post("/partners/corv", content=sent, headers={"Content-Type": "text/xml"}).raise_for_status()
    with site.hub.journal.reading() as connection:
        (told,) = connection.execute(select(notifications.c.message_id)).scalars()
    found = list(subject.report(SubjectAsked(site.hub.journal, (), (taken.message_id, told))))
    assert [(one.object, one.what) for one in found] == [
        (f"message:{taken.message_id}", "de zaak loopt"),
        (f"message:{told}", "melding van de Raad: Intake afgerond"),
    ]
    assert f"message:{other.message_id}" not in {one.object for one in found}
    assert list(subject.report(SubjectAsked(site.hub.journal, (), (new_id(),)))) == []
