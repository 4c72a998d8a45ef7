"""``hub send``, ``show``, ``list`` and ``trace``."""

from __future__ import annotations

import io
import json
import sys
import types

import pytest

from hub.cli.exits import ExitCode
from hub.journal import reading
from tests.support import raadsverzoeken as rv


def test_sending_writes_the_id_of_what_was_stored(desk):
    out, err = desk.run("send", "raadsverzoek", desk.document())
    view = desk.json("show", out.strip())
    assert (view["status"], view["kenmerk"], view["type"]) == ("waiting", "CJG-2026-000123", "vtoDi01")
    assert err == ""


def test_the_caller_is_the_account_of_the_process_and_not_a_variable(desk, monkeypatch):
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert desk.json("show", desk.send())["caller"].startswith("os_user:")
    assert "somebody-else" not in desk.run("show", "CJG-2026-000123")[0]


def test_a_document_may_come_from_standard_input(desk, monkeypatch):
    document = io.BytesIO(rv.encoded(rv.raadsverzoek()))
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=document, isatty=lambda: False))
    assert desk.json("send", "raadsverzoek", "-")["kenmerk"] == "CJG-2026-000123"


def test_a_repeat_with_the_same_key_gets_the_first_answer(desk):
    first = desk.json("send", "raadsverzoek", desk.document(), "--idempotency-key", "k1")
    again = desk.json("send", "raadsverzoek", desk.document(), "--idempotency-key", "k1")
    assert (first["again"], again["again"]) == (False, True)
    assert first["id"] == again["id"]


def test_what_is_held_leaves_later(desk):
    message_id = desk.run("send", "raadsverzoek", desk.document(), "--hold", "30")[0].strip()
    with desk.hub() as hub:
        view = reading.show(hub.journal, reading.parse_id(message_id))
    assert 29 * 60 < (view.next_at - view.accepted_at).total_seconds() <= 30 * 60
    assert "kan nog worden ingetrokken" in desk.run("show", message_id)[0]


def test_a_refused_document_gets_a_place_and_a_sentence_per_finding_and_no_value(desk):
    file = desk.document(kinderen=[rv.kind(bsn="999999048")])
    out, err = desk.run("send", "raadsverzoek", file, expect=ExitCode.NEGATIVE)
    assert out == ""
    assert "/kinderen/0/bsn" in err
    assert "burgerservicenummer klopt niet" in err
    assert "999999048" not in err
    assert desk.json("list") == []


def test_the_findings_of_a_refusal_are_also_json(desk):
    found = desk.json("send", "raadsverzoek", desk.document(urgentie=None), expect=ExitCode.NEGATIVE)
    assert found["id"] is None
    assert [one["field"] for one in found["findings"]] == ["/urgentie"]


def test_warnings_do_not_stop_a_document(desk):
    out, err = desk.run("send", "raadsverzoek", desk.document(kinderen=[rv.kind(geboortedatum="2001-01-01")]))
    assert out.strip()
    assert "let op /kinderen/0" in err


def test_a_child_in_a_request_that_runs_is_a_warning(desk):
    assert "RV28" not in desk.run("send", "raadsverzoek", desk.document(kenmerk="CJG-2026-1"))[1]
    _, err = desk.run("send", "raadsverzoek", desk.document(kenmerk="CJG-2026-2"))
    assert "let op /kinderen/0: Kind 1 staat in een eerder verzoek dat nog loopt (CJG-2026-1)" in err


def test_a_new_embedded_journal_gets_its_keys_from_migrate_too(desk):
    desk.run("migrate")
    desk.send()


def test_a_case_number_that_is_in_use_is_refused(desk):
    first = desk.send()
    _, err = desk.run("send", "raadsverzoek", desk.document(), expect=ExitCode.NEGATIVE)
    assert first in err
    assert "fout /kenmerk: Zaaknummer CJG-2026-000123 is al eerder verstuurd." in err
    found = desk.json("send", "raadsverzoek", desk.document(), expect=ExitCode.NEGATIVE)
    assert [(one["rule"], one["field"]) for one in found["findings"]] == [("RV02", "/kenmerk")]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("send", "raadsverzoek", "/nowhere/x.json"), ExitCode.CANNOT),
        (("send", "raadsverzoek"), ExitCode.CANNOT),
        (("send", "geenroute", "{file}"), ExitCode.NEGATIVE),
    ],
)
def test_what_cannot_be_sent_ends_with_its_own_code(desk, words, code):
    desk.run(*[word.format(file=desk.document()) for word in words], expect=code)


def test_a_message_is_shown_as_a_story_without_names(desk):
    desk.send()
    out, _ = desk.run("show", "CJG-2026-000123")
    assert "Wordt zo verstuurd" in out
    assert "Aangenomen en veilig bewaard" in out
    assert "Voorbeeld" not in out
    assert not any(bsn in out for bsn in rv.BSNS)


def test_looking_makes_no_journal(desk):
    _, err = desk.run("list", expect=ExitCode.CANNOT)
    assert "no journal" in err
    assert not (desk.folder / "var").exists()


def test_what_is_not_there_is_told_with_the_code_for_no(desk):
    desk.send()
    for command in ("show", "trace"):
        _, err = desk.run(command, "CJG-2026-999999", expect=ExitCode.NEGATIVE)
        assert "hub list" in err
    assert desk.json("trace", "CJG-2026-999999", expect=ExitCode.NEGATIVE) == []


def test_a_list_is_narrowed_and_newest_first(desk):
    ids = [desk.send(kenmerk=f"CJG-2026-00000{number}") for number in (1, 2, 3)]
    desk.park(ids[1])
    assert [one["id"] for one in desk.json("list")] == ids[::-1]
    assert [one["id"] for one in desk.json("list", "--status", "parked")] == [ids[1]]
    assert [one["id"] for one in desk.json("list", "--most", "1", "--before", ids[1])] == [ids[0]]
    assert desk.json("list", "--in") == []
    assert desk.json("list", "--route", "other") == []
    lines = desk.run("list", "--open")[0].splitlines()
    assert [line.split()[0] for line in lines] == ids[::-1]


def test_a_status_that_does_not_exist_is_wrong_usage(desk):
    _, err = desk.run("list", "--status", "gone", expect=ExitCode.CANNOT)
    assert "parked" in err


def test_a_message_is_found_by_every_reference(desk):
    message_id = desk.send()
    view = desk.json("show", message_id)
    for reference in (message_id, view["reference"], view["kenmerk"]):
        assert [one["id"] for one in desk.json("trace", reference)] == [message_id]


def test_the_json_of_a_message_is_one_object_with_its_timeline(desk):
    out, _ = desk.run("show", desk.send(), "--json")
    assert out.count("\n") == 1
    view = json.loads(out)
    assert [entry["event"] for entry in view["timeline"]] == ["accepted"]
    assert view["related"] == []
