"""CSV for file formats, as spreadsheets write it: columns in any order, semicolons or commas, a byte order mark or none.

What is read are texts: decimal commas, dates and empty cells mean what the format says. The whole file is looked through once
before the first row, so that one that is not UTF-8 is refused before anything of it is accepted.
"""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from hub.contracts.fileformat import Faulty
from hub.errors import DecodeFailure, Finding, SchemaViolation

_PIECE = 1 << 16
#: Bytes in one line; in a file with quotation marks that are not closed everything is one line.
_LONGEST_LINE = 1 << 20
#: A heading that may be repeated in a finding: it looks like a name and not like something from a row.
_NAME = re.compile(r"[A-Za-z][A-Za-z _.-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file must look like.

    Attributes:
        required: Headings that must be there, as they are told. Upper and lower case and spaces around them are alike.
        optional: Headings that may be there.
        delimiters: What may stand between cells; the one that occurs most in the headings does.
        max_bytes: Of the file.
        max_rows: Of the file.
        max_cell: Characters in one cell.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    delimiters: str = ";,\t"
    max_bytes: int = 100_000_000
    max_rows: int = 500_000
    max_cell: int = 10_000


class Row(NamedTuple):
    """A row: the line at which it begins, and text per heading; without spaces around it, empty where there is no cell."""

    line: int
    cells: Mapping[str, str]


def read_rows(file: BinaryIO, sheet: Sheet) -> Iterator[Row | Faulty]:
    """The rows of a file that are not empty, in order, without its headings.

    A row with more cells than there are headings, or with a cell that is too long, is faulty; so is what follows a quotation
    mark that is not closed, and then nothing more is read.

    Raises:
        DecodeFailure: The file is not UTF-8, too large, or empty.
        SchemaViolation: A heading is absent, unknown or there twice; all of them are told.
    """
    lines = _look_through(file, sheet)
    if lines > sheet.max_rows + 1:
        raise DecodeFailure(f"the file has more than {sheet.max_rows} lines", code="too_large")
    text = _lines(file)
    first = next(text, "")
    delimiter = max(sheet.delimiters, key=first.count)
    reader = csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=True)
    try:
        given = next(reader, [])
    except csv.Error:
        raise DecodeFailure("the headings of the file cannot be read (line 1)") from None
    headings = _headings(given, sheet)
    return _rows(reader, headings, sheet)


def _lines(file: BinaryIO) -> Iterator[str]:
    """The lines of a file that is UTF-8. Not by a text wrapper, which would close the file of its owner at its own end."""
    file.seek(0)
    encoding = "utf-8-sig"
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error("this line has no end")
        yield line.decode(encoding)
        encoding = "utf-8"


def _look_through(file: BinaryIO, sheet: Sheet) -> int:
    """Read the whole file once, piece by piece; how many lines it has."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = lines = 0
    file.seek(0)
    while piece := file.read(_PIECE):
        size += len(piece)
        if size > sheet.max_bytes:
            raise DecodeFailure(f"the file is larger than {sheet.max_bytes} bytes", code="too_large")
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            raise _not_utf8(lines + 1) from None
        lines += piece.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_utf8(lines + 1) from None
    if size == 0:
        raise DecodeFailure("the file is empty")
    return lines


def _not_utf8(line: int) -> DecodeFailure:
    return DecodeFailure(f"the file is not UTF-8 (about line {line}): save it as 'CSV UTF-8'")


def _headings(given: Sequence[str], sheet: Sheet) -> list[str]:
    known = {_folded(name): name for name in (*sheet.required, *sheet.optional)}
    found: list[str] = []
    findings: list[Finding] = []
    for place, text in enumerate(given, 1):
        name = known.get(_folded(text))
        shown = text.strip() if _NAME.fullmatch(text.strip()) else f"nummer {place}"
        if name is None and _folded(text):
            findings.append(_finding("CSV.kolom", f"De kolom {shown} hoort hier niet.", 1, shown))
        elif name in found:
            findings.append(_finding("CSV.dubbel", f"De kolom {name} staat er twee keer.", 1, str(name)))
        found.append(name or "")
    while found and not found[-1]:
        found.pop()  # spreadsheets leave empty columns behind
    findings += [
        _finding("CSV.ontbreekt", f"De kolom {name} ontbreekt.", 1, name) for name in sheet.required if name not in found
    ]
    if findings:
        raise SchemaViolation(f"the headings of the file are wrong in {len(findings)} places", findings)
    return found


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _rows(reader: Iterator[list[str]], headings: Sequence[str], sheet: Sheet) -> Iterator[Row | Faulty]:
    names = [name for name in headings if name]
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]  # of a csv.reader
        try:
            given = next(reader)
        except StopIteration:
            return
        except csv.Error:
            told = "Vanaf deze regel is het bestand niet te lezen: er staat een aanhalingsteken te veel of te weinig."
            yield Faulty(line, (_finding("CSV.aanhaling", told, line, ""),))
            return
        if not any(cell.strip() for cell in given):
            continue
        long = next((place for place, cell in enumerate(given) if len(cell) > sheet.max_cell), None)
        if any(cell.strip() for cell in given[len(headings) :]):
            told = "Deze regel heeft meer cellen dan er kolommen zijn."
            yield Faulty(line, (_finding("CSV.cellen", told, line, ""),))
        elif long is not None:
            name = headings[long] if long < len(headings) else ""
            yield Faulty(line, (_finding("CSV.lang", f"Deze cel heeft meer dan {sheet.max_cell} tekens.", line, name),))
        else:
            cells = dict.fromkeys(names, "")
            cells |= {name: cell.strip() for name, cell in zip(headings, given, strict=False) if name}
            yield Row(line, cells)


def _finding(rule: str, text: str, line: int, column: str) -> Finding:
    return Finding(rule, text, line=line, path=column)
