"""The source over a folder, beyond what every source does: files that are not whole, that cannot be taken, and names."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hub.contracts.adapter import Incoming
from hub.contracts.inbound import Rejected
from hub.errors import ConfigError, ConnectionFault
from hub.inbound.folder_source import DONE, MOST_FAULTS, REFUSED, FolderSource
from tests.support.sources import incoming


def source(folder: Path, settle: float = 0.0, limit: int = 1000) -> FolderSource:
    made = FolderSource(folder, incoming, partner="svb", settle_seconds=settle, max_bytes=limit)
    made.open()
    return made


def put(folder: Path, name: str, text: str, *, age: float = 100) -> Path:
    file = folder / name
    file.write_text(text)
    os.utime(file, (time.time() - age,) * 2)
    return file


def taken(made: FolderSource) -> list[Incoming | Rejected]:
    return list(made.poll())


def test_a_file_that_is_being_written_waits(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", "one")  # its change time is now, whatever its own time says
    made = source(tmp_path, settle=0.5)
    assert taken(made) == []
    time.sleep(0.6)
    assert len(taken(made)) == 1
    assert [file.name for file in (tmp_path / DONE).iterdir()] == ["a.xml"]


def test_a_file_that_changes_while_it_is_read_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.intake.folder_files import Place

    file, real = put(tmp_path, "a.xml", "one"), Place.read

    def grows(self: Place, name: str, most: int) -> tuple[bytes, float]:
        found = real(self, name, most)
        file.write_text("one and more")
        return found

    monkeypatch.setattr(Place, "read", grows)
    made = source(tmp_path)
    assert taken(made) == []
    monkeypatch.undo()
    (found,) = taken(made)
    assert isinstance(found, Incoming)
    assert found.body == b"one and more"


@pytest.mark.parametrize("name", [".hidden", "a.tmp", "a.part", "~a.xml~"])
def test_hidden_and_temporary_files_are_left_alone(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "one")
    assert taken(source(tmp_path)) == []
    assert (tmp_path / name).exists()


def test_a_refused_file_gets_a_reason_without_content(tmp_path: Path) -> None:
    put(tmp_path, "Jansen.xml", "bad Jansen")
    (found,) = taken(source(tmp_path))
    assert isinstance(found, Rejected)
    assert sorted(file.name for file in (tmp_path / REFUSED).iterdir()) == ["Jansen.xml", "Jansen.xml.reden.txt"]
    reason = (tmp_path / REFUSED / "Jansen.xml.reden.txt").read_text()
    assert "undecodable" in reason
    assert "Jansen" not in reason


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", "x" * 2000)
    (found,) = taken(source(tmp_path))
    assert isinstance(found, Rejected)
    assert (found.body, found.error.code) == (b"", "too_large")


def test_a_link_is_refused_and_never_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    secret = put(tmp_path, "secret", "one secret")
    (folder / "a.xml").symlink_to(secret)
    (found,) = taken(source(folder))
    assert isinstance(found, Rejected)
    assert found.body == b""
    assert (folder / REFUSED / "a.xml").is_symlink()
    assert secret.exists()


def test_names_that_are_taken_get_a_number(tmp_path: Path) -> None:
    for _ in range(3):
        put(tmp_path, "a.b.xml", "one")
        taken(source(tmp_path))
    assert sorted(file.name for file in (tmp_path / DONE).iterdir()) == ["a-2.b.xml", "a-3.b.xml", "a.b.xml"]


def test_a_file_that_meets_a_fault_of_ours_stands_in_nobodys_way(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", "bug", age=200)
    put(tmp_path, "b.xml", "two")
    made = source(tmp_path)
    first = taken(made)
    assert [one.reference for one in first if isinstance(one, Incoming)] == ["two"]
    rest = [one for _ in range(MOST_FAULTS) for one in taken(made)]
    (found,) = rest
    assert isinstance(found, Rejected)
    assert found.error.code == "unexpected"


def test_one_unreadable_file_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.intake.folder_files import Place

    real = Place.read

    def refuses(self: Place, name: str, most: int) -> tuple[bytes, float]:
        if name == "a.xml":
            raise PermissionError(13, "Permission denied")
        return real(self, name, most)

    monkeypatch.setattr(Place, "read", refuses)
    put(tmp_path, "a.xml", "one", age=200)
    put(tmp_path, "b.xml", "two")
    assert [one.reference for one in taken(source(tmp_path)) if isinstance(one, Incoming)] == ["two"]
    assert (tmp_path / "a.xml").exists()


def test_a_folder_that_is_none_is_told_at_the_start_and_pauses_later(tmp_path: Path) -> None:
    file = put(tmp_path, "in", "no folder")
    made = source(file)
    with pytest.raises(ConfigError):
        made.check()
    with pytest.raises(ConnectionFault):
        taken(made)
    source(tmp_path).check()
