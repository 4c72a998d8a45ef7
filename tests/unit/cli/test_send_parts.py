"""``hub send`` with a file of many documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from hub import configured
from hub.cli.exits import ExitCode
from hub.contracts.fileformat import Faulty, Item, Part
from hub.intake.csv_rows import Row, Sheet, read_rows
from tests.support import raadsverzoeken as rv
from tests.support.desk import Desk


class Numbers:
    """A raadsverzoek per case number."""

    name = "zaaknummers"
    title = "Zaaknummers"
    route = "raadsverzoek"
    suffixes = (".csv",)
    max_bytes = 100_000

    def read(self, file: BinaryIO) -> Iterator[Item]:
        return (_item(row) for row in read_rows(file, Sheet(required=("zaaknummer",))))


def _item(row: Row | Faulty) -> Item:
    if isinstance(row, Faulty):
        return row
    number = row.cells["zaaknummer"]
    return Part(row.line, number, rv.encoded(rv.raadsverzoek(number)), {"/kenmerk": "zaaknummer"})


@pytest.fixture(autouse=True)
def format_(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configured, "formats_of", lambda route: (Numbers(),) if route == "raadsverzoek" else ())


def test_a_line_per_row_says_what_became_of_it(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "zaken.csv"
    file.write_text("zaaknummer\nCJG-2026-000001\nte kort!\nCJG-2026-000002\n", encoding="utf-8")
    out, err = desk.run("send", "raadsverzoek", str(file), expect=ExitCode.NEGATIVE)
    assert [line.split()[:2] for line in out.splitlines()] == [["2", "accepted"], ["3", "refused"], ["4", "accepted"]]
    assert "regel 3 zaaknummer:" in err
    assert "2 accepted, 0 repeated, 0 unchanged, 1 refused" in err
    rows = [
        json.loads(line)
        for line in desk.run("send", "raadsverzoek", str(file), "--json", expect=ExitCode.NEGATIVE)[0].splitlines()
    ]
    assert [(row["row"], row["state"]) for row in rows] == [(2, "repeated"), (3, "refused"), (4, "repeated")]
    assert rows[0]["id"] == out.splitlines()[0].split()[2]
    assert [one["column"] for one in rows[1]["findings"]] == ["zaaknummer"]
    assert len(desk.json("list")) == 2


def test_a_good_file_ends_well_and_one_that_cannot_be_read_sends_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "zaken.csv"
    file.write_text("zaaknummer\nCJG-2026-000001\n", encoding="utf-8")
    desk.run("send", "raadsverzoek", str(file))
    file.write_text("nummer\nCJG-2026-000002\n", encoding="utf-8")
    assert "ontbreekt" in desk.run("send", "raadsverzoek", str(file), expect=ExitCode.NEGATIVE)[1]
    file.write_bytes(b"zaaknummer\n\xe9\n")
    assert "CSV UTF-8" in desk.run("send", "raadsverzoek", str(file), expect=ExitCode.NEGATIVE)[1]
    desk.run("send", "raadsverzoek", str(tmp_path / "weg.csv"), expect=ExitCode.CANNOT)
    assert len(desk.json("list")) == 1
