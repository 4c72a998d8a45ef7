"""Writes the folders of a new chain partner and of its first exchange: ``make partner NAME=x``.

The templates are real files in ``tools/partner``; the words in ``WORDS`` are replaced in them and in their paths. What only
somebody who knows the partner can say is marked ``fill in:``, and the tests of the new folder are red until it is said.
Nothing that exists is ever overwritten.
"""

from __future__ import annotations

import argparse
import keyword
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = Path(__file__).parent / "partner"

#: Word in a template -> what stands there for a partner.
WORDS: dict[str, Callable[[str], str]] = {
    "partnername": lambda name: name,
    "PartnerName": lambda name: "".join(step.capitalize() for step in name.split("_")),
    "PARTNERNAME": str.upper,
}
#: The mark of what is to be filled in.
MARK = "fill in" + ":"
#: Longest name: numbers begin with it, and references of partners are short.
LONGEST = 20
#: Kinds of files that are code, as ``tests/unit/test_names.py`` reads them.
_CODE = {".py", ".html", ".js", ".css", ".toml", ".mako"}
_DATA = re.compile(r"schemas/[^/]+/")


class Refused(Exception):
    """The partner is not written; the text says why and what to do."""


def filled(text: str, name: str) -> str:
    """A template's text, or its path, for a partner."""
    for word, make in WORDS.items():
        text = text.replace(word, make(name))
    return text


def templates() -> list[Path]:
    """The files of a partner, relative to the root."""
    return sorted(path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*") if path.is_file() and path.suffix != ".pyc")


def places(name: str) -> Iterator[Path]:
    """The folders and single files that are the partner's own."""
    own = {next((folder for folder in reversed(path.parents) if "partnername" in folder.name), path) for path in templates()}
    yield from sorted(Path(filled(str(path), name)) for path in own)


def check(name: str, root: Path) -> None:
    """Raises: Refused when the name cannot be used, or something of that name exists."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name.endswith("_") or keyword.iskeyword(name) or len(name) > LONGEST:
        raise Refused(f"{name!r} is no name: use at most {LONGEST} of a-z, 0-9 and _, beginning with a letter")
    existing = [str(place) for place in places(name) if (root / place).exists()]
    if existing:
        raise Refused(f"nothing is written, because these exist: {', '.join(existing)}")
    used = next(_uses(name, root), None)
    if used is not None:
        raise Refused(f"the word {name!r} stands in {used} already; a partner's name stands in its own folders only")


def _uses(name: str, root: Path) -> Iterator[str]:
    """Files of the hub that hold the name as a word."""
    word = re.compile(f"(?<![a-z])(?i:{re.escape(name)})(?![a-z])")
    for path in sorted((root / "hub").rglob("*")):
        place = path.relative_to(root / "hub").as_posix()
        if path.suffix in _CODE and not _DATA.match(place) and word.search(path.read_text(encoding="utf-8")):
            yield f"hub/{place}"


def write(name: str, root: Path) -> list[Path]:
    """Write all files of a partner; none when one cannot be written.

    Raises:
        Refused: As ``check``.
    """
    check(name, root)
    written: list[Path] = []
    try:
        for template in templates():
            target = root / filled(str(template), name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8") as file:
                written.append(target)
                file.write(filled((TEMPLATES / template).read_text(encoding="utf-8"), name))
    except BaseException:
        for target in written:
            target.unlink()
        for place in places(name):
            if (root / place).is_dir():
                shutil.rmtree(root / place)
        raise
    _format([path for path in written if path.suffix == ".py"], root)
    return written


def _format(files: Sequence[Path], root: Path) -> None:
    """A name decides about the order of imports and about line breaks. Without ruff they stay; ``make fix`` does the same."""
    for command in (("check", "--select", "I", "--fix"), ("format",)):
        words = [sys.executable, "-m", "ruff", *command, "--quiet", *map(str, files)]
        subprocess.run(words, cwd=root, check=False, stderr=subprocess.DEVNULL)


def marks(files: Sequence[Path], root: Path) -> list[str]:
    """Where something is to be filled in: file, line and what."""
    return [
        f"{path.relative_to(root)}:{number}: {line.partition(MARK)[2].strip(' ->')}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if f"# {MARK}" in line or f"<!-- {MARK}" in line
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the partner was written, 2 when it is refused."""
    parser = argparse.ArgumentParser(description="Write the folders of a new chain partner.")
    parser.add_argument("name", help="as its folders, its connection and its exchange are called: [a-z][a-z0-9_]*")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to write in; this one when absent")
    given = parser.parse_args(arguments)
    root = given.root.resolve()
    try:
        written = write(given.name, root)
    except Refused as error:
        print(f"new_partner: {error}", file=sys.stderr)
        return 2
    print("Written:", *(f"  {path.relative_to(root)}" for path in written), sep="\n")
    print("\nTo fill in:", *(f"  {mark}" for mark in marks(written, root)), sep="\n")
    print(
        "\nNext:",
        f"  1. Fill in what is marked, until this is green: make test ARGS=tests/partners/{given.name}",
        f"  2. See it work: .venv/bin/hub demo --only {given.name} --once",
        "  3. make check, and make test ARGS='tests/contract/test_fleet.py tests/unit/test_names.py tests/docs'",
        "More seams (answers, own tables, pages, API, duties): CONTRIBUTING.md, Adding a partner.",
        sep="\n",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
