"""The same commands on PostgreSQL and RabbitMQ."""

from __future__ import annotations

import json

import pytest

from hub.cli.exits import ExitCode
from hub.journal.units import keeping
from tests.support.desk import Desk, quiet_log

pytestmark = [pytest.mark.postgres, pytest.mark.rabbit]


@pytest.fixture
def desk(tmp_path, capsys, postgres_url, amqp_url):
    """A keyboard beside a hub with servers, its tables and keys made as an administrator does."""
    more = f"[journal]\nurl = {json.dumps(postgres_url)}\n[broker]\nurl = {json.dumps(amqp_url)}\n"
    with quiet_log():
        yield Desk(tmp_path, capsys, more)


def made(desk):
    """Make keys and tables."""
    desk.run("keys", "init")
    desk.run("migrate")
    return desk


def test_what_is_not_made_yet_is_told_with_the_command_that_makes_it(desk):
    desk.run("keys", "init")
    found = {one["name"]: one for one in desk.json("check", expect=ExitCode.CANNOT)["checks"] if one["state"] == "fail"}
    assert list(found) == ["database"]
    assert "hub migrate" in found["database"]["text"]
    _, err = desk.run("list", expect=ExitCode.CANNOT)
    assert "hub migrate" in err


def test_a_key_file_is_never_made_silently_beside_a_server(desk):
    desk.run("migrate")
    _, err = desk.run("send", "raadsverzoek", desk.document(), expect=ExitCode.CANNOT)
    assert "hub keys init" in err


def test_messages_are_sent_shown_found_and_decided_on(desk):
    ids = [made(desk).send(kenmerk="CJG-2026-000001"), desk.send(kenmerk="CJG-2026-000002")]
    desk.park(*ids)
    assert [one["id"] for one in desk.json("list", "--status", "parked")] == ids[::-1]
    assert desk.json("trace", "CJG-2026-000001")[0]["id"] == ids[0]
    assert desk.json("parked", "resend", "--all", "--yes")["resent"] == ids[::-1]
    desk.park(ids[0])
    new = desk.json("parked", "send-as-new", ids[0], "--yes")
    assert (desk.state(ids[0]), new["kenmerk"]) == ("replaced", "CJG-2026-000001")
    assert desk.json("retry", new["id"]) == {"hurried": 1, "left_alone": 0}
    assert desk.json("partners", "pause", "corv")["changed"]


def test_queues_are_checked_with_their_properties(desk):
    made(desk)
    assert desk.json("broker", "declare") == {"declared": ["corv"]}
    assert desk.json("broker", "check") == {"depths": {"corv": 0}}
    assert desk.json("check")["ok"]
    with desk.config_file.open("a") as settings:
        settings.write("ticket_life_seconds = 7\n")
    failed = [one for one in desk.json("check", expect=ExitCode.CANNOT)["checks"] if one["state"] == "fail"]
    assert [one["name"] for one in failed] == ["broker"]
    assert "hub broker delete corv" in failed[0]["text"]
    desk.run("broker", "delete", "corv")
    assert desk.json("check")["ok"]


def test_the_timeline_is_verified(desk):
    first = made(desk).send()
    copy = desk.folder / "var" / "seals.jsonl"
    with desk.hub() as hub:
        seal = hub.journal.run(keeping.seal, -1)
    copy.write_text(f"{seal.number} {seal.upto} {seal.entries} {seal.hash.hex()}\n")
    desk.park(first)
    report = desk.json("audit", "verify")
    assert (report["ok"], report["entries"], report["seals"]) == (True, 2, 1)
    copy.unlink()
    assert not desk.json("audit", "verify", expect=ExitCode.NEGATIVE)["ok"]
