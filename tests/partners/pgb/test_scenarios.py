"""Toekenningen from the door to SVB's return, with real processes on both set-ups, when all goes well and when not."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from hub.journal import outstanding, reading
from hub.message import MessageId
from hub.routes.pgb import cases
from hub.routes.pgb.pages.tasks import describe
from tests.partners.pgb.processes import PgbProcesses
from tests.partners.pgb.toekenningen import BSNS, csv
from tests.support.hub_processes import ROOT

_NUMBERS = itertools.count(1)


def number() -> str:
    return f"B-{next(_NUMBERS):05d}"


def budget(hub: PgbProcesses, name: str) -> cases.Budget:
    (found,) = cases.find(hub.hub.journal, name)
    return found


def tasks_about(hub: PgbProcesses, message_id: MessageId) -> list[str]:
    return [str(row["kind"]) for row in reading.open_tasks(hub.hub.journal) if row["subject"] == str(message_id)]


def test_a_grant_is_confirmed_and_the_ledger_knows(hub: PgbProcesses) -> None:
    name = number()
    message_id = hub.grant(budgetnummer=name)
    assert hub.wait(message_id).status == "completed"
    known = budget(hub, name)
    assert (known.kind, known.outcome, known.confirmed_id, known.cents) == ("nieuw", "completed", message_id, 1_200_050)
    assert hub.svb.ask("violations") == []
    (received,) = hub.svb.ask("budgets")[f"0392/{name}"]
    assert received["reference"] == hub.view(message_id).reference
    assert tasks_about(hub, message_id) == []


def test_states_of_a_budget_leave_one_at_a_time_and_the_newest_takes_the_place_of_those_that_wait(hub: PgbProcesses) -> None:
    hub.tell_svb("settings", {"delay": 1.0})
    name = number()
    sent = [hub.grant(budgetnummer=name)]
    hub.wait(sent[0], "sent")
    sent += [hub.grant(budgetnummer=name, mutatie=str(change), bedrag=f"{13_000 + change}.00") for change in (2, 3)]
    assert [hub.wait(one).status for one in sent] == ["completed", "superseded", "completed"]
    assert hub.svb.ask("violations") == []
    references = [one["reference"] for one in hub.svb.ask("budgets")[f"0392/{name}"]]
    assert references == [hub.view(sent[0]).reference, hub.view(sent[2]).reference]
    known = budget(hub, name)
    assert (known.confirmed_id, known.cents, known.mutatie) == (sent[2], 1_300_300, "3")
    assert [one.outcome for one in cases.sent_about(hub.hub.journal, known.budget)] == ["completed", "superseded", "completed"]


def test_a_rejection_is_a_task_in_dutch_and_the_corrected_state_settles_it(hub: PgbProcesses) -> None:
    name = number()
    hub.tell_svb("reject", {"budget": name, "code": "S329"})
    rejected = hub.grant(budgetnummer=name)
    assert hub.wait(rejected).status == "rejected"
    hub.wait_for_task("rejected", str(rejected))
    open_tasks = [one for one in outstanding.list_open(hub.hub.journal) if one.subject == str(rejected)]
    (told,) = describe(hub.hub, open_tasks)
    assert told is not None
    assert told.reference == name
    assert "productcode is niet geldig" in told.sentence
    assert budget(hub, name).outcome == "rejected"
    hub.tell_svb("reject", {"budget": name, "code": ""})
    corrected = hub.grant(budgetnummer=name, mutatie="2")
    assert hub.wait(corrected).status == "completed"
    assert tasks_about(hub, rejected) == []
    assert len(hub.svb.ask("budgets")[f"0392/{name}"]) == 2, "the rejected message itself is not sent again"


@pytest.mark.parametrize(
    ("fault", "code", "lijst"), [("fo01:1", "IB007", "Fo01"), ("header_only:1", "0001", "WJ001"), ("reject:1", "S300", "WJ001")]
)
def test_each_way_to_reject_is_kept_with_its_code_and_list(hub: PgbProcesses, fault: str, code: str, lijst: str) -> None:
    hub.tell_svb("faults", {"faults": [fault]})
    message_id = hub.grant(budgetnummer=number())
    assert hub.wait(message_id).status == "rejected"
    (returned,) = cases.returns_to(hub.hub.journal, [message_id])[message_id]
    assert returned.codes.endswith(f"={code}")
    assert (returned.lijst, returned.afzender) == (lijst, "VWS")


@pytest.mark.parametrize("fault", ["answer_twice:1", "html_502:1", "deliver_but_lose_answer:1", "fo03_server:1"])
def test_trouble_on_the_way_is_overcome_with_one_message(hub: PgbProcesses, fault: str) -> None:
    hub.tell_svb("faults", {"faults": [fault]})
    name = number()
    message_id = hub.grant(budgetnummer=name)
    assert hub.wait(message_id).status == "completed"
    assert len(hub.svb.ask("budgets")[f"0392/{name}"]) == 1
    assert hub.svb.ask("violations") == []


def test_a_message_that_is_parked_shows_and_goes_on_when_a_person_says_so(hub: PgbProcesses) -> None:
    hub.tell_svb("faults", {"faults": ["fo03_client:1"]})
    name = number()
    message_id = hub.grant(budgetnummer=name)
    hub.wait(message_id, "parked")
    assert budget(hub, name).outcome == "parked"
    assert cases.numbers(hub.hub.journal)["aandacht"] >= 1
    hub.command("parked", "resend", str(message_id), "--yes")
    assert hub.wait(message_id).status == "completed"
    hub.wait_until(lambda: budget(hub, name).outcome == "completed", "the ledger follows")


def test_a_return_to_nothing_of_ours_waits_for_a_person(hub: PgbProcesses) -> None:
    before = {row["subject"] for row in reading.open_tasks(hub.hub.journal) if row["kind"] == "unmatched"}
    hub.tell_svb("stray", {"wait": 10})
    after = {row["subject"] for row in reading.open_tasks(hub.hub.journal) if row["kind"] == "unmatched"}
    assert len(after - before) == 1


def test_a_closing_with_a_difference_is_reported(hub: PgbProcesses) -> None:
    name = number()
    hub.wait(hub.grant(budgetnummer=name))
    order = {"gemeente": "0392", "budget": name, "begin": "2027-01-01", "eind": "2027-12-31", "wait": 10}
    hub.tell_svb("close", {**order, "toegekend": "12000.50", "besteed": "12500.00"})
    hub.wait_until(lambda: budget(hub, name).spent_cents == 1_250_000, "the closing is in the ledger")
    codes = [row["code"] for row in reading.open_tasks(hub.hub.journal) if row["kind"] == "pgb.closing"]
    assert "overspent" in codes


@pytest.mark.parametrize(("spent", "code"), [("12000.50", ""), ("11000.00", "surplus"), ("12000.51", "overspent")])
def test_a_budget_is_closed_after_its_return_and_only_a_difference_is_a_task(hub: PgbProcesses, spent: str, code: str) -> None:
    name = number()
    hub.tell_svb("closing", {"budget": name, "besteed": spent})
    hub.wait(hub.grant(budgetnummer=name))
    hub.wait_until(lambda: budget(hub, name).spent_cents == round(float(spent) * 100), "the closing is in the ledger")
    (closed,) = cases.closings_of(hub.hub.journal, f"0392/{name}")
    assert (closed.granted_cents, closed.begin, closed.einde) == (1_200_050, "2027-01-01", "2027-12-31")
    open_tasks = [one for one in outstanding.list_open(hub.hub.journal) if one.kind == "pgb.closing"]
    told = zip(open_tasks, describe(hub.hub, open_tasks), strict=True)
    assert [one.code for one, text in told if text and text.reference == name] == ([code] if code else [])


def outcomes(hub: PgbProcesses, name: str, content: bytes) -> list[list[str]]:
    """The result file of a file that is dropped in the folder: row, outcome, column and rule of each line."""
    place = hub.folder / "in"
    (place / f".{name}").write_bytes(content)
    (place / f".{name}").rename(place / name)
    stem = name.removesuffix(".csv")
    hub.wait_until(lambda: any(place.glob(f"*/{stem}*/*.resultaat.csv")), "a result file")
    results = sorted(place.glob(f"*/{stem}*/*.resultaat.csv"), key=lambda path: path.stat().st_mtime)
    rows = results[-1].read_text(encoding="utf-8-sig").splitlines()[1:]
    return [row.split(";") for row in rows]


def test_a_file_goes_row_by_row_and_dropped_again_sends_nothing(hub: PgbProcesses) -> None:
    good, bad, other = number(), number(), number()
    file = csv({"budgetnummer": good}, {"budgetnummer": bad, "bsn": "999900007"}, {"budgetnummer": other, "bedrag": "800"})
    told = outcomes(hub, "december.csv", file)
    assert [row[:2] for row in told] == [["2", "aangenomen"], ["3", "niet aangenomen"], ["4", "aangenomen"]]
    assert told[1][3] == "bsn"
    assert [hub.wait(budget(hub, name).message_id).status for name in (good, other)] == ["completed", "completed"]
    assert budget(hub, good).cents == 123_450
    assert cases.find(hub.hub.journal, bad) == []
    again = outcomes(hub, "nogmaals.csv", file)
    assert [row[1] for row in again] == ["eerder aangenomen", "niet aangenomen", "eerder aangenomen"]
    assert {len(hub.svb.ask("budgets")[f"0392/{name}"]) for name in (good, other)} == {1}


def test_a_state_that_returns_is_three_messages_and_one_that_stays_is_none(hub: PgbProcesses) -> None:
    name = number()
    for change, amount, expected in (("1", "100", "aangenomen"), ("2", "200", "aangenomen"), ("3", "100", "aangenomen"),
                                     ("4", "100", "niets gewijzigd")):  # fmt: skip
        (row,) = outcomes(hub, f"stand-{name}-{change}.csv", csv({"budgetnummer": name, "mutatie": change, "bedrag": amount}))
        assert row[1] == expected
        hub.wait(budget(hub, name).message_id)
    assert len(hub.svb.ask("budgets")[f"0392/{name}"]) == 3
    (older,) = outcomes(hub, f"oud-{name}.csv", csv({"budgetnummer": name, "mutatie": "2.5", "bedrag": "300"}))
    assert (older[1], older[3]) == ("niet aangenomen", "mutatie"), "a state older than the one that is wanted"
    (repeated,) = outcomes(hub, f"weer-{name}.csv", csv({"budgetnummer": name, "mutatie": "2", "bedrag": "200"}))
    assert repeated[1] == "eerder aangenomen"


def test_a_budget_that_vanishes_from_a_file_is_a_question_and_no_ending(hub: PgbProcesses) -> None:
    stays, goes, series = number(), number(), f"REEKS-{number()}"
    rows = [{"budgetnummer": name, "reeks": series} for name in (stays, goes)]
    outcomes(hub, f"{series}-1.csv", csv(*rows))
    message_id = budget(hub, goes).message_id
    hub.wait(message_id)
    bad = {"budgetnummer": number(), "reeks": series, "bsn": "x", "begindatum": "nooit"}
    outcomes(hub, f"{series}-2.csv", csv(rows[0], bad))
    assert tasks_about(hub, message_id) == [], "a row that cannot be read may be the one that is missing"
    outcomes(hub, f"{series}-3.csv", csv(rows[0]))
    assert tasks_about(hub, message_id) == ["pgb.vanished"]
    assert len(cases.sent_about(hub.hub.journal, f"0392/{goes}")) == 1, "nothing is sent about it"
    assert budget(hub, goes).kind == "nieuw"
    outcomes(hub, f"{series}-4.csv", csv(rows[0]))
    assert tasks_about(hub, message_id) == ["pgb.vanished"], "it is asked once"
    outcomes(hub, f"{series}-5.csv", csv(*rows))
    assert tasks_about(hub, message_id) == [], "it is there again"


def test_a_hub_and_a_command_that_are_killed_in_the_middle_of_a_file_send_each_grant_once(hub: PgbProcesses) -> None:
    names = [number() for _ in range(400)]
    path = hub.folder / "groot.csv"
    path.write_bytes(csv(*({"budgetnummer": name, "bsn": BSNS[place % 5]} for place, name in enumerate(names))))
    words = [sys.executable, "-m", "hub", "--config", str(hub.config_file), "send", "toekenning", str(path), "--json"]
    sending = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert sending.stdout is not None
    told = [sending.stdout.readline() for _ in range(100)]
    sending.kill()
    hub.kill()
    sending.wait()
    sending.stdout.close()
    assert all(b'"accepted"' in line for line in told)
    hub.start()
    again = hub.command("send", "toekenning", str(path), "--json").stdout
    assert again.count('"repeated"') >= 100, "what was accepted before the kill is known"
    assert again.count('"repeated"') + again.count('"accepted"') == len(names)
    found = {name: budget(hub, name) for name in names}
    hub.wait_until(lambda: all(hub.view(one.message_id).status == "completed" for one in found.values()), "all are confirmed")
    received = hub.svb.ask("budgets")
    assert {name: len(received[f"0392/{name}"]) for name in names} == dict.fromkeys(names, 1)
    assert hub.svb.ask("violations") == []
    hub.wait_until(lambda: all(budget(hub, name).outcome == "completed" for name in names), "the ledger says so too")
    for name in names:
        known = budget(hub, name)
        assert hub.view(known.message_id).reference == received[f"0392/{name}"][0]["reference"]
        assert known.confirmed_id == known.message_id


def test_nothing_personal_is_in_a_log_or_a_result(hub: PgbProcesses) -> None:
    logs = b"".join(path.read_bytes() for path in Path(hub.folder).glob("*.log"))
    results = b"".join(path.read_bytes() for path in Path(hub.folder).glob("in/*/*/*.resultaat.csv"))
    for secret in (b"Testgeval", b"Lindelaan", *(bsn.encode() for bsn in BSNS)):
        assert secret not in logs
        assert secret not in results
