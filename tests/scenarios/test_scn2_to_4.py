"""SCN 2, 3 and 4 of the official test set (1.0.1): a rejection, six notifications, two of an investigation without a request.

A folder is a scenario. ``1-raadsverzoek.json`` goes in (not where nothing is sent), ``2-partner.json`` says what the partner
does: ``faults`` before, ``deliver`` files afterwards; ``9-expected.json`` holds states, the hub's answers, and the sentences
that people read. The official set does not publish its files, so these are written from its descriptions.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.journal import reading
from hub.journal.reading import Filter
from hub.message import MessageId
from hub.routes.raadsverzoek import dossier
from tests.support.hub_processes import CALLER, HubProcesses
from tests.support.processes import wait_until

#: No call is meant to fail here by taking too long.
CALL_DEADLINE = 60
HERE = Path(__file__).parent
FOLDERS = sorted(folder for name in ("scn2", "scn3", "scn4") for folder in (HERE / name).iterdir())
_REFERENCE = "{http://www.egem.nl/StUF/StUF0301}referentienummer"


class Scenario:
    """One folder, played on a running hub."""

    def __init__(self, hub: HubProcesses, folder: Path) -> None:
        self.hub = hub
        self.folder = folder
        self.partner: dict[str, Any] = self._json("2-partner.json")
        self.expected: dict[str, Any] = self._json("9-expected.json")

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def offer(self, name: str, **options: Any) -> MessageId:
        document = (self.folder / name).read_bytes()
        return self.hub.hub.intake.accept("raadsverzoek", document, CALLER, **options).message_id

    def deliver(self) -> list[MessageId]:
        """Let the partner deliver its files in turn; the ids under which the hub stored them."""
        stored = []
        for number, name in enumerate(self.partner.get("deliver", [])):
            body = (self.folder / name).read_bytes()
            order = {"body": base64.b64encode(body).decode(), "wait": 20}
            assert self.hub.tell("deliver", order)["answers"] == [self.expected["answers"][number]], name
            reference = etree.fromstring(body).findtext(f".//{_REFERENCE}")
            received = reading.list_messages(self.hub.hub.journal, Filter(direction="in"))
            stored += [one.id for one in received if one.reference == reference]
        assert len(stored) == len(self.partner.get("deliver", []))
        return stored

    def dossier(self, message_id: MessageId) -> dossier.Dossier:
        found = dossier.dossier(
            self.hub.hub.journal, self.hub.hub.keyring, message_id, institutions=self.expected.get("institutions")
        )
        assert found is not None
        return found


def _check_request(scenario: Scenario, ours: MessageId) -> None:
    expected = scenario.expected
    view = scenario.hub.wait_for_events(ours, *expected["events"])
    assert view.status == expected["state"]
    assert len(view.timeline) == len(expected["events"])
    found = scenario.dossier(ours)
    assert list(found.request) == expected["request"]
    assert found.running is expected["running"]
    assert not found.unclear
    told = [{"number": one.number, "closed": one.closed, "sentences": list(one.sentences)} for one in found.children]
    if "children" in expected:
        assert told == expected["children"]
    # Who may not see the content sees no name.
    bare = dossier.dossier(scenario.hub.hub.journal, None, ours)
    assert bare is not None
    assert not bare.children
    assert [one.sentences for one in bare.unclear] == [()] * len(scenario.partner.get("deliver", []))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_scenario_of_the_official_set_ends_as_it_should(hub: HubProcesses, folder: Path) -> None:
    scenario = Scenario(hub, folder)
    hub.tell("settings", {"delay": 0.5})  # the Bv04 first, as the test set tells it
    hub.tell("faults", {"faults": scenario.partner.get("faults", [])})
    ours = None
    if (folder / "1-raadsverzoek.json").exists():
        ours = scenario.offer("1-raadsverzoek.json")
        hub.wait(ours, scenario.expected["state"])
    stored = scenario.deliver()
    assert [hub.view(one).status for one in stored] == scenario.expected.get("incoming", [])
    if ours is not None:
        assert {hub.view(one).cause for one in stored} <= {ours}
        _check_request(scenario, ours)
    for message_id, sentences in zip(stored, scenario.expected.get("unmatched", []), strict=False):
        told = dossier.incoming(hub.hub.journal, hub.hub.keyring, message_id)
        assert told is not None
        assert (list(told.sentences), told.ambtshalve) == (sentences, True)
        hub.wait_for_task("unmatched", str(message_id))
    _check_rejection(scenario, ours)
    assert hub.partner.ask("violations") == []


def _check_rejection(scenario: Scenario, ours: MessageId | None) -> None:
    """The hub confirms the Fo01, a person is asked, and the corrected request keeps its case number."""
    hub, expected = scenario.hub, scenario.expected
    if "corrected" not in expected:
        return
    assert ours is not None
    wait_until(lambda: all(one["answers"] for one in hub.partner.ask("deliveries")), "the hub's answer to the Fo01")
    assert [one["answers"] for one in hub.partner.ask("deliveries")] == expected["business_answers"]
    hub.wait_for_task(expected["task"], str(ours))
    corrected = scenario.offer("3-gecorrigeerd.json", cause=ours)
    assert hub.wait(corrected).status == expected["corrected"]
    assert hub.view(corrected).kenmerk == hub.view(ours).kenmerk
    assert hub.view(corrected).reference != hub.view(ours).reference
