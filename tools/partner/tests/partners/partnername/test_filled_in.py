"""Says what of the partner still has to be filled in. Remove this file when it is green."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: Where the partner lives.
PLACES = (
    "hub/adapters/partnername",
    "hub/routes/partnername",
    "hub/simulators/partnername",
    "tests/partners/partnername",
    "config/partnername.example.toml",
    "docs/connect-partnername.md",
)
_MARK = "fill in" + ":"


def test_nothing_is_left_to_fill_in() -> None:
    files = [path for place in PLACES for path in ((ROOT / place).rglob("*") if (ROOT / place).is_dir() else (ROOT / place,))]
    left = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted(files)
        if path.suffix in {".py", ".html", ".toml", ".md"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _MARK in line
    ]
    assert not left, "\n" + "\n".join(left)
