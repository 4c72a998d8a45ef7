"""Packages bring partners and exchanges by entry points, and looking for them is cheap."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import entry_points

GROUP = "ketenhub.tried_out"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which packages are installed."""
    monkeypatch.syspath_prepend(tmp_path)
    entry_points._declared.cache_clear()
    yield tmp_path
    entry_points._declared.cache_clear()


def install(place: Path, name: str, text: str) -> None:
    folder = place / f"{name}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(text)


def test_what_installed_packages_name_is_found(place: Path) -> None:
    install(place, "two", f"[{GROUP}]\nthere = second.package:MANIFEST\n")
    install(place, "one", f"[console_scripts]\nx = y:z\n[{GROUP}]\nhere = first.package:MANIFEST\n")
    assert entry_points.named(GROUP) == ["first.package:MANIFEST", "second.package:MANIFEST"]


def test_another_group_is_not_meant(place: Path) -> None:
    install(place, "other", "[ketenhub.tried_out_too]\nthere = second.package:MANIFEST\n")
    assert entry_points.named(GROUP) == []


def test_without_any_the_library_is_not_loaded() -> None:
    code = f"import sys; from hub import entry_points as e; print(e.named({GROUP!r}), 'importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[] False"
