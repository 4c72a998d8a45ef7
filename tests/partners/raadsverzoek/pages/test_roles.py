"""What the roles mean, from the reference list that an administrator put there."""

from __future__ import annotations

from pathlib import Path

from tests.support.form_filler import Secretary
from tests.support.live_site import LiveSite

_LIST = """Rolomschrijving,Rolcode,Toelichting,Groep,Datum begin geldigheid,Datum einde geldigheid
voogd,211,Heeft de voogdij over de jeugdige.,gezag,2014-07-01,
stiefouder,212,Deze uitleg geldt niet meer.,gezag,2014-07-01,2015-01-01
"""


def test_roles_are_explained_where_there_is_a_reference_list(tmp_path: Path, desk_site: LiveSite, anna: Secretary):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/jeugdzorgrollen.csv").write_text(_LIST)
    with LiveSite(tmp_path) as site:
        settings = site.hub.config.connections["corv"].settings
        settings["reference_lists"] = str(tmp_path / "lists")
        site.user("anna", "secretary")
        here = Secretary(site, "anna")
        page = here.go(here.get(f"{here.begin()}/gezag"), "voeg-persoon-toe")
        assert "Heeft de voogdij over de jeugdige." in page.text
        assert "geldt niet meer" not in page.text
    without = anna.go(anna.get(f"{anna.begin()}/gezag"), "voeg-persoon-toe")
    assert "Wat betekenen de rollen?" not in without.text
