"""Personal data stays where it may be: all flows are driven with marked persons, and then everything is searched for them."""

from __future__ import annotations

import subprocess
import urllib.request
from pathlib import Path

import pika
import pytest

from hub.broker.topology import queue_name
from hub.errors import SchemaViolation
from tests.support.hub_processes import HubProcesses
from tests.support.raadsverzoeken import encoded, marked_raadsverzoek, marks

#: No call is meant to fail here by taking too long.
CALL_DEADLINE = 60
MARKER = "ZEEP93kwart"
#: Files in which the simulated partner keeps what it was sent; they are the partner's, not the hub's.
PARTNERS_OWN = ("partner.state", "partner.log")


def drive(hub: HubProcesses) -> None:
    """Confirmed, rejected, parked, waiting, refused at the door, and refused from outside: all with marked persons."""
    document = marked_raadsverzoek(MARKER)
    confirmed = hub.accept({**document, "kenmerk": "LEK-1"}, idempotency_key="lek-1")
    hub.wait(confirmed.message_id, "completed")
    hub.tell("faults", {"faults": ["fo01:1"]})
    hub.wait(hub.accept({**document, "kenmerk": "LEK-2"}).message_id, "rejected")
    hub.tell("faults", {"faults": ["fo03_client:1"]})
    hub.wait(hub.accept({**document, "kenmerk": "LEK-3"}).message_id, "parked")
    hub.tell("faults", {"faults": ["html_502:2", "reset_after_read:1"]})
    hub.wait(hub.accept({**document, "kenmerk": "LEK-4"}).message_id, "completed")
    with pytest.raises(SchemaViolation) as refused:
        hub.accept({**document, "kenmerk": "LEK-5", "kinderen": [{**document["kinderen"][0], "bsn": "123456789"}]})
    texts = [str(refused.value), *(finding.message for finding in refused.value.findings)]
    assert not found(" ".join(texts).encode(), "error texts"), "a finding repeats what was filled in"
    deliver_badly(hub)


def deliver_badly(hub: HubProcesses) -> None:
    """What a partner sends wrongly is refused and kept, but told nowhere."""
    body = f"<a><naam>{MARKER}</naam><bsn>999999047</bsn></a>".encode()
    for data in (body, body[:-3], b"<!DOCTYPE a>" + body):
        request = urllib.request.Request(f"http://127.0.0.1:{hub.port}/partners/corv", data, {"Content-Type": "text/xml"})
        try:
            answer = urllib.request.urlopen(request, timeout=10).read()
        except urllib.error.HTTPError as error:
            answer = error.read()
        assert not found(answer, "the answer to a bad request")


def found(data: bytes, where: str) -> list[str]:
    """Which marks are in ``data``."""
    return [f"{mark!r} in {where}" for mark in (*marks(MARKER), b"999999047", b"123456789") if mark in data]


def search(folder: Path) -> list[str]:
    """Names and contents of every file below a folder."""
    hits = []
    for path in folder.rglob("*"):
        hits += found(str(path).encode(), f"the name {path}")
        if path.is_file() and path.name not in PARTNERS_OWN:
            # In a process of its own: closing SQLite's file here would drop the locks of this process's journal.
            hits += found(subprocess.run(["cat", path], capture_output=True, check=True).stdout, str(path))
    return hits


def broker_content(url: str, connection: str) -> bytes:
    """Every message in a work queue, with its properties."""
    with pika.BlockingConnection(pika.URLParameters(url)) as link:
        channel, parts = link.channel(), []
        while True:
            method, properties, body = channel.basic_get(queue_name(connection))
            if method is None:
                return b"".join(parts)
            parts += [repr(properties).encode(), body]


def test_marked_persons_are_found_nowhere_outside_the_sealed_contents(hub: HubProcesses) -> None:
    drive(hub)
    if not hub.embedded:
        hub.kill("worker")
        hub.accept({**marked_raadsverzoek(MARKER), "kenmerk": "LEK-9"})
        hub.wait_for_tickets()
        tickets = broker_content(hub.hub.config.broker.url.reveal(), "corv")
        assert tickets, "the search must have something to search"
        assert not found(tickets, "the broker")
    with urllib.request.urlopen(f"http://127.0.0.1:{hub.port}/metrics", timeout=10) as answer:
        metrics = answer.read()
    assert b"hub_received_total" in metrics
    assert not found(metrics, "the metrics")
    hub.stop()
    assert not search(hub.folder)
    journal = hub.hub.config.journal.url.reveal()
    if journal.startswith("postgresql:"):
        dump = subprocess.run(["pg_dump", "--dbname", journal, "--inserts"], capture_output=True, check=True).stdout
        assert b"LEK-1" in dump
        assert not found(dump, "the database")


def test_the_search_finds_a_mark_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(encoded(marked_raadsverzoek(MARKER)))
    assert search(tmp_path)
