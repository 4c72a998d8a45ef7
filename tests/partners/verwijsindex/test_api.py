"""Reports proposed by a system: they wait for the reporter they name, and nothing that a system sends reports by itself."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from hub.routes.verwijsindex import cases
from hub.web.accounts import create_api_key
from tests.partners.verwijsindex.documents import encoded, melder, melding
from tests.partners.verwijsindex.rig import ANNA, World
from tests.support.processes import PATIENCE

PATH = "/v1/meldingen"


class System:
    """A system of the organisation, with a key."""

    def __init__(self, world: World, *roles: str, scope: tuple[str, ...] = ()) -> None:
        key = create_api_key(world.hub.journal, "dossiersysteem", roles or ("case_system",), scope=scope)
        self._url = (world.server.url if world.server else world.serve()) + PATH
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def proposes(self, document: dict[str, Any], key: str | None = None) -> httpx.Response:
        return self.sends(encoded(document), {"Idempotency-Key": key} if key else {})

    def sends(self, body: bytes, more: Mapping[str, str] = MappingProxyType({})) -> httpx.Response:
        return httpx.post(self._url, content=body, headers={**self._headers, **more})

    def asks(self, id_: str) -> httpx.Response:
        return httpx.get(f"{self._url}/{id_}", headers=self._headers)


def test_a_system_proposes_and_the_reporter_decides(here: World) -> None:
    here.start()
    system = System(here)
    answer = system.proposes(melding(), "zaak-1")
    assert (answer.status_code, answer.json()["status"], answer.json()["besluit"]) == (202, "voorgesteld", "anna")
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    id_ = answer.json()["id"]
    assert system.asks(id_).json() == answer.json()
    assert here.index.log.counts()["messages"] == 0, "nothing is reported before somebody decides"
    here.hub.intake.decide(uuid.UUID(id_), ANNA)
    here.wait(here.at_index, "the report")
    here.wait(lambda: system.asks(id_).json()["status"] == "completed", "the message, found by the proposal's number")
    assert system.asks(id_).json()["verloop"][0]["gebeurtenis"] == "accepted"


def test_the_same_proposal_twice_is_one(here: World) -> None:
    system, document = System(here), melding()
    first, again = (system.proposes(document, "zaak-1") for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert system.proposes(melding(), "zaak-1").status_code == 409
    here.hub.intake.decide(uuid.UUID(first.json()["id"]), ANNA)
    assert system.proposes(document, "zaak-1").headers["idempotency-replayed"] == "true"
    assert len(here.hub.intake.proposals.listed()) == 0


def test_what_the_law_does_not_name_is_refused(here: World) -> None:
    answer = System(here).proposes(melding(reden="zorgen over thuis"))
    assert answer.status_code == 400
    assert [one["code"] for one in answer.json()["invalidParams"]] == ["VI91"]
    assert "thuis" not in answer.text


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b"[" * 5_000])
def test_what_is_no_document_is_refused(here: World, body: bytes) -> None:
    assert System(here).sends(body).status_code == 400


def test_a_proposal_without_a_person_waits_for_nobody_in_particular(here: World) -> None:
    """And is refused as a document; the door itself does not stumble."""
    for given in ("x", {"id": 5}, None):
        answer = System(here).proposes(melding() | {"melder": given})
        assert answer.status_code == 400


def test_only_for_who_may_and_only_of_ones_own_municipality(here: World) -> None:
    for role in ("coach", "operator", "secretary"):
        assert System(here, role).proposes(melding()).status_code == 403
    ours = System(here, scope=("gemeente:0392",))
    other = System(here, scope=("gemeente:0473",))
    id_ = ours.proposes(melding(melder=melder("anna"))).json()["id"]
    assert ours.asks(id_).status_code == 200
    assert other.asks(id_).status_code == 404
    assert other.proposes(melding()).status_code == 403
    here.hub.intake.decide(uuid.UUID(id_), ANNA)
    assert (ours.asks(id_).status_code, other.asks(id_).status_code) == (200, 404)
    assert ours.asks(str(uuid.uuid4())).status_code == 404


def test_a_command_proposes_too(here: World, tmp_path: Path) -> None:
    file = tmp_path / "melding.json"
    file.write_bytes(encoded(melding()))
    command = [sys.executable, "-m", "hub", "--config", str(here.config_file), "send", "melding", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    (waiting,) = here.hub.intake.proposals.listed(assignee="anna")
    assert json.loads(done.stdout) == {"proposal": str(waiting.id), "again": False, "decided": False}
    assert cases.reports_of(here.hub.journal, "user:anna") == []
