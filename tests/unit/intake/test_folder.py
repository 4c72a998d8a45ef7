"""The watched folder: what is taken and when, what lies where afterwards, and what never happens."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub.config import FolderSettings
from hub.crypto import KeyFile
from hub.errors import ConfigError, Unavailable
from hub.intake.folder_files import Place
from hub.journal.contents import open_content
from tests.support import raadsverzoeken as rv
from tests.support.folders import Bench, Clock, put_with_files, settle, with_files
from tests.support.processes import wait_until


def test_a_document_with_its_files_is_accepted_and_moved_with_a_receipt(bench: Bench, clock: Clock) -> None:
    (attachment,) = put_with_files(bench)
    content = (bench.inbox / attachment).read_bytes()
    assert settle(bench, clock) == 1
    (message,) = bench.messages()
    assert bench.here() == sorted(["klaar/X", "klaar/X/X.json", "klaar/X/X.ontvangst.json", f"klaar/X/{attachment}"])
    receipt = bench.read("klaar/X/X.ontvangst.json")
    assert (receipt["id"], receipt["kenmerk"]) == (str(message.id), "MAP-2026-000001")
    assert receipt["referentienummer"] == message.reference
    assert receipt["eerderAangenomen"] is False
    assert message.caller == "system:map-test"
    document = open_content(bench.journal, bench.keyring, message.id, "document")
    assert document is not None
    (sent,) = json.loads(document)["documenten"]
    assert (sent["bestandsnaam"], sent["mediatype"]) == (attachment, "application/pdf")
    assert "bestand" not in sent
    assert (bench.inbox / "klaar/X" / attachment).read_bytes() == content


def test_a_child_in_a_request_that_runs_is_a_warning_in_the_receipt(bench: Bench, clock: Clock) -> None:
    for number in (1, 2):
        bench.put(f"X{number}.json", rv.raadsverzoek(kenmerk=f"MAP-{number:05}"))
        assert settle(bench, clock) == 1
    assert bench.read("klaar/X1/X1.ontvangst.json")["waarschuwingen"] == []
    (told,) = bench.read("klaar/X2/X2.ontvangst.json")["waarschuwingen"]
    assert (told["plaats"], told["regel"]) == ("/kinderen/0", "RV28")
    assert "MAP-00001" in told["zin"]


def test_a_document_that_carries_its_files_needs_none_beside_it(bench: Bench, clock: Clock) -> None:
    bench.put("X.JSON", b"\xef\xbb\xbf" + rv.encoded(rv.raadsverzoek()))
    assert settle(bench, clock) == 1
    assert len(bench.messages()) == 1


def test_a_file_that_is_still_being_written_is_left_alone(bench: Bench, clock: Clock) -> None:
    whole = rv.encoded(rv.raadsverzoek())
    for end in (100, 200, len(whole)):
        bench.put("X.json", whole[:end])
        assert bench.door.round() == 0
        clock.now += 0.9
    assert bench.messages() == []
    clock.now += 0.2
    assert bench.door.round() == 1
    assert len(bench.messages()) == 1


def test_a_document_waits_for_a_file_that_is_still_being_written(bench: Bench, clock: Clock) -> None:
    document, files = with_files()
    ((name, content),) = files.items()
    bench.put("X.json", document)
    bench.put(name, content[:5])
    bench.door.round()
    clock.now += 2
    bench.put(name, content)
    assert bench.door.round() == 0
    clock.now += 2
    assert bench.door.round() == 1
    assert len(bench.messages()) == 1


def test_a_file_that_comes_later_completes_its_document(bench: Bench, clock: Clock) -> None:
    document, files = with_files()
    bench.put("X.json", document)
    assert settle(bench, clock) == 0
    for name, content in files.items():
        bench.put(name, content)
    assert settle(bench, clock) == 1
    assert len(bench.messages()) == 1


def test_a_file_that_never_comes_is_told_beside_the_document(bench: Bench, clock: Clock) -> None:
    document, files = with_files()
    bench.put("X.json", document)
    settle(bench, clock)
    clock.now += 300
    assert bench.door.round() == 1
    assert bench.messages() == []
    assert bench.here() == ["afgekeurd/X", "afgekeurd/X/X.fout.json", "afgekeurd/X/X.fout.txt", "afgekeurd/X/X.json"]
    (told,) = bench.read("afgekeurd/X/X.fout.json")["fouten"]
    assert (told["plaats"], told["regel"]) == ("/documenten/0/bestand", "MAP.ontbreekt")
    assert files


@pytest.mark.parametrize("name", ["X.json.tmp", "X.json.part", "X.json~", ".X.json", "X.txt", "X.json.crdownload"])
def test_temporary_and_foreign_files_are_left_alone_until_they_are_renamed(bench: Bench, clock: Clock, name: str) -> None:
    path = bench.put(name, rv.raadsverzoek())
    assert settle(bench, clock) == 0
    assert path.exists()
    path.rename(bench.inbox / "X.json")
    assert settle(bench, clock) == 1
    assert len(bench.messages()) == 1


def test_what_is_wrong_lies_beside_the_document_in_sentences(bench: Bench, clock: Clock) -> None:
    bench.put("X.json", rv.raadsverzoek(kinderen=[rv.kind(bsn="123456789")], urgentie=None))
    assert settle(bench, clock) == 1
    assert bench.messages() == []
    told = {one["plaats"]: one for one in bench.read("afgekeurd/X/X.fout.json")["fouten"]}
    assert told["/kinderen/0/bsn"]["regel"] == "RV04"
    assert told["/kinderen/0/bsn"]["zin"].startswith("Dit burgerservicenummer klopt niet")
    assert "/urgentie" in told
    text = (bench.inbox / "afgekeurd/X/X.fout.txt").read_text(encoding="utf-8")
    assert "niet aangenomen" in text
    assert all(one["zin"] in text for one in told.values())
    assert "123456789" not in text


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000, b'{"documenten": [1, {"bestand": 2}]}']
)
def test_what_is_no_request_is_refused_and_the_good_ones_go_on(bench: Bench, clock: Clock, content: bytes) -> None:
    bench.put("A.json", content)
    bench.put("B.json", rv.raadsverzoek())
    assert settle(bench, clock) == 2
    assert (bench.inbox / "klaar/B/B.ontvangst.json").exists()
    assert bench.read("afgekeurd/A/A.fout.json")["fouten"][0]["zin"]
    assert len(bench.messages()) == 1


def test_a_used_case_number_is_told_in_the_words_of_the_secretary(bench: Bench, clock: Clock) -> None:
    bench.put("A.json", rv.raadsverzoek("MAP-2026-7"))
    bench.put("B.json", rv.raadsverzoek("MAP-2026-7", urgentie="Hoog"))
    settle(bench, clock)
    (told,) = bench.read("afgekeurd/B/B.fout.json")["fouten"]
    assert told["zin"].startswith("Zaaknummer MAP-2026-7 is al eerder verstuurd.")


def test_the_same_document_again_is_the_same_message(bench: Bench, clock: Clock) -> None:
    for _ in range(2):
        bench.put("X.json", rv.raadsverzoek(None))
        settle(bench, clock)
    (message,) = bench.messages()
    assert [bench.read(f"klaar/{name}/X.ontvangst.json")["id"] for name in ("X", "X-2")] == [str(message.id)] * 2
    assert bench.read("klaar/X-2/X.ontvangst.json")["eerderAangenomen"] is True


def test_a_journal_that_is_away_leaves_the_document_for_later(
    bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_with_files(bench)
    with monkeypatch.context() as away:

        def accept(*_: object, **__: object) -> None:
            raise Unavailable("the journal is away")

        away.setattr(bench.intake, "accept", accept)
        with pytest.raises(Unavailable):
            settle(bench, clock)
    assert bench.door.round() == 1
    assert len(bench.messages()) == 1


def test_a_fault_of_ours_does_not_stop_the_others_and_is_told_in_the_end(
    bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept = bench.intake.accept

    def faulty(route: str, document: bytes, *rest: Any, **options: Any) -> Any:
        if b"MAP-2026-1" in document:
            raise ZeroDivisionError
        return accept(route, document, *rest, **options)

    monkeypatch.setattr(bench.intake, "accept", faulty)
    bench.put("A.json", rv.raadsverzoek("MAP-2026-1"))
    bench.put("B.json", rv.raadsverzoek("MAP-2026-2"))
    assert settle(bench, clock) == 1
    assert (bench.inbox / "klaar/B").exists()
    assert [bench.door.round(), bench.door.round()] == [0, 1]
    assert "beheerder" in bench.read("afgekeurd/A/A.fout.json")["fouten"][0]["zin"]


def test_a_claim_that_a_crash_broke_off_is_taken_up_again(bench: Bench, clock: Clock) -> None:
    (attachment,) = put_with_files(bench)
    own = bench.inbox / ".bezig" / "X.json"
    own.mkdir(parents=True)
    (bench.inbox / attachment).rename(own / attachment)
    settle(bench, clock)
    assert settle(bench, clock) + len(bench.messages()) >= 1
    assert len(bench.messages()) == 1
    assert bench.read("klaar/X/X.ontvangst.json")["bestanden"] == ["X.json", attachment]


def test_a_second_door_on_the_same_folder_stands_aside(bench: Bench, make: Callable[..., Bench], clock: Clock) -> None:
    other = make()
    for number in range(10):
        bench.put(f"{number}.json", rv.raadsverzoek(None, onderwerp=f"Nummer {number}"))
    bench.door.round()
    other.door.round()
    clock.now += 2
    counts: list[int] = []

    def look(door: Bench) -> None:
        counts.extend(door.door.round() for _ in range(20))

    threads = [threading.Thread(target=look, args=(each,)) for each in (bench, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 10
    assert len(bench.messages()) == 10


def test_a_folder_that_another_process_is_at_is_left_alone(bench: Bench, clock: Clock) -> None:
    bench.put("X.json", rv.raadsverzoek())
    bench.door.round()
    clock.now += 2
    with Place.open(bench.inbox / ".bezig") as busy:
        assert busy.locked()
        assert bench.door.round() == 0
        assert bench.here() == ["X.json"]
    assert bench.door.round() == 1


def test_accepted_files_are_removed_at_once_when_asked(make: Callable[..., Bench], clock: Clock) -> None:
    bench = make(delete_after_days=0)
    put_with_files(bench)
    settle(bench, clock)
    assert bench.here() == ["klaar/X", "klaar/X/X.ontvangst.json"]


def test_files_are_removed_when_their_term_has_passed(make: Callable[..., Bench], clock: Clock) -> None:
    bench = make(delete_after_days=0.000_000_001, delete_refused_after_days=1)
    put_with_files(bench)
    bench.put("Y.json", b"{}")
    settle(bench, clock)
    clock.now += 61
    bench.door.round()
    assert [path for path in bench.here() if path.startswith("klaar")] == []
    assert [path for path in bench.here() if path.startswith("afgekeurd/Y/")]


def test_a_door_runs_until_it_is_stopped_and_survives_a_folder_that_is_away(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settle_seconds=0)
    away = bench.inbox.rename(tmp_path / "weg")
    thread = threading.Thread(target=bench.door.run)
    thread.start()
    try:
        away.rename(bench.inbox)
        bench.put("X.json", rv.raadsverzoek())
        wait_until(lambda: len(bench.messages()) == 1, "the document is accepted")
    finally:
        bench.door.stop()
        thread.join(60)
        bench.close()
    assert not thread.is_alive()


def test_a_folder_that_is_not_there_is_named_by_its_key(bench: Bench) -> None:
    bench.door.check()
    bench.inbox.rename(bench.inbox.with_name("weg"))
    with pytest.raises(ConfigError, match=r"folders\.test\.path"):
        bench.door.check()


def test_settings_say_what_is_wrong_with_them() -> None:
    good = {"path": "/x", "route": "raadsverzoek"}
    assert FolderSettings.model_validate(good).route == "raadsverzoek"
    for wrong in ({**good, "settle_seconds": -1}, {}, {"path": "/x"}, {**good, "onbekend": 1}):
        with pytest.raises(ValueError, match="validation error"):
            FolderSettings.model_validate(wrong)
    assert all(field.description for name, field in FolderSettings.model_fields.items())


def test_a_document_that_cannot_be_read_is_told(bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays where it is; without a word nobody would know why."""
    bench.put("X.json", rv.raadsverzoek())

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Place, "read", denied)
    with structlog.testing.capture_logs() as told:
        settle(bench, clock)
    assert {"event": "folder_postponed", "folder": "test", "code": "PermissionError", "log_level": "warning"} in told
    assert "X.json" not in str(told)


def test_a_document_is_recognised_after_the_hash_key_was_rotated(tmp_path: Path, clock: Clock) -> None:
    """A kill before the move, a rotation and a start again: still one message."""
    first = Bench(tmp_path, clock=clock)
    document = rv.raadsverzoek(None)
    first.put("X.json", document)
    assert settle(first, clock) == 1
    first.close()
    KeyFile.load(tmp_path / "keys.toml").with_new_hash(activate=True).save(tmp_path / "keys.toml")
    (tmp_path / "inbox/.bezig/X.json").mkdir()  # as it lay at the moment of the kill
    (tmp_path / "inbox/klaar/X/X.json").rename(tmp_path / "inbox/.bezig/X.json/X.json")
    second = Bench(tmp_path, clock=clock)
    assert second.door.round() == 1
    assert len(second.messages()) == 1
    second.close()


@pytest.mark.parametrize(
    ("ending", "start", "end"), [("pdf", b"%PDF-1.4\n", b"\n%%EOF\n"), ("jpg", b"\xff\xd8\xff\xe0", b"\xff\xd9")]
)
def test_half_a_file_is_not_sent(bench: Bench, clock: Clock, ending: str, start: bytes, end: bytes) -> None:
    """Who copies slowly may pause for longer than a file has to lie still."""
    whole = start + b"x" * 9000 + end
    document, _ = with_files()
    document["documenten"][0]["bestand"] = f"verzoek.{ending}"
    bench.put("X.json", document)
    bench.put(f"verzoek.{ending}", whole[:5000])
    settle(bench, clock)
    assert bench.messages() == []
    told = bench.read("afgekeurd/X/X.fout.json")
    assert "einde ontbreekt" in json.dumps(told, ensure_ascii=False)
    bench.put("Y.json", document)
    bench.put(f"verzoek.{ending}", whole)
    settle(bench, clock)
    assert len(bench.messages()) == 1


def test_a_file_that_grows_while_it_is_read_is_left_for_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(b"%PDF")

    real = os.fstat
    looks: list[int] = []

    def fstat(fd: int) -> os.stat_result:
        looks.append(fd)
        if len(looks) == 3:  # the last look, after the content was read
            file.write_bytes(b"%PDF and more")
        return real(fd)

    with Place.open(tmp_path) as place:
        monkeypatch.setattr("hub.intake.folder_files.os.fstat", fstat)
        with pytest.raises(BlockingIOError):
            place.read("x.pdf", 100)
        assert place.read("x.pdf", 100)[0] == b"%PDF and more"


def test_a_clock_that_runs_ahead_is_no_mistake_of_the_author(bench: Bench, clock: Clock) -> None:
    document, files = with_files()
    bench.put("X.json", document)
    for name, content in files.items():
        bench.put(name, content, age=-1e7)
    settle(bench, clock)
    assert len(bench.messages()) == 1
