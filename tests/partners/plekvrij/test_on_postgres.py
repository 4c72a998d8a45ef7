"""The same on PostgreSQL, where SQL is read more strictly and several write at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from hub import configured
from hub.crypto.keyring import Keyring
from hub.journal.opening import migrate, open_journal
from hub.message import Event
from hub.routes.plekvrij import effects
from hub.routes.plekvrij.duties import remind
from hub.routes.plekvrij.tables import history, offers, subscribers
from tests.partners.plekvrij.offers import at, encoded, located, offer
from tests.partners.plekvrij.site import key_of, plekvrij_site, provider, publish, referrer
from tests.support.live_site import LiveSite


@pytest.fixture
def site(tmp_path: Path, postgres_url: str) -> Iterator[LiveSite]:
    journal = open_journal(postgres_url)
    migrate(journal, configured.exchange_tables())
    journal.close()
    keys = tmp_path / "keys"
    Keyring.load_or_create(keys)
    with plekvrij_site(tmp_path, web=f'[journal]\nurl = "{postgres_url}"\n[keys]\nfile = "{keys}"') as made:
        yield made


def test_offers_pages_reminders_and_subscribers_work_on_postgresql(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "FAILURES_ALLOWED", 1)
    key, operator = key_of(site, "care_provider", agb="99000001"), key_of(site, "operator")
    wanted = {"naam": "Regio", "adres": "http://127.0.0.1:9/"}
    assert site.browser().post("/v1/plekabonnementen", json=wanted, headers=operator).status_code == 201
    assert publish(site, encoded(peilmoment=at(hours=10)), key).status_code == 201
    late = publish(site, encoded(vrij=0, peilmoment=at(hours=11)), key)
    assert [one["code"] for one in late.json()["waarschuwingen"]] == ["PV10"]
    batch = [offer(**located("a"), vrij=1), offer(**located("a"), vrij=4, peilmoment=at(minutes=3))]
    answer = site.browser().post("/v1/plekopgaven/reeksen", json=batch, headers=key)
    assert [one["uitkomst"] for one in answer.json()["resultaten"]] == ["accepted", "accepted"]
    assert site.hub.journal.run(remind) == 1
    assert "De opgave verloopt bijna" in provider(site).get("/taken").text
    board = referrer(site).get("/plekken?leeftijd=14&geslacht=m&vrij=1&gemeente=haarlem").text
    assert "1 plek vrij" in board
    assert "Kwam te laat" in site.signed_in("huisarts").get("/plekken/99000001/linde-1/crisis").text
    listed = site.browser().get("/v1/berichten?uitwisseling=plek_webhook", headers=operator).json()["resultaten"]
    assert len(listed) == 2  # of the four, two were late
    with site.hub.journal.reading() as connection:
        message_id = connection.execute(select(offers.c.message_id)).first()
    assert message_id is not None
    waiting = [site.view(_uuid(one["id"])) for one in listed]
    site.move(waiting[0].id, Event.PARKED, "parked", code="refused")
    [stands] = site.browser().get("/v1/plekabonnementen", headers=operator).json()["resultaten"]
    assert stands["gepauzeerdOp"]
    resumed = site.browser().post(
        f"/v1/plekabonnementen/{stands['id']}/hervattingen", json={"sinds": at(hours=1)}, headers=operator
    )
    assert resumed.json() == {"aantal": 2, "volgende": None}
    with site.hub.journal.reading() as connection:
        assert connection.execute(select(subscribers.c.paused_at)).scalar() is None


def test_many_who_publish_the_same_place_at_once_leave_the_newest(site: LiveSite) -> None:
    key = key_of(site, "care_provider", agb="99000001")
    documents = [encoded(vrij=number % 9, peilmoment=at(seconds=100 - number)) for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(lambda one: publish(site, one, key), documents)} == {201}
    with site.hub.journal.reading() as connection:
        shown = connection.execute(select(offers.c.free, offers.c.at)).all()
        newest = connection.execute(select(history.c.at).order_by(history.c.at.desc())).scalar()
        assert len(connection.execute(select(history.c.at)).all()) == 60
    assert [(row.free, row.at) for row in shown] == [(59 % 9, newest)]


def _uuid(text: str) -> UUID:
    return UUID(text)
