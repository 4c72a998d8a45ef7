"""The secretary's pages over HTTP on PostgreSQL, where SQL is read more strictly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import configured
from hub.crypto.keyring import Keyring
from hub.journal.opening import migrate, open_journal
from tests.console.case_states import KENMERKEN, PATHS, fill
from tests.support.live_site import LiveSite, hidden


@pytest.fixture
def desk(tmp_path: Path, postgres_url: str) -> Iterator[LiveSite]:
    """A desk with a case in every state."""
    journal = open_journal(postgres_url)
    migrate(journal, configured.exchange_tables())
    journal.close()
    keys = tmp_path / "keys"
    Keyring.load_or_create(keys)
    with LiveSite(tmp_path, web=f'[journal]\nurl = "{postgres_url}"\n[keys]\nfile = "{keys}"') as site:
        fill(site)
        yield site


def test_the_pages_of_cases_work_on_postgresql(desk: LiveSite):
    browser = desk.signed_in("a.devries")
    todo = browser.get("/raadsverzoeken").text
    assert KENMERKEN["overdue"] in todo
    for path in ("/raadsverzoeken?deel=afgerond", "/taken", "/meldingen", *PATHS.values()):
        assert browser.get(path).status_code == 200, path
    assert "10 verzoeken gaan over dezelfde persoon" in browser.get("/meldingen").text
    opened = browser.post(f"{PATHS['family']}/inhoud", data={**hidden(browser.get(PATHS["family"])), "doel": "overleg"})
    assert "Noor Voorbeeld" in opened.text
    officer = desk.signed_in("privacy")
    token = hidden(officer.get("/inzage"))
    found = officer.post("/inzage", data={**token, "zaak": KENMERKEN["family"], "wie": "a.devries", "van": "2026-01-01"})
    assert "Overleg met de Raad" in found.text
