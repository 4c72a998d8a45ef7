"""``docs/folder.md``: the document of the page is put in a real folder, and what comes back is what the page shows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.config import FolderSettings
from hub.intake.folder import KEEP_RECEIPTS_DAYS
from hub.intake.folder_documents import _MEDIATYPES
from hub.intake.folder_files import _TEMPORARY
from tests.docs.pages import ROOT
from tests.docs.test_api import shape
from tests.support.folders import Bench
from tests.support.form_filler import PDF

PAGE = (ROOT / "docs" / "folder.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- \w+: ([\w.-]+) -->\n```\w*\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))
NAME = "verzoek-4711"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, settle_seconds=0, attachments_within_seconds=0)
    yield made
    made.close()


def tree_of(bench: Bench, place: str) -> set[str]:
    """The files of the page's document in a place."""
    return {path.name for path in (bench.inbox / place / NAME).iterdir()}


def shown_in(place: str) -> set[str]:
    """The files that the page says to be there."""
    (line,) = re.findall(rf"^{place}/{NAME}/ +(.+)$", PAGE, flags=re.MULTILINE)
    return set(line.split())


def test_a_request_in_the_folder_is_accepted_as_the_page_says(bench: Bench):
    bench.put(f"{NAME}.pdf", PDF)
    bench.put(f"{NAME}.json", BLOCKS[f"{NAME}.json"].encode())
    assert bench.door.round() == 1
    assert tree_of(bench, "klaar") == shown_in("klaar")
    assert shape(bench.read(f"klaar/{NAME}/{NAME}.ontvangst.json")) == shape(json.loads(BLOCKS["ontvangst"]))


def test_a_request_without_its_attachment_is_refused_as_the_page_says(bench: Bench):
    bench.put(f"{NAME}.json", BLOCKS[f"{NAME}.json"].encode())
    assert bench.door.round() == 1
    assert tree_of(bench, "afgekeurd") == shown_in("afgekeurd") - {f"{NAME}.pdf"}
    assert bench.read(f"afgekeurd/{NAME}/{NAME}.fout.json") == json.loads(BLOCKS["fout-json"])
    assert (bench.inbox / "afgekeurd" / NAME / f"{NAME}.fout.txt").read_text(encoding="utf-8") == BLOCKS["fout-txt"]


def test_the_second_time_it_is_the_same_request_under_another_number(bench: Bench):
    for _ in range(2):
        # The date of a file is part of the request where the document gives none.
        os.utime(bench.put(f"{NAME}.pdf", PDF), (1_790_000_000, 1_790_000_000))
        bench.put(f"{NAME}.json", BLOCKS[f"{NAME}.json"].encode())
        assert bench.door.round() == 1
    assert "klaar/verzoek-4711-2" in PAGE
    assert "eerderAangenomen: true" in PAGE
    first, second = (bench.read(f"klaar/{NAME}{end}/{NAME}.ontvangst.json") for end in ("", "-2"))
    assert second["eerderAangenomen"]
    assert first["id"] == second["id"]


def test_numbers_and_endings_are_those_of_the_code():
    defaults = FolderSettings(path=Path("/srv"), route="raadsverzoek")
    for name in ("settle_seconds", "attachments_within_seconds", "delete_after_days", "delete_refused_after_days"):
        assert re.search(rf"`{name}`\s\({getattr(defaults, name):g}[;)]", PAGE), name
    assert f"receipt for {KEEP_RECEIPTS_DAYS:g} days" in PAGE
    assert all(f"`{ending}`" in PAGE for ending in (*_TEMPORARY, *_MEDIATYPES))
