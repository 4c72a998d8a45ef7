"""The contract of a file format: one file, many documents of one route.

A format splits a file into parts and says for each where it stands, under which key it is known and what the route reads. The
engine accepts the parts in groups with one commit each, tells what became of each, and goes on after a crash: what was accepted
before is recognised by its key. A format reads its file piece by piece, so that one of 100,000 rows takes no more memory than a
small one. ``hub.intake.csv_rows`` reads CSV for formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from hub.errors import Finding


@dataclass(frozen=True, slots=True)
class Part:
    """One document in a file.

    Attributes:
        row: The line at which it begins, as the file's author counts: from 1, headings included.
        key: Equal keys of one route are one message, in whatever file and through whatever door they come: the second is
            told as repeated and sends nothing. So the key holds what makes this a message of its own, and nothing of the file.
            Where a state may return (A, B, A are three messages), it holds the moment or number of the change as well; where
            it holds the state alone, the third is a repeat of the first. The hub keeps a keyed digest of it only.
        document: As the route reads it.
        columns: Column per JSON Pointer of the document, for findings. A finding at a place that is not here is told at the
            nearest place around it that is.
    """

    row: int
    key: str
    document: bytes
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Faulty:
    """A row of which no document can be made. The column stands in ``path`` of each finding, the line in ``line``."""

    row: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A row that asks nothing, as a format finds that knows what was sent before."""

    row: int


#: What a format finds in a file.
Item = Part | Faulty | Unchanged


class FileFormat(Protocol):
    """Splits files into documents. Any number of threads may read files of one format at once."""

    name: str  # e.g. "declaraties"
    title: str  # in the words of its users
    route: str
    suffixes: tuple[str, ...]  # endings of its files' names, in lower case: (".csv",)
    max_bytes: int  # larger files are refused before they are read

    def read(self, file: BinaryIO) -> Iterator[Item]:
        """What is in a file, in its order. The file can be read and sought.

        Raises:
            DecodeFailure: The file as a whole cannot be read; raised before the first item.
            SchemaViolation: Its headings are wrong; raised before the first item. What turns out wrong later is a ``Faulty``.
        """
