"""The watched folder is open to others: links, odd names, too much and too deep do no harm, and nobody sees too much."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.intake.folder_files import Place
from tests.support import raadsverzoeken as rv
from tests.support.folders import Bench, Clock, put_with_files, settle, with_files


@pytest.mark.parametrize(
    "name", ["../geheim.pdf", "/etc/hostname", "sub/x.pdf", "..", ".verborgen", "a\\b.pdf", "", "x\n.pdf", 5]
)
def test_a_file_name_that_is_no_plain_name_is_refused(bench: Bench, clock: Clock, name: object, tmp_path: Path) -> None:
    (tmp_path / "geheim.pdf").write_bytes(b"%PDF-1.4 geheim")
    document, _ = with_files()
    document["documenten"][0]["bestand"] = name
    bench.put("X.json", document)
    settle(bench, clock)
    clock.now += 300
    bench.door.round()
    (told,) = bench.read("afgekeurd/X/X.fout.json")["fouten"]
    assert told["regel"] == "MAP.naam"
    assert bench.messages() == []
    assert (tmp_path / "geheim.pdf").exists()


@pytest.mark.parametrize("kind", ["symbolic", "hard"])
@pytest.mark.parametrize("target", ["document", "attachment"])
def test_links_are_refused_and_never_followed(bench: Bench, clock: Clock, tmp_path: Path, kind: str, target: str) -> None:
    document, files = with_files()
    ((attachment, content),) = files.items()
    outside = tmp_path / "elders"
    outside.write_bytes(content if target == "attachment" else rv.encoded(rv.raadsverzoek()))
    name = attachment if target == "attachment" else "X.json"
    if kind == "symbolic":
        (bench.inbox / name).symlink_to(outside)
    else:
        os.link(outside, bench.inbox / name)
    if target == "attachment":
        bench.put("X.json", document)
    settle(bench, clock)
    clock.now += 300
    bench.door.round()
    assert bench.messages() == []
    assert bench.read("afgekeurd/X/X.fout.json")["fouten"][0]["regel"] in ("MAP.koppeling", "MAP.ontbreekt")
    assert outside.exists()


def test_a_folder_that_was_swapped_for_a_link_is_not_followed(bench: Bench, clock: Clock, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elders"
    elsewhere.mkdir()
    (bench.inbox / "klaar").symlink_to(elsewhere)
    bench.put("X.json", rv.raadsverzoek())
    with pytest.raises(OSError, match="klaar"):
        settle(bench, clock)
    assert list(elsewhere.iterdir()) == []


def test_a_difference_of_case_is_told_and_not_guessed(bench: Bench, clock: Clock) -> None:
    document, files = with_files()
    for name, content in files.items():
        bench.put(name.upper(), content)
    bench.put("X.json", document)
    settle(bench, clock)
    clock.now += 300
    bench.door.round()
    assert "hoofdletters" in bench.read("afgekeurd/X/X.fout.json")["fouten"][0]["zin"]


@pytest.mark.parametrize(
    "name", ["naïef ünïcode.json", "ruimte en 'quote\".json", "n\nregel.json", "a" * 240 + ".json", "-rf.json"]
)
def test_odd_names_of_documents_are_handled(bench: Bench, clock: Clock, name: str) -> None:
    bench.put(name, rv.raadsverzoek())
    bench.put("bad" + name[-100:], b"{}")
    assert settle(bench, clock) == 2
    assert len(bench.messages()) == 1
    assert len(list((bench.inbox / "klaar").iterdir())) == len(list((bench.inbox / "afgekeurd").iterdir())) == 1


def test_a_name_that_is_not_even_text_is_handled(bench: Bench, clock: Clock) -> None:
    bench.put(os.fsdecode(b"\xff\xfe.json"), rv.raadsverzoek())
    assert settle(bench, clock) == 1
    assert len(bench.messages()) == 1


def test_too_much_is_refused_before_it_is_read(make: Callable[..., Bench], clock: Clock) -> None:
    bench = make(max_bytes=5_000)
    document, files = with_files()
    ((name, content),) = files.items()
    bench.put(name, content + b"x" * 5_000)
    bench.put("X.json", document)
    bench.put("Y.json", b" " * 5_001)
    assert settle(bench, clock) == 2
    for stem in "XY":
        assert bench.read(f"afgekeurd/{stem}/{stem}.fout.json")["fouten"][0]["regel"] == "MAP.groot"


def test_a_bottomless_directory_does_not_stop_the_door(make: Callable[..., Bench], clock: Clock) -> None:
    bench = make(delete_refused_after_days=0)
    bench.door.round()
    place = Place.open(bench.inbox / "afgekeurd")
    for _ in range(1200):
        with place:
            deeper = place.inside("x", make=True)
        place = deeper
    with place:
        clock.now += 61
        bench.door.round()
    assert (bench.inbox / "afgekeurd" / "x").is_dir()
    subprocess.run(["rm", "-rf", bench.inbox / "afgekeurd"], check=True)


def test_what_the_door_writes_is_for_those_who_may_see_the_folder(bench: Bench, clock: Clock) -> None:
    bench.inbox.chmod(0o770)
    put_with_files(bench)
    bench.put("Y.json", b"{}")
    settle(bench, clock)
    for path in ("klaar", "klaar/X", "afgekeurd/Y", ".bezig"):
        assert (bench.inbox / path).stat().st_mode & 0o777 == 0o770
    for path in ("klaar/X/X.ontvangst.json", "afgekeurd/Y/Y.fout.txt"):
        assert (bench.inbox / path).stat().st_mode & 0o777 == 0o660


def test_names_of_files_are_not_logged(bench: Bench, clock: Clock, capsys: pytest.CaptureFixture[str], caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    document, files = with_files()
    bench.put("Janneke_Geheim.json", document)
    bench.put("Piet_Geheim.json", b"{")
    for name, content in files.items():
        bench.put(name, content)
    settle(bench, clock)
    out = capsys.readouterr()
    assert "folder_file" in out.out + out.err + caplog.text
    assert "Geheim" not in out.out + out.err + caplog.text


def test_a_document_that_names_a_file_no_folder_can_hold_is_refused(bench: Bench, clock: Clock) -> None:
    """255 characters may be more than the 255 bytes of a file's name."""
    document, _ = with_files()
    document["documenten"][0]["bestand"] = "é" * 200 + ".pdf"
    bench.put("X.json", document)
    settle(bench, clock)
    clock.now += 10_000
    bench.door.round()
    assert "afgekeurd/X/X.json" in bench.here()
