"""SCN 1 of the official test set, all the way: each of the nine requests through real processes to the partner and back.

``test_scn1.py`` holds the expected messages against what the test set describes; here they are held against what arrived.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from lxml import etree

from hub.transports import soap
from tests.support import raadsverzoeken as rv
from tests.support.hub_processes import HubProcesses
from tests.support.processes import wait_until

#: No call is meant to fail here by taking too long.
CALL_DEADLINE = 60
FOLDERS = sorted((Path(__file__).parent / "scn1").iterdir())
_STUF = "{http://www.egem.nl/StUF/StUF0301}"
_ZKN = "{http://www.egem.nl/StUF/sector/zkn/0310}"
#: What is given at acceptance, and so differs at every run.
_GIVEN = (f"{_STUF}referentienummer", f"{_STUF}tijdstipBericht", f"{_ZKN}registratiedatum")


def canonical(tree: etree._Element) -> bytes:
    """Exclusive C14N without white space between elements, comments, and what is given at acceptance."""
    plain = etree.fromstring(etree.tostring(tree), etree.XMLParser(remove_blank_text=True, remove_comments=True))
    for tag in _GIVEN:
        for element in plain.iter(tag):
            element.text = "given"
    for element in plain.iter(f"{_STUF}extraElement"):
        if element.get("naam") == "datumIndiening":
            element.text = "given"
    for document in plain.iterfind(f".//{_ZKN}heeftRelevant/{_ZKN}gerelateerde/{_ZKN}identificatie"):
        document.text = "given"
    return etree.tostring(plain, method="c14n", exclusive=True)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_request_of_scn_1_is_accepted_by_the_partner_as_it_should_read(hub: HubProcesses, folder: Path) -> None:
    document = json.loads((folder / "1-raadsverzoek.json").read_text(encoding="utf-8"))
    document.setdefault("verzoeker", rv.verzoeker())
    hub.tell("settings", {"delay": 0.5})  # the Bv04 first, as the test set tells it
    taken = hub.accept(document)
    view = hub.wait_for_events(taken.message_id, "accepted", "taken_over", "confirmed")
    assert (view.status, view.kenmerk) == ("completed", document["kenmerk"])
    assert len(view.timeline) == 3
    assert hub.partner.ask("violations") == []
    wait_until(lambda: hub.partner.ask("deliveries")[0]["state"] == "confirmed", "our Bv03 at the partner")
    (delivery,) = hub.partner.ask("deliveries")
    assert (delivery["type"], delivery["answers"]) == ("Bv01Bericht", ["Bv03"])
    (call,) = hub.partner.ask("calls")
    (bericht,) = soap.read_message(base64.b64decode(hub.partner.ask(f"raw/{call['sha256']}")["body"])).body
    (arrived,) = soap.elements(bericht)
    assert canonical(arrived) == canonical(etree.parse(folder / "2-vtoDi01.xml").getroot())
