"""``hub partners``, ``hub routes`` and ``hub broker`` on an embedded hub."""

from __future__ import annotations

from typing import Any

from hub.cli.exits import ExitCode


def _raadsverzoek(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The route of this desk's connection, among those of exchanges it has no connection for."""
    return next(row for row in rows if row["name"] == "raadsverzoek")


def test_a_connection_is_listed_with_its_state_and_counts(desk):
    desk.send()
    (row,) = desk.json("partners", "list")
    assert (row["name"], row["state"], row["waiting"], row["title"]) == ("corv", "open", 1, "CORV")
    assert desk.run("partners", "list")[0].startswith("corv")


def test_a_connection_is_paused_and_resumed_once(desk):
    message_id = desk.send()
    assert desk.json("partners", "pause", "corv") == {"name": "corv", "state": "paused", "changed": True}
    assert desk.json("partners", "pause", "corv")["changed"] is False
    assert desk.json("partners", "list")[0]["changed_by"].startswith("os_user:")
    assert "stilgezet" in desk.run("show", message_id)[0]
    assert desk.json("partners", "resume", "corv")["state"] == "open"
    assert desk.json("partners", "list")[0]["window"] == 1


def test_a_connection_that_does_not_exist_is_no(desk):
    desk.send()
    for command in ("pause", "resume"):
        assert "partners list" in desk.run("partners", command, "svb", expect=ExitCode.NEGATIVE)[1]
    assert "corv" in desk.run("partners", "ping", "svb", expect=ExitCode.CANNOT)[1]


def test_a_partner_that_is_away_is_told_with_a_code_of_its_own(desk):
    assert desk.json("partners", "ping", "corv", expect=ExitCode.AWAY)["ok"] is False


def test_a_route_is_listed_with_its_connection(desk):
    row = _raadsverzoek(desk.json("routes", "list"))
    assert (row["name"], row["connection"], row["usable"], row["expects_answer"]) == ("raadsverzoek", "corv", True, True)


def test_a_route_without_its_connection_says_why_it_cannot_be_used(desk):
    desk.config_file.write_text("")
    row = _raadsverzoek(desk.json("routes", "list"))
    assert row["usable"] is False
    assert "no connection" in row["remark"]


def test_queues_are_declared_checked_purged_and_deleted(desk):
    assert desk.json("broker", "declare") == {"declared": ["corv"]}
    assert desk.json("broker", "check") == {"depths": {"corv": 0}}
    assert desk.json("broker", "purge") == {"purged": {"corv": 0}}
    assert desk.json("broker", "delete", "corv") == {"deleted": ["corv"]}
    desk.run("broker", "purge", "svb", expect=ExitCode.CANNOT)


def test_a_broker_that_is_away_has_its_own_code(desk):
    desk.config_file.write_text(desk.config_file.read_text() + '\n[broker]\nurl = "amqp://127.0.0.1:1/"\n')
    for command in ("declare", "check"):
        desk.run("broker", command, expect=ExitCode.AWAY)
