"""Every door of the hub for a document, tried with a report: each proposes at most, and a person's decision sends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hub.assembly import Hub
from hub.config import load
from tests.partners.verwijsindex.documents import encoded, melding, wijziging
from tests.partners.verwijsindex.rig import ANNA, World


def send(here: World, route: str, document: dict[str, Any], *more: str) -> subprocess.CompletedProcess[str]:
    """``hub send``, as somebody types it."""
    command = [sys.executable, "-m", "hub", "--config", str(here.config_file), "send", route, "-", *more]
    return subprocess.run(command, input=encoded(document).decode(), capture_output=True, text=True, timeout=120, check=False)


def put(here: World, tmp_path: Path, route: str, name: str, document: dict[str, Any]) -> Path:
    """A document in a watched folder, looked at; the directory of what was taken or refused."""
    folder = tmp_path / f"map-{route}"
    folder.mkdir(exist_ok=True)
    more = f'\n[folders.dossier]\npath = {json.dumps(str(folder))}\nroute = "{route}"\n'
    changed = tmp_path / "with-folder.toml"
    changed.write_text(here.config_file.read_text(encoding="utf-8") + more, encoding="utf-8")
    file = folder / f"{name}.json"
    file.write_bytes(encoded(document))
    long_ago = time.time() - 3600
    os.utime(file, (long_ago, long_ago))
    hub = Hub(load(changed, env={}))
    try:
        door = hub.folder("dossier")
        deadline = time.monotonic() + 60
        while file.exists() or not [*folder.glob(f"klaar/{name}*"), *folder.glob(f"afgekeurd/{name}*")]:
            assert time.monotonic() < deadline, "the file is not taken"
            door.round()
    finally:
        hub.close()
    return folder


def assert_waits_and_goes_out_when_decided(here: World, melding_id: str) -> None:
    """Nothing leaves by itself; the assignee sees it, and by the decision it stands with decider and moment."""
    here.start()
    here.wait(lambda: here.index.log.counts()["calls"] > 2, "the hub runs")
    assert here.index.log.messages() == []
    (proposal,) = here.hub.intake.proposals.listed(assignee="anna")
    here.hub.intake.decide(proposal.id, ANNA)
    here.wait(lambda: here.at_index() == [melding_id], "the report")


def test_a_command_proposes(here: World) -> None:
    document = melding()
    made, again = (send(here, "melding", document, "--idempotency-key", "zaak-1", "--json") for _ in range(2))
    assert (made.returncode, again.returncode) == (0, 0), made.stderr + again.stderr
    facts = json.loads(made.stdout)
    assert (facts["again"], facts["decided"]) == (False, False)
    assert json.loads(again.stdout) == facts | {"again": True}
    assert_waits_and_goes_out_when_decided(here, document["meldingId"])


def test_a_folder_proposes(here: World, tmp_path: Path) -> None:
    document = melding()
    folder = put(here, tmp_path, "melding", "zaak-1", document)
    told = json.loads((folder / "klaar/zaak-1/zaak-1.ontvangst.json").read_text(encoding="utf-8"))
    assert (told["eerderAangeboden"], told["besloten"]) == (False, False)
    put(here, tmp_path, "melding", "zaak-1", document)
    told = json.loads((folder / "klaar/zaak-1-2/zaak-1.ontvangst.json").read_text(encoding="utf-8"))
    assert told["eerderAangeboden"] is True
    assert_waits_and_goes_out_when_decided(here, document["meldingId"])


@pytest.mark.parametrize("field", ["toelichting", "reden"])
def test_a_folder_refuses_what_the_law_does_not_name(here: World, tmp_path: Path, field: str) -> None:
    folder = put(here, tmp_path, "melding", "zaak-1", melding(**{field: "zorgen over thuis"}))
    told = (folder / "afgekeurd/zaak-1/zaak-1.fout.json").read_text(encoding="utf-8")
    assert [one["regel"] for one in json.loads(told)["fouten"]] == ["VI91"]
    assert "thuis" not in told
    assert here.hub.intake.proposals.listed() == []


def test_a_change_is_made_by_its_people_only(here: World, tmp_path: Path) -> None:
    """No document says who decides about it: a proposal could wait where nobody looks."""
    melding_id = here.report()
    change = wijziging(melding_id, verwijderdatum="2030-01-01")
    assert send(here, "melding_wijziging", change).returncode != 0
    folder = put(here, tmp_path, "melding_wijziging", "zaak-1", change)
    told = json.loads((folder / "afgekeurd/zaak-1/zaak-1.fout.json").read_text(encoding="utf-8"))
    assert told["code"] == "needs_decision"
    assert here.hub.intake.proposals.listed() == []
