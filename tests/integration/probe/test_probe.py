"""Somebody else's partner and exchange, installed beside the hub: plugged in they use every seam, plugged out nothing is left.

No file of the hub knows them: what is here is the proof that adding a partner touches no shared file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hub.demo.partner import PartnerProcess
from hub.transports.held_port import HeldPort
from tests.support.processes import PATIENCE, ChildProcess, wait_until
from tests.support.setups import servers_of

ROOT = Path(__file__).resolve().parents[3]
PROBE = ROOT / "tests" / "support" / "probe"

_SETTINGS = """\
[hub]
environment = "test"
data_dir = {folder}
[journal]
url = "{journal}"
[broker]
url = "{broker}"
[web]
port = {port}
[delivery]
poll_seconds = 0.2
retry_base_seconds = 0.3
[connections.probe]
partner = "probe"
[connections.probe.settings]
display_name = "het depot"
url = "{depot}"
"""
_ORDERS = """\
nummer;artikel;aantal
1;stoel;4
2;tafel;veel
3;lamp;2
3;lamp;2
4;;1
5;weiger dit;1
"""


class Plugged:
    """A hub with the probe plugged in, as processes, beside the simulated depot."""

    def __init__(self, folder: Path, ending: ExitStack, journal: str | None, broker: str | None) -> None:
        self.folder = folder
        self.config = folder / "hub.toml"
        self._ports = [ending.enter_context(HeldPort()) for _ in range(2)]
        self.port = self._ports[0].number
        self.depot = PartnerProcess(("probe",), folder, port=self._ports[1].number)
        ending.callback(self.depot.stop)
        self.depot.start()
        settings = {"folder": json.dumps(str(folder)), "port": self.port, "depot": self.depot.listening}
        settings |= {"journal": journal or f"sqlite:///{folder}/hub.sqlite3", "broker": broker or "memory://"}
        self.config.write_text(_SETTINGS.format(**settings), encoding="utf-8")
        self.run("keys", "init")
        self.run("migrate")
        roles = [("run",)] if broker is None else [("serve",), ("dispatch",), ("worker", "probe"), ("housekeep",)]
        self.processes = [
            ending.enter_context(ChildProcess(self.command(*role), log=folder / f"{role[0]}.log", cwd=ROOT)) for role in roles
        ]
        self.wait(lambda: self.get("/_healthz/livez/")[0] == 200, "the hub listens")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "hub", "--config", str(self.config), *words]

    def run(self, *words: str, expect: int = 0, **options: Any) -> str:
        done = subprocess.run(
            self.command(*words), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False, **options
        )
        assert done.returncode == expect, done.stderr
        return done.stdout

    def get(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ledger(self) -> list[tuple[str, int, str]]:
        return [tuple(row) for row in json.loads(self.run("depot"))]

    def wait(self, condition: Any, what: str) -> None:
        wait_until(condition, what, pause=0.3, watched=self.processes)


@pytest.fixture(params=["embedded", "apart"])
def plugged(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugged]:
    monkeypatch.setenv("PYTHONPATH", str(PROBE))
    with servers_of(request, request.param) as servers, ExitStack() as ending:
        yield Plugged(tmp_path, ending, servers["journal"], servers["broker"])


def test_plugged_in_the_probe_uses_every_seam(plugged: Plugged) -> None:
    # A file with bad rows: the good ones go, each row is told, and the same file again sends nothing twice.
    orders = plugged.folder / "orders.csv"
    orders.write_text(_ORDERS, encoding="utf-8")
    first = [json.loads(line) for line in plugged.run("send", "probe_order", str(orders), "--json", expect=1).splitlines()]
    again = [json.loads(line) for line in plugged.run("send", "probe_order", str(orders), "--json", expect=1).splitlines()]
    assert {row["row"]: bool(row.get("id")) for row in first if "row" in row} == {
        2: True, 3: False, 4: True, 5: True, 6: False, 7: True,
    }  # fmt: skip
    ids = [row["id"] for row in first if row.get("id")]
    assert ids == [row["id"] for row in again if row.get("id")]
    assert len(set(ids)) == 3

    # A proposal is no message until a person decides; deciding again gives the same message.
    driven = subprocess.run(
        [sys.executable, str(PROBE / "drive.py"), str(plugged.config)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{PROBE}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert driven.returncode == 0, driven.stderr
    told = json.loads(driven.stdout.splitlines()[-1])
    assert (told["refused"], told["again"]) == ("needs_decision", True)

    # What the depot sent is fetched, with an order that follows from it and a task, in one transaction.
    sent = json.dumps({"id": "s1", "article": "bank"}).encode()
    with urllib.request.urlopen(urllib.request.Request(plugged.depot.control + "outbox", sent), timeout=20):
        pass

    # The ledger follows each message; the duty counts by the clock.
    expected = {
        ("stoel", 4, "completed"), ("lamp", 2, "completed"), ("weiger dit", 1, "parked"), ("kast", 1, "completed"),
        ("bank", 1, "sent"), ("ontvangen s1", 1, "completed"), ("count", 1, "counted"),
    }  # fmt: skip
    plugged.wait(lambda: expected <= set(plugged.ledger()), "everything in the ledger")
    rows = plugged.ledger()
    assert len([row for row in rows if row[2] != "counted"]) == len(expected) - 1, "each once"
    received = plugged.depot.ask("received")
    assert len(received) == 4
    assert any('besloten="user:inkoper"' in body for body in received.values()), "the decider is in what was sent"
    assert plugged.depot.ask("outbox") == []

    # Task, page, API, command, check and words of the exchange.
    tasks = json.loads(plugged.run("tasks", "list", "--json"))
    assert "probe.look" in [task["kind"] for task in tasks]
    assert plugged.get("/bestellingen")[0] in (200, 303)
    key = plugged.run("keys", "api", "create", "kassa", "--role", "buyer").strip().splitlines()[-1]
    order = json.dumps({"artikel": "kruk", "aantal": 1}).encode()
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    status, answer = plugged.get("/v1/bestellingen", order, **headers)
    assert status == 201, answer
    assert plugged.get(f"/v1/bestellingen/{json.loads(answer)['id']}", **headers)[0] == 200
    checks = json.loads(plugged.run("check", "--json"))["checks"]
    assert {"the depot has an address", "probe_order knows its depot"} <= {check["text"] for check in checks}


def test_plugged_out_nothing_of_it_is_left() -> None:
    def routes() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "hub", "routes", "list", "--json"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return [row["name"] for row in json.loads(done.stdout)]

    assert "probe_order" not in routes()


def test_no_file_of_the_hub_knows_the_probe() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "hub").rglob("*.py")}
    assert [str(path) for path, text in texts.items() if "ketenhub_probe" in text or "probe_order" in text] == []
