"""Files of many documents in a watched folder: good rows go, a result file tells all of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.config import FolderSettings
from hub.intake.folder import FolderDoor
from hub.intake.intake import Intake
from hub.journal import reading
from hub.journal.reading import Filter
from tests.contract.intake_rig import IntakeRig
from tests.support.formats import PlainFile, csv_file
from tests.support.journals import new_sqlite_journal
from tests.support.processes import wait_until
from tests.support.routes import PlainRoute, plain_document


class Folder:
    """A folder for the plain route, and its door."""

    def __init__(self, place: Path, **settings: Any) -> None:
        self.inbox = place / "inbox"
        self.inbox.mkdir(mode=0o770, exist_ok=True)
        self.journal = new_sqlite_journal(place)
        self.rig = IntakeRig(self.journal)
        self.intake = self.rig.intake()
        given = {"path": self.inbox, "route": "plain", "settle_seconds": 0, **settings}
        self.settings = FolderSettings.model_validate(given)
        self.door = self.new_door(self.intake)

    def new_door(self, intake: Intake) -> FolderDoor:
        return FolderDoor(
            self.settings,
            name="test",
            intake=intake,
            keyring=self.rig.keyring,
            sentence=lambda finding, _: finding.message,
            earlier=lambda *_: [],
            clash=lambda *_: None,
            formats=[PlainFile()],
        )

    def put(self, name: str, content: bytes) -> None:
        (self.inbox / name).write_bytes(content)

    def text(self, path: str) -> str:
        return (self.inbox / path).read_bytes().decode("utf-8-sig")

    def count(self) -> int:
        return len(reading.list_messages(self.journal, Filter(most=1000)))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    yield folder
    folder.rig.close()
    folder.journal.close()


def test_a_good_file_is_done_with_a_receipt_and_a_result(folder: Folder) -> None:
    folder.put("Week 48.csv", csv_file("a;1;een;", "a;2;twee;", "a;3;;"))
    assert folder.door.round() == 1
    assert sorted(path.name for path in (folder.inbox / "klaar/Week 48").iterdir()) == [
        "Week 48.csv", "Week 48.ontvangst.json", "Week 48.resultaat.csv",
    ]  # fmt: skip
    assert '"aangenomen": 2' in folder.text("klaar/Week 48/Week 48.ontvangst.json")
    assert [line.split(";")[1] for line in folder.text("klaar/Week 48/Week 48.resultaat.csv").splitlines()] == [
        "uitkomst", "aangenomen", "aangenomen", "niets gewijzigd",
    ]  # fmt: skip
    assert folder.count() == 2


def test_good_rows_go_and_the_file_lies_where_somebody_looks(folder: Folder) -> None:
    folder.put("X.csv", csv_file("a;1;een;", "a;twee;twee;"))
    folder.door.round()
    assert "niet aangenomen" in folder.text("afgekeurd/X/X.resultaat.csv")
    assert folder.count() == 1
    folder.put("X beter.csv", csv_file("a;1;een;", "a;2;twee;"))
    folder.door.round()
    assert "eerder aangenomen" in folder.text("klaar/X beter/X beter.resultaat.csv")
    assert folder.count() == 2


def test_a_file_that_cannot_be_read_is_refused_as_a_whole(folder: Folder) -> None:
    folder.put("A.csv", b"sleutel;volgnummer;tekst\r\na;1;caf\xe9\r\n")
    folder.put("B.csv", csv_file("a;1;een;", heading="sleutel;volgnummer"))
    assert folder.door.round() == 2
    assert "afgekeurd" in str(next((folder.inbox / "afgekeurd/A").glob("*.fout.txt")))
    assert "De kolom tekst ontbreekt." in folder.text("afgekeurd/B/B.fout.txt")
    assert folder.count() == 0


def test_a_link_and_a_file_that_is_too_large_are_not_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_bytes=100)
    (tmp_path / "elders.csv").write_bytes(csv_file("a;1;een;"))
    (folder.inbox / "A.csv").symlink_to(tmp_path / "elders.csv")
    folder.put("B.csv", csv_file(*["a;1;een;"] * 50))
    folder.door.round()
    assert "verwijzing" in folder.text("afgekeurd/A/A.fout.txt")
    assert "te groot" in folder.text("afgekeurd/B/B.fout.txt")
    assert folder.count() == 0
    folder.rig.close()
    folder.journal.close()


def test_a_door_that_is_stopped_in_a_long_file_goes_on_later(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.put("X.csv", csv_file(*(f"a;{number};tekst;" for number in range(300))))
    accept = folder.intake.accept_many

    def stopping(*given: Any, **named: Any) -> Iterator[Any]:
        for number, outcome in enumerate(accept(*given, **named)):
            if number == 100:
                folder.door.stop()
            yield outcome

    with monkeypatch.context() as patched:
        patched.setattr(folder.intake, "accept_many", stopping)
        assert folder.door.round() == 0
    assert 100 < folder.count() < 300
    assert list((folder.inbox / ".bezig/X.csv").glob("*.resultaat.csv")) == []
    assert folder.new_door(folder.intake).round() == 1
    assert folder.count() == 300
    assert len(folder.text("klaar/X/X.resultaat.csv").splitlines()) == 301


def test_a_door_without_formats_leaves_such_files_alone(folder: Folder) -> None:
    folder.put("X.csv", csv_file("a;1;een;"))
    folder.door._formats, folder.door._suffixes = (), (".json",)
    assert folder.door.round() == 0
    assert (folder.inbox / "X.csv").exists()


def test_a_door_runs_beside_who_writes(folder: Folder) -> None:
    thread = threading.Thread(target=folder.door.run)
    thread.start()
    try:
        whole = folder.inbox.parent / "X.csv"
        whole.write_bytes(csv_file("a;1;een;"))
        whole.rename(folder.inbox / "X.csv")
        wait_until((folder.inbox / "klaar/X").exists, "the file is done", seconds=20)
        assert folder.count() == 1
    finally:
        folder.door.stop()
        thread.join(20)


def test_a_document_of_which_a_person_decides_is_proposed(folder: Folder) -> None:
    intake = folder.rig.intake(PlainRoute(needs_decision=True), assignees={"plain": lambda given: str(given["key"])})
    door = folder.new_door(intake)
    for _ in range(2):
        folder.put("voorstel.json", plain_document("anna"))
        assert door.round() == 1
    (waiting,) = intake.proposals.listed(assignee="anna")
    receipts = [json.loads(path.read_bytes()) for path in (folder.inbox / "klaar").rglob("*.ontvangst.json")]
    assert sorted(receipts, key=lambda told: bool(told["eerderAangeboden"])) == [
        {"voorstel": str(waiting.id), "eerderAangeboden": again, "besloten": False} for again in (False, True)
    ]
    assert folder.count() == 0, "nothing leaves before the decision"
